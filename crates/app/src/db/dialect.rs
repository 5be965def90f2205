//! All that differs between SQLite and PostgreSQL.

use super::{Db, Pools};
use crate::error::Result;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, Statement};
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

/// Whether the fault is a unique index that said no.
pub fn is_unique_violation(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
