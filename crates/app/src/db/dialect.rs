//! All that differs between SQLite and PostgreSQL.

use super::{Db, Pools};
use crate::error::{Error, Result};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};
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
#[crate::boxed]
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
#[crate::boxed]
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

/// The same for several people, in the order of their ids: two transactions that want the same never wait for each
/// other in a ring.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn lock_physicians(tx: &impl ConnectionTrait, people: &[Uuid]) -> Result<()> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "select 1 from physician where id = any($1) order by id for update",
            [people.to_vec().into()],
        ))
        .await?;
    }
    Ok(())
}

/// Makes the index that finds pieces of the words of people.
///
/// # Errors
/// A fault of the database; where the role may not make the extension, what gives it.
pub(super) async fn make_text_index(db: &Db) -> Result<()> {
    let made = match db.pools() {
        Pools::Sqlite { write, .. } => {
            // It keeps no copy of the text, and tells letters apart as PostgreSQL does: the keys are folded already.
            sqlx::query(
                "create virtual table physician_fts using fts5(shown, contact, identity, content='', \
                 contentless_delete=1, tokenize='trigram case_sensitive 1')",
            )
            .execute(write)
            .await
            .map(|_| ())
        }
        Pools::Postgres(pool) => {
            async {
                sqlx::query("create extension if not exists pg_trgm").execute(pool).await?;
                sqlx::query(TRIGRAMS).execute(pool).await.map(|_| ())
            }
            .await
        }
    };
    made.map_err(|error| migration_fault("index of people", &MigrateError::Execute(error)))
}

const TRIGRAMS: &str = "create index if not exists physician_text_trgm on physician_text \
     using gin (shown gin_trgm_ops, contact gin_trgm_ops, identity gin_trgm_ops)";

/// Forgets all texts. PostgreSQL makes the index of many rows faster than row by row.
///
/// # Errors
/// A fault of the database.
pub(super) async fn empty_text_index(db: &Db) -> Result<()> {
    match db.pools() {
        Pools::Sqlite { write, .. } => {
            sqlx::query("delete from physician_text").execute(write).await?;
            sqlx::query("insert into physician_fts (physician_fts) values ('delete-all')")
                .execute(write)
                .await?;
        }
        Pools::Postgres(pool) => {
            sqlx::query("drop index if exists physician_text_trgm").execute(pool).await?;
            sqlx::query("delete from physician_text").execute(pool).await?;
        }
    }
    Ok(())
}

/// Indexes all texts, after [`empty_text_index`].
///
/// # Errors
/// A fault of the database.
pub(super) async fn fill_text_index(db: &Db) -> Result<()> {
    match db.pools() {
        Pools::Sqlite { write, .. } => {
            sqlx::query(
                "insert into physician_fts (rowid, shown, contact, identity)
                 select serial, shown, contact, identity from physician_text",
            )
            .execute(write)
            .await?;
        }
        Pools::Postgres(pool) => {
            sqlx::query(TRIGRAMS).execute(pool).await?;
        }
    }
    Ok(())
}

/// Indexes the texts of these people; PostgreSQL has done so already.
///
/// # Errors
/// A fault of the database.
pub(super) async fn index_texts(db: &impl ConnectionTrait, people: &[Uuid]) -> Result<()> {
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(());
    }
    for person in people {
        db.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Sqlite,
            "insert or replace into physician_fts (rowid, shown, contact, identity)
             select serial, shown, contact, identity from physician_text where physician = $1",
            [(*person).into()],
        ))
        .await?;
    }
    Ok(())
}

/// Whether a column is one of many ids: one statement however many, where the database takes a list as one value.
pub(crate) fn among(backend: DatabaseBackend, column: impl ColumnTrait, ids: Vec<Uuid>) -> Expr {
    match backend {
        DatabaseBackend::Postgres => {
            let any = Func::cust("any").arg(Expr::val(sea_orm::Value::from(ids)));
            Expr::col(column.as_column_ref()).eq(any)
        }
        _ => column.is_in(ids),
    }
}

/// How many rows a question has, counted up to a limit.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn counted(db: &impl ConnectionTrait, question: SelectStatement, limit: u64) -> Result<u64> {
    let first = Query::select().expr(Expr::val(1)).from_subquery(question, "asked").limit(limit).to_owned();
    let count = Query::select()
        .expr_as(Func::count(Expr::val(1)), "found")
        .from_subquery(first, "first_rows")
        .to_owned();
    let row = db.query_one_raw(db.get_database_backend().build(&count)).await?;
    let found: i64 = row.map_or(Ok(0), |row| row.try_get("", "found"))?;
    Ok(found.unsigned_abs())
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

/// A condition with a question of its own that is asked of each row where the walk comes to it. PostgreSQL would make a
/// join of it and begin with everybody in the country whom it is true of.
pub(crate) fn row_by_row(backend: DatabaseBackend, condition: Expr) -> Expr {
    match backend {
        DatabaseBackend::Postgres => Expr::cust_with_expr("($1) is true", condition),
        _ => condition,
    }
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
