//! The files of the entity, rendered from templates.

use std::{collections::BTreeMap, fs, path::Path};

use chrono::{NaiveDate, Utc};
use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig};
use serde_json::{Value, json};

use crate::{
    Result,
    entity::Entity,
    field::{Field, Target, Type},
    plan::Plan,
};

/// Each file's path, in which `{}` is the entity, and its template.
const FILES: [(&str, &str); 11] = [
    ("crates/domain/src/{}.rs", include_str!("../templates/domain.rs.jinja")),
    ("crates/domain/src/{}_filter.rs", include_str!("../templates/domain_filter.rs.jinja")),
    ("crates/graphql/src/{}.rs", include_str!("../templates/graphql.rs.jinja")),
    ("crates/graphql/src/{}_input.rs", include_str!("../templates/graphql_input.rs.jinja")),
    ("crates/graphql/src/subscription/{}.rs", include_str!("../templates/subscription.rs.jinja")),
    ("crates/repositories/src/{}/mod.rs", include_str!("../templates/repository.rs.jinja")),
    ("crates/repositories/src/{}/row.rs", include_str!("../templates/row.rs.jinja")),
    ("crates/repositories/src/{}/table.rs", include_str!("../templates/table.rs.jinja")),
    ("crates/services/src/{}.rs", include_str!("../templates/service.rs.jinja")),
    ("tests/it/graphql/{}.rs", include_str!("../templates/test.rs.jinja")),
    ("tests/it/subscription/{}.rs", include_str!("../templates/subscription_test.rs.jinja")),
];

const MIGRATION: &str = include_str!("../templates/migration.rs.jinja");

/// Where each list of migrations is.
const MIGRATIONS: [&str; 2] = ["migration/src/auth", "migration/src/library"];

/// Plans the files of `entity`, and its migration. Fails if one of them exists.
pub(crate) fn create(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let context = context(entity);
    for (path, template) in FILES {
        let path = path.replace("{}", &entity.name.snake());
        plan.create(&path, render(template, &context)?)?;
    }
    let migration = format!("migration/src/library/{}.rs", migration_name(plan.root(), entity)?);
    plan.create(&migration, render(MIGRATION, &context)?)
}

/// The name of the migration: today, or the day of the last one if that is later, and the next
/// number.
pub(crate) fn migration_name(root: &Path, entity: &Entity) -> Result<String> {
    let mut last = (String::new(), 0);
    for folder in MIGRATIONS {
        let names =
            fs::read_dir(root.join(folder)).map_err(|error| format!("{folder}: {error}"))?;
        for name in names.flatten() {
            let name = name.file_name().to_string_lossy().into_owned();
            let mut parts = name.trim_start_matches('m').splitn(3, '_');
            if let (Some(day), Some(Ok(number))) = (parts.next(), parts.next().map(str::parse)) {
                last = last.max((day.to_owned(), number));
            }
        }
    }
    let (day, number) = last;
    let next = day.max(today().format("%Y%m%d").to_string());
    Ok(format!("m{next}_{:06}_{}", number + 1, entity.name.snake()))
}

#[expect(clippy::disallowed_methods, reason = "a migration is named after the day it is made")]
fn today() -> NaiveDate {
    Utc::now().date_naive()
}

/// Fills a template, in which `«name»` is a value and `{% … %}` a statement.
pub(crate) fn render(template: &str, context: &Value) -> Result<String> {
    let filled = || {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("«", "»")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?;
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.render_str(template, filling(context))
    };
    filled().map_err(|error| format!("a template cannot be filled: {error:#}"))
}

fn filling(json: &Value) -> minijinja::Value {
    match json {
        Value::Null => ().into(),
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.as_i64().into(),
        Value::String(text) => text.into(),
        Value::Array(values) => values.iter().map(filling).collect(),
        Value::Object(values) => {
            let values = values.iter().map(|(name, value)| (name.clone(), filling(value)));
            values.collect::<BTreeMap<String, _>>().into()
        }
    }
}

/// All that templates ask of the entity.
fn context(entity: &Entity) -> Value {
    let fields = |keep: &dyn Fn(&Field) -> bool| {
        let kept = entity.fields.iter().filter(|field| keep(field));
        kept.map(|field| field.context(&entity.name)).collect::<Vec<_>>()
    };
    let first = |keep: &dyn Fn(&Field) -> bool| fields(keep).into_iter().next();
    let has = |keep: &dyn Fn(&Field) -> bool| entity.fields.iter().any(keep);
    let has_type = |ty: Type| has(&|field| field.ty == ty);
    let title = entity.title().column();
    let targets = entity.targets();
    json!({
        "e": names(entity),
        "fields": fields(&|_| true),
        "title": first(&Field::is_title),
        "body": first(&|field| field.ty == Type::LongText),
        "texts": fields(&|field| field.ty == Type::Text),
        "references": fields(&|field| field.target().is_some()),
        "parents": entity.parents().map(|field| field.context(&entity.name)).collect::<Vec<_>>(),
        "targets": targets.iter().map(|target| target.context()).collect::<Vec<_>>(),
        "repositories": repositories(entity),
        "required_values": fields(&|field| field.required && field.ty != Type::Text),
        "rule_fields": fields(&|field| !matches!(field.ty, Type::LongText | Type::Instant)),
        "filters": fields(&|field| field.ty != Type::LongText),
        "filter_cases": fields(&|field| {
            field.column() != title && !matches!(field.ty, Type::LongText | Type::Reference(_))
        }),
        "orders": fields(&Field::is_order),
        "optional_orders": fields(&|field| field.ty == Type::Int && !field.required),
        "optionals": fields(&|field| !field.required),
        "requireds": fields(&|field| field.required),
        "checked": fields(&|field| {
            matches!(field.ty, Type::Text | Type::LongText | Type::Instant)
        }),
        "indexes": indexes(entity),
        "long_texts": has_type(Type::LongText),
        "has_unknown_order": has(&|field| field.ty == Type::Int && !field.required),
        "uses_instants": has_type(Type::Instant),
        "uses_int_ranges": has_type(Type::Int),
        "uses_ranges": has_type(Type::Instant) || has_type(Type::Int),
        "refers_to_users": targets.contains(&Target::User),
        "loads_references": targets.iter().any(|target| *target != Target::User),
    })
}

