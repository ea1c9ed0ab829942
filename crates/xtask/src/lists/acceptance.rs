//! The lists of the acceptance tests, and the tables that fail without the entity.

use serde_json::Value;

use super::{Entity, Field, Plan, Result, indexes};
use crate::field::Target;

/// Who may call a mutation, as the table of permissions prints it.
const ANYBODY: [(&str, &str); 5] = [
    ("anonymous ", "UNAUTHENTICATED"),
    ("other user", "ok"),
    ("admin_ro  ", "ok"),
    ("admin_rw  ", "ok"),
    ("owner     ", "ok"),
];
const OWNER: [(&str, &str); 5] = [
    ("anonymous ", "UNAUTHENTICATED"),
    ("other user", "FORBIDDEN"),
    ("admin_ro  ", "FORBIDDEN"),
    ("admin_rw  ", "ok"),
    ("owner     ", "ok"),
];

pub(super) fn add(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let snake = entity.name.snake();
    plan.insert_before(
        "tests/it/graphql/mod.rs",
        "mod schema;",
        &format!("pub(super) mod {snake};\n"),
    )?;
    plan.insert_before("tests/it/subscription/mod.rs", "mod schemas;", &format!("mod {snake};\n"))?;
    rows(plan, entity)?;
    permission(plan, entity)?;
    permission_table(plan, entity)?;
    abilities(plan, entity)?;
    tables(plan, entity)
}

/// The kind of row, whose fields tests read.
fn rows(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let Entity { name, plural, fields, .. } = entity;
    let columns: Vec<_> = fields.iter().map(Field::column).collect();
    let kind = format!(
        "/// The entity `{pascal}`.
pub(crate) const {screaming}: Kind = Kind {{
    name: \"{pascal}\",
    query: \"{query}\",
    list: \"{list}\",
    label: \"{label}\",
    fields: \"id {columns} owner {{ name }} createdAt updatedAt\",
}};

",
        pascal = name.pascal(),
        screaming = name.screaming(),
        query = name.camel(),
        list = plural.camel(),
        label = entity.title().column(),
        columns = columns.join(" "),
    );
    plan.insert_before("tests/it/graphql/rows.rs", "impl Kind {", &kind)
}

/// A row of ann's, on which everybody tries every mutation.
fn permission(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let Entity { name, plural, fields, .. } = entity;
    let path = "tests/it/graphql/permission.rs";
    let (pascal, snake, screaming) = (name.pascal(), name.snake(), name.screaming());
    let input = |title: &str, indent: &str| {
        let values = fields.iter().filter(|field| field.required).map(|field| {
            let value = match field.target() {
                Some(Target::User) => "client.user_id().await".to_owned(),
                Some(target) => target.name().snake(),
                None if field.is_title() => format!("\"{title}\""),
                None => value(field, name),
            };
            format!("\"{}\": {value}", field.column())
        });
        let values: Vec<_> = values.collect();
        if values.len() < 3 {
            return format!("json!({{ {} }})", values.join(", "));
        }
        let separator = format!(",\n{indent}    ");
        format!("json!({{\n{indent}    {},\n{indent}}})", values.join(&separator))
    };
    let title = entity.title().column();
    plan.import(path, "use super::rows::{", &screaming)?;
    plan.append(path, "struct RowsOfAnn {\n", "}\n", &format!("    {snake}: String,\n"))?;
    // The new row refers to the others.
    let create = format!(
        "        let book = id(&BOOK.create(ann, input).await);
        let {snake} = id(&{screaming}.create(ann, {}).await);\n",
        input("First", "        ").replace("client", "ann")
    );
    if plan.has(path, "Self { book: id(&BOOK.create(ann, input).await), author")? {
        plan.replace(
            path,
            "        Self { book: id(&BOOK.create(ann, input).await), author",
            &format!("{create}        Self {{ book, author"),
        )?;
    } else {
        let (_, own) = create.split_once('\n').unwrap_or_default();
        plan.insert_before(path, "        Self { book, author", own)?;
    }
    plan.append_item(path, "        Self { book, author", " }", &snake)?;
    let seen = format!(
        "            \"{snake}\": {screaming}.find(client, &self.{snake}).await,
            \"{}\": {screaming}.count(client).await,\n",
        plural.snake()
    );
    plan.append(path, "fn read_by", "        })", &seen)?;
    let calls = format!(
        "            \"create{pascal}\" => {screaming}.create(client, {}).await,
            \"delete{pascal}\" => {screaming}.delete(client, &self.{snake}).await,
            \"update{pascal}\" => {{
                {screaming}.update(client, &self.{snake}, json!({{ \"{title}\": \"Changed\" }})).await
            }}\n",
        input("New", "            ")
    );
    plan.insert_before(path, "            \"importBooks\" =>", &calls)
}

/// The value of a required field, as JSON.
fn value(field: &Field, entity: &crate::names::Name) -> String {
    let context = field.context(entity);
    context.get("test_value").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn permission_table(plan: &mut Plan, Entity { name, .. }: &Entity) -> Result<()> {
    for (action, outcomes) in [("create", ANYBODY), ("delete", OWNER), ("update", OWNER)] {
        let mutation = format!("{action}{}", name.pascal());
        let lines = outcomes.map(|(who, outcome)| format!("    {mutation:12}  {who}  {outcome}\n"));
        plan.insert_sorted(
            "tests/it/graphql/permission.rs",
            "insta::assert_snapshot!(table.join(\"\\n\"), @r\"\n",
            "    \");",
            &lines.concat(),
        )?;
    }
    Ok(())
}

/// What clients read of their rules.
fn abilities(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let path = "tests/it/graphql/abilities.rs";
    plan.extend_all(path, "[\"Book\",\"Author\"", "]", &format!(",\"{}\"", entity.name.pascal()))?;
    let lists = entity.plural.camel();
    let fields = format!(",\"{lists}\",\"{lists}Connection\"");
    plan.extend_all(path, "\"authorsConnection\"", "]", &fields)
}

/// Tables, foreign keys and indexes.
fn tables(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let table = entity.name.camel();
    let path = "tests/it/command/structure.rs";
    let mut add = |head: &str, indent: &str, line: String| {
        plan.insert_sorted(path, head, "]", &format!("{indent}\"{line}\",\n"))
    };
    add("TABLES: &[&str] = &[\n", "    ", table.clone())?;
    add("TABLES: &[&str] = &[\n", "    ", format!("{table}Search"))?;
    let path = "tests/it/command/tables.rs";
    let mut add = |head: &str, line: String| {
        plan.insert_sorted(path, head, "        ]", &format!("            \"{line}\",\n"))
    };
    let keys = "foreign_keys(&TestDatabase::migrated().await).await,\n        [\n";
    for field in &entity.fields {
        if let Some(target) = field.target() {
            let deleted = if field.required { " cascade" } else { "" };
            add(
                keys,
                format!("{table}.{} -> {}.id{deleted}", field.column(), target.name().camel()),
            )?;
        }
    }
    add(keys, format!("{table}.userId -> user.id"))?;
    add(keys, format!("{table}Search.{table}Id -> {table}.id cascade"))?;
    for column in indexes(entity) {
        add("others,\n        [\n", format!("{table} {table}_{column}_idx ({column}, id)"))?;
    }
    add("keys,\n        [\n", format!("{table}(id)"))?;
    add("keys,\n        [\n", format!("{table}Search({table}Id)"))
}
