//! Maps rows to users and back. Both sides name every field, so a new field cannot be forgotten.

use domain::{Ban, Role, SignInFields, User, UserId};
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
            two_factor_enabled,
            username,
            display_username,
            phone_number,
            phone_number_verified,
            is_anonymous,
            banned,
            ban_reason,
            ban_expires,
            last_login_method,
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
            sign_in: SignInFields {
                two_factor: two_factor_enabled.unwrap_or_default(),
                username,
                display_username,
                phone_number,
                phone_number_verified,
                is_anonymous: is_anonymous.unwrap_or_default(),
                last_method: last_login_method,
            },
            ban: (banned == Some(true)).then_some(Ban { reason: ban_reason, expires: ban_expires }),
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
        sign_in,
        ban,
    } = user;
    let SignInFields {
        two_factor,
        username,
        display_username,
        phone_number,
        phone_number_verified,
        is_anonymous,
        last_method,
    } = sign_in.clone();
    let is_banned = ban.is_some();
    let Ban { reason, expires } = ban.clone().unwrap_or_default();
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
        two_factor_enabled: Set(Some(two_factor)),
        username: Set(username),
        display_username: Set(display_username),
        phone_number: Set(phone_number),
        phone_number_verified: Set(phone_number_verified),
        is_anonymous: Set(Some(is_anonymous)),
        banned: Set(Some(is_banned)),
        ban_reason: Set(reason),
        ban_expires: Set(expires),
        last_login_method: Set(last_method),
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
            sign_in: SignInFields {
                two_factor: true,
                username: Some("ann".to_owned()),
                display_username: Some("Ann".to_owned()),
                phone_number: Some("+4930123".to_owned()),
                phone_number_verified: Some(true),
                is_anonymous: true,
                last_method: Some("email".to_owned()),
            },
        };
        let ban = Ban { reason: Some("spam".to_owned()), expires: Some(DateTime::UNIX_EPOCH) };
        let user = User { ban: Some(ban), ..new.stored(DateTime::UNIX_EPOCH) };
        assert_eq!(User::from(new_row(&user).try_into_model().unwrap()), user);
    }
}
