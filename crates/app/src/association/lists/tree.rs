//! What the rules of the tree ask.

use super::MOST;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_rules::access::association::Facts;
use mamis_rules::association::change::{Awaits, Burden, Fate, Place};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::flow::any::FINISHED;
use mamis_schema::{application, application_step, association, association_change, membership, training};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

/// For the rules: something new directly below an association.
pub fn below(above: &Facts) -> Facts {
    let mut chain = above.above.clone();
    chain.push(above.association);
    Facts { association: AssociationId(Uuid::nil()), above: chain }
}

/// An association as far as the rules of the tree ask.
///
/// # Errors
/// A fault of the database, or of a row that cannot be read.
pub async fn place(db: &impl ConnectionTrait, row: &association::Model) -> Result<Place> {
    use association_change::Column as C;
    let ahead = |condition: Condition| {
        association_change::Entity::find()
            .filter(condition)
            .filter(C::Kind.is_in(Fate::ALL.iter().map(|fate| fate.name())))
            .filter(C::AppliedAt.is_null())
            .filter(C::WithdrawnAt.is_null())
            .count(db)
    };
    let awaits = if ahead(Condition::all().add(C::Association.eq(row.id))).await? > 0 {
        Awaits::Change
    } else if ahead(Condition::all().add(C::Target.eq(row.id))).await? > 0 {
        Awaits::Others
    } else {
        Awaits::Nothing
    };
    Ok(Place {
        id: row.id.into(),
        tier: row.tier.parse().map_err(Error::fault)?,
        parent: row.parent.map(AssociationId),
        prefecture: row.prefecture.and_then(Prefecture::stored),
        opened: row.opened_on.into(),
        closed: row.closed_on.map(Day::from),
        awaits,
    })
}

/// What hangs on an association from a day on.
///
/// # Errors
/// A fault of the database.
pub async fn burden(db: &impl ConnectionTrait, id: AssociationId, on: Day) -> Result<Burden> {
    use membership::Column as M;
    let id = Uuid::from(id);
    let periods = || membership::Entity::find().filter(M::Association.eq(id));
    let running = M::ValidUntil.is_null().or(M::ValidUntil.gte(on.date()));
    let begins = M::ValidFrom.gt(on.date()).and(M::ValidUntil.is_null());
    Ok(Burden {
        below: association::Entity::find()
            .filter(association::Column::Parent.eq(id))
            .filter(association::Column::ClosedOn.is_null())
            .count(db)
            .await?,
        members: periods().filter(running).count(db).await?,
        changing: periods().filter(M::ValidUntil.gte(on.date()).or(begins)).count(db).await?,
        entering: under_way(id)
            .filter(application::Column::Kind.is_in(["joining", "transfer"]))
            .count(db)
            .await?,
        waiting: under_way(id).count(db).await?,
        trainings: trainings(id, on).count(db).await?,
    })
}

fn under_way(id: Uuid) -> Select<application::Entity> {
    use application::Column as A;
    let passing: SelectStatement = Query::select()
        .column(application_step::Column::Application)
        .from(application_step::Entity)
        .and_where(application_step::Column::Association.eq(id))
        .to_owned();
    application::Entity::find()
        .filter(A::State.is_not_in(FINISHED.iter().copied()))
        .filter(A::SubmittedAt.is_not_null())
        .filter(A::Id.in_subquery(passing))
}

fn trainings(id: Uuid, on: Day) -> Select<training::Entity> {
    use training::Column as T;
    training::Entity::find()
        .filter(T::HostAssociation.eq(id))
        .filter(T::State.is_not_in(["draft", "cancelled", "rejected", "withdrawn"]))
        .filter(T::StartsAt.gte(on.begins_at()))
}

/// The associations that a change of the tree can lead to.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn targets(cx: &Cx, row: &association::Model, fate: Fate) -> Result<Vec<(AssociationId, String)>> {
    use association::Column as A;
    let mut wanted = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Name])
        .filter(A::ClosedOn.is_null())
        .filter(A::Id.ne(row.id));
    wanted = match fate {
        Fate::Close => return Ok(Vec::new()),
        Fate::Merge => wanted.filter(A::Tier.eq(row.tier.as_str())).filter(A::Parent.eq(row.parent)),
        Fate::Move if row.tier == Tier::District.name() => {
            wanted.filter(A::Tier.eq(Tier::Municipal.name())).filter(A::Prefecture.eq(row.prefecture))
        }
        Fate::Move => wanted.filter(A::Tier.eq(Tier::Prefectural.name())),
    };
    let rows: Vec<(Uuid, String)> =
        wanted.order_by_asc(A::Code).limit(MOST).into_tuple().all(cx.db()).await?;
    let others = rows.into_iter().filter(|(id, _)| Some(*id) != row.parent);
    Ok(others.map(|(id, name)| (id.into(), name)).collect())
}

/// How many belong to an association today.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn members(cx: &Cx, id: AssociationId) -> Result<u64> {
    use membership::Column as M;
    let today = cx.today().date();
    Ok(membership::Entity::find()
        .filter(M::Association.eq(Uuid::from(id)))
        .filter(M::ValidFrom.lte(today))
        .filter(M::ValidUntil.is_null().or(M::ValidUntil.gte(today)))
        .count(cx.db())
        .await?)
}

/// The associations that go into this one on a day that lies ahead, with the day.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn coming(cx: &Cx, id: AssociationId) -> Result<Vec<(Day, String)>> {
    use association_change::Column as C;
    let rows = association_change::Entity::find()
        .filter(C::Target.eq(Uuid::from(id)))
        .filter(C::Kind.eq(Fate::Merge.name()))
        .filter(C::AppliedAt.is_null())
        .filter(C::WithdrawnAt.is_null())
        .order_by_asc(C::EffectiveOn)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let names = super::names(cx.db(), rows.iter().map(|row| row.association)).await?;
    let line = |row: &association_change::Model| {
        Some((Day::from(row.effective_on), names.get(&row.association)?.clone()))
    };
    Ok(rows.iter().filter_map(line).collect())
}

/// Who goes on after an association that was merged; none for others.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn heir(cx: &Cx, row: &association::Model) -> Result<Option<(AssociationId, String)>> {
    use association_change::Column as C;
    if row.closed_on.is_none() {
        return Ok(None);
    }
    let target: Option<Option<Uuid>> = association_change::Entity::find()
        .select_only()
        .column(C::Target)
        .filter(C::Association.eq(row.id))
        .filter(C::Kind.eq(Fate::Merge.name()))
        .filter(C::AppliedAt.is_not_null())
        .into_tuple()
        .one(cx.db())
        .await?;
    let Some(id) = target.flatten() else { return Ok(None) };
    let names = super::names(cx.db(), [id]).await?;
    Ok(names.get(&id).map(|name| (id.into(), name.clone())))
}
