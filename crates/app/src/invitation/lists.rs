//! Questions about invitations.

use crate::association::lists::names_of_hosts;
use crate::cx::Cx;
use crate::db::scope;
use crate::duty::lists::{Seat, seat};
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use mamis_rules::access::{self, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::{Day, InvitationId, OfficerId};
use mamis_rules::duty::Span;
use mamis_schema::{account, invitation, officer};
use sea_orm::sea_query::{Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Invitations on a page.
pub const PAGE: u64 = 50;

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The link works.
    Open,
    /// Somebody accepted it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// The link has ended.
    Over,
}

/// An invitation in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: invitation::Model,
    /// Where.
    pub office: String,
    /// Which duties.
    pub duties: Vec<Duty>,
    /// How it stands.
    pub standing: Standing,
}

impl Line {
    /// The days of the duties.
    pub fn span(&self) -> Span {
        span(&self.row)
    }

    /// The invitation.
    pub fn id(&self) -> InvitationId {
        self.row.id.into()
    }
}

pub(crate) fn span(row: &invitation::Model) -> Span {
    Span { from: row.valid_from.into(), until: row.valid_until.map(Day::from) }
}

/// The duties of an invitation.
///
/// # Errors
/// A fault when the row cannot be read.
pub(crate) fn duties(row: &invitation::Model) -> Result<Vec<Duty>> {
    let names: Vec<String> = serde_json::from_str(&row.duties)?;
    names.iter().map(|name| name.parse().map_err(Error::fault)).collect()
}

pub(crate) fn host_of(row: &invitation::Model) -> Result<Host> {
    Host::stored(row.association, row.organizer)
        .ok_or_else(|| Error::fault(format!("invitation {} has no office", row.id)))
}

/// One page of the invitations of the offices that the actor administers and those below, the newest first, and how
/// many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, number: u64) -> Result<(Vec<Line>, u64)> {
    let found =
        invitation::Entity::find().filter(scope::invitations(&access::officer::visible_to(&cx.actor)));
    let total = found.clone().count(cx.db()).await?;
    let rows = found
        .order_by_desc(invitation::Column::CreatedAt)
        .order_by_desc(invitation::Column::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    let associations = rows.iter().filter_map(|row| row.association);
    let organizers = rows.iter().filter_map(|row| row.organizer);
    let names = names_of_hosts(cx.db(), associations, organizers).await?;
    let name = |row: &invitation::Model| {
        let at = row.association.or(row.organizer);
        at.and_then(|at| names.get(&at).cloned()).unwrap_or_default()
    };
    let lines = rows.into_iter().map(|row| {
        let office = name(&row);
        Ok(Line { office, duties: duties(&row)?, standing: standing(cx, &row), row })
    });
    Ok((lines.collect::<Result<_>>()?, total))
}

fn standing(cx: &Cx, row: &invitation::Model) -> Standing {
    match (row.accepted_at, row.revoked_at) {
        (Some(_), _) => Standing::Accepted,
        (None, Some(_)) => Standing::Revoked,
        (None, None) if row.expires_at <= cx.app.clock.wall() => Standing::Over,
        (None, None) => Standing::Open,
    }
}

/// An invitation that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn find(cx: &Cx, db: &impl ConnectionTrait, id: InvitationId) -> Result<invitation::Model> {
    invitation::Entity::find_by_id(Uuid::from(id))
        .filter(scope::invitations(&access::officer::visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// An invitation whose link works still.
#[derive(Clone, Debug)]
pub struct Open {
    /// The row.
    pub row: invitation::Model,
    /// Where.
    pub seat: Seat,
    /// Which duties.
    pub duties: Vec<Duty>,
    /// The officer who has this mail address already and logs in to accept; none for somebody new.
    pub known: Option<OfficerId>,
}

impl Open {
    /// The days of the duties.
    pub fn span(&self) -> Span {
        span(&self.row)
    }
}

/// The invitation of a link, while it works.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn by_link(cx: &Cx, token: &str) -> Result<Option<Open>> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(sha256_hex(token.as_bytes())))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .filter(invitation::Column::ExpiresAt.gt(cx.app.clock.wall()))
        .one(cx.db())
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Open {
        seat: seat(cx.db(), host_of(&row)?).await?,
        duties: duties(&row)?,
        known: with_email(cx.db(), &row.email).await?,
        row,
    }))
}

/// The officer with an account and this mail address; the one who came last, should there be several.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn with_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<OfficerId>> {
    let accounts = Query::select()
        .column(account::Column::Officer)
        .from(account::Entity)
        .and_where(account::Column::State.ne("closed"))
        .and_where(account::Column::Officer.is_not_null())
        .to_owned();
    let found: Option<Uuid> = officer::Entity::find()
        .select_only()
        .column(officer::Column::Id)
        .filter(Func::lower(sea_orm::sea_query::Expr::col(officer::Column::Email)).eq(email.to_lowercase()))
        .filter(officer::Column::Id.in_subquery(accounts))
        .order_by_desc(officer::Column::CreatedAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.map(Into::into))
}
