//! Residents: the next category is proposed before the training ends, and a proposal that nobody sent disappears.

use super::actions::proposal::{lay_ready, take_away};
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;
use mamis_rules::access::application::Kind;
use mamis_rules::base::Day;
use mamis_rules::flow::membership::State;
use mamis_rules::membership::residency;
use mamis_schema::{application, membership_application, physician};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// People of one page; each proposal is a transaction of its own.
const PAGE: u64 = 500;

/// Lays proposals ready for whoever's training ends within two months, and takes away those whose day has passed.
/// Running it twice changes nothing.
///
/// # Errors
/// A fault of the database; what was done before it stays done.
#[crate::boxed]
pub async fn residency_proposals(cx: &Cx) -> Result<Report> {
    let gone = take_away_expired(cx).await?;
    let (mut laid, mut last) = (0, Uuid::nil());
    loop {
        let page = ending(cx, last).await?;
        let Some((id, _)) = page.last() else { break };
        last = *id;
        for (id, trains_until) in page {
            cx.app.stopping.check()?;
            laid += u64::from(lay_ready(cx, id, trains_until).await?);
        }
    }
    Ok(Report { done: laid + gone, sentence: format!("{laid} proposals laid ready, {gone} taken away") })
}

/// People whose training ends from today until two months from now.
async fn ending(cx: &Cx, after: Uuid) -> Result<Vec<(Uuid, Day)>> {
    use physician::Column as P;
    let today = cx.today();
    let rows: Vec<(Uuid, chrono::NaiveDate)> = physician::Entity::find()
        .select_only()
        .columns([P::Id, P::TrainsUntil])
        .filter(P::Id.gt(after))
        .filter(P::TrainsUntil.gte(today.date()))
        .filter(P::TrainsUntil.lte(residency::last_to_propose(today).date()))
        .filter(P::DeceasedOn.is_null())
        .filter(P::MergedInto.is_null())
        .order_by_asc(P::Id)
        .limit(PAGE)
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(rows.into_iter().map(|(id, until)| (id, Day::from(until))).collect())
}

async fn take_away_expired(cx: &Cx) -> Result<u64> {
    use application::Column as A;
    use membership_application::Column as M;
    let over = Query::select()
        .column(M::Application)
        .from(membership_application::Entity)
        .and_where(M::ProposedUntil.lt(cx.today().date()))
        .to_owned();
    let rows: Vec<Uuid> = application::Entity::find()
        .select_only()
        .column(A::Id)
        .filter(A::Kind.eq(Kind::ChangeReport.name()))
        .filter(A::State.eq(State::Draft.name()))
        .filter(A::Id.in_subquery(over))
        .limit(5_000)
        .into_tuple()
        .all(cx.db())
        .await?;
    let mut gone = 0;
    for id in rows {
        cx.app.stopping.check()?;
        gone += u64::from(take_away(cx, id).await?);
    }
    Ok(gone)
}
