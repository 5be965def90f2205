//! Bulk writing: prepared multi-row inserts on SQLite, COPY on PostgreSQL.
//!
//! Rows are the same entities the application reads, so a column can neither be forgotten nor
//! misspelt; only the way into the database is a shorter one than the application's.

use super::Summary;
use crate::App;
use crate::db::{Db, Pools};
use crate::error::{Error, Result};
use sea_orm::{EntityTrait, IdenStatic, Iterable, ModelTrait, Value};
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};
use std::fmt::Write;

/// Bound values of one SQLite statement; its limit is 32,766.
const SQLITE_VALUES: usize = 8_000;
/// Bytes gathered before they are sent to PostgreSQL.
const COPY_BYTES: usize = 1 << 20;

/// An open transaction that takes rows in bulk.
pub(super) struct Loader<'a> {
    target: Target,
    summary: &'a mut Summary,
}

enum Target {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl<'a> Loader<'a> {
    /// Opens the transaction. Dropped without [`Loader::commit`], it leaves no row.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn begin(db: &Db, summary: &'a mut Summary) -> Result<Self> {
        let target = match db.pools() {
            Pools::Sqlite { write, .. } => Target::Sqlite(write.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => Target::Postgres(pool.begin().await?),
        };
        Ok(Self { target, summary })
    }

    /// Makes room for a large load on SQLite: more cache, and no waiting for the disk. PostgreSQL
    /// needs nothing of the kind for COPY.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn hurry(db: &Db) -> Result<()> {
        match db.pools() {
            Pools::Sqlite { write, .. } => {
                for pragma in ["pragma synchronous = off", "pragma cache_size = -786432"] {
                    sqlx::query(pragma).execute(write).await?;
                }
            }
            Pools::Postgres(_) => {}
        }
        Ok(())
    }

    /// Takes [`Loader::hurry`] back and lets the planner look at the rows.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn calm(app: &App) -> Result<()> {
        match app.db.pools() {
            Pools::Sqlite { write, .. } => {
                let synchronous = match app.settings.sqlite_synchronous.as_str() {
                    "normal" => "pragma synchronous = normal",
                    _ => "pragma synchronous = full",
                };
                // A sample is enough for the planner, and takes seconds instead of minutes.
                for statement in [
                    "pragma analysis_limit = 1000",
                    "analyze",
                    "pragma wal_checkpoint(truncate)",
                    "pragma cache_size = -8192",
                    synchronous,
                ] {
                    sqlx::query(statement).execute(write).await?;
                }
            }
            Pools::Postgres(pool) => {
                sqlx::query("analyze").execute(pool).await?;
            }
        }
        Ok(())
    }

    /// Makes the rows last.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn commit(self) -> Result<()> {
        match self.target {
            Target::Sqlite(tx) => tx.commit().await?,
            Target::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Writes the rows of one table and empties the list.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn table<E>(&mut self, rows: &mut Vec<E::Model>) -> Result<()>
    where
        E: EntityTrait + Default,
        E::Model: ModelTrait<Entity = E> + Sync,
    {
        if rows.is_empty() {
            return Ok(());
        }
        let columns: Vec<E::Column> = E::Column::iter().collect();
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
        let table = E::default().table_name().to_owned();
        let head = format!("\"{table}\" ({})", names.join(", "));
        match &mut self.target {
            Target::Sqlite(tx) => insert(tx, &head, &columns, rows).await,
            Target::Postgres(tx) => copy(tx, &head, &columns, rows).await,
        }
        .map_err(|error| Error::fault(format!("{table}: {error}")))?;
        self.summary.add(&table, rows.len());
        rows.clear();
        Ok(())
    }
}

async fn insert<M>(
    tx: &mut Transaction<'static, Sqlite>,
    head: &str,
    columns: &[<M::Entity as EntityTrait>::Column],
    rows: &[M],
) -> Result<()>
where
    M: ModelTrait,
{
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    for chunk in rows.chunks((SQLITE_VALUES / columns.len()).max(1)) {
        let statement = format!("insert into {head} values {}", vec![row.as_str(); chunk.len()].join(", "));
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for model in chunk {
            for column in columns {
                query = match model.get(*column) {
                    Value::Uuid(value) => query.bind(value),
                    Value::String(value) => query.bind(value),
                    Value::Int(value) => query.bind(value),
                    Value::BigInt(value) => query.bind(value),
                    Value::Bool(value) => query.bind(value),
                    Value::ChronoDate(value) => query.bind(value),
                    Value::ChronoDateTimeUtc(value) => query.bind(value),
                    other => return Err(Error::fault(format!("the seed cannot write {other:?}"))),
                };
            }
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

async fn copy<M>(
    tx: &mut Transaction<'static, Postgres>,
    head: &str,
    columns: &[<M::Entity as EntityTrait>::Column],
    rows: &[M],
) -> Result<()>
where
    M: ModelTrait,
{
    let mut copy = tx.copy_in_raw(&format!("copy {head} from stdin")).await?;
    let mut text = String::with_capacity(COPY_BYTES + 4096);
    for model in rows {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                text.push('\t');
            }
            write_value(&mut text, model.get(*column))?;
        }
        text.push('\n');
        if text.len() >= COPY_BYTES {
            copy.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    copy.send(text.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

/// A value in the text format of COPY.
fn write_value(text: &mut String, value: Value) -> Result<()> {
    let written = match value {
        Value::Uuid(Some(value)) => write!(text, "{value}"),
        Value::String(Some(value)) => {
            escape(text, &value);
            Ok(())
        }
        Value::Int(Some(value)) => write!(text, "{value}"),
        Value::BigInt(Some(value)) => write!(text, "{value}"),
        Value::Bool(Some(value)) => write!(text, "{value}"),
        Value::ChronoDate(Some(value)) => write!(text, "{value}"),
        Value::ChronoDateTimeUtc(Some(value)) => write!(text, "{}", value.format("%Y-%m-%dT%H:%M:%S%.fZ")),
        Value::Uuid(None)
        | Value::String(None)
        | Value::Int(None)
        | Value::BigInt(None)
        | Value::Bool(None)
        | Value::ChronoDate(None)
        | Value::ChronoDateTimeUtc(None) => write!(text, "\\N"),
        other => return Err(Error::fault(format!("the seed cannot write {other:?}"))),
    };
    written.map_err(Error::fault)
}

fn escape(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_text_keeps_every_character() {
        let mut text = String::new();
        write_value(&mut text, Value::String(Some("𠮷\t\\N\n".to_owned()))).expect("text");
        text.push('\t');
        write_value(&mut text, Value::String(None)).expect("nothing");
        assert_eq!(text, "𠮷\\t\\\\N\\n\t\\N");
    }
}
