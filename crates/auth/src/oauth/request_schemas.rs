//! Schemas of parameters that several routes share in the API reference.

use crate::openapi::Schema;

pub(super) fn scopes() -> Schema {
    Schema::string().list().about("Scopes to request besides the default ones.")
}

pub(super) fn request_sign_up() -> Schema {
    Schema::boolean().about("Whether to create a user where only requests do so.")
}

pub(super) fn login_hint() -> Schema {
    Schema::string().about("The address or name that the provider's page suggests.")
}

pub(super) fn additional_params() -> Schema {
    Schema::any_object().about("Texts for the query of the provider's URL.")
}

pub(super) fn additional_data() -> Schema {
    Schema::any_object().about("Data that the state of the sign-in keeps.")
}

pub(super) fn provider_id() -> Schema {
    Schema::string().about("The provider's id, e.g. `github`.")
}
