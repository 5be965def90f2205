//! The waiting list: a seat that becomes free is held for whoever comes next, and for nobody else.

use crate::signup::{newcomers, physician_cx, pressed, seats};
use crate::training::{acting, at, find, row};
use chrono::{DateTime, TimeDelta, Utc};
use mamis_app::signup::actions::{self as signups, Rank, SignedUp};
use mamis_app::testing::{each_world, now};
use mamis_app::training::actions as trainings;
use mamis_app::waiting_offer::actions::{accept, accept_by_host, decline};
use mamis_app::waiting_offer::lists::{self, Mine};
use mamis_app::waiting_offer::{jobs, read, token};
use mamis_app::{App, Cx, Error, Who};
use mamis_rules::access::Actor;
use mamis_rules::base::{SignupId, WaitingOfferId};
use mamis_rules::flow::training_approval::{Command, State};
use mamis_rules::signup::Refusal;
use mamis_schema::{outbox, physician, seat_count, signup, training, waiting_offer};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// The coming training of 藤沢市医師会 with so many seats, all of them taken, and who has them.
pub(crate) async fn full(app: &Arc<App>, many: usize) -> (training::Model, Vec<(Cx, SignupId)>) {
    let mut training = find(app, "藤沢市医師会", "職場巡視実地研修会", State::Approved).await;
    training.capacity = seats(app, training.id).await.taken + i32::try_from(many).expect("few");
    resize(app, &training).await;
    let mut holders = Vec::new();
    for person in newcomers(app, many).await {
        let cx = physician_cx(app, person);
        let id = pressed(&cx, training.id).await;
        holders.push((cx, id));
    }
    (training, holders)
}

async fn resize(app: &App, row: &training::Model) {
    use {seat_count::Column as S, training::Column as T};
    seat_count::Entity::update_many()
        .col_expr(S::Capacity, Expr::value(row.capacity))
        .filter(S::Training.eq(row.id))
        .exec(app.db.write())
        .await
        .expect("updates");
    training::Entity::update_many()
        .col_expr(T::Capacity, Expr::value(row.capacity))
        .filter(T::Id.eq(row.id))
        .exec(app.db.write())
        .await
        .expect("updates");
}

/// People on the waiting list, in this order.
pub(crate) async fn waiting(app: &Arc<App>, training: &training::Model, many: usize) -> Vec<(Cx, SignupId)> {
    let mut waiters = Vec::new();
    for person in newcomers(app, many).await {
        let cx = physician_cx(app, person);
        match signups::wait(&cx, training.id.into()).await.expect("waits") {
            SignedUp::Now(id) => waiters.push((cx, id)),
            SignedUp::Before(id) => panic!("{id} was there"),
        }
    }
    waiters
}

pub(crate) async fn signup_of(app: &App, id: SignupId) -> signup::Model {
    signup::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").expect("is there")
}

pub(crate) async fn states(app: &App, people: &[(Cx, SignupId)]) -> Vec<String> {
    let mut states = Vec::new();
    for (_, id) in people {
        states.push(signup_of(app, *id).await.state);
    }
    states
}

/// The newest offer to somebody.
pub(crate) async fn offer_of(app: &App, id: SignupId) -> Option<waiting_offer::Model> {
    let mut offers = waiting_offer::Entity::find()
        .filter(waiting_offer::Column::Signup.eq(Uuid::from(id)))
        .all(app.db.read())
        .await
        .expect("reads");
    offers.sort_by_key(|row| row.id);
    offers.pop()
}

pub(crate) async fn open_offer(app: &App, id: SignupId) -> WaitingOfferId {
    let offer = offer_of(app, id).await.expect("an offer");
    assert_eq!(offer.state, "open");
    offer.id.into()
}

async fn letters(app: &App, kind: &str, about: &training::Model) -> Vec<outbox::Model> {
    let rows = outbox::Entity::find().filter(outbox::Column::Kind.eq(kind)).all(app.db.read()).await;
    rows.expect("reads").into_iter().filter(|row| row.body.contains(&about.number)).collect()
}

/// Whoever has the link, without a login.
pub(crate) fn guest(app: &Arc<App>, now: DateTime<Utc>) -> Cx {
    Cx { app: app.clone(), actor: Actor::Guest, who: Who::default(), now, request_id: "test-link".to_owned() }
}

