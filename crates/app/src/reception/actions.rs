//! Recording who comes and goes. A device sends each record until it has an answer; a replay changes nothing.

use super::lists::people::{self, Code, Known, People};
use crate::attendance::lists::passages;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::signup::actions::hall::Hall;
use crate::training::{Standing, standing};
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::attendance::{Passage, Way};
use mamis_rules::base::TrainingId;
use mamis_rules::flow::training_approval::State;
use mamis_schema::{attendance, reception_event};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Records one request may carry.
pub const MOST: usize = 100;

/// One record of a device.
#[derive(Clone, Debug)]
pub struct Event {
    /// Random id of the device.
    pub device: String,
    /// Counted by the device.
    pub device_sequence: i64,
    /// What was read or typed.
    pub code: String,
    /// Whether a camera read it.
    pub scanned: bool,
    /// Coming or going.
    pub kind: Way,
    /// When, by our clock.
    pub at: DateTime<Utc>,
}

/// What the device is told about a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The record.
    pub device_sequence: i64,
    /// ok, again, stale, unknown, not_signed_up.
    pub outcome: &'static str,
    /// Who it is, when known.
    pub name: String,
    /// The reading.
    pub kana: String,
    /// What to do, in a sentence; empty when nothing.
    pub message: String,
}

/// Records a batch and answers each record. The same record sent again gets the answer it got before.
///
/// # Errors
/// [`Error::NotFound`], a refusal for anybody but the host's officers or outside the day, or a fault of the database.
#[crate::boxed]
pub async fn record(cx: &Cx, id: TrainingId, events: &[Event]) -> Result<Vec<Outcome>> {
    if events.len() > MOST {
        return Err(Error::refused(format!("一度に送れる記録は{MOST}件までです。")));
    }
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_receive(&cx.actor, &standing.facts())?;
    open(&standing)?;
    let mut room = Room::load(cx, &tx, &standing, events).await?;
    let outcomes: Vec<Outcome> = events.iter().map(|event| room.answer(cx, event)).collect();
    if room.is_changed() {
        room.write(&mut tx, id).await?;
        tx.commit().await?;
    }
    Ok(outcomes)
}

/// Reception works from the approval until the credits are released.
fn open(standing: &Standing) -> Result<()> {
    if standing.state == State::Approved {
        return Ok(());
    }
    Err(Error::refused(format!("いまは「{}」のため、受付はできません。", standing.state.label())))
}

/// The state of one batch: what was answered before, who is meant, who is in.
struct Room {
    training: Uuid,
    people: People,
    before: HashMap<(String, i64), reception_event::Model>,
    attendance: HashMap<Uuid, attendance::Model>,
    passages: HashMap<Uuid, Vec<Passage>>,
    changed: Vec<Uuid>,
    events: Vec<reception_event::ActiveModel>,
}

impl Room {
    async fn load(cx: &Cx, tx: &Tx<'_>, standing: &Standing, events: &[Event]) -> Result<Self> {
        let training = standing.row.id;
        let codes: Vec<Code> =
            events.iter().map(|event| people::read(cx, training.into(), &event.code)).collect();
        let people = people::find(tx.db(), training, &codes).await?;
        let known: Vec<Uuid> =
            codes.iter().filter_map(|code| people.of(cx, code)).map(|known| known.physician.into()).collect();
        let passages = passages(tx.db(), training, Some(&known)).await?;
        let rows = attendance::Entity::find()
            .filter(attendance::Column::Training.eq(training))
            .filter(attendance::Column::Physician.is_in(known))
            .all(tx.db())
            .await?;
        let devices = events.iter().map(|event| event.device.clone());
        let sequences = events.iter().map(|event| event.device_sequence);
        let before = reception_event::Entity::find()
            .filter(reception_event::Column::Training.eq(training))
            .filter(reception_event::Column::Device.is_in(devices))
            .filter(reception_event::Column::DeviceSequence.is_in(sequences))
            .all(tx.db())
            .await?;
        Ok(Self {
            training,
            people,
            before: before.into_iter().map(|row| ((row.device.clone(), row.device_sequence), row)).collect(),
            attendance: rows.into_iter().map(|row| (row.physician, row)).collect(),
            passages,
            changed: Vec::new(),
            events: Vec::new(),
        })
    }

