//! Seats: never given twice, whoever claims at the same moment; given back until the deadline.

use crate::training::{acting, at, find};
use chrono::TimeDelta;
use mamis_app::audit::{Verdict, verify};
use mamis_app::signup::actions::{self, Asked, Claim, SignedUp};
use mamis_app::signup::lists;
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error, Who};
use mamis_rules::access::Actor;
use mamis_rules::base::{AccountId, PhysicianId, SignupId, TrainingId};
use mamis_rules::flow::training_approval::State;
use mamis_rules::signup::Refusal;
use mamis_schema::{audit_entry, outbox, physician, seat_count, signup, training};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, PaginatorTrait,
    QueryFilter, Statement,
};
use std::sync::Arc;
use tokio::sync::Barrier;
use uuid::Uuid;

/// Seats left, and people who come too late for one.
const LEFT: i32 = 8;
const LATE: usize = 24;

pub(crate) fn physician_cx(app: &Arc<App>, id: Uuid) -> Cx {
    let account = AccountId(Uuid::now_v7());
    Cx {
        app: app.clone(),
        actor: Actor::Physician { account, physician: id.into() },
        who: Who { account: Some(account), name: "医師".to_owned(), office: String::new() },
        now: now(),
        request_id: "test".to_owned(),
    }
}

/// New physicians, hence free at any hour.
pub(crate) async fn newcomers(app: &App, count: usize) -> Vec<Uuid> {
    let someone = physician::Entity::find().one(app.db.read()).await.expect("reads").expect("a physician");
    let ids: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let rows = ids.iter().map(|id| {
        let row =
            physician::Model { id: *id, registry_number: None, national_member_id: None, ..someone.clone() };
        physician::ActiveModel::from(row).reset_all()
    });
    physician::Entity::insert_many(rows).exec_without_returning(app.db.write()).await.expect("inserts");
    mamis_app::testing::people_written(app).await;
    ids
}

/// The coming training of 藤沢市医師会 with few seats left.
async fn almost_full(app: &App) -> training::Model {
    let mut training = find(app, "藤沢市医師会", "職場巡視実地研修会", State::Approved).await;
    training.capacity = seats(app, training.id).await.taken + LEFT;
    seat_count::Entity::update_many()
        .col_expr(seat_count::Column::Capacity, Expr::value(training.capacity))
        .filter(seat_count::Column::Training.eq(training.id))
        .exec(app.db.write())
        .await
        .expect("updates");
    training
}

/// The signup of somebody who presses and gets a seat.
pub(crate) async fn pressed(cx: &Cx, training: Uuid) -> SignupId {
    match actions::sign_up(cx, training.into()).await.expect("a seat") {
        SignedUp::Now(id) => id,
        SignedUp::Before(id) => panic!("{id} was there"),
    }
}

pub(crate) async fn seats(app: &App, id: Uuid) -> seat_count::Model {
    seat_count::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("seats")
}

pub(crate) async fn confirmed(app: &App, id: Uuid) -> i32 {
    let count = signup::Entity::find()
        .filter(signup::Column::Training.eq(id))
        .filter(signup::Column::State.eq("confirmed"))
        .count(app.db.read())
        .await
        .expect("counts");
    i32::try_from(count).expect("few")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn seats_are_never_oversold() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let left = usize::try_from(LEFT).expect("positive");
        let people = newcomers(&app, left + LATE).await;
        let barrier = Arc::new(Barrier::new(people.len()));
        let tasks: Vec<_> = people
            .iter()
            .map(|id| {
                let (cx, barrier, id) = (physician_cx(&app, *id), barrier.clone(), TrainingId(training.id));
                tokio::spawn(async move {
                    barrier.wait().await;
                    actions::sign_up(&cx, id).await
                })
            })
            .collect();
        let (mut given, mut full) = (0, 0);
        for task in tasks {
            match task.await.expect("runs") {
                Ok(_) => given += 1,
                Err(Error::Refused(reason)) if reason == Refusal::Full.to_string() => full += 1,
                Err(other) => panic!("neither a seat nor full: {other:?}"),
            }
        }
        assert_eq!((given, full), (left, LATE));
        let after = seats(&app, training.id).await;
        assert_eq!((after.taken, confirmed(&app, training.id).await), (after.capacity, after.capacity));
        let mut orders: Vec<i64> = signup::Entity::find()
            .filter(signup::Column::Training.eq(training.id))
            .all(app.db.read())
            .await
            .expect("reads")
            .into_iter()
            .map(|row| row.order_number)
            .collect();
        let all = orders.len();
        orders.sort_unstable();
        orders.dedup();
        assert_eq!(orders.len(), all, "no order number is given twice");
    })
    .await;
}