/// Every seat that is held is counted, none is held twice, and none lies idle while somebody waits.
pub(crate) async fn adds_up(app: &App, id: Uuid, at: &str) {
    let all = signup::Entity::find().filter(signup::Column::Training.eq(id)).all(app.db.read()).await;
    let all = all.expect("reads");
    let count = |state: &str| all.iter().filter(|row| row.state == state).count();
    let held = i32::try_from(count("confirmed") + count("offered")).expect("few");
    let found = seats(app, id).await;
    assert_eq!(found.taken, held, "{at}: {found:?}");
    assert!(found.taken <= found.capacity, "{at}: {found:?}");
    assert!(found.taken == found.capacity || count("waiting") == 0, "{at}: a seat lies idle");
    let offered: Vec<Uuid> = all.iter().filter(|row| row.state == "offered").map(|row| row.id).collect();
    let open = waiting_offer::Entity::find()
        .filter(waiting_offer::Column::State.eq("open"))
        .filter(waiting_offer::Column::Signup.is_in(all.iter().map(|row| row.id)))
        .all(app.db.read())
        .await
        .expect("reads");
    let mut named: Vec<Uuid> = open.iter().map(|row| row.signup).collect();
    named.sort_unstable();
    let mut offered = offered;
    offered.sort_unstable();
    assert_eq!(named, offered, "{at}: one open offer for each offered seat");
    let mut orders: Vec<i64> =
        all.iter().filter(|row| row.state == "confirmed").map(|row| row.order_number).collect();
    let many = orders.len();
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), many, "{at}: no order number is given twice");
}

#[tokio::test]
async fn a_seat_given_back_goes_through_the_list() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 2).await;
        let [(_, first), (second_cx, second)] = &waiters[..] else { panic!("two") };
        let again = signups::wait(second_cx, training.id.into()).await.expect("waits already");
        assert_eq!(again, SignedUp::Before(*second), "pressed twice");
        let me = |cx: &Cx| cx.actor.physician().expect("a physician");
        let mine = lists::mine(second_cx, me(second_cx), training.id.into()).await.expect("reads");
        assert_eq!(mine, Some(Mine::Waits { signup: *second, place: 2 }));
        assert_eq!(letters(&app, "waiting_entered", &training).await.len(), 2);

        let host = acting(&app, "fujisawa-training").await;
        let unsaid = signups::prioritise(&host, *second, Rank::First, "").await;
        assert!(matches!(unsaid, Err(Error::Invalid(_))), "{unsaid:?}");
        let other = acting(&app, "yokohama-training").await;
        let not_theirs = signups::prioritise(&other, *second, Rank::First, "急ぎ").await;
        assert!(matches!(not_theirs, Err(Error::NotFound)), "{not_theirs:?}");
        signups::prioritise(&host, *second, Rank::First, "期限まで1か月").await.expect("goes first");

        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        assert_eq!(states(&app, &waiters).await, ["waiting", "offered"], "priority goes first");
        adds_up(&app, training.id, "offered").await;
        let newcomer = physician_cx(&app, newcomers(&app, 1).await[0]);
        match signups::sign_up(&newcomer, training.id.into()).await {
            Err(Error::Refused(reason)) => assert_eq!(reason, Refusal::Full.to_string()),
            other => panic!("the seat of somebody who waited: {other:?}"),
        }
        let offer = offer_of(&app, *second).await.expect("an offer");
        assert_eq!(offer.expires_at, second_cx.now + TimeDelta::hours(48));
        let link = format!("/seat-offers/{}", token(&app, offer.id.into()));
        let sent = letters(&app, "seat_offered", &training).await;
        assert!(sent.len() == 1 && sent[0].body.contains(&link), "{sent:?}");

        let system = at(&Cx::system(&app, "waiting_offers"), offer.expires_at - TimeDelta::seconds(1));
        assert_eq!(jobs::expire_due(&system).await.expect("runs").done, 0, "not yet");
        let system = at(&system, offer.expires_at);
        assert_eq!(jobs::expire_due(&system).await.expect("runs").done, 1);
        assert_eq!(states(&app, &waiters).await, ["offered", "cancelled"], "the next one");
        assert_eq!(letters(&app, "offer_over", &training).await.len(), 1);
        adds_up(&app, training.id, "expired").await;

        let late = accept(&guest(&app, offer.expires_at), offer.id.into()).await;
        assert!(matches!(&late, Err(Error::Refused(reason)) if reason.contains("期限")), "{late:?}");
        let id = open_offer(&app, *first).await;
        let yes = accept(&guest(&app, offer.expires_at + TimeDelta::hours(1)), id).await;
        assert_eq!(yes.expect("whoever has the link"), *first);
        let seat = signup_of(&app, *first).await;
        let count = seats(&app, training.id).await;
        assert_eq!((seat.state.as_str(), seat.order_number), ("confirmed", count.last_order));
        assert_eq!(letters(&app, "signup_confirmed", &training).await.len(), 3, "as any other seat");
        let twice = accept(&guest(&app, now()), id).await;
        assert!(matches!(&twice, Err(Error::Refused(reason)) if reason.contains("すでに")), "{twice:?}");
        adds_up(&app, training.id, "accepted").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_declines_or_leaves_makes_room() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 4).await;
        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        decline(&guest(&app, now()), open_offer(&app, waiters[0].1).await).await.expect("says no");
        assert_eq!(states(&app, &waiters).await, ["cancelled", "offered", "waiting", "waiting"]);
        let left = signups::cancel(&waiters[2].0, waiters[2].1).await.expect("leaves the list");
        assert_eq!(left.was, mamis_rules::signup::state::State::Waiting);
        signups::cancel(&waiters[1].0, waiters[1].1).await.expect("leaves with an offer");
        assert_eq!(states(&app, &waiters).await, ["cancelled", "cancelled", "cancelled", "offered"]);
        assert_eq!(offer_of(&app, waiters[1].1).await.expect("an offer").state, "declined");
        adds_up(&app, training.id, "left").await;
        let (stranger, other) = (&waiters[0].0, waiters[3].1);
        assert!(matches!(signups::cancel(stranger, other).await, Err(Error::NotFound)), "somebody else's");
        let host = acting(&app, "fujisawa-training").await;
        signups::cancel_by_host(&host, other, "本人から電話").await.expect("takes off the list");
        assert_eq!(states(&app, &waiters[3..]).await, ["cancelled"]);
        assert_eq!(seats(&app, training.id).await.taken, training.capacity - 1, "nobody waits: it is free");
        let newcomer = physician_cx(&app, newcomers(&app, 1).await[0]);
        let in_vain = signups::wait(&newcomer, training.id.into()).await;
        assert!(matches!(&in_vain, Err(Error::Refused(reason)) if *reason == Refusal::SeatsFree.to_string()));
        pressed(&newcomer, training.id).await;
        adds_up(&app, training.id, "taken").await;
    })
    .await;
}

