//! Every write about an application but the decisions of offices.

use super::REGISTRATION_FEE;
use super::advance::{Step, advance, command_label};
use super::draft::Draft;
use super::lists::deadline::round_id;
use super::lists::{self, Found, Frame, Open};
use crate::attachment::actions::{Owner, Upload, keep, remove};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::db::number;
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::my::lists::held::held;
use crate::my::standing::{self, CERTIFIED};
use mamis_rules::access;
use mamis_rules::base::{ApplicationId, AttachmentId, FiscalYear, PhysicianId};
use mamis_rules::credit::{Kind, Scheme};
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::{Command, State};
use mamis_rules::flow::route::Route;
use mamis_schema::{application, application_step, attachment, physician_link};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;
use uuid::Uuid;

/// Begins a draft, or finds the one that was begun before.
///
/// # Errors
/// [`Error::Refused`] when the other kind is to be asked for, or an application already runs.
#[crate::boxed]
pub async fn begin(cx: &Cx, scheme: Scheme, kind: Kind) -> Result<ApplicationId> {
    if cx.on_behalf().is_some() {
        return Err(Error::refused("代理入力の理由を入力してから始めてください。"));
    }
    begin_because(cx, scheme, kind, None).await
}

/// The same by an officer who fills in the physician's paper; the application names the officer and the reason.
///
/// # Errors
/// As [`begin`]; [`Error::Invalid`] without a reason.
#[crate::boxed]
pub async fn begin_on_behalf(cx: &Cx, scheme: Scheme, kind: Kind, reason: &str) -> Result<ApplicationId> {
    let by = cx.on_behalf().ok_or_else(|| Error::refused("代理入力は、事務局の画面から始めてください。"))?;
    if reason.is_empty() {
        return Err(Error::invalid("reason", "代理入力の理由を入力してください。本人にも見えます。"));
    }
    begin_because(cx, scheme, kind, Some(format!("{reason}　{by}"))).await
}

async fn begin_because(
    cx: &Cx,
    scheme: Scheme,
    kind: Kind,
    on_behalf_reason: Option<String>,
) -> Result<ApplicationId> {
    let physician = cx
        .actor
        .physician()
        .ok_or_else(|| Error::refused("申請は、医師本人のマイページから始めてください。"))?;
    let mut tx = cx.begin().await?;
    dialect::lock_physician(tx.db(), physician.into()).await?;
    if let Some(row) = running(&tx, physician, scheme).await? {
        if row.state == State::Draft.name() && row.certification_kind == kind.name() {
            return take_over(tx, row, on_behalf_reason).await;
        }
        return Err(Error::refused("同じ制度の申請がすでに進んでいます。申請の一覧から開いてください。"));
    }
    let held = held(tx.db(), physician, cx.today()).await?;
    let held = held.into_iter().find(|held| held.scheme == scheme);
    may_ask(scheme, kind, held.as_ref(), cx)?;
    let account = cx.who.account.ok_or_else(|| Error::fault("a physician without an account"))?;
    let row = application::Model {
        certification: held.filter(|_| kind == Kind::Renewal).map(|held| held.id.into()),
        on_behalf_reason,
        ..blank(cx, scheme, kind, physician, account.into())
    };
    let id = ApplicationId::from(row.id);
    application::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let detail = json!({"scheme": scheme.name(), "kind": kind.name()});
    tx.audit(Entry::new("application.begin", "application", id).about(physician).with(detail));
    tx.commit().await?;
    Ok(id)
}

/// The draft that was begun before. An officer who goes on with the physician's own is named in it from then on.
async fn take_over(
    mut tx: Tx<'_>,
    row: application::Model,
    on_behalf_reason: Option<String>,
) -> Result<ApplicationId> {
    if let (Some(reason), None) = (on_behalf_reason, &row.on_behalf_reason) {
        application::Entity::update_many()
            .set(application::ActiveModel {
                on_behalf_reason: Set(Some(reason)),
                version: Set(row.version + 1),
                ..Default::default()
            })
            .filter(application::Column::Id.eq(row.id))
            .exec(tx.db())
            .await?;
        tx.audit(Entry::new("application.take_over", "application", row.id).about(row.physician.into()));
        tx.commit().await?;
    }
    Ok(row.id.into())
}

/// The application of a physician in a scheme that is not finished, if any.
async fn running(tx: &Tx<'_>, physician: PhysicianId, scheme: Scheme) -> Result<Option<application::Model>> {
    use application::Column as A;
    Ok(application::Entity::find()
        .filter(A::Physician.eq(Uuid::from(physician)))
        .filter(A::Kind.eq(access::application::Kind::Certification.name()))
        .filter(A::Scheme.eq(scheme.name()))
        .filter(A::State.is_not_in([State::Approved, State::Rejected, State::Withdrawn].map(State::name)))
        .order_by_desc(A::CreatedAt)
        .one(tx.db())
        .await?)
}

