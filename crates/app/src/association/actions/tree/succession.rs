//! What an association leaves to the one that goes on: members, duties, links, windows, and everything of
//! [`GOES`](crate::association::succession::GOES).

use crate::association::succession::GOES;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::membership::actions::{Because, carry_out};
use crate::membership::lists as membership;
use mamis_rules::base::{Day, PhysicianId};
use mamis_rules::flow::any::{FINISHED, SUCCEED};
use mamis_rules::flow::membership::UNDO_DAYS;
use mamis_rules::membership as rules;
use mamis_schema::{
    application, application_step, association, association_change, decision, duty, invitation,
    membership as period, physician_link, round, training, unsubscription,
};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use serde_json::json;
use uuid::Uuid;

/// People whose periods are written at a time.
const AT_ONCE: usize = 400;

/// Changes of the tree that the undoing of a leaving looks through: those of a month, in the whole country.
const RECENT: u64 = 5_000;

/// Everything of an association that has a future goes to its heir.
///
/// # Errors
/// A refusal of the rules of membership; a fault of the database.
pub(super) async fn take_over(cx: &Cx, tx: &mut Tx<'_>, from: Uuid, to: Uuid, on: Day) -> Result<()> {
    members_go_on(cx, tx, from, Way { former: from, next: to, cause: MERGER }, on).await?;
    duties_go_on(cx, tx, from, to, on).await?;
    links(cx, tx, from, to).await?;
    unsubscriptions(cx, tx, from, to).await?;
    windows(tx, from, to, on).await?;
    rename_trainings(tx, from, to, on).await?;
    note_applications(cx, tx, from, to).await?;
    let finished = FINISHED.iter().map(|state| format!("'{state}'")).collect::<Vec<_>>().join(", ");
    for one in GOES {
        let which = one.which.replace("{finished}", &finished);
        let sql = format!("update {} set {1} = $2 where {1} = $1 and ({which})", one.table, one.column);
        let values = [from.into(), to.into()];
        let statement = Statement::from_sql_and_values(tx.db().get_database_backend(), sql, values);
        tx.db().execute_raw(statement).await?;
    }
    Ok(())
}

/// From which association to which, and why, in the word of the ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) former: Uuid,
    pub(super) next: Uuid,
    pub(super) cause: &'static str,
}

const MERGER: &str = "merger";
pub(super) const MOVE: &str = "move";

/// The members of a body have their periods at one association go on at another from the day.
///
/// # Errors
/// As [`take_over`].
pub(super) async fn members_go_on(cx: &Cx, tx: &mut Tx<'_>, body: Uuid, way: Way, on: Day) -> Result<()> {
    use period::Column as M;
    let people: Vec<Uuid> = period::Entity::find()
        .select_only()
        .column(M::Physician)
        .distinct()
        .filter(M::Association.eq(body))
        .filter(M::ValidUntil.is_null().or(M::ValidUntil.gte(on.date())))
        .into_tuple()
        .all(tx.db())
        .await?;
    for chunk in people.chunks(AT_ONCE) {
        let held = membership::of_people(tx.db(), chunk).await?;
        for person in chunk {
            if let Some(held) = held.get(person) {
                goes_on(cx, tx, *person, held, way, on).await?;
            }
        }
    }
    Ok(())
}

