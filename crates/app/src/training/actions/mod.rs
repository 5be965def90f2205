//! Every write about trainings but their recruitment, attendance and credits.

mod autosave;
mod discard;
mod effects;
pub(crate) mod letters;
mod programme;

pub use autosave::autosave;
pub use discard::discard;

use crate::association::lists::takes_part;
use crate::attachment::actions::{Owner, Upload, claim, hold, remove};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision::{self, On, Step};
use crate::error::{Error, Result};
use crate::signup::actions::hall::Hall;
use crate::training::draft::Draft;
use crate::training::lists::standing::{self, Standing};
use crate::waiting_offer::actions::pass_on;
use chrono::{DateTime, TimeDelta, Utc};
use effects::Taken;
use mamis_rules::access;
use mamis_rules::association::Host;
use mamis_rules::base::{AssociationId, AttachmentId, Day, FiscalYear, TrainingId};
use mamis_rules::credit::Scheme;
use mamis_rules::flow::training_approval::{self as flow, Command, State};
use mamis_rules::flow::{Desk, Who};
use mamis_schema::{association, organizer, training, training_draft, training_session};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    Statement,
};
use serde_json::json;
use uuid::Uuid;

/// The first few answers about a new training; the rest is filled in on its own page.
#[derive(Clone, Debug)]
pub struct NewTraining {
    /// Who holds it.
    pub host: Host,
    /// Main scheme.
    pub scheme: Scheme,
    /// Title.
    pub title: String,
    /// First session's start.
    pub starts_at: DateTime<Utc>,
    /// Last session's end.
    pub ends_at: DateTime<Utc>,
}

/// Begins a draft with one empty session and the usual window.
///
/// # Errors
/// A refusal when the actor is not in charge of trainings at the host; [`Error::Invalid`] when the host holds none of
/// the scheme; a fault of the database.
#[crate::boxed]
pub async fn create(cx: &Cx, new: NewTraining) -> Result<TrainingId> {
    access::training::may_create(&cx.actor, new.host)?;
    let mut tx = cx.begin().await?;
    // Said at the field: whoever types a first draft keeps the rest.
    takes_part(cx, tx.db(), new.host, new.scheme).await.map_err(|error| match error {
        Error::Refused(told) => Error::invalid("scheme", &told),
        other => other,
    })?;
    let (name, prefecture, phone) = host_facts(&tx, new.host).await?;
    let mut row = blank(cx, &new, name, prefecture);
    row.contact = phone;
    row.number = next_number(&tx, row.held_on.into()).await?;
    let id = row.id;
    training::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let session = training_session::Model {
        id: Uuid::now_v7(),
        training: id,
        position: 0,
        title: String::new(),
        lecturer: String::new(),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
    };
    training_session::ActiveModel::from(session).reset_all().insert(tx.db()).await?;
    tx.audit(Entry::new("training.create", "training", id));
    tx.commit().await?;
    Ok(id.into())
}

/// Name, prefecture and a line to ask of a host.
async fn host_facts(tx: &Tx<'_>, host: Host) -> Result<(String, Option<i32>, String)> {
    match host {
        Host::Association(id) => {
            let row =
                association::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)?;
            let contact = format!("{} 研修担当 {}", row.name, row.phone.unwrap_or_default());
            Ok((row.name, row.prefecture, contact.trim().to_owned()))
        }
        Host::Organizer(id) => {
            let row =
                organizer::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)?;
            let contact = format!("{} 研修担当", row.name);
            Ok((row.name, Some(row.prefecture), contact))
        }
    }
}

fn blank(cx: &Cx, new: &NewTraining, host_name: String, prefecture: Option<i32>) -> training::Model {
    let held_on = Day::of(new.starts_at);
    let (host_association, host_organizer) = new.host.columns();
    let (recruits_from, recruits_until) = usual_window(cx.now, new.starts_at);
    training::Model {
        id: Uuid::now_v7(),
        number: String::new(),
        host_association,
        host_organizer,
        host_prefecture: prefecture,
        host_name,
        scheme: new.scheme.name().to_owned(),
        title: new.title.clone(),
        summary: String::new(),
        search_key: mamis_rules::base::search_key(&new.title),
        state: State::Draft.name().to_owned(),
        desk: host_association,
        waiting_since: Some(cx.now),
        mode: "venue".to_owned(),
        venue: String::new(),
        venue_address: String::new(),
        // The national association is in Tokyo; its draft begins there.
        prefecture: prefecture.unwrap_or(13),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        held_on: held_on.date(),
        recruits_from,
        recruits_until,
        capacity: 50,
        fee_member: 0,
        fee_non_member: 0,
        contact: String::new(),
        audience: String::new(),
        note_to_approver: String::new(),
        flyer: None,
        offers: "||".to_owned(),
        approved_on: None,
        created_at: cx.now,
        created_by: cx.who.account.map(Into::into),
        version: 1,
    }
}