fn may_ask(scheme: Scheme, kind: Kind, held: Option<&standing::Held>, cx: &Cx) -> Result<()> {
    if !CERTIFIED.contains(&scheme) {
        return Err(Error::refused("この制度の申請は、まだここでは受け付けていません。"));
    }
    match (kind, standing::kind_asked(scheme, held, cx.today())) {
        (asked, needed) if asked == needed => Ok(()),
        (_, Kind::Renewal) => Err(Error::refused("すでに認定されています。更新の申請をしてください。")),
        (_, _) => Err(Error::refused("更新する認定が見つかりません。新規の申請をしてください。")),
    }
}

fn blank(cx: &Cx, scheme: Scheme, kind: Kind, physician: PhysicianId, account: Uuid) -> application::Model {
    application::Model {
        scheme: scheme.name().to_owned(),
        certification_kind: kind.name().to_owned(),
        fee: REGISTRATION_FEE.amount(),
        ..frame_of(cx, access::application::Kind::Certification, physician, account)
    }
}

/// A new draft of any kind.
pub(crate) fn frame_of(
    cx: &Cx,
    kind: access::application::Kind,
    physician: PhysicianId,
    account: Uuid,
) -> application::Model {
    application::Model {
        id: Uuid::now_v7(),
        number: None,
        kind: kind.name().to_owned(),
        scheme: String::new(),
        certification_kind: String::new(),
        physician: physician.into(),
        applicant: account,
        on_behalf_reason: None,
        state: State::Draft.name().to_owned(),
        desk: None,
        waiting_since: None,
        round: None,
        expected_on: None,
        certification: None,
        waiver: None,
        waiver_on: None,
        grace_reason: None,
        remarks: String::new(),
        fee_method: String::new(),
        fee: 0,
        fee_received_on: None,
        fee_receipt: None,
        handbook_received_on: None,
        handbook_returned_on: None,
        evaluation: None,
        submitted_at: None,
        decided_at: None,
        created_at: cx.now,
        version: 1,
    }
}

/// Keeps what was typed into a draft or a returned application, and its new uploads.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it does not lie with the applicant any more.
#[crate::boxed]
pub async fn save(
    cx: &Cx,
    id: ApplicationId,
    draft: Draft,
    uploads: Vec<(&'static str, Upload)>,
) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = Found::of(to_mend(cx, &tx, id).await?)?;
    if uploads.is_empty() && draft.is_kept_in(&found.row) {
        return Ok(());
    }
    let physician = PhysicianId::from(found.row.physician);
    let row = application::ActiveModel {
        remarks: Set(draft.remarks),
        fee_method: Set(draft.fee_method.map_or("", |method| method.name()).to_owned()),
        grace_reason: Set(draft.grace.map(|grace| grace.name().to_owned())),
        waiver: Set(draft.waiver.map(|waiver| waiver.name().to_owned())),
        waiver_on: Set(draft.waiver_on.map(|day| day.date())),
        ..Default::default()
    };
    write(&tx, &found.row, row).await?;
    for (kind, upload) in uploads {
        keep(cx, &mut tx, Owner::Application(physician, id), kind, upload).await?;
    }
    tx.audit(Entry::new("application.save", "application", id).about(physician));
    tx.commit().await
}

/// Takes an upload out of a draft or a returned application.
///
/// # Errors
/// As [`save`]; [`Error::NotFound`] when the upload is not one of this application.
#[crate::boxed]
pub async fn remove_paper(cx: &Cx, id: ApplicationId, paper: AttachmentId) -> Result<()> {
    let mut tx = cx.begin().await?;
    to_mend(cx, &tx, id).await?;
    let belongs = attachment::Entity::find_by_id(Uuid::from(paper))
        .filter(attachment::Column::Application.eq(Uuid::from(id)))
        .count(tx.db())
        .await?;
    if belongs == 0 {
        return Err(Error::NotFound);
    }
    remove(&mut tx, paper).await?;
    tx.commit().await
}

/// An application of any kind that lies with the applicant.
pub(crate) async fn to_mend(cx: &Cx, tx: &Tx<'_>, id: ApplicationId) -> Result<Frame> {
    let frame = lists::frame(cx, tx.db(), id).await?;
    access::application::may_apply(&cx.actor, &frame.facts)?;
    if frame.is_with_applicant() {
        Ok(frame)
    } else {
        Err(Error::Stale(
            "この申請はすでに提出されています。直すときは、いったん取り下げるか、窓口の医師会にご相談ください。"
                .to_owned(),
        ))
    }
}

/// Writes the changed columns of an application of any kind unless somebody was faster.
pub(crate) async fn write(
    tx: &Tx<'_>,
    before: &application::Model,
    mut row: application::ActiveModel,
) -> Result<()> {
    row.version = Set(before.version + 1);
    let done = application::Entity::update_many()
        .set(row)
        .filter(application::Column::Id.eq(before.id))
        .filter(application::Column::Version.eq(before.version))
        .exec(tx.db())
        .await?;
    if done.rows_affected == 0 {
        return Err(decision::stale(tx.db(), On::Application(before.id.into()), command_label).await);
    }
    Ok(())
}

