//! A row as it is now, for an editor who saw another version of it: `extensions.current`.

use async_graphql::{ScalarType, Value, value};
use domain::version::Current;

use crate::scalar::DateTime;

/// The row as a client's cache takes it: `__typename`, and the fields that are no objects.
pub(crate) fn current(row: &Current) -> Value {
    match row {
        Current::Book(book) => of_book(book),
        Current::Author(author) => of_author(author),
    }
}

fn of_book(book: &domain::Book) -> Value {
    let domain::Book {
        id,
        title,
        description,
        isbn,
        release_year,
        owner_id,
        created_at,
        updated_at,
    } = book;
    value!({
        "__typename": "Book",
        "id": id.as_str(),
        "title": title,
        "description": description,
        "isbn": isbn,
        "releaseYear": release_year,
        "ownerId": owner_id.as_str(),
        "createdAt": DateTime(*created_at).to_value(),
        "updatedAt": DateTime(*updated_at).to_value(),
    })
}

fn of_author(author: &domain::Author) -> Value {
    let domain::Author { id, name, bio, birth_year, death_year, owner_id, created_at, updated_at } =
        author;
    value!({
        "__typename": "Author",
        "id": id.as_str(),
        "name": name,
        "bio": bio,
        "birthYear": birth_year,
        "deathYear": death_year,
        "ownerId": owner_id.as_str(),
        "createdAt": DateTime(*created_at).to_value(),
        "updatedAt": DateTime(*updated_at).to_value(),
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{
        parse_schema,
        types::{BaseType, TypeKind, TypeSystemDefinition},
    };
    use chrono::DateTime;

    use super::*;

    /// The fields of a type that are no objects, sorted, as they are in the schema.
    fn leaves(name: &str) -> Vec<String> {
        let schema = parse_schema(crate::sdl()).unwrap();
        let types: Vec<_> = schema
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => Some(definition.node),
                _ => None,
            })
            .collect();
        let is_object = |named: &str| {
            let mut named = types.iter().filter(|definition| definition.name.node == *named);
            named.any(|definition| matches!(definition.kind, TypeKind::Object(_)))
        };
        let wanted = types.iter().find(|definition| definition.name.node == *name).unwrap();
        let TypeKind::Object(object) = &wanted.kind else { panic!("{name}") };
        let fields = object.fields.iter().filter(|field| match &field.node.ty.node.base {
            BaseType::Named(named) => !is_object(named),
            BaseType::List(_) => false,
        });
        fields.map(|field| field.node.name.node.to_string()).collect()
    }

    fn shown(row: &Current) -> Vec<String> {
        let Value::Object(fields) = current(row) else { panic!("no object") };
        let mut names: Vec<_> = fields.keys().skip(1).map(ToString::to_string).collect();
        names.sort();
        names
    }

    #[test]
    fn a_row_has_every_field_that_the_schema_gives_it() {
        let book = domain::Book {
            id: "b1".into(),
            title: "Emma".to_owned(),
            description: None,
            isbn: None,
            release_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let author = domain::Author {
            id: "a1".into(),
            name: "Jane".to_owned(),
            bio: None,
            birth_year: None,
            death_year: None,
            owner_id: "u1".into(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(shown(&Current::Book(book)), leaves("Book"));
        assert_eq!(shown(&Current::Author(author)), leaves("Author"));
    }
}