#[tokio::test]
async fn an_offer_at_the_hour_of_another_seat_is_held_until_it_ends() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 1).await;
        let waiters = waiting(&app, &training, 1).await;
        let (cx, id) = &waiters[0];
        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        let other = training::Entity::find()
            .filter(training::Column::State.eq("approved"))
            .filter(training::Column::Id.ne(training.id))
            .filter(training::Column::RecruitsFrom.lt(now()))
            .filter(training::Column::RecruitsUntil.gt(now()))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("another that recruits");
        training::Entity::update_many()
            .col_expr(training::Column::StartsAt, Expr::value(training.starts_at))
            .col_expr(training::Column::EndsAt, Expr::value(training.ends_at))
            .filter(training::Column::Id.eq(other.id))
            .exec(app.db.write())
            .await
            .expect("updates");
        let elsewhere = pressed(cx, other.id).await;
        let offer = open_offer(&app, *id).await;
        match accept(cx, offer).await {
            Err(Error::Refused(reason)) => assert!(reason.contains(&other.title), "{reason}"),
            answer => panic!("two rooms at the same hour: {answer:?}"),
        }
        assert_eq!(offer_of(&app, *id).await.expect("an offer").state, "open", "held on");
        signups::cancel(cx, elsewhere).await.expect("gives the other one back");
        accept(cx, offer).await.expect("and takes this one");
        adds_up(&app, training.id, "accepted").await;
    })
    .await;
}

