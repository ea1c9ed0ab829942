//! Transactions.
//!
//! A transaction runs plain `BEGIN`, `COMMIT` and `ROLLBACK` on a connection that it owns.
//!
//! Why not sqlx's own transactions: they count their nesting depth, and a wrong count loses the
//! commits of later transactions. The count becomes wrong when SQLite ends a transaction by
//! itself, because its disk is full or fails, or when a future is dropped while PostgreSQL answers
//! `BEGIN`.

use std::{io, sync::Arc, time::Instant};

use domain::{Error, Result};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};
use tokio::sync::Mutex;

use crate::{
    AuditRepository, Database, UserRepository,
    failure::{is_outcome_unknown, is_unavailable, to_db_err},
    internal,
    write_connection::{ResultKind, StatementResult, WriteConnection},
    writer::WriteMonitor,
};

impl Database {
    /// Begins a transaction that can write immediately. If it is dropped without
    /// [`Transaction::commit`], it is rolled back.
    pub async fn begin(&self) -> Result<Transaction> {
        let writing = self.writer().begin().await.map_err(to_db_err).map_err(internal)?;
        Ok(Transaction(TransactionConnection {
            backend: self.writer().get_database_backend(),
            monitor: Arc::clone(self.writer().monitor()),
            state: Mutex::new(State::Open(writing)),
        }))
    }
}

/// An open transaction.
#[derive(Debug)]
pub struct Transaction(TransactionConnection);

impl Transaction {
    /// Commits all writes. Fails unless every statement succeeded. After a lost connection, it is
    /// unknown whether the writes were committed.
    pub async fn commit(self) -> Result<()> {
        let TransactionConnection { monitor, state, .. } = self.0;
        let committed = match state.into_inner() {
            State::Open(writing) => writing.commit().await,
            State::Failed { unavailable } => {
                return Err(internal(to_db_err(after_failure(unavailable))));
            }
        };
        monitor.record_write(&committed);
        committed.map_err(|error| match error {
            // The transaction may be committed: a retry could repeat it.
            error if is_outcome_unknown(&error) => Error::internal(error),
            error => internal(to_db_err(error)),
        })
    }

    /// The connection, for repositories of other crates and for single statements.
    #[must_use]
    pub fn connection(&self) -> &TransactionConnection {
        &self.0
    }

    /// Returns the users within this transaction.
    #[must_use]
    pub fn users(&self) -> UserRepository<'_, TransactionConnection> {
        UserRepository::new(&self.0)
    }

    /// Returns the audit events within this transaction.
    #[must_use]
    pub fn audit(&self) -> AuditRepository<'_, TransactionConnection> {
        AuditRepository::new(&self.0)
    }
}

/// The connection of a [`Transaction`].
#[derive(Debug)]
pub struct TransactionConnection {
    backend: DbBackend,
    monitor: Arc<WriteMonitor>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Open(WriteConnection),
    /// A statement failed, or its future was dropped: no further statement runs.
    Failed {
        /// Whether the database was unavailable.
        unavailable: bool,
    },
}

/// The error of every statement after a failed one.
fn after_failure(unavailable: bool) -> sqlx::Error {
    let message = "a statement of the transaction has failed before";
    if unavailable {
        io::Error::new(io::ErrorKind::NotConnected, message).into()
    } else {
        sqlx::Error::Configuration(message.into())
    }
}

impl TransactionConnection {
    async fn run(&self, statement: Statement, kind: ResultKind) -> Result<StatementResult, DbErr> {
        let sql = statement.sql.clone();
        let work = async |writing: &mut WriteConnection| writing.run(statement, kind).await;
        self.run_guarded(&sql, work).await
    }

    /// Runs a statement. If it fails or its future is dropped, no further statement runs.
    async fn run_guarded<T>(
        &self,
        sql: &str,
        work: impl AsyncFnOnce(&mut WriteConnection) -> sqlx::Result<T>,
    ) -> Result<T, DbErr> {
        let mut state = self.state.lock().await;
        // `Failed` while the statement runs, so that the state stays so if the future is dropped.
        let mut writing = match std::mem::replace(&mut *state, State::Failed { unavailable: false })
        {
            State::Open(writing) => writing,
            State::Failed { unavailable } => {
                *state = State::Failed { unavailable };
                return Err(to_db_err(after_failure(unavailable)));
            }
        };
        let start = Instant::now();
        let answer = work(&mut writing).await;
        self.monitor.record_statement(start, sql);
        match &answer {
            Ok(_) => *state = State::Open(writing),
            Err(error) if writing.transaction_continues_after(error).await => {
                *state = State::Open(writing);
            }
            Err(error) => {
                *state = State::Failed { unavailable: is_unavailable(error) };
                self.monitor.record_write(&answer);
                writing.release_after(error);
            }
        }
        answer.map_err(to_db_err)
    }
}

#[async_trait]
impl ConnectionTrait for TransactionConnection {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(statement, ResultKind::Count).await?.count()
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run_guarded(sql, async |writing: &mut WriteConnection| {
            writing.run_unprepared(sql).await
        })
        .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(self.run(statement, ResultKind::Rows).await?.rows())
    }
}