/// The negative control: a program that looks first and writes then sells seats twice, and the same counting finds it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looking_first_would_oversell_and_the_count_would_show_it() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let left = usize::try_from(LEFT).expect("positive");
        let people = newcomers(&app, left + LATE).await;
        let barrier = Arc::new(Barrier::new(people.len()));
        let tasks: Vec<_> = people
            .into_iter()
            .enumerate()
            .map(|(number, id)| {
                let (app, barrier, training) = (app.clone(), barrier.clone(), training.clone());
                tokio::spawn(async move {
                    let taken = confirmed(&app, training.id).await;
                    barrier.wait().await;
                    if taken < training.capacity {
                        let row = signup::Model {
                            id: Uuid::now_v7(),
                            training: training.id,
                            physician: id,
                            state: "confirmed".to_owned(),
                            order_number: 1_000 + i64::try_from(number).expect("few"),
                            starts_at: training.starts_at,
                            ends_at: training.ends_at,
                            created_at: now(),
                            cancelled_at: None,
                            version: 1,
                            waiting_number: None,
                            priority: 0,
                            priority_reason: String::new(),
                        };
                        signup::ActiveModel::from(row)
                            .reset_all()
                            .insert(app.db.write())
                            .await
                            .expect("inserts");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("runs");
        }
        assert!(confirmed(&app, training.id).await > training.capacity, "the control must oversell");
    })
    .await;
}

#[tokio::test]
async fn a_seat_is_refused_with_the_reason_and_given_back_until_the_deadline() {
    each_world(|app| async move {
        let sato = acting(&app, "sato").await;
        let other = find(&app, "神奈川県医師会", "職場巡視実地研修会", State::Approved).await;
        match actions::sign_up(&sato, other.id.into()).await {
            Err(Error::Refused(reason)) => assert!(reason.contains("日医生涯教育講座"), "{reason}"),
            answer => panic!("two rooms at the same hour: {answer:?}"),
        }
        let training = find(&app, "藤沢市医師会", "職場巡視実地研修会", State::Approved).await;
        let before = seats(&app, training.id).await.taken;
        let signup = pressed(&sato, training.id).await;
        assert_eq!(seats(&app, training.id).await.taken, before + 1);
        let again = actions::sign_up(&sato, training.id.into()).await;
        assert_eq!(again.expect("is there"), SignedUp::Before(signup), "pressed again");
        let mails = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("signup_confirmed"))
            .count(app.db.read())
            .await;
        assert_eq!(mails.expect("counts"), 1);
        let me = sato.actor.physician().expect("a physician");
        let kept = lists::seat_of(&sato, me, training.id.into()).await.expect("reads");
        assert_eq!(kept.map(|row| row.id), Some(Uuid::from(signup)));

        let late = at(&sato, training.recruits_until);
        assert!(matches!(actions::cancel(&late, signup).await, Err(Error::Refused(_))), "after the deadline");
        let stranger = acting(&app, "mori").await;
        assert!(matches!(actions::cancel(&stranger, signup).await, Err(Error::NotFound)), "somebody else's");
        actions::cancel(&sato, signup).await.expect("gives it back");
        assert!(matches!(actions::cancel(&sato, signup).await, Err(Error::Stale(_))), "once");
        assert_eq!(seats(&app, training.id).await.taken, before);
        let early = at(&sato, training.recruits_from - TimeDelta::seconds(1));
        assert!(matches!(actions::sign_up(&early, training.id.into()).await, Err(Error::Refused(_))));
        actions::sign_up(&sato, training.id.into()).await.expect("and may come back");
    })
    .await;
}