#[tokio::test]
async fn more_seats_are_for_those_who_wait() {
    each_world(|app| async move {
        let (training, _) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 3).await;
        let host = acting(&app, "fujisawa-training").await;
        let shown = mamis_app::training::lists::show(&host, training.id.into()).await.expect("shows");
        let mut draft = shown.draft().expect("a draft");
        draft.core.capacity = Some(i64::from(training.capacity) + 2);
        let saved = trainings::save(&host, training.id.into(), training.version, &draft, None).await;
        assert_eq!(saved.expect("saves"), trainings::Saved::Changed);
        assert_eq!(states(&app, &waiters).await, ["offered", "offered", "waiting"]);
        adds_up(&app, training.id, "raised").await;

        let shown = mamis_app::training::lists::show(&host, training.id.into()).await.expect("shows");
        draft.core.capacity = Some(i64::from(training.capacity));
        let version = shown.standing.row.version;
        let fewer = trainings::save(&host, training.id.into(), version, &draft, None).await;
        assert!(matches!(fewer, Err(Error::Invalid(_))), "offered seats are not taken away: {fewer:?}");
    })
    .await;
}

#[tokio::test]
async fn a_training_that_stops_recruiting_takes_its_offers_back() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 3).await;
        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        let offer = open_offer(&app, waiters[0].1).await;
        let host = acting(&app, "fujisawa-training").await;
        let id = training.id.into();
        let version = row(&app, id).await.version;
        trainings::decide(&host, id, version, Command::Postpone, "会場の都合").await.expect("postpones");
        assert_eq!(states(&app, &waiters).await, ["waiting", "waiting", "waiting"], "at the same place");
        assert_eq!(seats(&app, training.id).await.taken, training.capacity - 1);
        let told = letters(&app, "training_progress", &training).await;
        let physicians = told.iter().filter(|letter| letter.physician.is_some()).count();
        assert_eq!(physicians, 5, "who has a seat, who waits, and once more whose offer is withdrawn");
        let gone = accept(&guest(&app, now()), offer).await;
        assert!(
            matches!(&gone, Err(Error::Refused(reason)) if reason.contains("取り消しました")),
            "{gone:?}"
        );

        let version = row(&app, id).await.version;
        trainings::decide(&host, id, version, Command::Cancel, "会場の都合").await.expect("cancels");
        assert_eq!(states(&app, &waiters).await, ["cancelled", "cancelled", "cancelled"]);
        assert_eq!(seats(&app, training.id).await.taken, 0);
        let cancelled = outbox::Entity::find().filter(outbox::Column::Kind.eq("training_cancelled"));
        let told = cancelled.filter(outbox::Column::Physician.is_not_null()).count(app.db.read()).await;
        assert_eq!(told.expect("counts"), 4, "those who wait hear of it too");
    })
    .await;
}

/// A change of the programme is approved again: what was withdrawn is offered once more, in the same order.
#[tokio::test]
async fn after_a_new_approval_seats_are_offered_again() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 2).await;
        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        let host = acting(&app, "fujisawa-training").await;
        let shown = mamis_app::training::lists::show(&host, training.id.into()).await.expect("shows");
        let mut draft = shown.draft().expect("a draft");
        for session in &mut draft.core.sessions {
            session.starts_at += TimeDelta::hours(1);
            session.ends_at += TimeDelta::hours(1);
        }
        let saved = trainings::save(&host, training.id.into(), training.version, &draft, None).await;
        assert_eq!(saved.expect("saves"), trainings::Saved::Amended);
        assert_eq!(states(&app, &waiters).await, ["waiting", "waiting"], "nothing is offered meanwhile");
        signups::cancel(&holders[1].0, holders[1].1).await.expect("gives the other seat back");
        assert_eq!(states(&app, &waiters).await, ["waiting", "waiting"]);
        for login in ["kanagawa-training", "national-training"] {
            let office = acting(&app, login).await;
            let version = row(&app, training.id.into()).await.version;
            trainings::decide(&office, training.id.into(), version, Command::Approve, "")
                .await
                .expect("approves");
        }
        assert_eq!(states(&app, &waiters).await, ["offered", "offered"]);
        let moved = signup_of(&app, waiters[0].1).await;
        assert_eq!(moved.starts_at, training.starts_at + TimeDelta::hours(1), "times follow");
        adds_up(&app, training.id, "approved again").await;
    })
    .await;
}

