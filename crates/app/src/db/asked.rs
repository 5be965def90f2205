//! Several lists about one physician, in one statement.
//!
//! A question to the database is handed from the thread of the request to another and back; that costs more than
//! most of the questions themselves (docs/performance.md). The pages opened most therefore ask for all their
//! lists at once: each is a scalar subquery that gives a JSON array, and the noun it belongs to reads it.

use crate::error::{Error, Result};
use mamis_rules::base::{Day, PhysicianId};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use uuid::Uuid;

/// What the lists may name: the physician as `$1`, then today as `$2` and the instant it began as `$3`.
#[derive(Clone, Copy, Debug)]
pub struct About {
    physician: PhysicianId,
    today: Option<Day>,
}

impl About {
    /// Lists that name the physician only.
    pub fn physician(physician: PhysicianId) -> Self {
        Self { physician, today: None }
    }

    /// Lists that name today as well.
    #[must_use]
    pub fn on(self, today: Day) -> Self {
        Self { today: Some(today), ..self }
    }

    fn values(self) -> Vec<Value> {
        let day = self.today.map(|today| [today.date().into(), today.begins_at().into()]);
        [Uuid::from(self.physician).into()].into_iter().chain(day.into_iter().flatten()).collect()
    }
}

/// A list of rows as one JSON array of arrays, in any order: each holds first the columns `uuids` of `select`, then
/// the columns `others`. A struct with the same fields in the same order reads it.
pub fn list(backend: DatabaseBackend, uuids: &[&str], others: &[&str], select: &str) -> String {
    let on_sqlite = backend == DatabaseBackend::Sqlite;
    let (array, rows) =
        if on_sqlite { ("json_array", "json_group_array") } else { ("json_build_array", "json_agg") };
    // SQLite keeps a uuid as bytes, which JSON has not.
    let text = |column: &&str| {
        if on_sqlite { format!("nullif(hex({column}), '')") } else { (*column).to_owned() }
    };
    let columns: Vec<String> =
        uuids.iter().map(text).chain(others.iter().map(|column| (*column).to_owned())).collect();
    format!(
        "(select cast(coalesce({rows}({array}({})), '[]') as text) from ({select}) as listed)",
        columns.join(", ")
    )
}

/// Asks for several lists at once; gives their JSON texts in the same order.
///
/// # Errors
/// A fault of the database.
pub async fn ask<const N: usize>(
    db: &impl ConnectionTrait,
    about: About,
    lists: [String; N],
) -> Result<[String; N]> {
    let values = about.values();
    // Named once with its type, each value is known to PostgreSQL even where no list needs it.
    let given = ["cast($1 as uuid)", "cast($2 as date)", "cast($3 as timestamptz)"];
    let columns: Vec<String> =
        lists.iter().enumerate().map(|(index, list)| format!("{list} as l{index}")).collect();
    let named: Vec<String> =
        given.iter().take(values.len()).enumerate().map(|(at, value)| format!("{value} as v{at}")).collect();
    let sql = format!("select {} from (select {}) as given", columns.join(", "), named.join(", "));
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Error::fault("one row was asked for"))?;
    let mut texts = [const { String::new() }; N];
    for (index, text) in texts.iter_mut().enumerate() {
        *text = row.try_get_by_index(index)?;
    }
    Ok(texts)
}
