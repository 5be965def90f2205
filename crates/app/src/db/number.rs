//! The numbers people quote: gapless within a series, given inside the transaction that needs them.

use crate::error::{Error, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

/// The next number of a series, from 1; the series begins with its first use.
///
/// The row stays locked until the transaction ends, so a number is never given twice, and a rolled
/// back transaction gives it back.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn next(tx: &DatabaseTransaction, series: &str) -> Result<i64> {
    next_many(tx, series, 1).await
}

/// The first of the next `count` numbers of a series, for documents that are made together.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn next_many(tx: &DatabaseTransaction, series: &str, count: i64) -> Result<i64> {
    let row = tx
        .query_one_raw(Statement::from_sql_and_values(
            tx.get_database_backend(),
            "insert into number_series (name, last) values ($1, $2)
             on conflict (name) do update set last = number_series.last + $2
             returning last",
            [series.into(), count.into()],
        ))
        .await?
        .ok_or_else(|| Error::fault("number_series returned no row"))?;
    let last: i64 = row.try_get("", "last")?;
    Ok(last - count + 1)
}
