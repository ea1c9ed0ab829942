//! The existing lists that name every entity, and shared code that only some entities need.

use crate::{
    Result,
    entity::Entity,
    field::{Field, Type},
    files::{indexes, migration_name},
    plan::Plan,
};

mod acceptance;
mod shared;

/// Adds the entity to every list.
pub(crate) fn add(plan: &mut Plan, entity: &Entity) -> Result<()> {
    domain(plan, entity)?;
    rules_and_changes(plan, entity)?;
    repositories(plan, entity)?;
    services(plan, entity)?;
    graphql(plan, entity)?;
    subscription(plan, entity)?;
    migration(plan, entity)?;
    shared::add(plan, entity)?;
    acceptance::add(plan, entity)
}

fn domain(plan: &mut Plan, Entity { name, .. }: &Entity) -> Result<()> {
    let (pascal, snake) = (name.pascal(), name.snake());
    let path = "crates/domain/src/lib.rs";
    plan.insert_before(
        path,
        "pub mod search;",
        &format!("pub mod {snake};\npub mod {snake}_filter;\n"),
    )?;
    plan.append_item(path, "pub use id::{", "};", &format!("{pascal}Id"))?;
    plan.insert_before(path, "pub use search::", &format!(
        "pub use {snake}::{{{pascal}, {pascal}Field, {pascal}Input, {pascal}Patch, New{pascal}}};\n\
         pub use {snake}_filter::{{{pascal}Filter, {pascal}Order}};\n"
    ))?;
    let id = format!(
        "    /// {} {}'s id: `UUIDv7` text.\n    {pascal}Id;\n",
        crate::names::capitalized(name.article()),
        name.words()
    );
    plan.append("crates/domain/src/id.rs", "\nuuid! {\n", "}\n", &id)
}

fn rules_and_changes(plan: &mut Plan, Entity { name, .. }: &Entity) -> Result<()> {
    let (pascal, snake, words) = (name.pascal(), name.snake(), name.words());
    let article = crate::names::capitalized(name.article());
    let kind = format!("    /// {article} [`crate::{pascal}`].\n    {pascal} = \"{words}\";\n");
    let path = "crates/domain/src/ability/subject.rs";
    plan.insert_before(path, "    /// A [`crate::User`].", &kind)?;
    let path = "crates/domain/src/ability/rules.rs";
    plan.append_item(path, "const LIBRARY: &[Kind]", "];", &format!("Kind::{pascal}"))?;
    let path = "crates/domain/src/change.rs";
    plan.import(path, "use crate::{", &format!("{snake}::{pascal}"))?;
    let variant = format!("    /// {article} {words}.\n    {pascal}(Box<{pascal}>),\n");
    plan.append(path, "pub enum ChangeSubject {", "}\n\n", &variant)?;
    let row = format!(
        "Self::{pascal}({snake}) => (Kind::{pascal}, {snake}.id.as_str(), &{snake}.owner_id),\n"
    );
    plan.insert_before(path, "            Self::Author(author) =>", &row)
}

fn repositories(plan: &mut Plan, Entity { name, .. }: &Entity) -> Result<()> {
    let (pascal, snake, table) = (name.pascal(), name.snake(), name.camel());
    let path = "crates/repositories/src/lib.rs";
    plan.insert_before(path, "mod rows;", &format!("pub mod {snake};\n"))?;
    plan.insert_before(
        path,
        "pub use repository::",
        &format!("pub use {snake}::{pascal}Repository;\n"),
    )?;
    let owned = format!("    OwnedTable {{ table: \"{table}\", user_id: \"userId\" }},\n");
    plan.append(path, "OWNED_TABLES: &[OwnedTable] = &[\n", "];", &owned)?;
    let path = "crates/repositories/src/rule_tables.rs";
    plan.import(path, "use domain::{", &pascal)?;
    plan.insert_before(
        path,
        "    check::<User>(",
        &format!("    check_entity::<{pascal}>(abilities)?;\n"),
    )?;
    let path = "crates/database/src/requirement.rs";
    let tables = format!(", '{table}', '{table}Search'");
    plan.insert_after(path, "'bookplateMigration'", &tables)
}

