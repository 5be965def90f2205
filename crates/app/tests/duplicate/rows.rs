//! Rows made from what the database says of its own tables: a table that nobody thought of gets one as well.

use chrono::NaiveDate;
use mamis_app::App;
use mamis_rules::base::search_key;
use mamis_schema::{association, physician};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A column of a table.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: String,
    is_needed: bool,
    /// The table whose row it names.
    to: Option<String>,
}

async fn all(app: &App, sql: &str, values: Vec<Value>) -> Vec<sea_orm::QueryResult> {
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    app.db.write().query_all_raw(statement).await.expect("reads")
}

async fn texts(app: &App, sql: &str) -> Vec<String> {
    all(app, sql, Vec::new()).await.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

/// The columns of every table.
async fn schema(app: &App) -> BTreeMap<String, Vec<Column>> {
    let mut found = BTreeMap::new();
    let on_sqlite = app.db.backend() == DatabaseBackend::Sqlite;
    let tables = if on_sqlite {
        "select name from sqlite_master where type = 'table' and sql is not null and name not like 'physician_fts%'"
    } else {
        "select table_name::text from information_schema.tables
          where table_schema = current_schema() and table_type = 'BASE TABLE'"
    };
    for table in texts(app, tables).await {
        let columns = if on_sqlite { of_sqlite(app, &table).await } else { of_postgres(app, &table).await };
        found.insert(table, columns);
    }
    found
}

async fn of_sqlite(app: &App, table: &str) -> Vec<Column> {
    let sql = format!("select \"from\", \"table\" from pragma_foreign_key_list('{table}')");
    let keys: BTreeMap<String, String> = all(app, &sql, Vec::new())
        .await
        .iter()
        .map(|row| (row.try_get_by_index(0).expect("a column"), row.try_get_by_index(1).expect("a table")))
        .collect();
    let sql = format!(
        "select name, lower(type), \"notnull\", dflt_value is null from pragma_table_info('{table}')"
    );
    let columns = all(app, &sql, Vec::new()).await;
    let column = |row: &sea_orm::QueryResult| {
        let name: String = row.try_get_by_index(0).expect("a name");
        let (needed, bare): (i32, i32) =
            (row.try_get_by_index(2).expect("a number"), row.try_get_by_index(3).expect("a number"));
        Column {
            to: keys.get(&name).cloned(),
            kind: row.try_get_by_index(1).expect("a kind"),
            is_needed: needed == 1 && bare == 1,
            name,
        }
    };
    columns.iter().map(column).collect()
}

async fn of_postgres(app: &App, table: &str) -> Vec<Column> {
    let sql =
        "select c.column_name::text, c.data_type::text, c.is_nullable = 'NO' and c.column_default is null,
                 (select f.relname::text from pg_constraint k
                    join pg_class t on t.oid = k.conrelid join pg_class f on f.oid = k.confrelid
                    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1]
                   where k.contype = 'f' and t.oid = to_regclass($1) and a.attname = c.column_name limit 1)
          from information_schema.columns c
         where c.table_schema = current_schema() and c.table_name = $1 order by c.ordinal_position";
    let rows = all(app, sql, vec![table.into()]).await;
    let column = |row: &sea_orm::QueryResult| Column {
        name: row.try_get_by_index(0).expect("a name"),
        kind: row.try_get_by_index(1).expect("a kind"),
        is_needed: row.try_get_by_index(2).expect("yes or no"),
        to: row.try_get_by_index(3).expect("a table or none"),
    };
    rows.iter().map(column).collect()
}

/// Every column that names a row of a table: table and column.
pub(crate) async fn references(app: &App, table: &str) -> Vec<(String, String)> {
    let schema = schema(app).await;
    let of = |(name, columns): (&String, &Vec<Column>)| {
        let named = columns.iter().filter(|column| column.to.as_deref() == Some(table));
        named.map(|column| (name.clone(), column.name.clone())).collect::<Vec<_>>()
    };
    schema.iter().flat_map(of).collect()
}

/// Whom a row names.
pub(super) async fn owner(app: &App, table: &str, column: &str, id: Uuid) -> Option<Uuid> {
    let rows = all(app, &format!("select {column} from {table} where id = $1"), vec![id.into()]).await;
    rows.first().expect("the row is there").try_get_by_index(0).expect("a uuid")
}

/// Table: words that the program reads; any text does elsewhere.
const WORDS: &[(&str, &str, &str)] = &[
    ("membership", "tier", "municipal"),
    ("membership", "category", "b"),
    ("association", "tier", "municipal"),
    ("association", "kind", "general"),
    ("account", "state", "active"),
    ("application", "kind", "certification"),
    ("application", "state", "draft"),
    ("signup", "state", "confirmed"),
    ("credit", "state", "released"),
    ("physician", "sex", "male"),
];

/// Makes rows, and the rows that they must name.
pub(super) struct Maker<'a> {
    app: &'a App,
    schema: BTreeMap<String, Vec<Column>>,
    /// 藤沢市医師会: an association made up would belong to no tree.
    body: Uuid,
}

