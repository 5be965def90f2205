//! The change of category that is laid ready for residents before their training ends: the physician sends it with one
//! press, or does not.

use super::blank;
use crate::application::actions::frame_of;
use crate::application::advance::{Step, advance};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::membership::lists::{self as membership, Held};
use crate::membership_application::{Categories, lists, words};
use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, Day, PhysicianId, full_name};
use mamis_rules::flow::Who;
use mamis_rules::flow::membership::{Cause, Command, State};
use mamis_rules::membership::residency;
use mamis_schema::{account, application, membership_application, physician};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// The categories after the training at the tiers held today; empty for those who are no residents.
pub(crate) fn categories_after(held: &[Held], today: Day) -> Categories {
    let running = held.iter().filter(|held| held.period.contains(today));
    running
        // A district has the category of its municipal association.
        .filter(|held| held.period.tier != Tier::District)
        .filter_map(|held| {
            let after = residency::category_after(held.period.category)?;
            Some((held.period.tier.name().to_owned(), after))
        })
        .collect()
}

/// The row that a proposal writes beside its frame.
pub(crate) fn proposed(
    id: ApplicationId,
    categories: &Categories,
    trains_until: Day,
) -> Result<membership_application::Model> {
    Ok(membership_application::Model {
        categories: serde_json::to_string(categories)?,
        effective_on: Some(trains_until.next().date()),
        proposed_until: Some(residency::offered_until(trains_until).date()),
        ..blank(id, Cause::ResidencyEnd)
    })
}

/// Lays the proposal of one resident ready, once for each end of a training, and tells the physician. False where there
/// is nothing to propose: no resident any more, no login, a change of category under way, or a proposal that was there
/// already, sent and discarded ones included.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn lay_ready(cx: &Cx, person: Uuid, trains_until: Day) -> Result<bool> {
    let mut tx = cx.begin().await?;
    dialect::lock_physician(tx.db(), person).await?;
    let row = physician::Entity::find_by_id(person).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let owner = account::Column::Physician.eq(person);
    let login = account::Entity::find().filter(owner).one(tx.db()).await?;
    let categories = categories_after(&membership::of_physician(tx.db(), person).await?, cx.today());
    let Some(login) = login.filter(|_| !categories.is_empty() && row.deceased_on.is_none()) else {
        return Ok(false);
    };
    if was_proposed(&tx, person, trains_until).await? || lists::changes_category(tx.db(), person).await? {
        return Ok(false);
    }
    let frame = frame_of(cx, Kind::ChangeReport, person.into(), login.id);
    let id = ApplicationId::from(frame.id);
    application::ActiveModel::from(frame).reset_all().insert(tx.db()).await?;
    let details = proposed(id, &categories, trains_until)?;
    membership_application::ActiveModel::from(details).reset_all().insert(tx.db()).await?;
    let data = json!({
        "name": full_name(&row.family_name, &row.given_name),
        "trains_until": trains_until.japanese(),
        "effective_on": trains_until.next().japanese(),
        "categories": words(&categories).join("\n"),
        "proposed_until": residency::offered_until(trains_until).japanese(),
        "link": format!("{}/my", cx.app.settings.public_url),
    });
    let to = Recipient::Physician(PhysicianId::from(person));
    mail::queue(cx, &mut tx, Letter::new("residency_proposal", to, &data)?).await?;
    tx.audit(
        Entry::new("application.propose", "application", id)
            .about(person.into())
            .with(json!({"trains_until": trains_until})),
    );
    tx.commit().await?;
    Ok(true)
}

/// Whether a proposal for this end of the training exists in any state.
async fn was_proposed(tx: &Tx<'_>, person: Uuid, trains_until: Day) -> Result<bool> {
    use application::Column as A;
    use membership_application::Column as M;
    let for_this_end = Query::select()
        .column(M::Application)
        .from(membership_application::Entity)
        .and_where(M::Cause.eq(Cause::ResidencyEnd.name()))
        .and_where(M::ProposedUntil.eq(residency::offered_until(trains_until).date()))
        .to_owned();
    let count = application::Entity::find()
        .filter(A::Physician.eq(person))
        .filter(A::Id.in_subquery(for_this_end))
        .count(tx.db())
        .await?;
    Ok(count > 0)
}

/// Takes a proposal away that nobody sent until its last day. False when it was sent meanwhile.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn take_away(cx: &Cx, id: Uuid) -> Result<bool> {
    let mut tx = cx.begin().await?;
    let row = application::Entity::find_by_id(id).one(tx.db()).await?.ok_or(Error::NotFound)?;
    if row.state != State::Draft.name() {
        return Ok(false);
    }
    let step = Step {
        command: Command::Withdraw.name(),
        who: Who::Applicant,
        association: None,
        comment: "送られないまま期限を過ぎたため、システムが下書きを取り下げました。",
        batch: None,
    };
    match advance(cx, &mut tx, row, step).await {
        // Somebody sent it in this moment.
        Err(Error::Stale(_)) => Ok(false),
        Err(error) => Err(error),
        Ok(_) => {
            tx.commit().await?;
            Ok(true)
        }
    }
}
