//! What the applicant does with a procedure: begin, keep, send. Withdrawing and taking uploads away is the same for
//! applications of every kind (`application::actions`).

pub(crate) mod effects;
pub(crate) mod letters;
pub mod office;
pub mod proposal;

use super::check;
use super::lists::{self, Found, body};
use super::{Categories, Change, Changes, Details, Draft};
use crate::application::actions::{frame_of, next_number, to_mend, write, write_route};
use crate::application::advance::{Step, advance};
use crate::attachment::actions::{Owner, Upload, keep};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Problem, Result};
use crate::membership::lists as membership;
use mamis_rules::access::application::Kind;
use mamis_rules::base::{ApplicationId, Day, PhysicianId};
use mamis_rules::flow::Who;
use mamis_rules::flow::membership::{self as flow, Cause, Command, State};
use mamis_rules::membership::{self as rules, Field};
use mamis_schema::{application, membership_application, physician};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

/// Begins a draft, or finds the one of this kind that was begun before. An officer who fills in the physician's form
/// gives the reason; the procedure names both.
///
/// # Errors
/// [`Error::Refused`] for a kind that is not theirs to begin; [`Error::Invalid`] on behalf without a reason.
#[crate::boxed]
pub async fn begin(cx: &Cx, kind: Kind, reason: &str) -> Result<ApplicationId> {
    let on_behalf_reason = match cx.on_behalf() {
        Some(_) if reason.is_empty() => {
            return Err(Error::invalid("reason", "代理入力の理由を入力してください。本人にも見えます。"));
        }
        Some(by) => Some(format!("{reason}　{by}")),
        None => None,
    };
    if flow::workflow(kind).is_none() {
        return Err(Error::refused("手続きの種類を選んでください。"));
    }
    let physician = cx
        .actor
        .physician()
        .ok_or_else(|| Error::refused("手続きは、医師本人のマイページから始めてください。"))?;
    let mut tx = cx.begin().await?;
    dialect::lock_physician(tx.db(), physician.into()).await?;
    if let Some(draft) = draft_of(&tx, physician, kind).await? {
        return Ok(draft);
    }
    let held = membership::of_physician(tx.db(), physician.into()).await?;
    if !lists::beginnings(&held, cx.today()).contains(&kind) {
        return Err(Error::refused(match kind {
            Kind::Joining => "すでに日本医師会まで入会しています。",
            _ => "所属している医師会がないため、この手続きはありません。登録情報はマイページで直せます。",
        }));
    }
    let account = cx.who.account.ok_or_else(|| Error::fault("a physician without an account"))?;
    let row = application::Model { on_behalf_reason, ..frame_of(cx, kind, physician, account.into()) };
    let id = ApplicationId::from(row.id);
    application::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let own =
        membership::bodies(&held, cx.today()).first().map(|(id, _)| *id).filter(|_| kind == Kind::Joining);
    let row = membership_application::Model {
        // Whoever belongs somewhere joins upward from there.
        association: own.map(Into::into),
        ..blank(id, Cause::Own)
    };
    membership_application::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.audit(
        Entry::new("application.begin", "application", id)
            .about(physician)
            .with(json!({"kind": kind.name()})),
    );
    tx.commit().await?;
    Ok(id)
}

/// An empty row.
pub(crate) fn blank(id: ApplicationId, cause: Cause) -> membership_application::Model {
    membership_application::Model {
        application: id.into(),
        target_tier: String::new(),
        association: None,
        leaving_scope: String::new(),
        cause: cause.name().to_owned(),
        categories: "{}".to_owned(),
        effective_on: None,
        workplace: String::new(),
        changes: "{}".to_owned(),
        proposed_until: None,
    }
}