async fn goes_on(
    cx: &Cx,
    tx: &mut Tx<'_>,
    person: Uuid,
    held: &[membership::Held],
    way: Way,
    on: Day,
) -> Result<()> {
    let Way { former, next, cause } = way;
    let writes = rules::succeed(&membership::periods(held), former.into(), next.into(), on);
    let because = Because { cause, application: None };
    carry_out(cx, tx, PhysicianId::from(person), held, writes, because).await?;
    // A leaving that was decided for a later day ends the period at the heir, and can be taken back there.
    use period::Column as M;
    let left = held.iter().filter(|held| Uuid::from(held.period.association) == former);
    for (held, leaving) in left.filter_map(|held| Some((held, held.closed_by?))) {
        let Some(until) = held.period.until.filter(|until| *until >= on) else { continue };
        period::Entity::update_many()
            .col_expr(M::ClosedBy, Expr::value(leaving))
            .filter(M::Physician.eq(person))
            .filter(M::Association.eq(next))
            .filter(M::ValidUntil.eq(until.date()))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Has somebody who belongs again, from a day that lies back, follow what became of the associations since.
///
/// # Errors
/// As [`take_over`].
pub(crate) async fn follow(cx: &Cx, tx: &mut Tx<'_>, person: Uuid, since: Day) -> Result<()> {
    use association_change::Column as C;
    let changes = association_change::Entity::find()
        .filter(C::Kind.is_in(["merged", "moved"]))
        .filter(C::AppliedAt.is_not_null())
        .filter(C::EffectiveOn.gte(since.date()))
        .order_by_asc(C::EffectiveOn)
        .order_by_asc(C::AppliedAt)
        .limit(RECENT)
        .all(tx.db())
        .await?;
    for change in changes {
        let held = membership::of_physician(tx.db(), person).await?;
        let on = Day::from(change.effective_on);
        let there = held.iter().any(|held| {
            Uuid::from(held.period.association) == change.association
                && !held.period.is_void()
                && held.period.until.is_none_or(|until| until >= on)
        });
        let Some(next) = change.target.filter(|_| there) else { continue };
        let way = match change.former {
            Some(former) => Way { former, next, cause: MOVE },
            None => Way { former: change.association, next, cause: MERGER },
        };
        goes_on(cx, tx, person, &held, way, on).await?;
    }
    Ok(())
}

/// Who works here works at the heir from the day on, as long as it was meant: an office that has no officer could not go
/// on with what it takes over. The heir's administrators end what they do not want.
async fn duties_go_on(cx: &Cx, tx: &mut Tx<'_>, from: Uuid, to: Uuid, on: Day) -> Result<()> {
    use duty::Column as D;
    let running = D::ValidUntil.is_null().or(D::ValidUntil.gte(on.date()));
    let held = duty::Entity::find()
        .filter(D::Association.is_in([from, to]))
        .filter(running)
        .order_by_asc(D::ValidFrom)
        .all(tx.db())
        .await?;
    let (ends, stays): (Vec<_>, Vec<_>) = held.into_iter().partition(|row| row.association == Some(from));
    let is_known = |row: &duty::Model| {
        stays.iter().any(|other| {
            other.officer == row.officer && other.kind == row.kind && other.valid_until.is_none()
        })
    };
    let goes: Vec<duty::Model> = ends.into_iter().filter(|row| !is_known(row)).collect();
    for row in &goes {
        let copy = duty::Model {
            id: Uuid::now_v7(),
            association: Some(to),
            valid_from: std::cmp::Ord::max(row.valid_from, on.date()),
            appointed_by: format!("{}（医師会の合併）", cx.who.name),
            created_at: cx.now,
            version: 1,
            ..row.clone()
        };
        let detail = json!({"officer": row.officer, "kind": row.kind, "from": from, "to": to});
        tx.audit(Entry::new("duty.succeed", "duty", copy.id).with(detail));
        duty::ActiveModel::from(copy).reset_all().insert(tx.db()).await?;
    }
    end_duties(tx, from, on).await
}

/// Non-members known here are known to the heir.
async fn links(cx: &Cx, tx: &Tx<'_>, from: Uuid, to: Uuid) -> Result<()> {
    use physician_link::Column as L;
    let known = Query::select()
        .column(L::Physician)
        .from(physician_link::Entity)
        .and_where(L::Association.eq(to))
        .to_owned();
    let rows = physician_link::Entity::find()
        .filter(L::Association.eq(from))
        .filter(L::Physician.not_in_subquery(known))
        .all(tx.db())
        .await?;
    for chunk in rows.chunks(AT_ONCE) {
        let copies = chunk.iter().map(|row| {
            let copy = physician_link::Model {
                id: Uuid::now_v7(),
                association: to,
                created_at: cx.now,
                ..row.clone()
            };
            physician_link::ActiveModel::from(copy).reset_all()
        });
        physician_link::Entity::insert_many(copies).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// Whoever wanted no notices from here gets none from the heir.
async fn unsubscriptions(cx: &Cx, tx: &Tx<'_>, from: Uuid, to: Uuid) -> Result<()> {
    use unsubscription::Column as U;
    let open =
        |at: Uuid| unsubscription::Entity::find().filter(U::Association.eq(at)).filter(U::EndedAt.is_null());
    let known: Vec<Uuid> = open(to).select_only().column(U::Physician).into_tuple().all(tx.db()).await?;
    for row in open(from).all(tx.db()).await?.into_iter().filter(|row| !known.contains(&row.physician)) {
        let copy = unsubscription::Model { id: Uuid::now_v7(), association: to, created_at: cx.now, ..row };
        unsubscription::ActiveModel::from(copy).reset_all().insert(tx.db()).await?;
    }
    Ok(())
}

/// What physicians were told of windows that are still open holds at the heir as well.
async fn windows(tx: &Tx<'_>, from: Uuid, to: Uuid, on: Day) -> Result<()> {
    use round::Column as R;
    let own = round::Entity::find().filter(R::Association.eq(to)).all(tx.db()).await?;
    let open = round::Entity::find()
        .filter(R::Association.eq(from))
        .filter(R::ClosesOn.gte(on.date()))
        .all(tx.db())
        .await?;
    let key = |row: &round::Model| (row.scheme.clone(), row.fiscal_year, row.number);
    for row in open.into_iter().filter(|row| !own.iter().any(|one| key(one) == key(row))) {
        let copy = round::Model { id: Uuid::now_v7(), association: to, ..row };
        round::ActiveModel::from(copy).reset_all().insert(tx.db()).await?;
    }
    Ok(())
}

/// A training that is still to be held is held by the heir, and says so; one that was held keeps its host's name.
async fn rename_trainings(tx: &Tx<'_>, from: Uuid, to: Uuid, on: Day) -> Result<()> {
    use training::Column as T;
    let heir = association::Entity::find_by_id(to).one(tx.db()).await?.ok_or(Error::NotFound)?;
    training::Entity::update_many()
        .col_expr(T::HostName, Expr::value(heir.name))
        .col_expr(T::Version, Expr::col(T::Version).add(1))
        .filter(T::HostAssociation.eq(from))
        .filter(T::StartsAt.gte(on.begins_at()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The applications that pass through here: those under way, and the leavings that can still be taken back.
fn passing(from: Uuid, since: chrono::DateTime<chrono::Utc>) -> Condition {
    use application::Column as A;
    let steps: SelectStatement = Query::select()
        .column(application_step::Column::Application)
        .from(application_step::Entity)
        .and_where(application_step::Column::Association.eq(from))
        .to_owned();
    let undoable =
        Condition::all().add(A::Kind.eq("leaving")).add(A::State.eq("approved")).add(A::DecidedAt.gte(since));
    Condition::all()
        .add(A::Id.in_subquery(steps))
        .add(Condition::any().add(A::State.is_not_in(FINISHED.iter().copied())).add(undoable))
}

/// Writes into the history of each why another association acts, and has the leavings that can still be taken back be the
/// heir's to take back.
async fn note_applications(cx: &Cx, tx: &mut Tx<'_>, from: Uuid, to: Uuid) -> Result<()> {
    use application::Column as A;
    let names = crate::association::lists::names(tx.db(), [from, to]).await?;
    let name = |id: &Uuid| names.get(id).map_or("", String::as_str);
    let (old, new) = (name(&from), name(&to));
    let comment = format!("{old}は{new}に合併しました。この手続きは{new}が引き継ぎます。");
    let since = cx.today().plus_days(-UNDO_DAYS).begins_at();
    let rows = application::Entity::find()
        .filter(passing(from, since))
        .filter(A::SubmittedAt.is_not_null())
        .all(tx.db())
        .await?;
    for row in &rows {
        let line = decision::Model {
            id: Uuid::now_v7(),
            application: Some(row.id),
            training: None,
            command: SUCCEED.to_owned(),
            from_state: row.state.clone(),
            to_state: row.state.clone(),
            association: Some(to),
            account: cx.who.account.map(Into::into),
            by_name: cx.who.name.clone(),
            comment: comment.clone(),
            batch: None,
            decided_at: cx.now,
        };
        decision::ActiveModel::from(line).reset_all().insert(tx.db()).await?;
        let entry = Entry::new("application.succeed", "application", row.id).about(row.physician.into());
        tx.audit(entry.with(json!({"from": from, "to": to})));
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    for chunk in ids.chunks(AT_ONCE) {
        application::Entity::update_many()
            .col_expr(A::Version, Expr::col(A::Version).add(1))
            .filter(A::Id.is_in(chunk.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    use application_step::Column as S;
    let left: Vec<Uuid> = rows.iter().filter(|row| row.state == "approved").map(|row| row.id).collect();
    for chunk in left.chunks(AT_ONCE) {
        application_step::Entity::update_many()
            .col_expr(S::Association, Expr::value(to))
            .filter(S::Association.eq(from))
            .filter(S::Application.is_in(chunk.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Ends the duties at an association that ends, the day before.
///
/// # Errors
/// A fault of the database.
async fn end_duties(tx: &Tx<'_>, from: Uuid, on: Day) -> Result<()> {
    use duty::Column as D;
    duty::Entity::update_many()
        .col_expr(D::ValidUntil, Expr::value(on.plus_days(-1).date()))
        .col_expr(D::Version, Expr::col(D::Version).add(1))
        .filter(D::Association.eq(from))
        .filter(D::ValidUntil.is_null().or(D::ValidUntil.gte(on.date())))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Whoever works at an association that closes works there no more, and nobody is invited to it.
///
/// # Errors
/// A fault of the database.
pub(super) async fn dismiss(cx: &Cx, tx: &Tx<'_>, from: Uuid, on: Day) -> Result<()> {
    use invitation::Column as I;
    invitation::Entity::update_many()
        .col_expr(I::RevokedAt, Expr::value(cx.now))
        .filter(I::Association.eq(from))
        .filter(I::AcceptedAt.is_null())
        .filter(I::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    end_duties(tx, from, on).await
}