/// Sixty days before until three days before, at ten and at five; never before now.
fn usual_window(now: DateTime<Utc>, starts_at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let at = |days: i64, hour: i64| {
        let day = Day::of(starts_at).plus_days(-days).date().and_hms_opt(0, 0, 0).unwrap_or_default();
        // Midnight in Japan is fifteen hours on the day before in UTC.
        DateTime::from_naive_utc_and_offset(day, Utc) + TimeDelta::hours(hour - 9)
    };
    let until = at(3, 17);
    let soonest = now + TimeDelta::days(14);
    let from = std::cmp::max(at(60, 10), at(Day::of(soonest).days_until(Day::of(starts_at)), 10));
    if from < until { (from, until) } else { (until, until) }
}

/// Gives the next number of the fiscal year in which it is held.
async fn next_number(tx: &Tx<'_>, held_on: Day) -> Result<String> {
    let year = FiscalYear::of(held_on).0;
    let number = crate::db::number::next(tx.db(), &format!("training/{year}")).await?;
    Ok(format!("T{year}-{number:06}"))
}

/// Copies a training as a new draft: the same weekday, whole years later, until it lies ahead.
///
/// # Errors
/// [`Error::NotFound`], a refusal, or a fault of the database.
#[crate::boxed]
pub async fn copy(cx: &Cx, id: TrainingId) -> Result<TrainingId> {
    let mut tx = cx.begin().await?;
    let from = standing::load(cx, tx.db(), id).await?;
    access::training::may_create(&cx.actor, from.host())?;
    takes_part(cx, tx.db(), from.host(), from.row.scheme.parse().map_err(Error::fault)?).await?;
    let sessions = sessions_of(&tx, from.row.id).await?;
    let mut draft = Draft::of(&from.row, &sessions, &from.lines)?;
    // 52 weeks keep the weekday [assumed].
    let year = TimeDelta::days(364);
    let mut span = year;
    while from.row.starts_at + span <= cx.now + TimeDelta::days(14) {
        span += year;
    }
    for session in &mut draft.core.sessions {
        session.starts_at += span;
        session.ends_at += span;
    }
    let starts_at = from.row.starts_at + span;
    let row = training::Model {
        id: Uuid::now_v7(),
        number: next_number(&tx, Day::of(starts_at)).await?,
        state: State::Draft.name().to_owned(),
        desk: from.row.host_association,
        waiting_since: Some(cx.now),
        starts_at,
        ends_at: from.row.ends_at + span,
        held_on: Day::of(starts_at).date(),
        recruits_from: from.row.recruits_from + span,
        recruits_until: from.row.recruits_until + span,
        flyer: None,
        approved_on: None,
        created_at: cx.now,
        created_by: cx.who.account.map(Into::into),
        version: 1,
        ..from.row.clone()
    };
    let new = row.id;
    training::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    programme::replace(tx.db(), new, &draft).await?;
    tx.audit(Entry::new("training.copy", "training", new).with(json!({"from": from.row.number})));
    tx.commit().await?;
    Ok(new.into())
}

async fn sessions_of(tx: &Tx<'_>, training: Uuid) -> Result<Vec<training_session::Model>> {
    Ok(training_session::Entity::find()
        .filter(training_session::Column::Training.eq(training))
        .order_by_asc(training_session::Column::Position)
        .limit(200)
        .all(tx.db())
        .await?)
}

/// What a save did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Kept as a draft.
    Draft,
    /// Changed at once: nothing that credits depend on.
    Changed,
    /// Sent for approval again.
    Amended,
}

