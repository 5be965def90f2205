//! What an office sees of one physician besides the row: each list through the scope of its own noun, so that a duty
//! reads here what it reads elsewhere. All of them are bounded; the newest come first.

use crate::association::lists::category::{own_categories, told_on};
use crate::association::lists::names;
use crate::cx::Cx;
use crate::db::scope;
use crate::error::Result;
use crate::membership::lists::with_days;
use chrono::{DateTime, Utc};
use mamis_rules::access::{self, Depth};
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{Day, PhysicianId};
use mamis_schema::{
    application, attendance, audit_entry, certification, document, membership, outbox, physician_change,
    training,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of a tab: a page that is read, not searched.
const MOST: u64 = 100;

/// A period of membership.
#[derive(Clone, Debug)]
pub struct Period {
    /// Name of the association.
    pub association: String,
    /// Tier in words.
    pub tier: &'static str,
    /// Category in words, with the association's own word for it.
    pub category: String,
    /// First day.
    pub from: Day,
    /// Last day; none while it runs.
    pub until: Option<Day>,
}

/// Periods of membership, the latest first; who sees no more than lists show sees those of today.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn memberships(cx: &Cx, id: PhysicianId, depth: Depth) -> Result<Vec<Period>> {
    use membership::Column as M;
    let today = cx.today().date();
    let mut rows = membership::Entity::find().filter(M::Physician.eq(Uuid::from(id))).filter(with_days());
    if depth < Depth::Full {
        rows =
            rows.filter(M::ValidFrom.lte(today)).filter(M::ValidUntil.is_null().or(M::ValidUntil.gte(today)));
    }
    let rows = rows.order_by_desc(M::ValidFrom).order_by_desc(M::Id).limit(MOST).all(cx.db()).await?;
    let names = names(cx.db(), rows.iter().map(|row| row.association)).await?;
    let own = own_categories(cx.db(), rows.iter().map(|row| row.association)).await?;
    let words = |row: &membership::Model| match row.category.parse::<MembershipCategory>() {
        Ok(known) => {
            let day = told_on(row.valid_from.into(), row.valid_until.map(Day::from), cx.today());
            own.of(row.association, known, day)
        }
        Err(_) => row.category.clone(),
    };
    let period = |row: membership::Model| Period {
        category: words(&row),
        association: names.get(&row.association).cloned().unwrap_or_default(),
        tier: row.tier.parse().map_or("", Tier::label),
        from: row.valid_from.into(),
        until: row.valid_until.map(Day::from),
    };
    Ok(rows.into_iter().map(period).collect())
}

/// A training somebody was at.
#[derive(Clone, Debug)]
pub struct Attended {
    /// The training.
    pub training: training::Model,
    /// The attendance.
    pub attendance: attendance::Model,
}

/// Trainings attended, as far as the actor sees attendees.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn attendances(cx: &Cx, id: PhysicianId) -> Result<Vec<Attended>> {
    use attendance::{Column as A, Entity as Attendance};
    let held: RelationDef =
        Attendance::belongs_to(training::Entity).from(A::Training).to(training::Column::Id).into();
    let sees = access::attendance::visible_to(&cx.actor);
    let rows = Attendance::find()
        .join(JoinType::InnerJoin, held)
        .filter(A::Physician.eq(Uuid::from(id)))
        .filter(scope::attendances(&sees, cx.today(), (Attendance, A::Physician)))
        .order_by_desc(training::Column::HeldOn)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let trainings = training::Entity::find()
        .filter(training::Column::Id.is_in(rows.iter().map(|row| row.training)))
        .all(cx.db())
        .await?;
    let mut trainings: HashMap<Uuid, training::Model> =
        trainings.into_iter().map(|row| (row.id, row)).collect();
    let attended = |row: attendance::Model| {
        trainings.remove(&row.training).map(|training| Attended { training, attendance: row })
    };
    Ok(rows.into_iter().filter_map(attended).collect())
}

/// Certifications, as far as the actor sees them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn certifications(cx: &Cx, id: PhysicianId) -> Result<Vec<certification::Model>> {
    use certification::Column as C;
    Ok(certification::Entity::find()
        .filter(C::Physician.eq(Uuid::from(id)))
        .filter(scope::certifications(&access::certification::visible_to(&cx.actor), cx.today()))
        .order_by_desc(C::ValidUntil)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// Applications, as far as the actor sees them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn applications(cx: &Cx, id: PhysicianId) -> Result<Vec<application::Model>> {
    use application::Column as A;
    Ok(application::Entity::find()
        .filter(A::Physician.eq(Uuid::from(id)))
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .order_by_desc(A::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// Documents that were issued about somebody, as far as the actor sees them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn documents(cx: &Cx, id: PhysicianId) -> Result<Vec<document::Model>> {
    use document::Column as D;
    Ok(document::Entity::find()
        .filter(D::Physician.eq(Uuid::from(id)))
        .filter(scope::documents(&access::document::visible_to(&cx.actor), cx.today()))
        .order_by_desc(D::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// A letter, without what it says: links and codes are the physician's.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Its subject.
    pub subject: String,
    /// email or post.
    pub channel: String,
    /// How far it is.
    pub state: String,
    /// Whether a mail was sent back or refused.
    pub came_back: bool,
}

/// Letters to somebody, of the kinds that the actor's duties read. The caller asks for those seen in full.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn letters(cx: &Cx, id: PhysicianId) -> Result<Vec<Sent>> {
    use outbox::Column as O;
    let mut letters = outbox::Entity::find().filter(O::Physician.eq(Uuid::from(id)));
    if let Some(kinds) = access::post_letter::kinds_read_by(&cx.actor) {
        letters = letters.filter(O::Kind.is_in(kinds.iter().copied()));
    }
    let rows = letters.order_by_desc(O::CreatedAt).limit(MOST).all(cx.db()).await?;
    let sent = |row: outbox::Model| Sent {
        at: row.created_at,
        subject: row.subject,
        channel: row.channel,
        state: row.state,
        came_back: row.bounced_at.is_some(),
    };
    Ok(rows.into_iter().map(sent).collect())
}

/// What was done about somebody, by whom. The caller asks for `access::physician::may_see_log`.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn log(cx: &Cx, id: PhysicianId) -> Result<Vec<audit_entry::Model>> {
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::Physician.eq(Uuid::from(id)))
        .order_by_desc(audit_entry::Column::Sequence)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// What changed in somebody's registration: who, when, before and after. The caller asks whether the reader sees the
/// full data, or is the person.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn history(cx: &Cx, id: PhysicianId) -> Result<Vec<physician_change::Model>> {
    use physician_change::Column as C;
    Ok(physician_change::Entity::find()
        .filter(C::Physician.eq(Uuid::from(id)))
        .order_by_desc(C::ChangedAt)
        .order_by_desc(C::Id)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// Whether the actor gave a reason for looking at somebody not long ago.
///
/// # Errors
/// A fault of the database.
pub(super) async fn gave_reason(cx: &Cx, id: PhysicianId, since: DateTime<Utc>) -> Result<bool> {
    use audit_entry::Column as E;
    let given = audit_entry::Entity::find()
        .filter(E::Physician.eq(Uuid::from(id)))
        .filter(E::Action.eq(REASON))
        .filter(E::Account.eq(cx.actor.account().map(Uuid::from)))
        .filter(E::At.gte(since))
        .one(cx.db())
        .await?;
    Ok(given.is_some())
}

/// The entry that a reason leaves.
pub(crate) const REASON: &str = "physician.reason";
