//! The database of a bench beside its server: to find whom it asks as, and to see when work is done.

use anyhow::Result;
use chrono::TimeDelta;
use mamis_app::db::{Db, Pools};
use mamis_app::secret::sha256_hex;
use mamis_app::{Clock, Settings};
use uuid::Uuid;

use super::server::Installed;

/// Runs the same queries on whichever database it is: only the type of the pool differs.
macro_rules! on {
    ($pools:expr, $pool:ident => $run:expr) => {
        match $pools {
            mamis_app::db::Pools::Sqlite { write: $pool, .. } => $run,
            mamis_app::db::Pools::Postgres($pool) => $run,
        }
    };
}
pub(crate) use on;

/// Opens the database of a world.
pub(crate) async fn open(installed: &Installed) -> Result<Db> {
    let settings = Settings {
        data: installed.data.clone(),
        database_url: installed.database.clone(),
        ..Settings::default()
    };
    Ok(Db::open(&settings).await?)
}

/// The account of a login.
pub(crate) async fn account(pools: &Pools, login_id: &str) -> Result<Uuid> {
    let find = "select id from account where login_id = $1";
    Ok(on!(pools, pool => sqlx::query_scalar(find).bind(login_id).fetch_one(pool).await?))
}

/// The association with this code.
pub(crate) async fn association(pools: &Pools, code: &str) -> Result<Uuid> {
    let find = "select id from association where code = $1";
    Ok(on!(pools, pool => sqlx::query_scalar(find).bind(code).fetch_one(pool).await?))
}

/// A session of this account with its second factor, as after a login; the value of its cookie.
pub(crate) async fn log_in(pools: &Pools, account: Uuid) -> Result<String> {
    let (token, now) = (format!("bench-{}", Uuid::now_v7().simple()), Clock::Real.now());
    let insert = "insert into session (id, token_hash, account, created_at, last_seen_at, expires_at, \
                  second_factor_at, user_agent, address) values ($1, $2, $3, $4, $4, $5, $4, 'bench', '127.0.0.1')";
    on!(pools, pool => {
        let insert = sqlx::query(insert).bind(Uuid::now_v7()).bind(sha256_hex(token.as_bytes())).bind(account);
        insert.bind(now).bind(now + TimeDelta::days(1)).execute(pool).await?;
    });
    Ok(token)
}
