//! The lists of the entity's rows that users, books and authors get.

use serde_json::json;

use crate::{
    Result,
    entity::Entity,
    field::{Field, Target},
    files::render,
    plan::Plan,
};

/// The fields of a parent: a list, and a connection.
const FIELDS: &str = include_str!("../templates/parent_fields.rs.jinja");

/// Adds the lists of children to the parents' objects.
pub(crate) fn add(plan: &mut Plan, entity: &Entity) -> Result<()> {
    let targets = entity.parents().filter_map(Field::target);
    for target in targets.chain([Target::User]) {
        add_to(plan, entity, target)?;
    }
    Ok(())
}

fn add_to(plan: &mut Plan, entity: &Entity, parent: Target) -> Result<()> {
    let (child, children) = (&entity.name, entity.plural.camel());
    let (parent_name, parent_file) = (parent.name().pascal(), parent.name().snake());
    let graphql = format!("crates/graphql/src/{parent_file}.rs");
    let is_user = parent == Target::User;
    let list = format!("{children}\", \"{children}Connection");
    if is_user {
        let rules = "crates/domain/src/ability/rules.rs";
        plan.append_item(rules, "PUBLIC_USER_FIELDS: &[&str]", "];", &format!("\"{list}\""))?;
    } else {
        let domain = format!("crates/domain/src/{parent_file}.rs");
        let relations = format!("\"{list}\", ");
        plan.append(&domain, "OTHER_FIELDS: &'static", "\"viewerCan\"", &relations)?;
    }
    plan.import(&graphql, "use crate::{", &format!("{}::{}", child.snake(), child.pascal()))?;
    if !plan.has(&graphql, "CHILD_ROWS")? {
        plan.insert_after(&graphql, "cost::{self, ", "CHILD_ROWS, ")?;
    }
    plan.append(&graphql, "COSTS: &[FieldCost]", "\n];", &format!(r#"
    FieldCost::of("{parent_name}", "{children}").items_by(&["limit"], CHILD_ROWS).arguments(&[("offset", OFFSET)]),
    FieldCost::of("{parent_name}", "{children}Connection").items_by(PAGE_ARGUMENTS, CHILD_ROWS),"#))?;
    let context = json!({
        "child": child.pascal(),
        "snakes": entity.plural.snake(),
        "plural": entity.plural.words(),
        "of": match parent {
            Target::User => "that the user created".to_owned(),
            _ => format!("of the {}", parent.name().words()),
        },
        "id": if is_user { "self.0.id" } else { "self.row.id" },
    });
    let object = format!("#[Object]\nimpl {parent_name} {{");
    plan.append(
        &graphql,
        &object,
        "\n}\n",
        &format!("\n\n{}", render(FIELDS, &context)?.trim_end()),
    )
}
