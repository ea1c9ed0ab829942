//! Maps rows to users and back. Both sides name every field, so a new field cannot be forgotten.

use domain::{Role, User, UserId};
use sea_orm::Set;

use super::entity;

impl From<entity::Model> for User {
    fn from(row: entity::Model) -> Self {
        let entity::Model {
            id,
            name,
            mut email,
            email_verified,
            image,
            role,
            created_at,
            updated_at,
            deleted_at,
            epoch,
            pending,
        } = row;
        // Rows of a Node server may have capitals.
        email.make_ascii_lowercase();
        Self {
            id: UserId(id),
            name,
            email,
            email_verified,
            image,
            role: Role::from_stored(role.as_deref()),
            created_at,
            updated_at,
            deleted_at,
            epoch,
            // Rows of a Node server have no value.
            pending: pending.unwrap_or_default(),
        }
    }
}

/// The row of a new user.
pub(super) fn new_row(user: &User) -> entity::ActiveModel {
    let User {
        id,
        name,
        email,
        email_verified,
        image,
        role,
        created_at,
        updated_at,
        deleted_at,
        epoch,
        pending,
    } = user;
    entity::ActiveModel {
        id: Set(id.0.clone()),
        name: Set(name.clone()),
        email: Set(email.clone()),
        email_verified: Set(*email_verified),
        image: Set(image.clone()),
        role: Set(Some(role.as_str().to_owned())),
        created_at: Set(*created_at),
        updated_at: Set(*updated_at),
        deleted_at: Set(*deleted_at),
        epoch: Set(*epoch),
        pending: Set(Some(*pending)),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::NewUser;
    use sea_orm::TryIntoModel;

    use super::*;

    #[test]
    fn a_row_maps_back_to_its_user() {
        let new = NewUser {
            id: UserId::from("u1"),
            name: "Ann".to_owned(),
            email: "ann@example.com".to_owned(),
            image: Some("https://example.com/ann.png".to_owned()),
            role: Role::AdminRo,
        };
        let user = new.stored(DateTime::UNIX_EPOCH);
        assert_eq!(User::from(new_row(&user).try_into_model().unwrap()), user);
    }
}