#[tokio::test]
async fn claims_of_one_batch_are_answered_in_the_order_of_arrival() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let left = usize::try_from(LEFT).expect("positive");
        let people = newcomers(&app, left + LATE).await;
        let claims: Vec<Asked> = people
            .iter()
            .rev()
            .map(|id| Asked {
                cx: physician_cx(&app, *id),
                claim: Claim { training: training.id.into(), physician: PhysicianId(*id) },
            })
            .collect();
        let answers = actions::together(&claims).await.expect("answers");
        let given: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        let expected: Vec<bool> = (0..claims.len()).map(|at| at < left).collect();
        assert_eq!(given, expected, "the first to arrive have the seats");
        assert!(answers[left..].iter().all(|answer| *answer == Err(Refusal::Full)));
    })
    .await;
}

#[tokio::test]
async fn a_batch_knows_the_seats_it_has_just_given() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let other = same_hours(&app, &training).await;
        let person = newcomers(&app, 1).await[0];
        let claim = |training: &training::Model, request: &str| Asked {
            cx: Cx { request_id: request.to_owned(), ..physician_cx(&app, person) },
            claim: Claim { training: training.id.into(), physician: PhysicianId(person) },
        };
        let asked = [claim(&training, "first"), claim(&training, "twice"), claim(&other, "elsewhere")];
        let answers = actions::together(&asked).await.expect("answers");
        let seat = answers[0].clone().expect("a seat");
        assert_eq!(answers[1], Err(Refusal::AlreadySignedUp), "pressed twice");
        assert!(matches!(&answers[2], Err(Refusal::Overlaps { title, .. }) if *title == training.title));
        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Object.eq(Uuid::from(seat.signup)))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("an entry");
        let account = Uuid::from(asked[0].cx.who.account.expect("an account"));
        assert_eq!((entry.account, entry.request_id.as_str()), (Some(account), "first"));
        assert_eq!(verify(&app.db).await.expect("reads"), whole(&app).await);
    })
    .await;
}

/// Somebody who is not there spoils the transaction of the others; they have their seats all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_failure_in_line_is_nobody_elses() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let mut people = newcomers(&app, usize::try_from(LEFT).expect("positive")).await;
        people.insert(3, Uuid::now_v7());
        let barrier = Arc::new(Barrier::new(people.len()));
        let tasks: Vec<_> = people
            .iter()
            .map(|id| {
                let (cx, barrier, id) = (physician_cx(&app, *id), barrier.clone(), TrainingId(training.id));
                tokio::spawn(async move {
                    barrier.wait().await;
                    actions::sign_up(&cx, id).await
                })
            })
            .collect();
        let mut faults = Vec::new();
        for (at, task) in tasks.into_iter().enumerate() {
            match task.await.expect("runs") {
                Ok(_) => {}
                Err(Error::Fault(_)) => faults.push(at),
                Err(other) => panic!("{at}: {other:?}"),
            }
        }
        assert_eq!(faults, [3]);
        let after = seats(&app, training.id).await;
        assert_eq!((after.taken, confirmed(&app, training.id).await), (after.capacity, after.capacity));
    })
    .await;
}