/// Saves what the host typed. A change of sessions, times or credits after approval needs approval again [seed]; other
/// changes do not, and are logged.
///
/// # Errors
/// [`Error::Invalid`] with what must be mended, [`Error::Stale`], a refusal, or a fault of the database.
#[crate::boxed]
pub async fn save(
    cx: &Cx,
    id: TrainingId,
    version: i64,
    draft: &Draft,
    flyer: Option<AttachmentId>,
) -> Result<Saved> {
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_edit(&cx.actor, &standing.facts())?;
    fresh(&tx, &standing, version).await?;
    let sessions = sessions_of(&tx, standing.row.id).await?;
    let before = Draft::of(&standing.row, &sessions, &standing.lines)?;
    let saved = match standing.state {
        State::Draft | State::Returned | State::Postponed => Saved::Draft,
        State::Approved if draft.bears_same_credits(&before) => Saved::Changed,
        State::Approved => Saved::Amended,
        other => {
            return Err(Error::refused(format!("いまは「{}」のため、編集できません。", other.label())));
        }
    };
    if saved != Saved::Draft {
        ready(cx, draft)?;
    }
    write(cx, &mut tx, &standing, draft, flyer).await?;
    if saved != Saved::Changed {
        programme::replace(tx.db(), standing.row.id, draft).await?;
    }
    tx.audit(Entry::new("training.save", "training", id).with(json!({"changed": draft.changes(&before)})));
    if saved == Saved::Changed {
        // More seats are for those who wait.
        let mut hall = Hall::lock(&tx, standing.row.id).await?;
        pass_on(cx, &mut tx, &mut hall).await?;
    }
    if saved == Saved::Amended {
        let standing = standing::load(cx, tx.db(), id).await?;
        take(cx, &mut tx, standing, Command::Amend, "").await?;
    }
    tx.commit().await?;
    Ok(saved)
}

