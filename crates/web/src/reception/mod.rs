//! Reception on a phone or a tablet; its JSON contract is in static/README.md.

use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use crate::training::day_time;
use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use mamis_app::decision::clock_time;
use mamis_app::reception::actions::{self, Event, Outcome};
use mamis_app::reception::lists::device::{self, Kept};
use mamis_app::reception::lists::{self, Room};
use mamis_app::{Error, Problem};
use mamis_rules::attendance::Way;
use mamis_rules::base::{Day, TrainingId, full_name};
use serde::{Deserialize, Serialize};

#[derive(Template)]
#[template(path = "reception/show.html")]
struct ReceptionPage {
    page: Page,
    trail: Vec<Crumb>,
    title: String,
    free: i32,
    events_url: String,
    form_url: String,
    list_url: String,
    people_url: String,
    check_url: String,
    /// Who is in as the page is opened; a script keeps it fresh.
    list: String,
    admit_url: String,
    problems: Problems,
    fields: Fields,
}

#[derive(Template)]
#[template(path = "reception/list.html")]
struct DoorsPage {
    page: Page,
    doors: Vec<DoorView>,
}

struct DoorView {
    title: String,
    when: String,
    venue: String,
    signed_up: i64,
    today: bool,
    href: String,
}

/// The doors of today and of the coming days; what the installed app opens.
pub async fn doors(ctx: Ctx) -> Result<Response, WebError> {
    let doors = lists::doors(&ctx).await?.into_iter().map(|door| DoorView {
        today: Day::of(door.starts_at) == ctx.today(),
        when: day_time(door.starts_at),
        href: format!("/trainings/{}/reception", door.id),
        title: door.title,
        venue: door.venue,
        signed_up: door.signed_up,
    });
    show(&DoorsPage { page: Page::new(&ctx, "当日の受付"), doors: doors.collect() })
}

#[derive(Template)]
#[template(path = "reception/check.html")]
struct CheckPage {
    page: Page,
    trail: Vec<Crumb>,
    title: String,
    when: String,
    people_url: String,
    reception: String,
}

/// Whether this device is fit for the door: tried before the day.
pub async fn check(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let row = lists::received(&ctx, id).await?;
    let reception = format!("/trainings/{id}/reception");
    show(&CheckPage {
        page: Page::new(&ctx, "受付の準備"),
        trail: vec![Crumb::to("/reception", "当日の受付"), Crumb::to(&reception, &row.title)],
        when: day_time(row.starts_at),
        title: row.title,
        people_url: format!("/trainings/{id}/reception-people"),
        reception,
    })
}

/// The page of the door.
pub async fn page(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    show(&reception(&ctx, id, Fields::default(), Vec::new()).await?)
}

async fn reception(
    ctx: &Ctx,
    id: TrainingId,
    fields: Fields,
    problems: Vec<Problem>,
) -> Result<ReceptionPage, WebError> {
    let room = lists::room(ctx, id).await?;
    let shown = mamis_app::training::lists::show(ctx, id).await?;
    let row = &shown.standing.row;
    Ok(ReceptionPage {
        page: Page::new(ctx, "当日の受付"),
        trail: vec![Crumb::to("/trainings", "研修会"), Crumb::to(&format!("/trainings/{id}"), &row.title)],
        title: row.title.clone(),
        free: (row.capacity - shown.taken()).max(0),
        events_url: format!("/trainings/{id}/reception-events"),
        form_url: format!("/trainings/{id}/reception-entries"),
        list_url: format!("/trainings/{id}/reception-list"),
        people_url: format!("/trainings/{id}/reception-people"),
        check_url: format!("/trainings/{id}/reception/check"),
        list: fragment(room).render().map_err(Error::fault)?,
        admit_url: format!("/trainings/{id}/walk-ins"),
        problems: Problems(problems),
        fields,
    })
}

#[derive(Template)]
#[template(path = "reception/_list.html")]
struct ListFragment {
    people: Vec<PresentView>,
    /// In the room now.
    present: i64,
    /// Gone again.
    left: i64,
    signed_up: i64,
}

struct PresentView {
    name: String,
    time: String,
}

/// Who is in, as a fragment.
pub async fn list(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    show(&fragment(lists::room(&ctx, id).await?))
}

fn fragment(Room { people, checked_in, present, signed_up }: Room) -> ListFragment {
    let people = people.into_iter().map(|person| PresentView {
        name: full_name(&person.family_name, &person.given_name),
        time: match (person.in_at, person.out_at) {
            (Some(came), Some(left)) => format!("{}〜{} 退室", clock_time(came), clock_time(left)),
            (Some(came), None) => format!("{}〜", clock_time(came)),
            _ => String::new(),
        },
    });
    ListFragment { people: people.collect(), present, left: checked_in - present, signed_up }
}

