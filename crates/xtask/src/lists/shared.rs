//! Code that entities share, written with the first entity that needs it.

use super::{Entity, Field, Plan, Result, Type};
use crate::field::Target;

const SEARCH_INDEX: &str = include_str!("../../templates/search_index.rs.jinja");

const INSTANT: &str = r#"    /// Checks an instant: in the years 0 to 9999, as the texts of other instants do not sort.
    /// Returns it in milliseconds, the precision that clients see.
    pub fn instant(&mut self, field: &'static str, value: DateTime<Utc>) -> DateTime<Utc> {
        let is_known = (0..=9999).contains(&value.year());
        self.require(is_known, field, "must be between the years 0 and 9999");
        value.trunc_subsecs(3)
    }

"#;

const REFERENCE: &str = r"/// Loads the row to which another one refers, together with the references of the other rows of
/// the level. Fails with `FORBIDDEN` if the viewer may not read it.
pub(crate) async fn reference<N: ListedObject>(
    ctx: &Context<'_>,
    id: &<N::Row as Entity>::Id,
) -> Result<N, ApiError>
where
    N::Row: LoadedBy<<N::Row as Entity>::Id>,
{
    let long_texts = reads_long_text::<N::Row>(&ctx.item.node.selection_set.node);
    let projection = Projection { long_texts, nested_long_texts: None };
    let page = ctx.loaders().children(ctx.viewer_for_rows(), id, Paging::All, projection).await?;
    let found = page.rows.into_iter().next().map(Into::into);
    Ok(found.ok_or(Error::Forbidden { action: Action::Read, kind: N::Row::KIND })?)
}

";

/// Adds what the entity needs and no entity before it needed.
pub(super) fn add(plan: &mut Plan, entity: &Entity) -> Result<()> {
    search_index(plan)?;
    let has = |ty: Type| entity.fields.iter().any(|field: &Field| field.ty == ty);
    if has(Type::Int) {
        range(plan, "IntRange", "i32", "whole numbers")?;
    }
    if has(Type::Instant) {
        instant(plan)?;
        range(plan, "DateTimeRange", "DateTime", "instants")?;
        import_instant(plan)?;
    }
    for target in entity.targets().into_iter().filter(|target| *target != Target::User) {
        reference(plan, target)?;
    }
    Ok(())
}

fn search_index(plan: &mut Plan) -> Result<()> {
    let path = "migration/src/search/mod.rs";
    if plan.has(path, "mod index;")? {
        return Ok(());
    }
    plan.create("migration/src/search/index.rs", SEARCH_INDEX.to_owned())?;
    plan.insert_after(path, "pub(crate) mod fold;\n", "mod index;\n")?;
    plan.insert_after(
        path,
        "pub(crate) mod sqlite;\n",
        "\npub(crate) use self::index::SearchIndex;\n",
    )
}

fn instant(plan: &mut Plan) -> Result<()> {
    let path = "crates/domain/src/validation.rs";
    if plan.has(path, "pub fn instant(")? {
        return Ok(());
    }
    plan.insert_before(
        path,
        "use crate::{",
        "use chrono::{DateTime, Datelike, SubsecRound, Utc};\n\n",
    )?;
    plan.insert_before(path, "    /// Checks a year", INSTANT)
}

/// An input of the two ends of a range.
fn range(plan: &mut Plan, name: &str, ty: &str, of: &str) -> Result<()> {
    let path = "crates/graphql/src/input.rs";
    if plan.has(path, &format!("struct {name} "))? {
        return Ok(());
    }
    let (domain_type, ends) = if ty == "DateTime" {
        let end = |end: &str| format!("{end}: {end}.map(|DateTime({end})| {end})");
        ("chrono::DateTime<chrono::Utc>", format!("{}, {}", end("min"), end("max")))
    } else {
        (ty, "min, max".to_owned())
    };
    let text = format!(
        "/// A range of {of}, both ends included; an absent end is unbounded.
#[derive(Clone, Copy, InputObject)]
pub(crate) struct {name} {{
    /// The smallest value.
    min: Option<{ty}>,
    /// The largest value.
    max: Option<{ty}>,
}}

impl From<{name}> for domain::ValueRange<{domain_type}> {{
    fn from({name} {{ min, max }}: {name}) -> Self {{
        Self {{ {ends} }}
    }}
}}

"
    );
    plan.insert_before(path, "/// Converts a field of an update", &text)
}

fn import_instant(plan: &mut Plan) -> Result<()> {
    let (path, import) = ("crates/graphql/src/input.rs", "use crate::scalar::DateTime;");
    if plan.has(path, import)? {
        return Ok(());
    }
    plan.insert_after(path, "use domain::Patch;\n", &format!("\n{import}\n"))
}

fn reference(plan: &mut Plan, target: Target) -> Result<()> {
    let path = "crates/graphql/src/list_field.rs";
    if !plan.has(path, "async fn reference<")? {
        plan.insert_before(
            path,
            "/// Returns the selection for the database to write as JSON.",
            REFERENCE,
        )?;
        plan.import(path, "use domain::{", "ability::{Action, Subject}")?;
    }
    let (name, path) = (target.name(), "crates/graphql/src/loader.rs");
    let pascal = name.pascal();
    let relation = format!("    {}: {pascal}Id => {pascal},\n", name.plural().snake());
    if plan.has(path, &relation)? {
        return Ok(());
    }
    plan.insert_sorted(path, "\nrelations! {\n", "}\n", &relation)?;
    // A row is the only child of its own id, so rows are loaded in batches, as children are.
    let path = format!("crates/repositories/src/{}/table.rs", name.snake());
    let impl_of = |parent: &str, column: &str| {
        format!(
            "impl ChildOf<{parent}> for {pascal} {{
    const RELATION: Relation = Relation::by_column(Self::TABLE, \"{column}\");
}}
"
        )
    };
    let by_id = format!(
        "\n/// Each {} is the only child of its own id: so rows are loaded to which others refer.\n{}",
        name.words(),
        impl_of(&format!("{pascal}Id"), "id")
    );
    plan.import(&path, "use domain::{", &format!("{pascal}Id"))?;
    plan.insert_after(&path, &impl_of("UserId", "userId"), &by_id)
}