/// Refuses a draft with errors.
fn ready(cx: &Cx, draft: &Draft) -> Result<()> {
    let (errors, _) = draft.problems(cx.today());
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// The sentence for whoever came second.
async fn fresh(tx: &Tx<'_>, standing: &Standing, version: i64) -> Result<()> {
    if standing.row.version == version {
        return Ok(());
    }
    Err(stale(tx, standing.id()).await)
}

async fn stale(tx: &Tx<'_>, id: TrainingId) -> Error {
    let label = |name: &str| {
        name.parse::<Command>().map_or_else(|_| name.to_owned(), |command| command.label().to_owned())
    };
    decision::stale(tx.db(), On::Training(id), label).await
}

/// Writes the row itself, with the seats where they exist.
async fn write(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: &Standing,
    draft: &Draft,
    flyer: Option<AttachmentId>,
) -> Result<()> {
    let (row, core) = (&standing.row, &draft.core);
    let starts_at = core.sessions.iter().map(|session| session.starts_at).min().unwrap_or(row.starts_at);
    let ends_at = core.sessions.iter().map(|session| session.ends_at).max().unwrap_or(row.ends_at);
    let mut change = training::ActiveModel {
        title: Set(core.title.clone()),
        scheme: Set(draft.main_scheme(&row.scheme)),
        summary: Set(draft.summary.clone()),
        search_key: Set(draft.search_key()),
        mode: Set(core.mode.name().to_owned()),
        venue: Set(core.venue.clone()),
        venue_address: Set(draft.venue_address.clone()),
        prefecture: Set(draft.prefecture),
        starts_at: Set(starts_at),
        ends_at: Set(ends_at),
        held_on: Set(Day::of(starts_at).date()),
        // Equal instants say that there is no window.
        recruits_from: Set(core.recruitment_from.unwrap_or(starts_at)),
        recruits_until: Set(core.recruitment_until.unwrap_or(starts_at)),
        capacity: Set(draft.capacity()),
        fee_member: Set(core.fee_member.amount()),
        fee_non_member: Set(core.fee_non_member.amount()),
        contact: Set(draft.contact.clone()),
        audience: Set(draft.audience.clone()),
        note_to_approver: Set(draft.note_to_approver.clone()),
        offers: Set(draft.offers()),
        version: Set(row.version + 1),
        ..Default::default()
    };
    if let Some(flyer) = flyer {
        let owner = Owner::Training(standing.id());
        change.flyer = Set(Some(claim(cx, tx, owner, "flyer", "flyer", flyer).await?));
        if let Some(old) = row.flyer {
            remove(tx, old.into()).await?;
        }
    }
    update(tx, standing, change).await?;
    resize(tx, standing, draft.capacity()).await?;
    training_draft::Entity::delete_many()
        .filter(training_draft::Column::Training.eq(row.id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Seats that are given cannot be taken away by a smaller capacity.
async fn resize(tx: &Tx<'_>, standing: &Standing, capacity: i32) -> Result<()> {
    if capacity == standing.row.capacity {
        return Ok(());
    }
    let backend = tx.db().get_database_backend();
    let id = standing.row.id;
    let sql = "update seat_count set capacity = $2 where training = $1 and taken <= $2";
    let statement = Statement::from_sql_and_values(backend, sql, [id.into(), capacity.into()]);
    if tx.db().execute_raw(statement).await?.rows_affected() == 0 {
        let seats = mamis_schema::seat_count::Entity::find_by_id(id).one(tx.db()).await?;
        if let Some(seats) = seats {
            let text =
                format!("すでに{}名が申し込んでいます。定員はそれ以上の数を入力してください。", seats.taken);
            return Err(Error::invalid("capacity", &text));
        }
    }
    Ok(())
}

async fn update(tx: &Tx<'_>, standing: &Standing, change: training::ActiveModel) -> Result<()> {
    let changed = training::Entity::update_many()
        .set(change)
        .filter(training::Column::Id.eq(standing.row.id))
        .filter(training::Column::Version.eq(standing.row.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(stale(tx, standing.id()).await);
    }
    Ok(())
}

/// Holds a flyer until the form about it is accepted.
///
/// # Errors
/// [`Error::NotFound`], a refusal, or a fault of the store or the database.
#[crate::boxed]
pub async fn hold_flyer(cx: &Cx, id: TrainingId, flyer: Vec<Upload>) -> Result<Vec<AttachmentId>> {
    let standing = standing::load(cx, cx.db(), id).await?;
    access::training::may_edit(&cx.actor, &standing.facts())?;
    hold(cx, Owner::Training(id), "flyer", flyer).await
}

/// One decision: submit, withdraw, approve, return, reject, postpone, cancel, confirm and so on.
///
/// # Errors
/// [`Error::Stale`] with what the first of two did, [`Error::Invalid`] without a needed reason or with an incomplete
/// draft, a refusal, or a fault of the database.
#[crate::boxed]
pub async fn decide(cx: &Cx, id: TrainingId, version: i64, command: Command, comment: &str) -> Result<State> {
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    fresh(&tx, &standing, version).await?;
    if command == Command::Submit {
        let sessions = sessions_of(&tx, standing.row.id).await?;
        ready(cx, &Draft::of(&standing.row, &sessions, &standing.lines)?)?;
        for scheme in programme::schemes(&standing)? {
            takes_part(cx, tx.db(), standing.host(), scheme).await?;
        }
    }
    let to = take(cx, &mut tx, standing, command, comment).await?;
    tx.commit().await?;
    Ok(to)
}

/// Commands that say why.
fn needs_reason(command: Command) -> bool {
    use Command as C;
    matches!(command, C::Return | C::Reject | C::ReturnReport | C::Cancel | C::Postpone)
}

/// Takes a step inside a transaction: rule, access, row, decision, effects.
///
/// # Errors
/// As [`decide`].
pub(crate) async fn take(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: Standing,
    command: Command,
    comment: &str,
) -> Result<State> {
    let party = standing.party(command);
    standing.may(cx, command)?;
    let step = flow::step(standing.state, command, party, standing.circumstances(cx.now))?;
    let comment = comment.trim();
    if needs_reason(command) && comment.is_empty() {
        return Err(Error::invalid("comment", "理由を入力してください。相手にそのまま伝わります。"));
    }
    let by = by(&standing, party);
    let desk = standing.desk_in(step.to, cx.now)?;
    let mut change = training::ActiveModel {
        state: Set(step.to.name().to_owned()),
        desk: Set(desk.map(Into::into)),
        waiting_since: Set((flow::desk(step.to) != Desk::Nobody).then_some(cx.now)),
        version: Set(standing.row.version + 1),
        ..Default::default()
    };
    if step.to == State::Approved {
        change.approved_on = Set(Some(cx.today().date()));
    }
    update(tx, &standing, change).await?;
    let row = Step {
        on: On::Training(standing.id()),
        command: command.name(),
        from: standing.state.name(),
        to: step.to.name(),
        association: by,
        comment,
        batch: None,
    };
    decision::record(cx, tx, row).await?;
    let entry = Entry::new("training.decide", "training", standing.id());
    tx.audit(
        entry.with(json!({"command": command.name(), "from": standing.state.name(), "to": step.to.name()})),
    );
    let taken = Taken { command, to: step.to, effects: step.effects, comment, by };
    effects::run(cx, tx, &standing, taken).await?;
    Ok(step.to)
}

/// The association that acts; none for an external organizer.
fn by(standing: &Standing, party: Who) -> Option<AssociationId> {
    match party {
        Who::Office(_) => standing.facts().pending,
        Who::Host | Who::Applicant | Who::Former => standing.row.host_association.map(AssociationId),
    }
}
