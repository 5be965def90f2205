//! The connection: SQLite (one writer, many readers) or PostgreSQL, behind one type.

pub mod asked;
pub mod dialect;
pub mod number;
pub mod scope;
pub mod search;

use crate::World;
use crate::error::{Error, Result};
use crate::settings::Settings;
use sea_orm::{
    DatabaseBackend, DatabaseConnection, DatabaseTransaction, EntityTrait, IsolationLevel, QuerySelect,
    SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::str::FromStr;
use std::time::Duration;

/// A connection to PostgreSQL unused for so long is asked whether it lives before it is used. Less than any restart
/// of a server takes, so that none made before it is used after it.
const RESTED: Duration = Duration::from_millis(100);

/// The database of one process.
///
/// SQLite has one writer at a time. Its writes share a pool of one connection, so waiting writers stand
/// in a fair queue inside the process instead of retrying (docs/decisions/0008-sqlite-one-writer.md).
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    pools: Pools,
}

/// The pools below, for the job queue and for migrations.
#[derive(Clone, Debug)]
pub enum Pools {
    /// Readers and the one writer.
    Sqlite {
        /// Connections for reading.
        read: sqlx::SqlitePool,
        /// The one connection for writing.
        write: sqlx::SqlitePool,
    },
    /// One pool for all.
    Postgres(sqlx::PgPool),
}

impl Db {
    /// Opens the database the settings name; a missing SQLite file is made.
    ///
    /// # Errors
    /// [`Error::Fault`] with the driver's words.
    #[crate::boxed]
    pub async fn open(settings: &Settings) -> Result<Self> {
        let url = settings.database();
        if url.starts_with("postgres") {
            Self::open_postgres(&url, settings.connections()).await
        } else {
            Self::open_sqlite(&url, settings).await
        }
    }

    async fn open_postgres(url: &str, connections: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("mamis")
            // Statements are prepared once for each connection. Planning them anew for every set of values costs
            // more than most of them take, and none needs another plan for other values; nor does any run so long
            // that compiling it would pay (docs/performance.md).
            .options([("plan_cache_mode", "force_generic_plan"), ("jit", "off")]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            // Asking before every query whether the server is there costs as much as the query. A connection
            // that rested may have lost its server, so only that one is asked.
            .test_before_acquire(false)
            .before_acquire(|connection, usage| {
                Box::pin(async move {
                    if usage.idle_for >= RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
        Ok(Self { read: connection.clone(), write: connection, pools: Pools::Postgres(pool) })
    }

    async fn open_sqlite(url: &str, settings: &Settings) -> Result<Self> {
        let synchronous = match settings.sqlite_synchronous.as_str() {
            "normal" => SqliteSynchronous::Normal,
            _ => SqliteSynchronous::Full,
        };
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-8192")
            .pragma("temp_store", "memory")
            .optimize_on_close(true, None);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // A file does not go away as a server does.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options.clone())
            .await
            .map_err(|error| Error::fault(format!("cannot open {url} for writing: {error}")))?;
        let read = SqlitePoolOptions::new()
            .max_connections(settings.connections())
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Self {
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read.clone()),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write.clone()),
            pools: Pools::Sqlite { read, write },
        })
    }

    /// For reading.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For single statements that need no transaction, e.g. the time a session was last seen.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// The pools below.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// Which database it is.
    pub fn backend(&self) -> DatabaseBackend {
        self.read.get_database_backend()
    }

    /// Opens a writing transaction: BEGIN IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL.
    ///
    /// # Errors
    /// [`Error::Fault`] when no connection is free in time.
    #[crate::boxed]
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            // Said aloud, whatever the server's default: docs/decisions/0008-sqlite-one-writer.md.
            isolation_level: (self.backend() == DatabaseBackend::Postgres)
                .then_some(IsolationLevel::ReadCommitted),
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    /// [`Error::Fault`] that names the migration.
    #[crate::boxed]
    pub async fn migrate(&self) -> Result<()> {
        let migrator = mamis_schema::migrations();
        match &self.pools {
            Pools::Sqlite { write, .. } => migrator.run(write).await,
            Pools::Postgres(pool) => migrator.run(pool).await,
        }
        .map_err(|error| dialect::migration_fault("tables", &error))?;
        search::migrate(self).await?;
        crate::jobs::migrate(self).await
    }

    /// Migrations this program knows and the database does not have yet.
    ///
    /// # Errors
    /// [`Error::Fault`] when the ledger cannot be read.
    #[crate::boxed]
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        let applied = dialect::applied_migrations(self).await?;
        let mut pending: Vec<String> = mamis_schema::migrations()
            .iter()
            .filter(|migration| !applied.contains(&migration.version))
            .map(|migration| format!("{:04} {}", migration.version, migration.description))
            .collect();
        if pending.is_empty() && !search::is_made(self).await? {
            pending.push("the index of people".to_owned());
        }
        let queue = dialect::applied_queue_migrations(self).await?;
        let missing =
            crate::jobs::migrations(self).into_iter().filter(|version| !queue.contains(version)).count();
        if missing > 0 {
            pending.push(format!("{missing} of the job queue"));
        }
        Ok(pending)
    }

    /// Whether no association is known yet: a database fresh from its migrations.
    ///
    /// # Errors
    /// A fault of the database.
    #[crate::boxed]
    pub async fn is_empty(&self) -> Result<bool> {
        use mamis_schema::association::{Column, Entity};
        // The id alone: tables of another version may lack the other columns.
        let id: Option<uuid::Uuid> =
            Entity::find().select_only().column(Column::Id).into_tuple().one(&self.read).await?;
        Ok(id.is_none())
    }

    /// Whether other data than the demo's is here: tables that are not ours, or ours with anything else in them. It
    /// changes nothing, and is asked before anything does.
    ///
    /// # Errors
    /// A fault of the database.
    #[crate::boxed]
    pub async fn holds_other_data(&self) -> Result<bool> {
        let tables = dialect::tables(self).await?;
        let has = |name: &str| tables.iter().any(|table| table == name);
        if tables.is_empty() {
            return Ok(false);
        }
        if !has("association") {
            return Ok(true);
        }
        // A demo killed between its migrations and its data leaves our tables empty.
        Ok(!self.is_empty().await? && (!has("instance") || self.world(&[]).await? != World::Demo))
    }

    /// Closes all connections.
    #[crate::boxed]
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Which world the database holds; one that is behind counts as real.
    ///
    /// # Errors
    /// A fault of the database.
    #[crate::boxed]
    pub async fn world(&self, pending: &[String]) -> Result<World> {
        if !pending.is_empty() {
            return Ok(World::Real);
        }
        let row = mamis_schema::instance::Entity::find_by_id("world".to_owned()).one(&self.read).await?;
        Ok(if row.is_some_and(|row| row.value == "demo") { World::Demo } else { World::Real })
    }
}