fn services(plan: &mut Plan, Entity { name, plural, .. }: &Entity) -> Result<()> {
    let (pascal, snake, snakes) = (name.pascal(), name.snake(), plural.snake());
    let path = "crates/services/src/lib.rs";
    plan.insert_before(path, "mod row_permissions;", &format!("mod {snake};\n"))?;
    plan.insert_before(
        path,
        "pub use row_permissions::",
        &format!("pub use {snake}::{pascal}Service;\n"),
    )?;
    plan.import(path, "use domain::{", &pascal)?;
    let field =
        format!("    /// Use cases of {}.\n    pub {snakes}: {pascal}Service,\n", plural.words());
    plan.insert_before(path, "    /// Use cases of users.\n    pub users", &field)?;
    let service = format!(
        "{snakes}: {pascal}Service {{ db: db.clone(), clock: clock.clone(), events: events.clone(), abilities }},\n"
    );
    plan.insert_before(path, "            books: BookService { db,", &service)?;
    let may_read = format!(
        "ChangeSubject::{pascal}({snake}) => self.may_read::<{pascal}>(viewer, {snake}),\n"
    );
    plan.insert_before(path, "            ChangeSubject::Author(author) =>", &may_read)
}

fn graphql(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let Entity { name, plural, .. } = entity;
    let (pascal, snake) = (name.pascal(), name.snake());
    let path = "crates/graphql/src/lib.rs";
    plan.insert_before(path, "mod scalar;", &format!("mod {snake};\nmod {snake}_input;\n"))?;
    plan.append_item(path, "pub struct Query(", ");", &format!("{snake}::{pascal}Query"))?;
    plan.append_item(path, "pub struct Mutation(", ");", &format!("{snake}::{pascal}Mutation"))?;
    plan.append_item(
        path,
        "fn costs() -> Vec<FieldCost> {\n    [",
        "]",
        &format!("{snake}::COSTS"),
    )?;
    let path = "crates/graphql/src/list_field/tests.rs";
    plan.import(path, "use domain::{", &pascal)?;
    plan.insert_after(
        path,
        "    assert_table_fits::<Author>(include_str!(\"../author.rs\"));\n",
        &format!("    assert_table_fits::<{pascal}>(include_str!(\"../{snake}.rs\"));\n"),
    )?;
    let path = "crates/graphql/src/loader.rs";
    plan.import(path, "use domain::{", &pascal)?;
    let relation = |parent: &str| {
        format!(
            "    {}_of_{parent}: {}Id => {pascal},\n",
            plural.snake(),
            crate::names::capitalized(parent)
        )
    };
    let parents = entity.parents().filter_map(Field::target);
    let parents: Vec<_> = parents.map(|target| target.name().snake()).collect();
    for parent in parents.iter().map(String::as_str).chain(["user"]) {
        plan.insert_sorted(path, "\nrelations! {\n", "}\n", &relation(parent))?;
    }
    Ok(())
}

fn subscription(plan: &mut Plan, Entity { name, .. }: &Entity) -> Result<()> {
    let (pascal, snake) = (name.pascal(), name.snake());
    let path = "crates/graphql/src/subscription/mod.rs";
    plan.insert_after(path, "mod book;\n", &format!("mod {snake};\n"))?;
    plan.append_item(
        path,
        "pub struct Subscription(",
        ");",
        &format!("{snake}::{pascal}Subscription"),
    )
}

fn migration(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let name = migration_name(plan.root(), entity)?;
    let path = "migration/src/library/mod.rs";
    plan.insert_before(path, "\nuse sea_orm_migration", &format!("mod {name};\n"))?;
    plan.append_item(path, "vec![", "\n    ]", &format!("Box::new({name}::Migration)"))
}
