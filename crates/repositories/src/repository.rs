//! The repository of any entity: reads and deletes rows by id, and changes their owner.

use database::{internal, key_in, log_change, rule_sql::only_readable};
use std::{collections::HashSet, marker::PhantomData};

use domain::{
    Error, Permit, Result, User, UserId,
    ability::{Delete, Readable, Update},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use crate::{rule_tables::rule_table, table::ListedEntity};

/// The rows of an entity behind a connection or a transaction.
#[derive(Debug)]
pub struct Repository<'c, C, E>(pub(crate) &'c C, PhantomData<E>);

impl<'c, C: ConnectionTrait, E: ListedEntity> Repository<'c, C, E> {
    /// Reads and writes rows through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(connection, PhantomData)
    }

    /// The row of this id, if the viewer may read it.
    pub async fn find(&self, readable: &Readable<'_, E>, id: &E::Id) -> Result<Option<E>> {
        let query = self.readable(E::Rows::find_by_id(id.as_ref()), readable)?;
        let row = query.one(self.0).await.map_err(internal)?;
        Ok(row.map(Into::into))
    }

    /// The rows of `query` that the viewer may read.
    fn readable<Q: QueryFilter>(&self, query: Q, readable: &Readable<'_, E>) -> Result<Q> {
        only_readable(self.0.get_database_backend(), query, rule_table::<E>(E::TABLE), readable)
    }

    /// The row of this id, locked until the transaction ends.
    pub async fn find_for_write(&self, id: &E::Id) -> Result<Option<E>> {
        let query = E::Rows::find_by_id(id.as_ref()).lock_exclusive();
        Ok(query.one(self.0).await.map_err(internal)?.map(Into::into))
    }

    /// Returns those of `ids` that exist and that the viewer may read.
    pub async fn known(&self, readable: &Readable<'_, E>, ids: &[E::Id]) -> Result<HashSet<E::Id>> {
        let keys = ids.iter().map(|id| id.as_ref().to_owned()).collect();
        let query = E::Rows::find().select_only().column(E::ID).filter(key_in(
            self.0.get_database_backend(),
            E::ID,
            keys,
        ));
        let known: Vec<String> =
            self.readable(query, readable)?.into_tuple().all(self.0).await.map_err(internal)?;
        Ok(known.into_iter().map(E::Id::from).collect())
    }

    /// Gives all rows of the permitted user to the user `to`. Returns the number of rows.
    pub async fn change_owner(&self, permit: &Permit<Update, User>, to: &UserId) -> Result<u64> {
        let from = permit.subject().id.as_str();
        let changed = E::Rows::update_many()
            .col_expr(E::OWNER, Expr::value(to.as_str()))
            .filter(E::OWNER.eq(from))
            .exec(self.0)
            .await
            .map_err(internal)?;
        log_change(permit, from);
        Ok(changed.rows_affected)
    }

    /// Deletes the permitted row. Fails with `NOT_FOUND` if there is none.
    pub async fn delete(&self, permit: Permit<Delete, E>) -> Result<E> {
        let id = permit.subject().id().as_ref();
        let deleted = E::Rows::delete_by_id(id).exec(self.0).await.map_err(internal)?;
        if deleted.rows_affected == 0 {
            return Err(Error::NotFound { kind: E::KIND });
        }
        log_change(&permit, id);
        Ok(permit.subject().clone())
    }
}
