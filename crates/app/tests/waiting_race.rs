//! The waiting list when much happens at once: of two answers one counts, and whatever comes, the seats add up.

use crate::signup::{newcomers, physician_cx, seats};
use crate::training::{acting, at};
use crate::waiting_offer::{adds_up, full, guest, offer_of, states, waiting};
use chrono::TimeDelta;
use mamis_app::signup::actions::{self as signups, Rank};
use mamis_app::testing::{each_world, now};
use mamis_app::waiting_offer::actions::{accept, decline, expire};
use mamis_app::waiting_offer::jobs;
use mamis_app::waiting_offer::lists::{self, Mine};
use mamis_app::{App, Cx, Error};
use mamis_rules::base::{PhysicianId, WaitingOfferId};
use mamis_schema::{seat_count, signup, waiting_offer};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use std::sync::Arc;
use tokio::sync::Barrier;
use uuid::Uuid;

/// In the last second somebody says yes while the job ends the offer: whoever comes first has it, and the seats add up.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_last_second_accept_and_expiry_one_wins() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 4).await;
        let waiters = waiting(&app, &training, 4).await;
        for (cx, id) in &holders {
            signups::cancel(cx, *id).await.expect("gives the seat back");
        }
        let barrier = Arc::new(Barrier::new(8));
        let mut tasks = Vec::new();
        for (_, id) in &waiters {
            let offer = offer_of(&app, *id).await.expect("an offer");
            let (last, end) = (offer.expires_at - TimeDelta::seconds(1), offer.expires_at);
            let (yes, job) = (guest(&app, last), at(&Cx::system(&app, "waiting_offers"), end));
            let (here, there, id) = (barrier.clone(), barrier.clone(), WaitingOfferId(offer.id));
            tasks.push((
                tokio::spawn(async move {
                    here.wait().await;
                    accept(&yes, id).await.is_ok()
                }),
                tokio::spawn(async move {
                    there.wait().await;
                    expire(&job, id).await.expect("no fault")
                }),
            ));
        }
        let mut won = Vec::new();
        for (yes, job) in tasks {
            let (accepted, expired) = (yes.await.expect("runs"), job.await.expect("runs"));
            assert!(accepted != expired, "one and only one: {accepted} {expired}");
            won.push(if accepted { "confirmed" } else { "cancelled" });
        }
        assert_eq!(states(&app, &waiters).await, won);
        adds_up(&app, training.id, "after the race").await;
    })
    .await;
}

/// The negative control: without the condition that the offer is open, both answers count, and a seat is lost.
#[tokio::test]
async fn without_the_condition_both_answers_would_count() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 1).await;
        let waiters = waiting(&app, &training, 1).await;
        signups::cancel(&holders[0].0, holders[0].1).await.expect("gives the seat back");
        let offer = offer_of(&app, waiters[0].1).await.expect("an offer");
        let looks = [offer.state == "open", offer.state == "open"];
        for (looked, to, signup_to, seats) in
            [(looks[0], "expired", "cancelled", -1), (looks[1], "accepted", "confirmed", 0)]
        {
            assert!(looked, "both have looked before either writes");
            waiting_offer::Entity::update_many()
                .col_expr(waiting_offer::Column::State, Expr::value(to))
                .filter(waiting_offer::Column::Id.eq(offer.id))
                .exec(app.db.write())
                .await
                .expect("updates");
            signup::Entity::update_many()
                .col_expr(signup::Column::State, Expr::value(signup_to))
                .filter(signup::Column::Id.eq(offer.signup))
                .exec(app.db.write())
                .await
                .expect("updates");
            seat_count::Entity::update_many()
                .col_expr(seat_count::Column::Taken, Expr::col(seat_count::Column::Taken).add(seats))
                .filter(seat_count::Column::Training.eq(training.id))
                .exec(app.db.write())
                .await
                .expect("updates");
        }
        let confirmed = crate::signup::confirmed(&app, training.id).await;
        assert_eq!(seats(&app, training.id).await.taken, confirmed - 1, "the control must lose a seat");
    })
    .await;
}