fn names(entity: &Entity) -> Value {
    let Entity { name, plural, fields, .. } = entity;
    let (words, article) = (name.words(), name.article());
    let joined =
        |part: &dyn Fn(&Field) -> String| fields.iter().map(part).collect::<Vec<_>>().join(", ");
    let texts: Vec<_> = fields.iter().filter(|field| field.ty == Type::Text).collect();
    let of_texts = |part: &dyn Fn(&Field) -> String| {
        texts.iter().map(|field| part(field)).collect::<Vec<_>>().join(", ")
    };
    let wrong = |field: &Field| {
        let value = if field.required { "String::new()" } else { "Some(String::new())" };
        format!("{}: {value}", field.key())
    };
    let mut ids: Vec<_> =
        entity.targets().iter().map(|target| target.name().pascal() + "Id").collect();
    ids.push("UserId".to_owned());
    ids.sort();
    ids.dedup();
    let own_id = name.pascal() + "Id";
    let filters = fields.iter().filter(|field| field.ty != Type::LongText);
    let filter_keys: Vec<_> = filters.map(Field::key).collect();
    let context = |field: &Field, part: &str| {
        field.context(name).get(part).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let selection: Vec<_> = fields
        .iter()
        .filter(|field| field.target().is_some())
        .map(|field| format!("{} {{{{ id }}}}", field.name.camel()))
        .collect();
    let refers = !entity.targets().is_empty();
    let title = entity.title().key();
    json!({
        "name": name.pascal(),
        "snake": name.snake(),
        "camel": name.camel(),
        "SCREAMING": name.screaming(),
        "words": words,
        "article": article,
        "a": format!("{article} {words}"),
        "A": format!("{} {words}", crate::names::capitalized(article)),
        "New": format!("A new {words}"),
        "new": format!("a new {words}"),
        "snakes": plural.snake(),
        "camels": plural.camel(),
        "plural": plural.words(),
        "Plural": plural.sentence(),
        "ids": format!("{}, {own_id}", ids.join(", ")),
        "filter_ids": ids.join(", "),
        "repository_ids": format!("{}, {own_id}", ids.join(", ")),
        "input_ids": ids.join(", "),
        "keys": joined(&Field::key),
        "row_keys": joined(&|field| context(field, "row_key")),
        "created": joined(&|field| context(field, "created")),
        "filter_keys": filter_keys.join(", "),
        "wrong_texts": of_texts(&wrong),
        "wrong_names": of_texts(&|field| format!("\"{}\"", field.column())),
        "slow_filters": of_texts(&|field| format!("\"{}\"", field.column())),
        "search_doc": search_doc(entity),
        "order_names": order_names(entity),
        "input": if refers { "input(&ann, \"First\").await" } else { "input(\"First\")" },
        "input_of": if refers { format!("input(client, {title}).await") } else { format!("input({title})") },
        "reference_selection": selection.join(" "),
    })
}

fn search_doc(entity: &Entity) -> String {
    let body = entity.fields.iter().find(|field| field.ty == Type::LongText);
    let texts: Vec<_> = [Some(entity.title()), body]
        .into_iter()
        .flatten()
        .map(|field| field.name.words())
        .collect();
    format!(
        "Words that must all occur in the {}, ignoring case and diacritics; the last word may be a \
         prefix. Sorted by relevance, then by id, unless `orderBy` is given.",
        texts.join(" or ")
    )
}

/// Every sort order, as tests name it.
fn order_names(entity: &Entity) -> String {
    let orders = entity.fields.iter().filter(|field| field.is_order());
    let names = orders.map(|field| field.name.screaming()).chain(["CREATED_AT".to_owned()]);
    let names: Vec<_> = names.map(|name| format!("\"{name}_ASC\", \"{name}_DESC\"")).collect();
    names.join(", ")
}

/// The indexed columns, each followed by the id.
pub(crate) fn indexes(entity: &Entity) -> Vec<String> {
    let own = entity.fields.iter().flat_map(Field::indexed);
    own.chain(["userId".to_owned(), "createdAt".to_owned()]).collect()
}

fn repositories(entity: &Entity) -> String {
    let targets = entity.targets().into_iter().filter(|target| *target != Target::User);
    let names = targets.map(Target::name).chain([entity.name.clone()]);
    names.map(|name| name.pascal() + "Repository").collect::<Vec<_>>().join(", ")
}
