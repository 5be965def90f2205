//! All that is kept about a person: held against the schema, so that no table can be forgotten.

use crate::people::{cx, each_world, physician};
use mamis_app::my::lists::data::{TABLES, WITHHELD, everything};
use mamis_app::my::print;
use mamis_app::{App, Error};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Named {
    name: String,
}

/// The tables with a column `physician`, or one that refers to that table: read from the database itself.
async fn naming_a_physician(app: &App) -> BTreeSet<String> {
    let sql = match app.db.backend() {
        DbBackend::Sqlite => {
            "select distinct m.name as name from sqlite_master m join pragma_table_info(m.name) c
               left join pragma_foreign_key_list(m.name) f on f.\"from\" = c.name
              where m.type = 'table' and (c.name = 'physician' or f.\"table\" = 'physician')"
        }
        _ => {
            "select distinct c.table_name::text as name from information_schema.columns c
              where c.table_schema = current_schema() and c.column_name = 'physician'
              union select conrelid::regclass::text from pg_constraint
              where contype = 'f' and confrelid = 'physician'::regclass"
        }
    };
    let rows =
        Named::find_by_statement(Statement::from_string(app.db.backend(), sql)).all(app.db.read()).await;
    rows.expect("reads").into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn my_data_holds_every_table_that_names_me() {
    each_world(|app| async move {
        let known: BTreeSet<String> = TABLES
            .iter()
            .map(|table| table.name.to_owned())
            .chain(WITHHELD.iter().map(|(name, _)| (*name).to_owned()))
            .collect();
        let naming = naming_a_physician(&app).await;
        assert!(naming.len() > 15 && naming.contains("credit"), "{naming:?}");
        let forgotten: Vec<&String> = naming.difference(&known).collect();
        assert!(
            forgotten.is_empty(),
            "{forgotten:?} name a physician: add them to TABLES in app/src/my/lists/data.rs, or to WITHHELD with the reason"
        );
        for (name, reason) in WITHHELD {
            assert!(naming.contains(*name) && !reason.is_empty(), "{name}");
        }
    })
    .await;
}

/// As many rows as the database has, for people of every kind, and nobody else's.
#[tokio::test]
async fn every_row_that_names_me_is_in_the_file_and_no_other() {
    each_world(|app| async move {
        for login in ["sato", "yoshida", "kobayashi", "hoshino", "hara"] {
            let me = cx(&app, login).await;
            let data = everything(&me).await.expect("reads");
            let id = Uuid::from(physician(&me));
            for table in naming_a_physician(&app).await {
                if table == "physician" || WITHHELD.iter().any(|(name, _)| *name == table) {
                    continue;
                }
                let statement = Statement::from_sql_and_values(
                    app.db.backend(),
                    format!("select count(*) as rows_of from {table} where physician = $1"),
                    [id.into()],
                );
                let counted = app.db.read().query_one_raw(statement).await.expect("reads").expect("a row");
                let counted: i64 = counted.try_get("", "rows_of").expect("a number");
                let rows = data["tables"][&table]["rows"].as_array().expect("is there");
                assert_eq!(i64::try_from(rows.len()).expect("few"), counted, "{table} of {login}");
                let mine = |row: &serde_json::Value| row["physician"] == id.to_string();
                assert!(rows.iter().all(mine), "{table} of {login}");
            }
            assert_eq!(data["tables"]["physician"]["rows"][0]["id"], id.to_string());
            assert_eq!(data["tables"]["application_step"]["complete"], true);
        }
        let officer = cx(&app, "fujisawa-admin").await;
        assert!(matches!(everything(&officer).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn secrets_stay_and_names_are_as_typed() {
    each_world(|app| async move {
        let yoshida = cx(&app, "yoshida").await;
        let text = everything(&yoshida).await.expect("reads").to_string();
        assert!(text.contains("𠮷田") && text.contains("髙志"));
        for secret in ["argon2", "password_hash\":", "token_hash\":", "file_key\":"] {
            assert!(!text.contains(secret), "{secret}");
        }
        let pdf = print::pdf(&yoshida).await.expect("prints");
        assert!(pdf.starts_with(b"%PDF") && pdf.len() > 10_000);
    })
    .await;
}