/// Seats come back while newcomers press: not one of them gets what those who wait are offered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_newcomer_never_takes_what_was_just_given_back() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 4).await;
        let waiters = waiting(&app, &training, 6).await;
        let newcomers = newcomers(&app, 16).await;
        let barrier = Arc::new(Barrier::new(holders.len() + newcomers.len()));
        let mut tasks = Vec::new();
        for person in newcomers {
            let (cx, barrier, id) = (physician_cx(&app, person), barrier.clone(), training.id.into());
            tasks.push(tokio::spawn(async move {
                barrier.wait().await;
                match signups::sign_up(&cx, id).await {
                    Err(Error::Refused(_)) => false,
                    other => panic!("neither a seat nor full: {other:?}"),
                }
            }));
        }
        for (cx, id) in holders {
            let barrier = barrier.clone();
            tasks.push(tokio::spawn(async move {
                barrier.wait().await;
                signups::cancel(&cx, id).await.is_ok()
            }));
        }
        for task in tasks {
            task.await.expect("runs");
        }
        let expected = ["offered", "offered", "offered", "offered", "waiting", "waiting"];
        assert_eq!(states(&app, &waiters).await, expected);
        adds_up(&app, training.id, "after the rush").await;
    })
    .await;
}

/// Twelve people do whatever they like; after each step everything adds up.
#[tokio::test]
async fn whatever_comes_the_seats_add_up() {
    each_world(|app| async move {
        let (training, holders) = full(&app, 3).await;
        let host = acting(&app, "fujisawa-training").await;
        let mut people: Vec<Cx> = holders.iter().map(|(cx, _)| cx.clone()).collect();
        people.extend(newcomers(&app, 9).await.into_iter().map(|person| physician_cx(&app, person)));
        let (mut chance, mut now) = (2026_u64, now());
        let mut draw = |most: u64| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (chance >> 33) % most
        };
        let mut answered = [0; 6];
        for step in 0..240 {
            let cx = at(&people[usize::try_from(draw(12)).expect("few")], now);
            let person = cx.actor.physician().expect("a physician");
            let what = draw(6);
            let done = match what {
                0 => signups::sign_up(&cx, training.id.into()).await.is_ok(),
                1 => signups::wait(&cx, training.id.into()).await.is_ok(),
                2 => match alive(&app, training.id, person).await {
                    Some(row) => signups::cancel(&cx, row.id.into()).await.is_ok(),
                    None => false,
                },
                3 | 4 => match lists::mine(&cx, person, training.id.into()).await.expect("reads") {
                    Some(Mine::Offered { offer, .. }) if what == 3 => accept(&cx, offer).await.is_ok(),
                    Some(Mine::Offered { offer, .. }) => decline(&cx, offer).await.is_ok(),
                    Some(Mine::Waits { signup, .. }) => {
                        let host = at(&host, now);
                        signups::prioritise(&host, signup, Rank::First, "急ぎ").await.is_ok()
                    }
                    None => false,
                },
                _ => {
                    now += TimeDelta::minutes(i64::try_from(draw(900)).expect("few"));
                    let system = at(&Cx::system(&app, "waiting_offers"), now);
                    jobs::expire_due(&system).await.expect("runs").done > 0
                }
            };
            answered[usize::try_from(what).expect("few")] += usize::from(done);
            adds_up(&app, training.id, &format!("step {step}, act {what}")).await;
        }
        assert!(answered.iter().all(|done| *done > 0), "every kind of act happened: {answered:?}");
    })
    .await;
}

async fn alive(app: &App, training: Uuid, person: PhysicianId) -> Option<signup::Model> {
    signup::Entity::find()
        .filter(signup::Column::Training.eq(training))
        .filter(signup::Column::Physician.eq(Uuid::from(person)))
        .filter(signup::Column::State.ne("cancelled"))
        .one(app.db.read())
        .await
        .expect("reads")
}
