//! The plugin's field of `sign-up/email` and `update-user`.

use super::error::{PHONE_NUMBER_CANNOT_BE_SET, PHONE_NUMBER_CANNOT_BE_UPDATED};
use crate::{context::Context, error_code::ErrorCode, extract::Fields, plugin::Plugin};

/// The field `phoneNumber` of an update.
#[derive(Clone, Copy)]
pub(crate) enum PhoneNumberField {
    Absent,
    /// `null`, which removes the number.
    Removed,
    /// A number, which only its code can set.
    Given,
}

impl PhoneNumberField {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        match (fields.has("phoneNumber"), fields.is_null("phoneNumber")) {
            (false, _) => Self::Absent,
            (true, true) => Self::Removed,
            (true, false) => Self::Given,
        }
    }

    /// Whether the update removes the number. Fails if it sets one.
    pub(crate) fn is_removed(self, context: &Context) -> Result<bool, ErrorCode> {
        if !context.config.plugins.has(Plugin::PhoneNumber) {
            return Ok(false);
        }
        match self {
            Self::Absent => Ok(false),
            Self::Removed => Ok(true),
            Self::Given => Err(PHONE_NUMBER_CANNOT_BE_UPDATED),
        }
    }
}

/// Refuses a sign-up that sets a number.
pub(crate) fn refuse_in_sign_up(context: &Context, sets_number: bool) -> Result<(), ErrorCode> {
    if sets_number && context.config.plugins.has(Plugin::PhoneNumber) {
        return Err(PHONE_NUMBER_CANNOT_BE_SET);
    }
    Ok(())
}
