//! The door: scans that come twice, late or for another training.

use crate::training::{acting, find};
use chrono::{DateTime, TimeDelta, Utc};
use mamis_app::attendance::actions::{Correction, correct};
use mamis_app::attendance::lists::register;
use mamis_app::reception::actions::{self, Event, Outcome};
use mamis_app::reception::lists;
use mamis_app::signup::ticket::{self, Medium};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_rules::attendance::{Presence, Way};
use mamis_rules::base::{PhysicianId, SignupId, TrainingId};
use mamis_rules::flow::training_approval::State;
use mamis_schema::{attendance, physician, reception_event, signup, training};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// Today's lecture of 藤沢市医師会, its first seat, and the officer at the door.
async fn door(app: &Arc<App>) -> (Cx, training::Model, signup::Model) {
    let officer = acting(app, "fujisawa-training").await;
    let today = find(app, "藤沢市医師会", "日医生涯教育講座", State::Approved).await;
    let seat = signup::Entity::find()
        .filter(signup::Column::Training.eq(today.id))
        .filter(signup::Column::State.eq("confirmed"))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("somebody signed up");
    (officer, today, seat)
}

fn event(sequence: i64, code: &str, kind: Way, at: DateTime<Utc>) -> Event {
    Event {
        device: "tablet".to_owned(),
        device_sequence: sequence,
        code: code.to_owned(),
        scanned: true,
        kind,
        at,
    }
}

/// The code on somebody's screen.
fn ticket_of(app: &App, seat: &signup::Model, shown_at: DateTime<Utc>) -> String {
    ticket::text(&app.secret, seat.training.into(), SignupId(seat.id), Medium::Screen(shown_at))
}

/// The code on somebody's paper, which grows no older.
fn paper_of(app: &App, seat: &signup::Model) -> String {
    ticket::text(&app.secret, seat.training.into(), SignupId(seat.id), Medium::Paper)
}

async fn send(cx: &Cx, id: Uuid, events: &[Event]) -> Vec<&'static str> {
    let outcomes = actions::record(cx, TrainingId(id), events).await.expect("records");
    outcomes.iter().map(|outcome: &Outcome| outcome.outcome).collect()
}

async fn attendance_of(app: &App, seat: &signup::Model) -> attendance::Model {
    attendance::Entity::find()
        .filter(attendance::Column::Training.eq(seat.training))
        .filter(attendance::Column::Physician.eq(seat.physician))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("was recorded")
}

#[tokio::test]
async fn a_record_sent_again_changes_nothing() {
    each_world(|app| async move {
        let (officer, today, seat) = door(&app).await;
        let code = paper_of(&app, &seat);
        let at = |minutes: i64| officer.now - TimeDelta::minutes(minutes);
        let first = [event(1, &code, Way::In, at(30))];
        assert_eq!(send(&officer, today.id, &first).await, ["ok"]);
        assert_eq!(send(&officer, today.id, &first).await, ["ok"], "the same answer as before");
        let rows = reception_event::Entity::find().count(app.db.read()).await.expect("counts");
        assert_eq!(rows, 1);

        let later = [
            event(2, &code, Way::In, at(20)),
            event(3, &code, Way::Out, at(10)),
            event(4, &code, Way::Out, at(5)),
            // It waited on a device without a line.
            event(5, &code, Way::In, at(40)),
        ];
        assert_eq!(send(&officer, today.id, &later).await, ["again", "ok", "again", "ok"]);
        let kept = attendance_of(&app, &seat).await;
        assert_eq!((kept.in_at, kept.out_at), (Some(at(40)), Some(at(5))), "first in, last out");
        let room = lists::room(&officer, today.id.into()).await.expect("reads");
        assert_eq!((room.checked_in, room.present), (1, 0), "who has left is not in the room");
    })
    .await;
}