/// Somebody presses while the host's cancellation is being written: the claim waits for it and hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_seat_is_given_in_a_training_that_is_being_cancelled() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let person = newcomers(&app, 1).await[0];
        let before = seats(&app, training.id).await.taken;
        let cancelling = app.db.begin().await.expect("begins");
        let stopped = training::Entity::update_many()
            .col_expr(training::Column::State, Expr::value(State::Cancelled.name()))
            .filter(training::Column::Id.eq(training.id))
            .exec(&cancelling)
            .await
            .expect("updates");
        assert_eq!(stopped.rows_affected, 1);
        let cx = physician_cx(&app, person);
        let claim = tokio::spawn(async move { actions::sign_up(&cx, training.id.into()).await });
        while !claim.is_finished() && !waits_for_a_lock(&app).await {
            tokio::task::yield_now().await;
        }
        assert!(!claim.is_finished(), "the claim was answered before the cancellation was written");
        cancelling.commit().await.expect("commits");
        let answer = claim.await.expect("runs");
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
        assert_eq!(seats(&app, training.id).await.taken, before);
    })
    .await;
}

/// Whether a claim has come as far as the lock that somebody holds: on SQLite it is the only writer's connection, for
/// which one can only stand in line.
async fn waits_for_a_lock(app: &App) -> bool {
    if app.db.backend() != DatabaseBackend::Postgres {
        return true;
    }
    let waiting = "select count(*) as waiting from pg_locks join pg_stat_activity using (pid) \
                   where not granted and datname = current_database()";
    let row = app
        .db
        .read()
        .query_one_raw(Statement::from_string(DatabaseBackend::Postgres, waiting))
        .await
        .expect("asks")
        .expect("a row");
    row.try_get::<i64>("", "waiting").expect("a number") > 0
}

/// Another training that recruits, moved to the same hours, with seats.
async fn same_hours(app: &App, training: &training::Model) -> training::Model {
    let other = training::Entity::find()
        .filter(training::Column::State.eq(State::Approved.name()))
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
    other
}

async fn whole(app: &App) -> Verdict {
    Verdict::Whole { entries: mamis_app::audit::count(&app.db).await.expect("counts") }
}

#[tokio::test]
async fn the_host_gives_a_seat_back_until_the_training_begins() {
    each_world(|app| async move {
        let training = almost_full(&app).await;
        let person = newcomers(&app, 1).await[0];
        let signup = pressed(&physician_cx(&app, person), training.id).await;
        let taken = seats(&app, training.id).await.taken;
        let mut host = acting(&app, "fujisawa-training").await;
        host.now = training.recruits_until + TimeDelta::hours(1);
        let mut late = physician_cx(&app, person);
        late.now = host.now;
        assert!(
            matches!(actions::cancel(&late, signup).await, Err(Error::Refused(_))),
            "too late for oneself"
        );
        let mut other = acting(&app, "kanagawa-training").await;
        other.now = host.now;
        for (cx, reason, refusal) in
            [(&host, "", "理由"), (&other, "連絡あり", "主催者"), (&late, "連絡あり", "NotFound")]
        {
            let error = actions::cancel_by_host(cx, signup, reason).await.expect_err(refusal);
            assert!(format!("{error:?}").contains(refusal), "{error:?}");
        }
        actions::cancel_by_host(&host, signup, "電話で連絡あり").await.expect("given back");
        assert_eq!(seats(&app, training.id).await.taken, taken - 1);
        let again = actions::cancel_by_host(&host, signup, "電話で連絡あり").await;
        assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");
        assert_eq!(seats(&app, training.id).await.taken, taken - 1, "freed once");
        let letter = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("signup_cancelled_by_host"))
            .filter(outbox::Column::Physician.eq(person))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a letter");
        assert!(letter.body.contains("電話で連絡あり"), "{}", letter.body);

        let other = newcomers(&app, 1).await[0];
        let signup = pressed(&physician_cx(&app, other), training.id).await;
        host.now = training.starts_at;
        let begun = actions::cancel_by_host(&host, signup, "来なかった").await;
        assert!(matches!(begun, Err(Error::Refused(reason)) if reason.contains("欠席")));
    })
    .await;
}