    /// The answer to one record, noting what it changes.
    fn answer(&mut self, cx: &Cx, event: &Event) -> Outcome {
        let key = (event.device.clone(), event.device_sequence);
        if let Some(row) = self.before.get(&key) {
            let known = row.physician.and_then(|id| self.people.by_id(id));
            return outcome(event, word(&row.outcome), known, String::new());
        }
        let code = people::read(cx, self.training.into(), &event.code);
        let known = self.people.of(cx, &code).cloned();
        let (outcome_word, message) = match &known {
            None => ("unknown", unknown(&code).to_owned()),
            Some(known) if !known.is_signed_up() => {
                let message =
                    "この研修会の申込みがありません。空席があれば、下の「当日受付」から入室にできます。";
                ("not_signed_up", message.to_owned())
            }
            Some(_) if is_stale(&code, event) => ("stale", STALE.to_owned()),
            Some(known) => self.note(cx, event, known),
        };
        let row = reception_event::Model {
            id: Uuid::now_v7(),
            training: self.training,
            device: event.device.clone(),
            device_sequence: event.device_sequence,
            kind: event.kind.name().to_owned(),
            ticket: event.code.clone(),
            physician: known.as_ref().map(|known| known.physician.into()),
            outcome: outcome_word.to_owned(),
            at: event.at,
            received_at: cx.now,
        };
        self.before.insert(key, row.clone());
        self.events.push(reception_event::ActiveModel::from(row).reset_all());
        outcome(event, outcome_word, known.as_ref(), message)
    }

    /// Every passage is kept; the row says the first in and the last out.
    fn note(&mut self, cx: &Cx, event: &Event, known: &Known) -> (&'static str, String) {
        let physician = Uuid::from(known.physician);
        let row = self.attendance.entry(physician).or_insert_with(|| attendance::Model {
            id: Uuid::now_v7(),
            training: self.training,
            physician,
            in_at: None,
            out_at: None,
            source: if event.scanned { "scan" } else { "number" }.to_owned(),
            corrected_at: None,
            checked_by: None,
            checked_at: None,
            remark: String::new(),
            created_at: cx.now,
            version: 1,
        });
        if !self.changed.contains(&physician) {
            self.changed.push(physician);
        }
        let passages = self.passages.entry(physician).or_default();
        // Whoever was let in by hand came without a passage.
        let by_hand = row.in_at.map(|at| Passage { at, way: Way::In });
        let before = passages.iter().copied().chain(by_hand).filter(|passage| passage.at <= event.at).max();
        let word = if before.is_some_and(|passage| passage.way == event.kind) { "again" } else { "ok" };
        passages.push(Passage { at: event.at, way: event.kind });
        let mut message = "";
        match event.kind {
            Way::In => row.in_at = Some(row.in_at.map_or(event.at, |before| before.min(event.at))),
            Way::Out => {
                row.out_at = Some(row.out_at.map_or(event.at, |before| before.max(event.at)));
                if row.in_at.is_none() {
                    message = "入室の記録がありません。あとで出席の画面で確認してください。";
                }
            }
        }
        (word, message.to_owned())
    }

    /// Whether any record is new; a replay changes nothing.
    fn is_changed(&self) -> bool {
        !self.events.is_empty()
    }

    /// Writes events and attendance; another device may have written the same person meanwhile.
    async fn write(self, tx: &mut Tx<'_>, id: TrainingId) -> Result<()> {
        tx.audit(Entry::new("attendance.record", "training", id).with(json!({"records": self.events.len()})));
        use reception_event::Column as E;
        reception_event::Entity::insert_many(self.events)
            .on_conflict(
                OnConflict::columns([E::Training, E::Device, E::DeviceSequence]).do_nothing().to_owned(),
            )
            .exec_without_returning(tx.db())
            .await?;
        let rows: Vec<attendance::ActiveModel> = self
            .changed
            .iter()
            .filter_map(|physician| self.attendance.get(physician))
            .map(|row| attendance::ActiveModel::from(row.clone()).reset_all())
            .collect();
        if !rows.is_empty() {
            attendance::Entity::insert_many(rows)
                .on_conflict(first_in_last_out())
                .exec_without_returning(tx.db())
                .await?;
        }
        Ok(())
    }
}