impl<'a> Maker<'a> {
    pub(super) async fn new(app: &'a App) -> Self {
        let body = association::Entity::find().filter(association::Column::Code.eq("142051"));
        let body = body.one(app.db.read()).await.expect("reads").expect("in the reference data").id;
        Self { app, schema: schema(app).await, body }
    }

    /// A physician whose every column says something of its own.
    pub(super) async fn person(&mut self) -> Uuid {
        let id = self.row("physician", None).await;
        let own = id.simple().to_string();
        let birth = NaiveDate::from_ymd_opt(1950, 1, 1).expect("a day")
            + chrono::Days::new(id.as_u128() as u64 % 9_999);
        let sql = "update physician set registry_number = $1, national_member_id = $1, former_name = $1, email = $1,
                     phone = $1, home_address = $1, home_postal_code = $1, university = $1, birth_on = $2,
                     registry_on = $2, graduated_on = $2 where id = $3";
        let statement =
            Statement::from_sql_and_values(self.app.db.backend(), sql, [own.into(), birth.into(), id.into()]);
        self.app.db.write().execute_raw(statement).await.expect("writes");
        let row = physician::Entity::find_by_id(id).one(self.app.db.write()).await.expect("reads");
        let mut row = row.expect("was written").into_active_model();
        let key = |parts: [&sea_orm::ActiveValue<String>; 2]| {
            search_key(&parts.map(|part| part.as_ref().clone()).concat())
        };
        row.name_key = Set(key([&row.family_name, &row.given_name]));
        row.kana_key = Set(key([&row.family_kana, &row.given_kana]));
        row.mailing_destination = Set("home".to_owned());
        row.update(self.app.db.write()).await.expect("writes");
        id
    }

    /// A new row; `named` is the column that names somebody, and whom.
    pub(super) async fn row(&mut self, table: &str, named: Option<(&str, Uuid)>) -> Uuid {
        let id = Uuid::now_v7();
        let columns = self.schema.get(table).cloned().unwrap_or_else(|| panic!("no table {table}"));
        let (mut names, mut values): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
        for column in columns {
            let value = match named {
                Some((name, whom)) if name == column.name => whom.into(),
                _ if column.name == "id" => id.into(),
                _ => {
                    // A line of credit is what two credits may share.
                    let shared = table == "credit" && column.name == "credit_line";
                    if !column.is_needed && !shared {
                        continue;
                    }
                    match &column.to {
                        Some(to) if to == "association" => self.body.into(),
                        Some(to) => Box::pin(self.row(&to.clone(), None)).await.into(),
                        None => any(table, &column),
                    }
                }
            };
            names.push(column.name);
            values.push(value);
        }
        self.insert(table, &names, values).await;
        id
    }

    /// A row like another one, but with an id of its own and naming somebody else.
    pub(super) async fn like(&mut self, table: &str, other: Uuid, column: &str, whom: Uuid) -> Uuid {
        let id = Uuid::now_v7();
        let columns: Vec<String> = self.schema[table].iter().map(|column| column.name.clone()).collect();
        let taken: Vec<String> = columns
            .iter()
            .map(|name| match name.as_str() {
                "id" => "$1".to_owned(),
                name if name == column => "$2".to_owned(),
                name => name.to_owned(),
            })
            .collect();
        let sql = format!(
            "insert into {table} ({}) select {} from {table} where id = $3",
            columns.join(", "),
            taken.join(", ")
        );
        let statement = Statement::from_sql_and_values(
            self.app.db.backend(),
            sql,
            [id.into(), whom.into(), other.into()],
        );
        self.app.db.write().execute_raw(statement).await.expect("writes");
        id
    }

    async fn insert(&self, table: &str, names: &[String], values: Vec<Value>) {
        let places: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
        let sql = format!("insert into {table} ({}) values ({})", names.join(", "), places.join(", "));
        let statement = Statement::from_sql_and_values(self.app.db.backend(), sql, values);
        let written = self.app.db.write().execute_raw(statement).await;
        written.unwrap_or_else(|error| panic!("{table} ({names:?}): {error}"));
    }
}

/// Any value of the kind; a text that nothing else has.
fn any(table: &str, column: &Column) -> Value {
    let word = WORDS.iter().find(|(of, name, _)| *of == table && *name == column.name);
    match (word, column.kind.as_str()) {
        (Some((_, _, word)), _) => (*word).into(),
        (None, "uuid") => Uuid::now_v7().into(),
        (None, "date") => NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day").into(),
        (None, "timestamptz" | "timestamp with time zone") => mamis_app::testing::now().into(),
        (None, "boolean") => false.into(),
        (None, "integer") => 1_i32.into(),
        (None, "bigint") => ((Uuid::now_v7().as_u128() & 0xFFFF_FFFF) as i64).into(),
        (None, _) => Uuid::now_v7().simple().to_string().into(),
    }
}
