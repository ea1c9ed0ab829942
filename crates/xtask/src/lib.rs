//! Writes a new entity through all layers, as text from the templates in `templates/`, and adds
//! it to the lists that name every entity.
//!
//! `entity` reads the arguments, `field` knows what each type of field is in each layer,
//! `files` renders the new files, `lists` adds to existing ones. `plan` collects all of
//! it, and writes it only when every step has succeeded.

mod entity;
mod field;
mod files;
mod lists;
mod names;
mod parents;
mod plan;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;

pub use self::plan::Result;
use self::{entity::Entity, plan::Plan};

/// Write a new entity through all layers, with its tests
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct NewEntity {
    /// Its name, e.g. `ReadingList`
    pub name: String,
    /// Its fields, each `name:type`, with `!` if it is required, e.g. `title:text!`
    #[arg(required = true, value_name = "FIELD")]
    pub fields: Vec<String>,
    /// The plural of its name, if it is irregular
    #[arg(long, value_name = "NAMES")]
    pub plural: Option<String>,
}

const HELP: &str = "\
Types of fields:
  text       up to 300 characters in one line
  longtext   up to 10,000 characters, always optional
  int        a 32-bit number
  bool       true or false
  instant    a date and time
  book, author, user
             a reference: the row is deleted with the one that it requires

The first required text names a row: lists are searched and sorted by it.
A book or author shows the rows that refer to it, a user the rows that they own.

Example:
  cargo xtask new-entity Review title:text! body:longtext rating:int book:book!";

/// Writes the entity into the workspace around `folder`, and formats it. Returns what is left to
/// do. Writes nothing if any step fails.
pub fn new_entity(folder: &Path, arguments: &NewEntity) -> Result<String> {
    let root = workspace(folder)?;
    let plan = plan(&root, arguments)?;
    plan.write()?;
    let left = if is_formatted(&root) { "" } else { "cargo fmt, " };
    let next = format!("Next: {left}cargo run -- schema > schema.graphql, cargo test --workspace");
    Ok(format!("{}\n{next}", plan.report()))
}

/// The files of the existing lists to which an entity with these arguments is added.
pub fn edited_files(folder: &Path, arguments: &NewEntity) -> Result<Vec<PathBuf>> {
    Ok(plan(&workspace(folder)?, arguments)?.edited().map(Path::to_owned).collect())
}

fn plan(root: &Path, arguments: &NewEntity) -> Result<Plan> {
    let entity = Entity::parse(&arguments.name, arguments.plural.as_deref(), &arguments.fields)?;
    let mut plan = Plan::new(root);
    files::create(&mut plan, &entity)?;
    lists::add(&mut plan, &entity)?;
    parents::add(&mut plan, &entity)?;
    Ok(plan)
}

/// The folder of the workspace that `folder` is in.
fn workspace(folder: &Path) -> Result<PathBuf> {
    let is_root = |folder: &&Path| folder.join("crates/domain/src/lib.rs").exists();
    let root = folder.ancestors().find(is_root);
    root.map(Path::to_owned).ok_or_else(|| format!("{} is not in Bookplate", folder.display()))
}

fn is_formatted(root: &Path) -> bool {
    let status = Command::new("cargo").args(["fmt", "--all"]).current_dir(root).status();
    status.is_ok_and(|status| status.success())
}
