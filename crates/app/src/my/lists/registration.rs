//! What my registration shows.

use crate::application::lists::{self as applications, Line};
use crate::cx::Cx;
use crate::db::asked;
use crate::error::{Error, Result};
use crate::membership::lists::{self as membership, Held};
use crate::membership_application::Categories;
use crate::physician::lists as physicians;
use mamis_rules::access::Depth;
use mamis_rules::access::application::Kind;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::membership::{Cause, State};
use mamis_rules::physician::Field;
use mamis_schema::{consent, physician, workplace};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Deserialize;
use uuid::Uuid;

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The row.
    pub row: physician::Model,
    /// Workplaces that run or lie ahead, the main one first.
    pub workplaces: Vec<workplace::Model>,
    /// Memberships of today, lowest tier first.
    pub held: Vec<Held>,
    /// The latest answer about the joint use.
    pub joint_use: Option<consent::Model>,
    /// Change reports that are not finished.
    pub reports: Vec<Line>,
}

impl Registration {
    /// Whether an association receives what is reported.
    pub fn is_member(&self) -> bool {
        !self.held.is_empty()
    }
}

/// The registration of the physician who asks, or for whom an officer stands in.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
#[crate::boxed]
pub async fn registration(cx: &Cx) -> Result<Registration> {
    let id = cx.actor.physician().ok_or(Error::NotFound)?;
    let row = physicians::find(cx, cx.db(), id, Depth::Full).await?;
    let today = cx.today();
    let mut held = membership::of_physician(cx.db(), row.id).await?;
    held.retain(|held| held.period.contains(today));
    held.sort_by_key(|held| std::cmp::Reverse(held.period.tier.level()));
    let mut reports = applications::of_physician(cx.db(), id, cx.today()).await?;
    reports.retain(|line| line.kind() == Kind::ChangeReport && line.is_running());
    Ok(Registration {
        workplaces: workplaces(cx.db(), row.id, today).await?,
        joint_use: joint_use(cx.db(), row.id).await?,
        held,
        reports,
        row,
    })
}

async fn workplaces(db: &impl ConnectionTrait, person: Uuid, today: Day) -> Result<Vec<workplace::Model>> {
    use workplace::Column as W;
    Ok(workplace::Entity::find()
        .filter(W::Physician.eq(person))
        .filter(W::ValidUntil.is_null().or(W::ValidUntil.gte(today.date())))
        // One that was taken back before its first day has no day.
        .filter(W::ValidUntil.is_null().or(Expr::col(W::ValidUntil).gte(Expr::col(W::ValidFrom))))
        .order_by_desc(W::Main)
        .order_by_asc(W::ValidFrom)
        .order_by_asc(W::Id)
        .limit(50)
        .all(db)
        .await?)
}

/// One workplace of the physician who asks, while it runs or lies ahead.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it has ended or is another's.
#[crate::boxed]
pub async fn workplace(cx: &Cx, id: Uuid) -> Result<workplace::Model> {
    let person = cx.actor.physician().ok_or(Error::NotFound)?;
    let found = workplaces(cx.db(), person.into(), cx.today()).await?;
    found.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)
}

/// The latest answer of somebody about the joint use; none while nobody was asked.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn joint_use(db: &impl ConnectionTrait, person: Uuid) -> Result<Option<consent::Model>> {
    use consent::Column as C;
    Ok(consent::Entity::find()
        .filter(C::Physician.eq(person))
        .filter(C::Kind.eq(Field::JointUse.name()))
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
        .one(db)
        .await?)
}

/// The change of category that was laid ready for a resident.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The draft.
    pub id: ApplicationId,
    /// The categories after the training.
    pub categories: Categories,
    /// From which day.
    pub effective_on: Day,
    /// Until when it is offered.
    pub until: Day,
}

/// In the order of [`list`].
#[derive(Deserialize)]
struct Laid {
    application: Uuid,
    categories: String,
    effective_on: chrono::NaiveDate,
    proposed_until: chrono::NaiveDate,
}

/// The proposals that wait for a physician today, to be asked for together with other lists.
pub(crate) fn list(backend: DatabaseBackend) -> String {
    let (kind, state, cause) = (Kind::ChangeReport.name(), State::Draft.name(), Cause::ResidencyEnd.name());
    asked::list(
        backend,
        &["application"],
        &["categories", "effective_on", "proposed_until"],
        &format!(
            "select m.application, m.categories, m.effective_on, m.proposed_until
               from application a
               join membership_application m on m.application = a.id
              where a.physician = $1 and a.kind = '{kind}' and a.state = '{state}' and m.cause = '{cause}'
                and m.effective_on is not null and m.proposed_until >= $2"
        ),
    )
}

/// Reads what [`list`] asked for: the proposal that is offered longest.
///
/// # Errors
/// A fault of a row.
pub(crate) fn read(json: &str) -> Result<Option<Proposal>> {
    let rows: Vec<Laid> = serde_json::from_str(json)?;
    let Some(row) = rows.into_iter().max_by_key(|row| row.proposed_until) else { return Ok(None) };
    Ok(Some(Proposal {
        id: row.application.into(),
        categories: serde_json::from_str(&row.categories)?,
        effective_on: row.effective_on.into(),
        until: row.proposed_until.into(),
    }))
}
