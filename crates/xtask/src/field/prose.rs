//! Sentences about a field.

use serde_json::{Value, json};

use super::{Field, Type};
use crate::names::Name;

impl Field {
    pub(super) fn prose(&self, entity: &Name) -> Value {
        let (words, doc) = (self.name.words(), self.doc(entity));
        let input = match self.ty {
            Type::Text => "1 to 300 characters after trimming.".to_owned(),
            Type::LongText => "Up to 10,000 characters.".to_owned(),
            _ => doc.clone(),
        };
        let cannot =
            if self.ty == Type::Text { "; cannot be cleared." } else { " Cannot be cleared." };
        let update = match (self.required, self.ty) {
            (false, _) => input.clone(),
            (true, Type::Text) => input.trim_end_matches('.').to_owned() + cannot,
            (true, _) => input.clone() + cannot,
        };
        let filter = match self.ty {
            Type::Text => format!("Part of the {words}, ignoring case."),
            _ => doc.clone(),
        };
        let (up, down) = match self.ty {
            Type::Text => ("ignoring case, ascending", "ignoring case, descending"),
            Type::Instant => ("earliest first", "latest first"),
            _ => ("smallest first", "largest first"),
        };
        json!({
            "doc": doc,
            "object_doc": format!("The {words}."),
            "input_doc": input,
            "update_doc": update,
            "filter_doc": filter,
            "asc_doc": format!("By the {words}, {up}."),
            "desc_doc": format!("By the {words}, {down}."),
        })
    }

    /// A sentence about the field.
    fn doc(&self, entity: &Name) -> String {
        let (words, entity) = (self.name.words(), entity.words());
        match self.ty {
            Type::Text => format!("The {words}, 1 to 300 characters."),
            Type::LongText => format!("The {words}, up to 10,000 characters."),
            Type::Int => format!("The {words}."),
            Type::Bool => format!("Whether the {entity} is {words}."),
            Type::Instant => match self.name.without("at") {
                Some(verb) => format!("When the {entity} was {}.", verb.words()),
                None => format!("The time of the {words}."),
            },
            Type::Reference(_) => format!("The id of the {words}."),
        }
    }
}