/// Somebody expected, as a device keeps them.
#[derive(Debug, Serialize)]
struct ExpectedPerson {
    signup: String,
    number: String,
    name: String,
    kana: String,
    registry_number: String,
}

/// What a device keeps for a day without a line.
#[derive(Debug, Serialize)]
struct KeptList {
    /// The training, as the signature of a ticket has it: 32 hexadecimal digits.
    training: String,
    /// Ed25519 public key, URL-safe base64.
    key: String,
    /// When the device must forget the list, by the clock on the wall.
    until: DateTime<Utc>,
    /// That clock, for the device to compare with its own.
    now: DateTime<Utc>,
    people: Vec<ExpectedPerson>,
}

/// The people of a training for the device at its door.
pub async fn people(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let Kept { people, key, until } = device::keep(&ctx, id).await?;
    let people = people.into_iter().map(|person| ExpectedPerson {
        signup: person.signup.0.simple().to_string(),
        number: person.number,
        name: person.name,
        kana: person.kana,
        registry_number: person.registry_number,
    });
    let wall = ctx.app.clock.wall();
    let list = KeptList {
        training: id.0.simple().to_string(),
        key: URL_SAFE_NO_PAD.encode(key),
        until: wall + (until - ctx.now),
        now: wall,
        people: people.collect(),
    };
    Ok(Json(list).into_response())
}

/// One record as a device sends it.
#[derive(Debug, Deserialize)]
pub struct Sent {
    device_id: String,
    device_sequence: i64,
    #[serde(default)]
    ticket: Option<String>,
    #[serde(default)]
    number: Option<String>,
    kind: String,
    at: DateTime<Utc>,
}

/// One answer.
#[derive(Debug, Serialize)]
struct Answer {
    device_sequence: i64,
    outcome: &'static str,
    name: String,
    kana: String,
    message: String,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        let Outcome { device_sequence, outcome, name, kana, message } = outcome;
        Self { device_sequence, outcome, name, kana, message }
    }
}

/// Takes a batch of records.
pub async fn events(
    ctx: Ctx,
    Path(id): Path<TrainingId>,
    headers: HeaderMap,
    Json(sent): Json<Vec<Sent>>,
) -> Result<Response, WebError> {
    let late = device_clock(&headers).map_or(TimeDelta::zero(), |device| ctx.now - device);
    let events: Vec<Event> = sent.into_iter().map(|sent| event(sent, late, ctx.now)).collect();
    let outcomes = actions::record(&ctx, id, &events).await?;
    Ok(Json(outcomes.into_iter().map(Answer::from).collect::<Vec<_>>()).into_response())
}

/// A phone set wrong must not move an attendance: its clock at sending tells by how much it is off.
fn device_clock(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    headers.get("x-device-now")?.to_str().ok()?.parse().ok()
}

fn event(sent: Sent, late: TimeDelta, now: DateTime<Utc>) -> Event {
    Event {
        device: sent.device_id.chars().take(64).collect(),
        device_sequence: sent.device_sequence,
        scanned: sent.ticket.is_some(),
        code: sent.ticket.or(sent.number).unwrap_or_default().chars().take(200).collect(),
        kind: sent.kind.parse().unwrap_or(Way::In),
        at: (sent.at + late).min(now),
    }
}

/// The same without JavaScript: one record, and the page again.
pub async fn entry(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let event = Event {
        // Each form is its own device: the request's id never comes twice.
        device: format!("form-{}", ctx.request_id),
        device_sequence: 1,
        code: fields.text("number").to_owned(),
        scanned: false,
        kind: fields.text("kind").parse().unwrap_or(Way::In),
        at: ctx.now,
    };
    let word = event.kind.label();
    let outcome = actions::record(&ctx, id, &[event]).await?.into_iter().next();
    let page = format!("/trainings/{id}/reception");
    Ok(match outcome {
        Some(outcome) if outcome.outcome == "ok" => {
            ctx.done(&page, &format!("{}さんの{word}を記録しました。{}", outcome.name, outcome.message))
        }
        Some(outcome) if outcome.outcome == "again" => {
            ctx.lead(&page, "info", &format!("{}さんは、すでに{word}済みです。", outcome.name))
        }
        Some(outcome) => ctx.lead(&page, "error", &format!("{} {}", outcome.name, outcome.message)),
        None => ctx.lead(&page, "error", "番号を入力してください。"),
    })
}

/// Lets somebody in without a signup.
pub async fn admit(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let page = format!("/trainings/{id}/reception");
    match actions::admit(&ctx, id, fields.text("number"), fields.text("reason")).await {
        Ok(name) => Ok(ctx.done(&page, &format!("{name}さんを当日受付で入室にしました。"))),
        Err(Error::Invalid(problems)) => {
            let page = reception(&ctx, id, fields, problems).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(Error::Refused(reason)) => Ok(ctx.lead(&page, "error", &reason)),
        Err(error) => Err(error.into()),
    }
}