/// Submits a draft, or a returned application again. Answers with its number.
///
/// # Errors
/// [`Error::Invalid`] with everything that is missing; [`Error::Refused`] and [`Error::Stale`].
#[crate::boxed]
pub async fn submit(cx: &Cx, id: ApplicationId, comment: &str) -> Result<String> {
    let mut tx = cx.begin().await?;
    let found = lists::find_in(cx, tx.db(), id).await?;
    dialect::lock_physician(tx.db(), found.row.physician).await?;
    let open = lists::open(cx, tx.db(), id).await?;
    if !open.readiness.problems.is_empty() {
        return Err(Error::Invalid(open.readiness.problems));
    }
    let command = if found.state == State::Draft { Command::Submit } else { Command::Resubmit };
    if command == Command::Submit {
        write_route(&tx, found.row.id, lists::route_of(&open.home)?).await?;
        link(cx, &tx, &open).await?;
    }
    file(cx, &tx, &open).await?;
    let row = application::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let step = Step { command: command.name(), who: Who::Applicant, association: None, comment, batch: None };
    let row = advance(cx, &mut tx, row, step).await?;
    tx.commit().await?;
    row.number.ok_or_else(|| Error::fault("a submitted application without a number"))
}

/// The route is fixed now: a later move of the physician does not pull the application off a desk.
pub(crate) async fn write_route(tx: &Tx<'_>, application: Uuid, route: Route) -> Result<()> {
    let steps: Vec<_> = (0..)
        .zip(route.0)
        .map(|(position, step)| application_step::ActiveModel {
            application: Set(application),
            position: Set(position),
            association: Set(step.association.into()),
            tier: Set(step.tier.name().to_owned()),
            act: Set(step.acts.first().map_or("", |act| act.name()).to_owned()),
            side: Set(step.side.name().to_owned()),
        })
        .collect();
    application_step::Entity::insert_many(steps).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Non-members are known to the associations they apply to [seed].
async fn link(cx: &Cx, tx: &Tx<'_>, open: &Open) -> Result<()> {
    let Some(desk) = open.home.desk().filter(|_| open.home.is_non_member()) else { return Ok(()) };
    let (physician, association) = (open.found.row.physician, Uuid::from(desk.id));
    let known = physician_link::Entity::find()
        .filter(physician_link::Column::Physician.eq(physician))
        .filter(physician_link::Column::Association.eq(association))
        .select_only()
        .column(physician_link::Column::Id)
        .into_tuple::<Uuid>()
        .one(tx.db())
        .await?;
    if known.is_none() {
        physician_link::ActiveModel {
            id: Set(Uuid::now_v7()),
            physician: Set(physician),
            association: Set(association),
            reason: Set("applied".to_owned()),
            created_at: Set(cx.now),
        }
        .insert(tx.db())
        .await?;
    }
    Ok(())
}

/// The number that people quote, one series for applications of every kind.
pub(crate) async fn next_number(cx: &Cx, tx: &Tx<'_>) -> Result<String> {
    let year = FiscalYear::of(cx.today()).0;
    Ok(format!("A{year}-{:06}", number::next(tx.db(), &format!("application/{year}")).await?))
}

/// Number, evaluation and the national round it is meant for.
async fn file(cx: &Cx, tx: &Tx<'_>, open: &Open) -> Result<()> {
    let found = &open.found;
    let number = match &found.row.number {
        Some(number) => number.clone(),
        None => next_number(cx, tx).await?,
    };
    let national = open.deadline.next.map(|chance| chance.national);
    let round = match &national {
        Some(round) => round_id(tx.db(), found.scheme, round).await?,
        None => None,
    };
    let row = application::ActiveModel {
        number: Set(Some(number)),
        evaluation: Set(Some(serde_json::to_string(&open.standing.evaluation)?)),
        round: Set(round.map(Into::into)),
        expected_on: Set(national.and_then(|round| round.board_on).map(|day| day.date())),
        submitted_at: Set(Some(found.row.submitted_at.unwrap_or(cx.now))),
        ..Default::default()
    };
    write(tx, &found.row, row).await
}

/// Withdraws a draft or an application under way.
///
/// # Errors
/// [`Error::Refused`] when it is decided already or another's; [`Error::Stale`].
#[crate::boxed]
pub async fn withdraw(cx: &Cx, id: ApplicationId, comment: &str) -> Result<()> {
    let mut tx = cx.begin().await?;
    let frame = lists::frame(cx, tx.db(), id).await?;
    access::application::may_apply(&cx.actor, &frame.facts)?;
    let command = Command::Withdraw.name();
    let step = Step { command, who: Who::Applicant, association: None, comment, batch: None };
    advance(cx, &mut tx, frame.row, step).await?;
    tx.commit().await
}

/// Leaves a trace of a list that leaves the system as a file.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_export(cx: &Cx, rows: usize) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.audit(Entry::of_list("application.export", "application").with(json!({"rows": rows})));
    tx.commit().await
}

/// Leaves a trace of an officer's look at an application; a physician's own look leaves none.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_look(cx: &Cx, id: ApplicationId, physician: PhysicianId) -> Result<()> {
    if cx.actor.duties().is_empty() {
        return Ok(());
    }
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("application.look", "application", id).about(physician));
    tx.commit().await
}
