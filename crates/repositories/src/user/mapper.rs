//! Rows to users and back; every field is named on both sides, on purpose.

use chrono::{DateTime, Utc};
use domain::{NewUser, Role, User, UserId};
use sea_orm::Set;

use super::entity;

impl From<entity::Model> for User {
    fn from(row: entity::Model) -> Self {
        let entity::Model {
            id,
            name,
            email,
            email_verified,
            image,
            role,
            created_at,
            updated_at,
            deleted_at,
        } = row;
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
        }
    }
}

/// The row of a user who signs up at `now`; their address is not verified yet.
pub(super) fn new_row(user: &NewUser, now: DateTime<Utc>) -> entity::ActiveModel {
    let NewUser { id, name, email, image, role } = user;
    entity::ActiveModel {
        id: Set(id.0.clone()),
        name: Set(name.clone()),
        email: Set(email.clone()),
        email_verified: Set(false),
        image: Set(image.clone()),
        role: Set(Some(role.as_str().to_owned())),
        created_at: Set(now),
        updated_at: Set(now),
        deleted_at: Set(None),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::TryIntoModel;

    use super::*;

    #[test]
    fn mapper_reads_what_it_wrote() {
        let new = NewUser {
            id: UserId::from("u1"),
            name: "Ann".to_owned(),
            email: "ann@example.com".to_owned(),
            image: Some("https://example.com/ann.png".to_owned()),
            role: Role::AdminRo,
        };
        let now = DateTime::UNIX_EPOCH;
        let row = new_row(&new, now).try_into_model().unwrap();
        assert_eq!(User::from(row), new.stored(now));
    }
}
