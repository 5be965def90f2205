//! What somebody sees of their own account.

use super::Current;
use crate::audit;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::physician::lists::{KANA, NAME};
use chrono::{DateTime, Utc};
use mamis_rules::access::physician;
use mamis_schema::session;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement};
use uuid::Uuid;

/// An account as its owner sees it. What only physicians have is none for officers.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Own {
    /// What is typed at login.
    pub login_id: String,
    /// Name.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// Licence registry number.
    pub registry_number: Option<String>,
    /// National member id.
    pub national_member_id: Option<String>,
    /// Name of the main workplace today.
    pub workplace: Option<String>,
    /// Mail address in use, or kept though unverified.
    pub email: Option<String>,
    /// When it was verified; officers' addresses are set by their office.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// An address whose link is still on its way.
    pub pending_email: Option<String>,
    /// When the second factor was registered.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Recovery codes that work still; none for physicians.
    pub recovery_codes: i64,
    /// When the terms in force were accepted.
    pub agreed_at: Option<DateTime<Utc>>,
}

/// One's own account.
///
/// # Errors
/// [`Error::NotFound`] without a session; a fault of the database.
#[crate::boxed]
pub async fn own(cx: &Cx) -> Result<Own> {
    let account = cx.actor.account().ok_or(Error::NotFound)?;
    let statement = Statement::from_sql_and_values(
        cx.app.db.backend(),
        format!(
            "select a.login_id, p.registry_number, p.national_member_id, p.email_verified_at,
                coalesce(o.name, {NAME}) as name,
                coalesce(o.kana, {KANA}) as kana,
                coalesce(o.email, p.email) as email,
                (select w.name from workplace w
                  where w.physician = p.id and w.main and w.valid_from <= $2
                    and (w.valid_until is null or w.valid_until >= $2)
                  order by w.valid_from desc limit 1) as workplace,
                (select t.email from account_token t
                  where t.account = a.id and t.purpose = 'email_verification'
                    and t.used_at is null and t.expires_at > $3
                  order by t.created_at desc limit 1) as pending_email,
                (select c.confirmed_at from credential c
                  where c.account = a.id and c.confirmed_at is not null
                  order by c.confirmed_at limit 1) as second_factor_since,
                (select count(*) from recovery_code r
                  where r.account = a.id and r.used_at is null) as recovery_codes,
                (select t.agreed_at from terms_consent t
                  where t.account = a.id and t.terms_version = {}
                  order by t.agreed_at limit 1) as agreed_at
           from account a
           left join physician p on p.id = a.physician
           left join officer o on o.id = a.officer
          where a.id = $1",
            crate::terms::lists::in_force_sql("$2", "$4")
        ),
        [
            Uuid::from(account).into(),
            cx.today().date().into(),
            cx.app.clock.wall().into(),
            crate::account::TERMS_VERSION.into(),
        ],
    );
    Own::find_by_statement(statement).one(cx.db()).await?.ok_or(Error::NotFound)
}

/// One of one's own sessions.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// The session.
    pub id: Uuid,
    /// Login.
    pub created_at: DateTime<Utc>,
    /// Last request, to within five minutes.
    pub last_seen_at: DateTime<Utc>,
    /// The browser, in its own words.
    pub user_agent: String,
    /// Network address at login.
    pub address: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// One's own living sessions, the last used first, at most 50.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn sessions(cx: &Cx, current: &Current) -> Result<Vec<SessionLine>> {
    let rows = session::Entity::find()
        .filter(session::Column::Account.eq(Uuid::from(current.account)))
        .filter(session::Column::ExpiresAt.gt(cx.app.clock.wall()))
        .order_by_desc(session::Column::LastSeenAt)
        .limit(50)
        .all(cx.db())
        .await?;
    let line = |row: session::Model| SessionLine {
        is_this: row.id == current.session,
        id: row.id,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        user_agent: row.user_agent,
        address: row.address,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// An officer's look at one's full data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: DateTime<Utc>,
    /// For which office.
    pub office: String,
    /// The officer.
    pub officer: String,
    /// What was looked at, as a noun of the rules, e.g. `physician`.
    pub what: String,
}

/// Who looked at one's own full data, newest first, at most 100.
///
/// # Errors
/// A refusal for anybody but the physician; a fault of the database.
#[crate::boxed]
pub async fn looks(cx: &Cx) -> Result<Vec<Look>> {
    let own = cx.actor.physician().ok_or(Error::NotFound)?;
    let facts = physician::Facts {
        physician: own,
        belongs_at_or_below: Vec::new(),
        applies_to: Vec::new(),
        linked_to: Vec::new(),
        works_within: Vec::new(),
        desk: None,
    };
    physician::may_see_looks(&cx.actor, &facts)?;
    let entries = audit::looks_at(cx, own).await?;
    Ok(entries
        .into_iter()
        .map(|entry| Look {
            at: entry.at,
            office: entry.office,
            officer: entry.actor_name,
            what: entry.action.trim_end_matches(".look").to_owned(),
        })
        .collect())
}