/// The draft of this kind that the physician began; one that was laid ready is about something else.
async fn draft_of(tx: &Tx<'_>, physician: PhysicianId, kind: Kind) -> Result<Option<ApplicationId>> {
    use application::Column as A;
    use membership_application::Column as M;
    let own = Query::select()
        .column(M::Application)
        .from(membership_application::Entity)
        .and_where(M::Cause.eq(Cause::Own.name()))
        .to_owned();
    let row = application::Entity::find()
        .filter(A::Physician.eq(Uuid::from(physician)))
        .filter(A::Kind.eq(kind.name()))
        .filter(A::State.eq(State::Draft.name()))
        .filter(A::Id.in_subquery(own))
        .one(tx.db())
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// Keeps what was typed into a draft or a returned procedure, and its new uploads. Where a returned one goes is fixed:
/// its association, tier and scope stay as they were submitted.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] when it does not lie with the applicant.
#[crate::boxed]
pub async fn save(
    cx: &Cx,
    id: ApplicationId,
    draft: Draft,
    uploads: Vec<(&'static str, Upload)>,
) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = Found::of(tx.db(), to_mend(cx, &tx, id).await?).await?;
    let frame = &found.frame;
    let remarks = application::ActiveModel { remarks: Set(draft.remarks.clone()), ..Default::default() };
    write(&tx, &frame.row, remarks).await?;
    let row = typed(&tx, &found, draft).await?;
    row.update(tx.db()).await?;
    let physician = PhysicianId::from(frame.row.physician);
    for (kind, upload) in uploads {
        keep(cx, &mut tx, Owner::Application(physician, id), kind, upload).await?;
    }
    tx.audit(Entry::new("application.save", "application", id).about(physician));
    tx.commit().await
}

/// The columns that a form of this kind writes.
async fn typed(tx: &Tx<'_>, found: &Found, draft: Draft) -> Result<membership_application::ActiveModel> {
    let frame = &found.frame;
    let is_new = frame.row.submitted_at.is_none();
    let mut row = membership_application::ActiveModel {
        application: Set(frame.row.id),
        effective_on: Set(draft.effective_on.map(|day| day.date())),
        workplace: Set(match &draft.workplace {
            Some(workplace) => serde_json::to_string(workplace)?,
            None => String::new(),
        }),
        ..Default::default()
    };
    match frame.kind {
        Kind::Joining | Kind::Transfer => {
            row.categories = Set(serde_json::to_string(&draft.categories)?);
            if is_new {
                row.association = Set(enterable(tx, draft.association).await?);
                row.target_tier = Set(draft.target.map_or("", |tier| tier.name()).to_owned());
            }
        }
        Kind::Leaving if is_new => {
            row.leaving_scope = Set(draft.scope.map_or("", |scope| scope.name()).to_owned());
        }
        Kind::Leaving => {}
        _ => {
            let person = physician::Entity::find_by_id(frame.row.physician)
                .one(tx.db())
                .await?
                .ok_or(Error::NotFound)?;
            row.changes = Set(serde_json::to_string(&differing(&person, draft.changes))?);
            let held = membership::periods(&found.held);
            let on = draft.effective_on.unwrap_or(Day::of(frame.row.created_at));
            row.categories = Set(serde_json::to_string(&changed(&held, draft.categories, on))?);
        }
    }
    Ok(row)
}

/// A municipal or district association; nobody applies to another kind directly.
async fn enterable(tx: &Tx<'_>, wanted: Option<mamis_rules::base::AssociationId>) -> Result<Option<Uuid>> {
    use mamis_rules::association::Tier;
    let Some(wanted) = wanted else { return Ok(None) };
    let lowest = body::upward(tx.db(), wanted).await?.into_iter().next();
    let is_low = lowest.is_some_and(|body| matches!(body.tier, Tier::Municipal | Tier::District));
    Ok(is_low.then(|| wanted.into()))
}

/// What differs from the registration.
fn differing(person: &physician::Model, typed: Vec<(Field, String)>) -> Changes {
    let change = |(field, after): (Field, String)| {
        let before = registered(person, field);
        (before != after).then(|| (field.name().to_owned(), Change { before, after, already: false }))
    };
    typed.into_iter().filter_map(change).collect()
}

/// What is registered in a field of a change report.
pub fn registered(person: &physician::Model, field: Field) -> String {
    match field {
        Field::FamilyName => person.family_name.clone(),
        Field::GivenName => person.given_name.clone(),
        Field::FamilyKana => person.family_kana.clone(),
        Field::GivenKana => person.given_kana.clone(),
        Field::HomePostalCode => person.home_postal_code.clone().unwrap_or_default(),
        Field::HomeAddress => person.home_address.clone().unwrap_or_default(),
        Field::Phone => person.phone.clone().unwrap_or_default(),
        Field::MailingDestination => person.mailing_destination.clone(),
        Field::Notice => String::new(),
    }
}

/// The categories that differ from today's at the tiers held.
fn changed(held: &[rules::Period], wanted: Categories, on: Day) -> Categories {
    let differs = |(tier, category): &(String, _)| {
        let of_tier = |period: &&&rules::Period| period.tier.name() == tier;
        rules::held(held, on).iter().find(of_tier).is_some_and(|period| period.category != *category)
    };
    wanted.into_iter().filter(differs).collect()
}

/// Sends a draft, or a returned procedure again. Answers with its number.
///
/// # Errors
/// [`Error::Invalid`] with everything that is missing; [`Error::Refused`] and [`Error::Stale`].
#[crate::boxed]
pub async fn submit(cx: &Cx, id: ApplicationId) -> Result<String> {
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    dialect::lock_physician(tx.db(), found.frame.row.physician).await?;
    let open = lists::open(cx, tx.db(), id).await?;
    if !open.readiness.problems.is_empty() {
        return Err(Error::Invalid(open.readiness.problems));
    }
    let is_new = open.found.frame.row.state == State::Draft.name();
    if is_new {
        write_route(&tx, open.found.frame.row.id, open.found.route(cx.today())?).await?;
    }
    let command = if is_new { Command::Submit } else { Command::Resubmit };
    let row = numbered(cx, &tx, &open.found).await?;
    let step =
        Step { command: command.name(), who: Who::Applicant, association: None, comment: "", batch: None };
    let row = advance(cx, &mut tx, row, step).await?;
    tx.commit().await?;
    row.number.ok_or_else(|| Error::fault("a submitted procedure without a number"))
}

/// The row with its number, given once.
pub(super) async fn numbered(cx: &Cx, tx: &Tx<'_>, found: &Found) -> Result<application::Model> {
    let before = &found.frame.row;
    if before.number.is_none() {
        let number = next_number(cx, tx).await?;
        let row = application::ActiveModel { number: Set(Some(number)), ..Default::default() };
        write(tx, before, row).await?;
    }
    application::Entity::find_by_id(before.id).one(tx.db()).await?.ok_or(Error::NotFound)
}

/// Tells the association what a physician changes in fields of their own: files a change report that the municipal
/// association receives, in the transaction of the caller and before the caller writes. `changes` are fields with
/// their new values; nothing of them waits for the association.
///
/// # Errors
/// [`Error::Invalid`] with what is missing; [`Error::Refused`] for somebody who belongs nowhere.
#[crate::boxed]
pub async fn file_report(
    cx: &Cx,
    tx: &mut Tx<'_>,
    physician: PhysicianId,
    draft: Draft,
) -> Result<ApplicationId> {
    let account = cx.who.account.ok_or_else(|| Error::fault("a physician without an account"))?;
    let on_behalf_reason = cx.on_behalf().map(|by| format!("登録情報の変更　{by}"));
    let row = application::Model {
        on_behalf_reason,
        ..frame_of(cx, Kind::ChangeReport, physician, account.into())
    };
    let id = ApplicationId::from(row.id);
    application::ActiveModel::from(row.clone()).reset_all().insert(tx.db()).await?;
    let blank = membership_application::ActiveModel::from(blank(id, Cause::Own)).reset_all();
    blank.insert(tx.db()).await?;
    let frame = crate::application::lists::Frame::of(tx.db(), row).await?;
    let mut row = typed(tx, &Found::of(tx.db(), frame.clone()).await?, draft).await?;
    row.changes = Set(in_force(row.changes.as_ref())?);
    row.update(tx.db()).await?;
    let found = Found::of(tx.db(), frame).await?;
    let person = lists::person(tx.db(), physician.into(), cx.today()).await?;
    let readiness = check::check(&found, &person, &[], Vec::new(), cx.today());
    if !readiness.problems.is_empty() {
        return Err(Error::Invalid(readiness.problems.into_iter().map(whole).collect()));
    }
    write_route(tx, found.frame.row.id, found.route(cx.today())?).await?;
    let row = numbered(cx, tx, &found).await?;
    let step = Step {
        command: Command::Submit.name(),
        who: Who::Applicant,
        association: None,
        comment: "",
        batch: None,
    };
    advance(cx, tx, row, step).await?;
    Ok(id)
}

/// The changes with the mark that they are in force.
fn in_force(changes: &str) -> Result<String> {
    let mut changes: Changes = serde_json::from_str(changes)?;
    for change in changes.values_mut() {
        change.already = true;
    }
    Ok(serde_json::to_string(&changes)?)
}

/// Lays a change report ready for the physician to look at and send: what was typed elsewhere, added to the draft that
/// was begun before.
///
/// # Errors
/// As [`begin`] and [`save`].
#[crate::boxed]
pub async fn prefill_report(cx: &Cx, typed: Draft) -> Result<ApplicationId> {
    let id = begin(cx, Kind::ChangeReport, "登録情報の変更").await?;
    let found = lists::find(cx, cx.db(), id).await?;
    let mut draft = draft_from(&found.details, found.frame.row.remarks);
    for (field, value) in typed.changes {
        draft.changes.retain(|(known, _)| *known != field);
        draft.changes.push((field, value));
    }
    draft.effective_on = typed.effective_on.or(draft.effective_on);
    draft.workplace = typed.workplace.or(draft.workplace);
    save(cx, id, draft, Vec::new()).await?;
    Ok(id)
}

/// What a procedure says, as its form would send it.
fn draft_from(details: &Details, remarks: String) -> Draft {
    let change = |(name, change): (&String, &Change)| Some((name.parse().ok()?, change.after.clone()));
    Draft {
        target: details.target,
        association: details.association,
        scope: details.scope,
        categories: details.categories.clone(),
        effective_on: details.effective_on,
        workplace: details.workplace.clone(),
        changes: details.changes.iter().filter_map(change).collect(),
        remarks,
    }
}

/// The caller's form has other fields: what is missing is said about the whole.
fn whole(problem: Problem) -> Problem {
    Problem::at("", &problem.text)
}
