//! Lists of books and authors as fields of the schema.
//!
//! If a client selects only public fields of the rows ([`domain::field`]), the database writes
//! the JSON of the response. Otherwise, whole rows are loaded, without long texts that no
//! selected field reads, and resolvers produce the response.

use async_graphql::{
    ContainerType, Context, ObjectType, Positioned,
    parser::types::{Field, SelectionSet},
};
use domain::{
    Entity, EntitySelection, Error, Id, JsonField, JsonSelection, ListQuery, Loaded, Paging,
    Projection,
};
use graphql_engine::{List, fields};
use services::ListedEntity;

use crate::{context::ContextExt, error::ApiError, loader::LoadedBy};

/// An object of the schema whose rows are listed.
pub(crate) trait ListedObject: ContainerType + ObjectType + From<Loaded<Self::Row>> {
    type Row: ListedEntity;
}

/// Returns a page of a list.
pub(crate) async fn list<N: ListedObject>(
    ctx: &Context<'_>,
    query: &ListQuery<N::Row>,
    paging: &Paging,
) -> Result<List<N>, ApiError> {
    let lists = ctx.services().lists(ctx.viewer_for_rows());
    let selected = &ctx.item.node.selection_set.node;
    if let Some(selection) = json_selection::<N::Row>(selected) {
        return Ok(List::RawJson(lists.json(query, paging, &selection).await?.into()));
    }
    Ok(lists.page(query, paging, projection::<N::Row>(selected)).await?.rows.into())
}

/// Returns a page of the children of `parent`.
pub(crate) async fn children<P: Id, N: ListedObject>(
    ctx: &Context<'_>,
    parent: &P,
    paging: Paging,
) -> Result<List<N>, ApiError>
where
    N::Row: LoadedBy<P>,
{
    let long_texts = reads_long_text::<N::Row>(&ctx.item.node.selection_set.node);
    let projection = Projection { long_texts, nested_long_texts: None };
    let page = ctx.loaders().children(ctx.viewer_for_rows(), parent, paging, projection).await?;
    Ok(page.rows.into())
}

/// Returns the selection for the database to write as JSON. `None` if `selected` has fields that
/// are neither public nor related rows. A field under several keys is left to its resolver: the
/// database would copy a long text for each key.
fn json_selection<E: Entity>(selected: &SelectionSet) -> Option<EntitySelection<E>> {
    members(selected, |field| match field.name.node.as_str() {
        name if E::NESTED == Some(name) => {
            let nested = &field.selection_set.node;
            let nested = members(nested, scalar::<E::Nested, _>);
            nested.map(JsonField::Nested)
        }
        _ => scalar::<E, _>(field),
    })
}

fn scalar<E: Entity, N>(field: &Field) -> Option<JsonField<E::Field, N>> {
    match field.name.node.as_str() {
        "__typename" => Some(JsonField::TypeName(E::TYPE_NAME)),
        name => E::public_field(name).map(JsonField::Field),
    }
}

fn members<F, N>(
    selected: &SelectionSet,
    json: impl Fn(&Field) -> Option<JsonField<F, N>>,
) -> Option<JsonSelection<F, N>> {
    let mut names = Vec::new();
    let members = fields(selected).map(|Positioned { node: field, .. }| {
        if names.contains(&&field.name.node) {
            return None;
        }
        names.push(&field.name.node);
        Some((field.response_key().node.to_string(), json(field)?))
    });
    let members = members.collect::<Option<Vec<_>>>()?;
    if members.is_empty() { None } else { JsonSelection::new(members) }
}

/// Columns that the resolvers of the selected fields read.
fn projection<E: Entity>(selected: &SelectionSet) -> Projection {
    let related = fields(selected).filter(|field| E::NESTED == Some(&*field.node.name.node));
    let nested_long_texts = related
        .map(|field| reads_long_text::<E::Nested>(&field.node.selection_set.node))
        .reduce(|one, other| one || other);
    Projection { long_texts: reads_long_text::<E>(selected), nested_long_texts }
}

/// Whether any selected field reads a long text of the row.
pub(crate) fn reads_long_text<E: Entity>(selected: &SelectionSet) -> bool {
    fields(selected).any(|field| E::reads_long_text(&field.node.name.node))
}

/// Returns the value of a long text in the schema. Fails with an internal error if the text was
/// not loaded.
pub(crate) fn long_text(loaded: bool, text: Option<&String>) -> Option<Result<&String, ApiError>> {
    if loaded {
        return text.map(Ok);
    }
    Some(Err(Error::internal("a long text is read that was not loaded").into()))
}

#[cfg(test)]
mod tests;