/// The earlier check-in and the later check-out win, whoever writes second; what an officer set stays, though a tablet
/// sends what it saw hours later.
fn first_in_last_out() -> OnConflict {
    use attendance::Column as A;
    OnConflict::columns([A::Training, A::Physician])
        .value(
            A::InAt,
            Expr::cust(
                "case when attendance.corrected_at is not null then attendance.in_at
                      when attendance.in_at is null or excluded.in_at < attendance.in_at
                      then excluded.in_at else attendance.in_at end",
            ),
        )
        .value(
            A::OutAt,
            Expr::cust(
                "case when attendance.corrected_at is not null then attendance.out_at
                      when attendance.out_at is null or excluded.out_at > attendance.out_at
                      then excluded.out_at else attendance.out_at end",
            ),
        )
        .value(A::Version, Expr::cust("attendance.version + 1"))
        .to_owned()
}

fn outcome(event: &Event, word: &'static str, known: Option<&Known>, message: String) -> Outcome {
    Outcome {
        device_sequence: event.device_sequence,
        outcome: word,
        name: known.map_or_else(String::new, |known| known.name.clone()),
        kana: known.map_or_else(String::new, |known| known.kana.clone()),
        message,
    }
}

fn word(stored: &str) -> &'static str {
    ["ok", "again", "stale", "not_signed_up"].into_iter().find(|word| *word == stored).unwrap_or("unknown")
}

const STALE: &str = "画面の受講票が古いものです。画面を開き直してもらってください。開けないときは、本人を確かめて、番号で記録してください。";

/// A picture of a ticket that was passed on, or a page that was opened long ago.
fn is_stale(code: &Code, event: &Event) -> bool {
    matches!(code, Code::Ticket(ticket) if !ticket.is_fresh(event.at))
}

fn unknown(code: &Code) -> &'static str {
    match code {
        Code::Unknown => "受講票のQRコードではありません。番号を確認して、もう一度お試しください。",
        Code::Ticket(_) | Code::Number(..) => {
            "この研修会の受講票ではありません。研修会の名称と日付を確認してください。"
        }
        Code::Registry(_) | Code::Member(_) => "この番号の医師は登録されていません。番号を確認してください。",
    }
}

/// Lets somebody in who has an account but no signup, while seats are free.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] for an unknown number or without a reason, a refusal when full, or a fault.
#[crate::boxed]
pub async fn admit(cx: &Cx, id: TrainingId, number: &str, reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "当日受付の理由を入力してください。記録に残ります。"));
    }
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_sign_up_on_behalf(&cx.actor, &standing.facts())?;
    open(&standing)?;
    let code = people::read(cx, id, number);
    let people = people::find(tx.db(), standing.row.id, std::slice::from_ref(&code)).await?;
    let known = people.of(cx, &code).ok_or_else(|| Error::invalid("number", unknown(&code)))?;
    if known.is_signed_up() {
        return Err(Error::invalid("number", "この人はすでに申し込んでいます。上の欄から記録してください。"));
    }
    let mut hall = Hall::lock(&tx, standing.row.id).await?;
    let seat = hall
        .admit(cx, &tx, known.physician)
        .await?
        .ok_or_else(|| Error::refused("定員に達しています。空席がありません。"))?;
    let row = attendance::Model {
        id: Uuid::now_v7(),
        training: standing.row.id,
        physician: known.physician.into(),
        in_at: Some(cx.now),
        out_at: None,
        source: "number".to_owned(),
        corrected_at: None,
        checked_by: None,
        checked_at: None,
        remark: format!("当日受付：{reason}"),
        created_at: cx.now,
        version: 1,
    };
    attendance::Entity::insert(attendance::ActiveModel::from(row).reset_all())
        .on_conflict(first_in_last_out())
        .exec_without_returning(tx.db())
        .await?;
    let entry = Entry::new("signup.create_on_behalf", "signup", seat).about(known.physician);
    tx.audit(entry.with(json!({"reason": reason})));
    let name = known.name.clone();
    tx.commit().await?;
    Ok(name)
}
