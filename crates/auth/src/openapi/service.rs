//! The routes of the service itself in the document.

use super::{ApiResponse, COMPATIBLE_WITH, Operation, Schema, Section, required};

pub(crate) fn section() -> Section {
    let page = Operation::get("/reference", "openAPIReference", "Show the API reference")
        .unfailing()
        .answers(ApiResponse::page("The page."));
    Section::new("Service", "The service itself.")
        .with(ok())
        .with(generate_schema())
        .with(page.clone())
        .with(page.alias("/docs", "openAPIReferenceAlias"))
}

fn ok() -> Operation {
    let ok = Schema::object([
        required("ok", Schema::just(true)),
        required("compatibleWith", Schema::just(COMPATIBLE_WITH)),
    ]);
    Operation::get("/ok", "ok", "Check that the service responds")
        .unfailing()
        .answers(ApiResponse::json("The service responds.", ok))
}

fn generate_schema() -> Operation {
    let path = "/open-api/generate-schema";
    Operation::get(path, "generateOpenAPISchema", "Get the OpenAPI document")
        .unfailing()
        .answers(ApiResponse::json("The document, in OpenAPI 3.1.", Schema::any_object()))
        .answers(ApiResponse::unchanged())
}