#[tokio::test]
async fn a_ticket_is_good_for_its_person_and_training_only() {
    each_world(|app| async move {
        let (officer, today, seat) = door(&app).await;
        let number = ticket::number(&app.secret, SignupId(seat.id), seat.order_number);
        let wrong =
            if number.starts_with('0') { number.replacen('0', "1", 1) } else { format!("0{}", &number[1..]) };
        let elsewhere = signup::Entity::find()
            .filter(signup::Column::Training.ne(today.id))
            .filter(signup::Column::State.eq("confirmed"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("another training");
        let forged = ticket_of(&app, &seat, officer.now).replace("MT2.", "MT2.A");
        let elder = ticket_of(&app, &seat, officer.now - TimeDelta::minutes(11));
        let paper = paper_of(&app, &seat);
        let codes = [
            (number.as_str(), "ok"),
            (&wrong, "unknown"),
            (&ticket_of(&app, &elsewhere, officer.now), "unknown"),
            (&forged, "unknown"),
            (&elder, "stale"),
            (&paper, "again"),
            ("https://example.com/", "unknown"),
            ("", "unknown"),
        ];
        let events: Vec<Event> = (1..)
            .zip(codes)
            .map(|(sequence, (code, _))| event(sequence, code, Way::In, officer.now))
            .collect();
        let expected: Vec<&str> = codes.iter().map(|(_, outcome)| *outcome).collect();
        assert_eq!(send(&officer, today.id, &events).await, expected);
        let stranger = acting(&app, "yokohama-training").await;
        assert!(matches!(actions::record(&stranger, today.id.into(), &events).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_signup_is_let_in_while_seats_are_free() {
    each_world(|app| async move {
        let (officer, today, _) = door(&app).await;
        let seats: Vec<Uuid> = signup::Entity::find()
            .filter(signup::Column::Training.eq(today.id))
            .all(app.db.read())
            .await
            .expect("reads")
            .into_iter()
            .map(|row| row.physician)
            .collect();
        let guest = physician::Entity::find()
            .filter(physician::Column::Id.is_not_in(seats))
            .filter(physician::Column::RegistryNumber.is_not_null())
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("somebody else");
        let number = guest.registry_number.clone().expect("asked for");
        assert_eq!(
            send(&officer, today.id, &[event(1, &number, Way::In, officer.now)]).await,
            ["not_signed_up"]
        );
        let without = actions::admit(&officer, today.id.into(), &number, " ").await;
        assert!(matches!(without, Err(Error::Invalid(_))), "a reason is needed");
        let name = actions::admit(&officer, today.id.into(), &number, "当日の希望").await.expect("lets in");
        assert!(name.contains(&guest.family_name));
        assert!(actions::admit(&officer, today.id.into(), &number, "もう一度").await.is_err(), "once");
        assert_eq!(send(&officer, today.id, &[event(2, &number, Way::Out, officer.now)]).await, ["ok"]);
    })
    .await;
}

/// What the attendance page says of a person, session by session.
async fn presence_of(cx: &Cx, seat: &signup::Model) -> Vec<Presence> {
    let register = register(cx, seat.training.into()).await.expect("reads");
    let person = register.people.iter().find(|person| person.physician == seat.physician).expect("listed");
    let standing = &register.shown.standing;
    register.shown.sessions.iter().map(|session| person.at(standing, session)).collect()
}

#[tokio::test]
async fn whoever_comes_back_is_in_and_what_was_missed_is_missed() {
    each_world(|app| async move {
        let (officer, today, seat) = door(&app).await;
        let code = paper_of(&app, &seat);
        let sessions = register(&officer, today.id.into()).await.expect("reads").shown.sessions;
        let first = sessions.first().expect("a session");
        let after = |minutes: i64| first.starts_at + TimeDelta::minutes(minutes);
        let long = (first.ends_at - first.starts_at).num_minutes();
        // Two tablets, the second without a line until the end: together they say what one would have said.
        let of_first = [event(1, &code, Way::In, after(-5)), event(2, &code, Way::Out, after(long + 1))];
        let of_second = [event(11, &code, Way::Out, after(12)), event(12, &code, Way::In, after(40))];
        assert_eq!(send(&officer, today.id, &of_first).await, ["ok", "ok"]);
        assert_eq!(presence_of(&officer, &seat).await[0], Presence::Present);
        assert_eq!(send(&officer, today.id, &of_second).await, ["ok", "ok"]);
        assert_eq!(presence_of(&officer, &seat).await[0], Presence::LeftEarly, "28 minutes are missing");

        let back = [event(13, &code, Way::In, after(long + 5))];
        assert_eq!(send(&officer, today.id, &back).await, ["ok"]);
        let room = lists::room(&officer, today.id.into()).await.expect("reads");
        assert_eq!((room.checked_in, room.present), (1, 1), "who came back is in the room");
    })
    .await;
}

#[tokio::test]
async fn what_an_officer_sets_stays_though_a_tablet_sends_late() {
    each_world(|app| async move {
        let (officer, today, seat) = door(&app).await;
        let officer = Cx { now: today.ends_at, ..officer };
        let code = paper_of(&app, &seat);
        let at = |minutes: i64| today.starts_at + TimeDelta::minutes(minutes);
        assert_eq!(send(&officer, today.id, &[event(1, &code, Way::In, at(60))]).await, ["ok"]);
        let version = attendance_of(&app, &seat).await.version;
        let set = Correction {
            in_at: Some(at(-3)),
            out_at: Some(today.ends_at),
            remark: "受付の端末の故障".to_owned(),
            version,
        };
        correct(&officer, today.id.into(), PhysicianId(seat.physician), set).await.expect("corrects");
        let late = [event(2, &code, Way::Out, at(61)), event(3, &code, Way::In, at(-30))];
        send(&officer, today.id, &late).await;
        let kept = attendance_of(&app, &seat).await;
        assert_eq!((kept.in_at, kept.out_at), (Some(at(-3)), Some(today.ends_at)));
        let presence = presence_of(&officer, &seat).await;
        assert!(presence.iter().all(|at| *at == Presence::Present), "{presence:?}");
    })
    .await;
}
