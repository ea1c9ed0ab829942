#![doc = include_str!("../README.md")]

mod bound_variables;
mod complexity;
mod database_cost;
mod document;
mod document_stats;
mod engine;
mod error;
mod execution_state;
mod executor;
mod field_cost;
mod fragment_order;
mod internals;
pub mod json;
mod json_writer;
mod limits;
mod list;
mod normalize;
mod parser;
mod plan;
mod prepared_operation;
mod response_budget;
mod schema_index;
mod validate;
mod variable_size;
mod variables;

pub use document::{Document, Operation};
pub use engine::{Engine, ExecutionContext, is_request_error};
pub use error::{RequestError, SchemaError};
pub use execution_state::count_boxed;
pub use field_cost::{ArgumentCost, FieldCost};
pub use limits::{LIMITS, Limit, LimitKind, Limits};
pub use list::List;
pub use normalize::fields;
pub use prepared_operation::PreparedOperation;
pub use response_budget::{AnswerMemory, UnlimitedMemory};
