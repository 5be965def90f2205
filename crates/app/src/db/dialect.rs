//! All that differs between SQLite and PostgreSQL.

use super::{Db, Pools};
use crate::error::{Error, Result};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, RuntimeErr, Statement,
};
use sqlx::migrate::MigrateError;
use uuid::Uuid;

/// Key of the PostgreSQL advisory lock that orders the audit chain; any constant does.
const AUDIT_LOCK: i64 = 0x004D_414D_4953;

/// Orders this transaction behind every other one that appends to the audit chain.
///
/// SQLite's BEGIN IMMEDIATE has already done so.
///
/// # Errors
/// A fault of the database.
pub async fn lock_audit_chain(tx: &DatabaseTransaction) -> Result<()> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "select pg_advisory_xact_lock($1)",
            [AUDIT_LOCK.into()],
        ))
        .await?;
    }
    Ok(())
}

/// Holds the row of a physician until the transaction ends, so that two requests of the same person
/// (two signups at the same hour, say) are decided one after the other.
///
/// # Errors
/// A fault of the database.
pub async fn lock_physician(tx: &DatabaseTransaction, physician: Uuid) -> Result<()> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "select 1 from physician where id = $1 for update",
            [physician.into()],
        ))
        .await?;
    }
    Ok(())
}

/// Names of the tables that stand in the database, the migration ledger left out.
///
/// # Errors
/// A fault of the database.
pub(super) async fn tables(db: &Db) -> Result<Vec<String>> {
    let names: Vec<String> = match db.pools() {
        Pools::Sqlite { read, .. } => sqlx::query_scalar(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'",
        )
        .fetch_all(read)
        .await?,
        Pools::Postgres(pool) => {
            sqlx::query_scalar(
                "select table_name::text from information_schema.tables
                  where table_schema = current_schema() and table_type = 'BASE TABLE'",
            )
            .fetch_all(pool)
            .await?
        }
    };
    Ok(names.into_iter().filter(|name| name != "_sqlx_migrations").collect())
}

/// Versions in the migration ledger; empty when there is no ledger yet.
///
/// # Errors
/// A fault of the database.
pub(super) async fn applied_migrations(db: &Db) -> Result<Vec<i64>> {
    let versions = match db.pools() {
        Pools::Sqlite { read, .. } => {
            let exists: i64 =
                sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
                    .fetch_one(read)
                    .await?;
            if exists == 0 {
                return Ok(Vec::new());
            }
            sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(read).await?
        }
        Pools::Postgres(pool) => {
            let exists: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
                .fetch_one(pool)
                .await?;
            if !exists {
                return Ok(Vec::new());
            }
            sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(pool).await?
        }
    };
    Ok(versions)
}

/// The same for the tables of the job queue. On PostgreSQL they have a schema and a ledger of their own.
///
/// # Errors
/// A fault of the database.
pub(super) async fn applied_queue_migrations(db: &Db) -> Result<Vec<i64>> {
    let Pools::Postgres(pool) = db.pools() else { return applied_migrations(db).await };
    let exists: bool = sqlx::query_scalar("select to_regclass('apalis._sqlx_migrations') is not null")
        .fetch_one(pool)
        .await?;
    if !exists {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar("select version from apalis._sqlx_migrations where success")
        .fetch_all(pool)
        .await?)
}

/// What a migration failed of; a missing permission with what would give it.
pub(crate) fn migration_fault(what: &str, error: &MigrateError) -> Error {
    let cause = match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => Some(cause),
        _ => None,
    };
    let code = cause.and_then(|cause| cause.as_database_error()).and_then(|cause| cause.code());
    // PostgreSQL: insufficient_privilege.
    if code.is_some_and(|code| code == "42501") {
        return Error::fault(format!(
            "{what}: {error}. The role must own the database, or hold create on it and on its schema public \
             (docs/operations.md)"
        ));
    }
    Error::fault(format!("{what}: {error}"))
}

/// Whether the text of a column holds another, taken as it is: no mark in it is a pattern, and upper and lower
/// case differ. Quicker than `like` where no index helps, since nothing is folded on the way.
pub fn contains(backend: DatabaseBackend, column: impl ColumnTrait, text: &str) -> Expr {
    let function = if backend == DatabaseBackend::Sqlite { "instr" } else { "strpos" };
    Func::cust(function).arg(Expr::col(column.as_column_ref())).arg(text).gt(0)
}

/// Whether the fault is a unique index that said no.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the fault is the database's absence: no connection, a connection cut off, a server that starts or
/// stops, a file that somebody else keeps locked. The same request may do a moment later.
pub(crate) fn is_outage(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => is_sqlx_outage(error),
        _ => false,
    }
}

/// As [`is_outage`], for what bypasses the ORM.
pub(crate) fn is_sqlx_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_outage_code(&code)),
        _ => false,
    }
}

/// PostgreSQL has five characters (appendix A of its manual), SQLite a number whose last byte tells the kind.
fn is_outage_code(code: &str) -> bool {
    if code.len() == 5 {
        // Connection lost; too many connections; a standby that may not write; stopping, crashed, starting.
        return code.starts_with("08")
            || matches!(code, "53300" | "25006" | "57P01" | "57P02" | "57P03" | "57P05");
    }
    // SQLITE_BUSY and SQLITE_LOCKED with all their kinds.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xFF, 5 | 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_from_a_fault_of_ours() {
        for code in ["08006", "57P01", "57P03", "53300", "5", "6", "261", "517"] {
            assert!(is_outage_code(code), "{code}");
        }
        // A unique index, a syntax error, a deadlock; a constraint, a disk that is full.
        for code in ["23505", "42601", "40P01", "19", "2067", "13", ""] {
            assert!(!is_outage_code(code), "{code}");
        }
        assert!(is_sqlx_outage(&sqlx::Error::PoolTimedOut));
        assert!(!is_sqlx_outage(&sqlx::Error::RowNotFound));
    }
}
