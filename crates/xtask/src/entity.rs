//! The arguments of the command, checked.

use crate::{
    Result,
    field::{Field, Target, Type},
    names::Name,
};

/// An entity that is to be written.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) name: Name,
    pub(crate) plural: Name,
    pub(crate) fields: Vec<Field>,
    title: usize,
}

/// Rust's keywords, those of the future included.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Fields that every entity has, parts of every filter, and names that the templates use.
const TAKEN_FIELDS: [&str; 24] = [
    "id",
    "ownerId",
    "owner",
    "userId",
    "createdAt",
    "updatedAt",
    "viewerCan",
    "search",
    "and",
    "or",
    "not",
    "combinators",
    "rank",
    "kind",
    "actor",
    "all",
    "checks",
    "content",
    "filter",
    "input",
    "now",
    "patch",
    "row",
    "wrong",
];

/// Names of Rust and of the templates' imports that no entity can have.
const TAKEN_NAMES: [&str; 34] = [
    "Action",
    "Argument",
    "Arguments",
    "Arc",
    "Bool",
    "Box",
    "Change",
    "Condition",
    "Connection",
    "Context",
    "Copy",
    "Cow",
    "Cursor",
    "Default",
    "Edge",
    "Entity",
    "Err",
    "Error",
    "Filter",
    "Float",
    "Int",
    "Kind",
    "List",
    "Model",
    "Mutation",
    "None",
    "Option",
    "Page",
    "Query",
    "Relation",
    "Result",
    "Some",
    "String",
    "Vec",
];

impl Entity {
    /// Fails with the first argument that breaks a rule.
    pub(crate) fn parse(name: &str, plural: Option<&str>, fields: &[String]) -> Result<Self> {
        let name = entity_name(name)?;
        let plural = plural.map(entity_name).transpose()?.unwrap_or_else(|| name.plural());
        if plural == name {
            let name = name.pascal();
            return Err(format!("the plural of {name} must differ from it: use --plural"));
        }
        if fields.is_empty() {
            return Err("an entity needs a field, e.g. title:text!".to_owned());
        }
        let fields = fields.iter().map(|field| parse_field(field)).collect::<Result<Vec<_>>>()?;
        let mut names = Vec::new();
        for name in fields.iter().flat_map(Field::names) {
            if names.contains(&name) {
                return Err(format!("the field {name} is named twice"));
            }
            names.push(name);
        }
        let Some(title) = fields.iter().position(Field::is_title) else {
            return Err("an entity needs a required text, which names its rows, e.g. title:text!"
                .to_owned());
        };
        Ok(Self { name, plural, fields, title })
    }

    /// The required text that names rows; lists are sorted and searched by it.
    #[expect(clippy::indexing_slicing, reason = "the index is of this list")]
    pub(crate) fn title(&self) -> &Field {
        &self.fields[self.title]
    }

    /// What the fields refer to, each once.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for target in self.fields.iter().filter_map(Field::target) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }

    /// The fields by which books and authors list the rows that refer to them: of several to
    /// the same kind, the first.
    pub(crate) fn parents(&self) -> impl Iterator<Item = &Field> {
        let targets = self.targets().into_iter().filter(|target| *target != Target::User);
        targets.filter_map(|target| {
            self.fields.iter().find(move |field| field.target() == Some(target))
        })
    }
}

fn entity_name(text: &str) -> Result<Name> {
    let is_pascal = text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric());
    let name = Name::new(text);
    if !is_pascal || name.pascal() != text {
        return Err(format!("the name {text:?} must be in PascalCase, e.g. ReadingList"));
    }
    if KEYWORDS.contains(&&*name.snake()) || TAKEN_NAMES.contains(&text) {
        return Err(format!("the name {text} is taken by Rust or by this code"));
    }
    Ok(name)
}

fn parse_field(text: &str) -> Result<Field> {
    let Some((name, ty)) = text.split_once(':') else {
        return Err(format!("{text:?} is not a field: write name:type, e.g. title:text!"));
    };
    let is_camel = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    if !is_camel {
        return Err(format!("the field {name:?} must be in camelCase, e.g. readAt"));
    }
    if KEYWORDS.contains(&&*Name::new(name).snake()) {
        return Err(format!("the field {name} has the name of a keyword of Rust"));
    }
    if TAKEN_FIELDS.contains(&name) {
        return Err(format!("the field {name} is taken: every entity has it, or the code uses it"));
    }
    let (ty, required) = ty.strip_suffix('!').map_or((ty, false), |ty| (ty, true));
    let Some(ty) = Type::by_name(ty) else {
        let types = Type::ALL.map(|(name, _)| name).join(", ");
        return Err(format!("the field {name} has the unknown type {ty:?}; types are {types}"));
    };
    if required && ty == Type::LongText {
        return Err(format!(
            "the field {name} must be optional: lists load a longtext only for those who select it"
        ));
    }
    Ok(Field { name: Name::new(name), ty, required })
}