#[tokio::test]
async fn the_office_calls_whom_no_mail_reaches_and_on_the_last_day() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 2).await;
        let (cx, called) = &waiters[0];
        let person: Uuid = cx.actor.physician().expect("a physician").into();
        physician::Entity::update_many()
            .col_expr(physician::Column::Email, Expr::value(None::<String>))
            .filter(physician::Column::Id.eq(person))
            .exec(app.db.write())
            .await
            .expect("updates");
        mamis_app::testing::people_written(&app).await;
        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        assert!(letters(&app, "seat_offered", &training).await.is_empty(), "there is no address");
        let told = letters(&app, "training_progress", &training).await;
        assert!(!told.is_empty() && told[0].body.contains("電話で知らせ"), "{told:?}");
        let host = acting(&app, "fujisawa-training").await;
        let (_, line) = lists::line(&host, training.id.into()).await.expect("the host's list");
        let shown: Vec<_> = line.iter().map(|who| (who.is_offered(), who.has_mail)).collect();
        assert_eq!(shown, [(true, false), (false, true)]);
        let stranger = acting(&app, "kanagawa-training").await;
        assert!(matches!(lists::line(&stranger, training.id.into()).await, Err(Error::Refused(_))));
        assert!(matches!(accept_by_host(&stranger, *called, "電話").await, Err(Error::Refused(_))));
        assert!(matches!(accept_by_host(&host, *called, "").await, Err(Error::Invalid(_))));
        let early = accept_by_host(&host, waiters[1].1, "電話").await;
        assert!(matches!(&early, Err(Error::Refused(reason)) if reason.contains("順番どおり")), "{early:?}");
        accept_by_host(&host, *called, "11月22日に電話").await.expect("a yes by telephone");
        assert_eq!(states(&app, &waiters).await, ["confirmed", "waiting"]);
        assert_eq!(offer_of(&app, *called).await.expect("an offer").state, "accepted");
        adds_up(&app, training.id, "called").await;

        let last_day = training.starts_at - TimeDelta::hours(23);
        let host = at(&host, last_day);
        signups::cancel_by_host(&host, holders[1].1, "本人から電話").await.expect("gives the seat back");
        assert_eq!(states(&app, &waiters).await, ["confirmed", "waiting"], "too late for an offer");
        training::Entity::update_many()
            .col_expr(training::Column::RecruitsUntil, Expr::value(training.starts_at))
            .filter(training::Column::Id.eq(training.id))
            .exec(app.db.write())
            .await
            .expect("updates");
        let newcomer = at(&physician_cx(&app, newcomers(&app, 1).await[0]), last_day);
        match signups::sign_up(&newcomer, training.id.into()).await {
            Err(Error::Refused(reason)) => assert_eq!(reason, Refusal::Promised.to_string()),
            other => panic!("the seat of somebody who waits: {other:?}"),
        }
        accept_by_host(&host, waiters[1].1, "12月に電話").await.expect("called");
        adds_up(&app, training.id, "the last day").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_and_comes_to_the_door_has_one_seat() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 2).await;
        let waiters = waiting(&app, &training, 2).await;
        let person: Uuid = waiters[1].0.actor.physician().expect("a physician").into();
        physician::Entity::update_many()
            .col_expr(physician::Column::RegistryNumber, Expr::value("998877"))
            .filter(physician::Column::Id.eq(person))
            .exec(app.db.write())
            .await
            .expect("updates");
        mamis_app::testing::people_written(&app).await;
        let host = at(&acting(&app, "fujisawa-training").await, training.starts_at);
        let admit = || mamis_app::reception::actions::admit(&host, training.id.into(), "998877", "来場");
        assert!(matches!(admit().await, Err(Error::Refused(_))), "no seat");
        let early = at(&acting(&app, "fujisawa-training").await, training.starts_at - TimeDelta::hours(1));
        signups::cancel_by_host(&early, holders[0].1, "来られない").await.expect("gives the seat back");
        admit().await.expect("comes in");
        assert_eq!(states(&app, &waiters).await, ["waiting", "confirmed"], "the same signup");
        let found = seats(&app, training.id).await;
        assert_eq!(found.taken, found.capacity);
    })
    .await;
}

#[tokio::test]
async fn a_link_is_of_one_offer_and_cannot_be_made_up() {
    each_world(|app| async move {
        let id = WaitingOfferId(Uuid::now_v7());
        let link = token(&app, id);
        assert_eq!(read(&app, &link), Some(id));
        let other = token(&app, WaitingOfferId(Uuid::now_v7()));
        let forged = format!(
            "{}.{}",
            other.split('.').next().expect("an id"),
            link.split('.').nth(1).expect("signed")
        );
        assert_eq!(read(&app, &forged), None);
        for nothing in ["", ".", "x.y", &link[..link.len() - 1]] {
            assert_eq!(read(&app, nothing), None, "{nothing}");
        }
    })
    .await;
}
