//! Questions about the terms of use.

use super::Version;
use crate::cx::Cx;
use crate::error::Result;
use crate::physician::lists::NAME;
use mamis_rules::base::Day;
use mamis_schema::{outbox, terms};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use terms::Column as T;
use uuid::Uuid;

/// Versions listed at most: one a year would fill it in half a century.
const MOST: u64 = 50;

/// The version in force as a scalar of SQL: `today` and `first` are the numbers of the parameters with the day and with
/// the version that comes with the program.
pub(crate) fn in_force_sql(today: &str, first: &str) -> String {
    format!(
        "coalesce((select v.version from terms v where v.valid_from <= {today}
                    order by v.valid_from desc, v.version desc limit 1), {first})"
    )
}

/// The version in force on a day.
///
/// # Errors
/// A fault of the database.
pub async fn in_force(db: &impl ConnectionTrait, today: Day) -> Result<Version> {
    let row = terms::Entity::find()
        .filter(T::ValidFrom.lte(today.date()))
        .order_by_desc(T::ValidFrom)
        .order_by_desc(T::Version)
        .one(db)
        .await?;
    Ok(row.map_or_else(Version::first, version))
}

fn version(row: terms::Model) -> Version {
    let valid_from = Some(Day::from(row.valid_from));
    Version { version: row.version, body: row.body, changes: row.changes, valid_from }
}

/// A version to read: also one whose day has not come, since everybody is told of it before.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn find(cx: &Cx, wanted: &str) -> Result<Option<Version>> {
    let first = Version::first();
    if wanted == first.version {
        return Ok(Some(first));
    }
    let row = terms::Entity::find().filter(T::Version.eq(wanted)).one(cx.db()).await?;
    Ok(row.map(version))
}

/// The versions that were published, the newest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn published(cx: &Cx) -> Result<Vec<terms::Model>> {
    Ok(terms::Entity::find()
        .order_by_desc(T::ValidFrom)
        .order_by_desc(T::Version)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// How many accounts have accepted a version.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn accepted(cx: &Cx, version: &str) -> Result<u64> {
    use mamis_schema::terms_consent;
    Ok(terms_consent::Entity::find()
        .filter(terms_consent::Column::TermsVersion.eq(version))
        .count(cx.db())
        .await?)
}

/// The version of which not everybody has been told yet, the one published first.
///
/// # Errors
/// A fault of the database.
pub(super) async fn to_tell(cx: &Cx) -> Result<Option<terms::Model>> {
    Ok(terms::Entity::find().filter(T::ToldAt.is_null()).order_by_asc(T::CreatedAt).one(cx.db()).await?)
}

/// Whether a letter about terms waits to be sent.
///
/// # Errors
/// A fault of the database.
pub(super) async fn letters_wait(cx: &Cx) -> Result<bool> {
    let waiting: Option<Uuid> = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Id)
        .filter(outbox::Column::Channel.eq("mail"))
        .filter(outbox::Column::State.is_in(["waiting", "sending"]))
        .filter(outbox::Column::Kind.eq("terms_published"))
        .limit(1)
        .into_tuple()
        .one(cx.db())
        .await?;
    Ok(waiting.is_some())
}

/// Somebody to tell.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Reader {
    /// The account.
    pub(super) account: Uuid,
    /// The physician, or
    pub(super) physician: Option<Uuid>,
    /// the officer.
    pub(super) officer: Option<Uuid>,
    /// Name for the letter.
    pub(super) name: String,
}

/// The next accounts in use behind one that a mail reaches: officers, and physicians with a proved address.
///
/// # Errors
/// A fault of the database.
pub(super) async fn readers(
    db: &impl ConnectionTrait,
    behind: Option<Uuid>,
    most: u64,
) -> Result<Vec<Reader>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!(
            "select a.id as account, a.physician, a.officer, coalesce(o.name, {NAME}) as name
               from account a
               left join physician p on p.id = a.physician
               left join officer o on o.id = a.officer
              where a.id > $1 and a.state = 'active'
                and (o.id is not null or (p.email_verified_at is not null and p.deceased_on is null))
              order by a.id limit {most}"
        ),
        [behind.unwrap_or_default().into()],
    );
    Ok(Reader::find_by_statement(statement).all(db).await?)
}
