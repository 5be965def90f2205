//! The made-up worlds keep the rules of the application, and tell the stories they promise.

use chrono::Timelike as _;
use mamis_app::{App, seed, testing};
use mamis_rules::association::Tier;
use mamis_rules::base::{Credits, Day, search_key};
use mamis_rules::flow::{Desk, certification, training_approval};
use mamis_schema as schema;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What must never be found, in words and as a count.
const NEVER: &[(&str, &str)] = &[
    (
        "a seat count that is not the seats given and offered, or above the capacity",
        "select count(*) as found from seat_count s where s.taken > s.capacity or s.taken <>
           (select count(*) from signup u where u.training = s.training and u.state in ('confirmed', 'offered'))",
    ),
    (
        "somebody who waits while a seat is free",
        "select count(*) as found from signup u join seat_count s on s.training = u.training
          where u.state = 'waiting' and s.taken < s.capacity",
    ),
    (
        "an offered seat without an open offer, or an offer without a seat",
        "select count(*) as found from signup u
          where (u.state = 'offered') <> exists
                (select 1 from waiting_offer o where o.signup = u.id and o.state = 'open')",
    ),
    (
        "a training without a seat count",
        "select count(*) as found from training t where not exists
           (select 1 from seat_count s where s.training = t.id and s.capacity = t.capacity)",
    ),
    (
        "somebody at two trainings at once",
        "select count(*) as found from signup a join signup b on b.physician = a.physician and b.id > a.id
          where a.state = 'confirmed' and b.state = 'confirmed'
            and a.starts_at < b.ends_at and b.starts_at < a.ends_at",
    ),
    (
        "an address that names its prefecture twice",
        "select count(*) as found from (select venue_address as address from training
           union all select home_address from physician union all select address from workplace) as every_one
          where replace(address, '山県市', '') like '%県%県%' or address like '東京都東京都%' or address like '北海道北海道%'
             or address like '大阪府大阪府%' or address like '京都府京都府%'",
    ),
    (
        "a credit that is not its credit line's",
        "select count(*) as found from credit c left join credit_line l on l.id = c.credit_line
          where l.id is null or l.amount <> c.amount or l.scheme <> c.scheme or l.course <> c.course
             or l.category <> c.category or l.item <> c.item or l.training <> c.training",
    ),
    (
        "a credit of somebody who was not there",
        "select count(*) as found from credit c where not exists
           (select 1 from attendance a where a.training = c.training and a.physician = c.physician)",
    ),
    (
        "an attendance without a signup",
        "select count(*) as found from attendance a where not exists (select 1 from signup s
          where s.training = a.training and s.physician = a.physician and s.state = 'confirmed')",
    ),
    (
        "a credit whose newest event says something else",
        "select count(*) as found from credit c where c.state <>
           (select e.state from credit_event e where e.credit = c.id order by e.at desc, e.id desc limit 1)",
    ),
    (
        "a confirmed credit of a training that is not done, or the reverse",
        "select count(*) as found from credit c join training t on t.id = c.training
          where (c.state = 'confirmed') <> (t.state = 'done')",
    ),
    (
        "a membership in an upper tier without the tier below",
        "select count(*) as found from membership m join association a on a.id = m.association
          where exists (select 1 from association b where b.parent = a.id)
            and not exists (select 1 from membership l join association b on b.id = l.association
                             where l.physician = m.physician and b.parent = a.id)",
    ),
    (
        "a national member without an id, or the reverse",
        "select count(*) as found from physician p where (p.national_member_id is not null) <> exists
           (select 1 from membership m where m.physician = p.id and m.tier = 'national')",
    ),
    (
        "a non-member who attended and is not linked to the association",
        "select count(*) as found from attendance a join training t on t.id = a.training
          where t.host_association is not null
            and not exists (select 1 from membership m where m.physician = a.physician)
            and not exists (select 1 from physician_link l
                             where l.physician = a.physician and l.association = t.host_association)",
    ),
    (
        "a paper credit from after the last sticker",
        "select count(*) as found from paper_credit where earned_on > '2025-03-31'",
    ),
    (
        "an application that waits at an office off its route",
        "select count(*) as found from application a where a.desk is not null and not exists
           (select 1 from application_step s where s.application = a.id and s.association = a.desk)",
    ),
    (
        "an examination by somebody without the duty",
        "select count(*) as found from examination e join account a on a.id = e.account where not exists
           (select 1 from duty d where d.officer = a.officer and d.association = e.association
                                   and d.kind = 'certification')",
    ),
    (
        "an application that waits for a meeting without being in exactly one collecting batch",
        "select count(*) as found from application a
          where a.state in ('municipal_board', 'prefectural_board', 'national_committee', 'national_board')
            and 1 <> (select count(*) from batch_item i join batch b on b.id = i.batch
                       where i.application = a.id and i.result = 'waiting' and b.state = 'collecting'
                         and b.association = a.desk)",
    ),
    (
        "a decided application without a decided batch",
        "select count(*) as found from application a
          where a.state in ('municipal_decided', 'prefectural_decided', 'national_decided')
            and 1 <> (select count(*) from batch_item i join batch b on b.id = i.batch
                       where i.application = a.id and i.result = 'approved' and b.state = 'decided'
                         and b.body = 'board' and b.association = a.desk)",
    ),
    (
        "two collecting batches of one office and body",
        "select count(*) as found from (select 1 from batch where state = 'collecting'
          group by association, scheme, body having count(*) > 1) as twice",
    ),
    (
        "an approved application without its certification",
        "select count(*) as found from application a where a.kind = 'certification' and a.state = 'approved' and 1 <>
           (select count(*) from certification c where c.application = a.id and c.physician = a.physician)",
    ),
    (
        "a renewal that changes the number or leaves a gap",
        "select count(*) as found from certification c join certification p on p.id = c.previous
          where c.number <> p.number or c.physician <> p.physician or c.valid_from <= p.valid_until",
    ),
    (
        "an approval day without approval, or the reverse",
        "select count(*) as found from training t where (t.approved_on is not null) <> exists
           (select 1 from decision d where d.training = t.id and d.to_state = 'approved')",
    ),
    (
        "a round of a municipal association that ends after the prefectural one's",
        "select count(*) as found from round r join association a on a.id = r.association
           join round u on u.association = a.parent and u.scheme = r.scheme
                       and u.fiscal_year = r.fiscal_year and u.number = r.number
          where r.closes_on >= u.closes_on and r.provenance = 'SYNTHETIC' and u.provenance = 'SYNTHETIC'",
    ),
];

#[derive(FromQueryResult)]
struct Found {
    found: i64,
}

async fn count(app: &App, sql: &str) -> i64 {
    let statement = Statement::from_string(app.db.backend(), sql);
    let row = app.db.read().query_one_raw(statement).await.expect("the query is well-formed");
    Found::from_query_result(&row.expect("a count has a row"), "").expect("a count").found
}

async fn all<E: EntityTrait>(app: &App) -> Vec<E::Model> {
    E::find().all(app.db.read()).await.expect("reads")
}

#[tokio::test]
async fn the_demo_keeps_the_rules() {
    testing::each_database(|app| async move {
        let summary = seed::demo(&app).await.expect("the demo loads");
        assert_eq!(
            summary.rows("physician"),
            3_018,
            "ten with a procedure of membership, a resident, six in pairs, and one who registered"
        );
        assert_eq!(summary.rows("training"), 400);
        for (what, sql) in NEVER {
            assert_eq!(count(&app, sql).await, 0, "{what}");
        }
        trainings_follow_their_flow(&app).await;
        applications_follow_their_flow(&app).await;
        officers_are_missing_in_one_place(&app).await;
        assert!(seed::demo(&app).await.is_err(), "a second world in the same database");
    })
    .await;
}

/// Decisions by what they are about, oldest first: each begins where the one before ended.
async fn histories(app: &App) -> HashMap<Uuid, Vec<schema::decision::Model>> {
    let mut histories: HashMap<Uuid, Vec<schema::decision::Model>> = HashMap::new();
    let rows = schema::decision::Entity::find()
        .order_by_asc(schema::decision::Column::DecidedAt)
        .order_by_asc(schema::decision::Column::Id)
        .all(app.db.read())
        .await
        .expect("reads");
    for row in rows {
        assert!(row.decided_at <= app.clock.now(), "a decision of tomorrow");
        let subject = row.application.or(row.training).expect("a decision is about something");
        let history = histories.entry(subject).or_default();
        let before = history.last().map_or("draft", |last| last.to_state.as_str());
        assert_eq!(row.from_state, before, "{} after {}", row.command, before);
        history.push(row);
    }
    histories
}

async fn trainings_follow_their_flow(app: &App) {
    let histories = histories(app).await;
    for training in all::<schema::training::Entity>(app).await {
        let state: training_approval::State = training.state.parse().expect("a state of the flow");
        let last = histories.get(&training.id).and_then(|history| history.last());
        assert_eq!(last.map_or("draft", |last| last.to_state.as_str()), training.state);
        let at = match training_approval::desk(state) {
            Desk::Tier(_) => training.desk.is_some() && training.desk != training.host_association,
            Desk::Host => training.desk == training.host_association,
            Desk::Applicant | Desk::Former | Desk::Nobody => training.desk.is_none(),
        };
        assert!(at, "{} in {}", training.number, training.state);
        assert!(training.search_key.contains(&search_key(&training.title)));
        assert_eq!(Day::of(training.starts_at).date(), training.held_on);
        let hour = (training.starts_at + chrono::TimeDelta::hours(9)).hour();
        let is_one_day = Day::of(training.starts_at) == Day::of(training.ends_at);
        assert!(is_one_day || hour < 12, "{} goes on over night from {hour}:00", training.number);
    }
}

/// No meeting decided about an application before everything that had to come first.
fn meetings_came_after(
    histories: &HashMap<Uuid, Vec<schema::decision::Model>>,
    items: &[schema::batch_item::Model],
    application: Uuid,
) {
    for item in items.iter().filter(|item| item.application == application) {
        let Some(held_on) = item.held_on else { continue };
        let before = histories[&application].iter().take_while(|decision| decision.batch != Some(item.batch));
        let came = before.last().map(|decision| Day::of(decision.decided_at).date());
        assert!(came.is_some_and(|came| came <= held_on), "{came:?} decided on {held_on}");
    }
}

async fn applications_follow_their_flow(app: &App) {
    use certification::State;
    let histories = histories(app).await;
    let mut routes: HashMap<Uuid, Vec<schema::application_step::Model>> = HashMap::new();
    for step in all::<schema::application_step::Entity>(app).await {
        routes.entry(step.application).or_default().push(step);
    }
    let mut seen = Vec::new();
    let certifications = |row: &schema::application::Model| row.kind == "certification";
    let items = all::<schema::batch_item::Entity>(app).await;
    for application in all::<schema::application::Entity>(app).await.into_iter().filter(certifications) {
        let state: certification::State = application.state.parse().expect("a state of the flow");
        seen.push(state);
        let last = histories.get(&application.id).and_then(|history| history.last());
        assert_eq!(last.map_or("draft", |last| last.to_state.as_str()), application.state);
        let tier = application.desk.map(|desk| {
            let step = routes[&application.id].iter().find(|step| step.association == desk);
            step.expect("the desk is on the route").tier.parse::<Tier>().expect("a tier")
        });
        meetings_came_after(&histories, &items, application.id);
        match certification::desk(state) {
            Desk::Tier(awaited) => assert_eq!(tier, Some(awaited)),
            Desk::Applicant | Desk::Host | Desk::Former | Desk::Nobody => assert_eq!(tier, None),
        }
        assert_eq!(application.number.is_some(), application.submitted_at.is_some());
        let first = matches!(state, State::MunicipalExamination | State::PrefecturalExamination);
        let evaluation = application.evaluation.as_deref().unwrap_or(r#"{"eligible":false}"#);
        let eligible = evaluation.contains(r#""eligible":true"#);
        assert!(eligible || first || state == State::Draft, "examined and missing: {evaluation}");
    }
    for state in certification::State::ALL {
        assert!(seen.contains(state), "no application is in {state}");
    }
}

async fn officers_are_missing_in_one_place(app: &App) {
    let gap = "from association a where a.tier <> 'district' and not exists (select 1 from duty d
                where d.association = a.id and d.kind = 'certification')";
    assert_eq!(count(app, &format!("select count(*) as found {gap}")).await, 1);
    let waiting = format!("select count(*) as found from application where desk in (select a.id {gap})");
    assert!(count(app, &waiting).await > 0, "nothing waits where nobody is in charge");
}

#[tokio::test]
async fn the_named_world_keeps_the_rules() {
    testing::each_world(|app| async move {
        for (what, sql) in NEVER {
            assert_eq!(count(&app, sql).await, 0, "{what}");
        }
        let physicians = schema::physician::Entity::find().all(app.db.read()).await.expect("reads");
        assert!(physicians.iter().any(|one| one.family_name == "𠮷田" && one.given_name == "髙志"));
    })
    .await;
}

#[tokio::test]
async fn a_load_world_keeps_the_rules_and_its_size() {
    testing::each_database(|app| async move {
        let size = seed::National { physicians: 600, credits: 8_600, sessions: 40 };
        let summary = seed::national(&app, size).await.expect("the load world loads");
        for (what, sql) in NEVER {
            assert_eq!(count(&app, sql).await, 0, "{what}");
        }
        assert_eq!(summary.rows("physician"), size.physicians);
        assert!(summary.rows("credit").abs_diff(size.credits) < size.credits / 100, "{summary:?}");
        let hash = mamis_app::secret::sha256_hex(b"bench-39");
        let known = schema::session::Entity::find()
            .filter(schema::session::Column::TokenHash.eq(hash))
            .all(app.db.read())
            .await
            .expect("reads");
        assert_eq!(known.len(), 1, "the last logged-in physician");
        assert_eq!(summary.rows("session"), size.sessions + seed::BENCH_OFFICERS.len());
    })
    .await;
}

/// Credits of a person as occupational physician, by category.
async fn credits(app: &App, login_id: &str) -> HashMap<String, Credits> {
    let account = schema::account::Entity::find()
        .filter(schema::account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("the account exists");
    let rows = schema::credit::Entity::find()
        .filter(schema::credit::Column::Physician.eq(account.physician.expect("a physician")))
        .filter(schema::credit::Column::Scheme.eq("occupational_physician"))
        .all(app.db.read())
        .await
        .expect("reads");
    let mut sums = HashMap::new();
    for row in rows {
        *sums.entry(row.category).or_insert(Credits::ZERO) += Credits::from_hundredths(row.amount);
    }
    sums
}

#[tokio::test]
async fn the_stories_are_true() {
    testing::each_world(|app| async move {
        let sato = credits(&app, "sato").await;
        assert_eq!(
            (sato["更新"], sato["専門"], sato.get("実地")),
            (Credits::whole(9), Credits::whole(9), None)
        );
        let mori = credits(&app, "mori").await;
        assert!(mori["更新"] + mori["専門"] + mori["実地"] >= Credits::whole(20), "{mori:?}");
        let open = "select count(*) as found from training t join seat_count s on s.training = t.id
                      join association a on a.id = t.host_association
                     where a.name = '藤沢市医師会' and t.state = 'approved' and s.taken < s.capacity
                       and t.offers like '%lifelong/実地%' and t.held_on > '2026-11-22'
                       and t.held_on < '2026-12-20'";
        assert_eq!(count(&app, open).await, 1, "the training that 佐藤 恵子 needs");
        let overlap = "select count(*) as found from training t join signup s
                         on s.starts_at < t.ends_at and t.starts_at < s.ends_at and s.training <> t.id
                       join physician p on p.id = s.physician
                      where p.given_name = '恵子' and t.state = 'approved' and t.offers like '%実地%'";
        assert_eq!(count(&app, overlap).await, 1, "the training at the hour of her signup");
    })
    .await;
}

#[tokio::test]
async fn everybody_on_the_list_can_log_in() {
    testing::each_world(|app| async move {
        use argon2::password_hash::PasswordVerifier;
        let rows = all::<schema::account::Entity>(&app).await;
        let secrets = all::<schema::credential::Entity>(&app).await;
        for account in seed::accounts() {
            let row = rows.iter().find(|row| row.login_id == account.login_id).expect("the account exists");
            let secret = secrets.iter().find(|secret| secret.account == row.id);
            assert_eq!(secret.map(|secret| &secret.secret), account.totp_secret.as_ref());
            assert_eq!(row.officer.is_some(), account.totp_secret.is_some());
        }
        let hash = &rows[0].password_hash;
        assert!(rows.iter().all(|row| row.password_hash == *hash));
        argon2::Argon2::default()
            .verify_password(seed::PASSWORD.as_bytes(), hash.as_str())
            .expect("the password of the list opens the accounts");
    })
    .await;
}

#[tokio::test]
async fn the_same_day_gives_the_same_world() {
    async fn ids(app: &App) -> Vec<(Uuid, String)> {
        let rows = schema::decision::Entity::find()
            .order_by_asc(schema::decision::Column::Id)
            .all(app.db.read())
            .await
            .expect("reads");
        rows.into_iter().map(|row| (row.id, row.by_name)).collect()
    }
    let first = std::sync::Mutex::new(Vec::new());
    for _ in 0..2 {
        testing::each_world(|app| {
            let first = &first;
            async move {
                let ids = ids(&app).await;
                let mut first = first.lock().expect("nobody panicked with it");
                if first.is_empty() {
                    first.clone_from(&ids);
                }
                assert!(!ids.is_empty() && *first == ids);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn other_data_than_the_demos_is_known_before_anything_is_changed() {
    testing::each_database(|app| async move {
        let holds_other = || async { app.db.holds_other_data().await.expect("reads") };
        let run = |sql: &'static str| app.db.write().execute_unprepared(sql);
        assert!(!holds_other().await, "our tables, empty: a demo that was killed before its data");
        let id = uuid::Uuid::now_v7();
        let body = schema::association::Model {
            id,
            code: "00".to_owned(),
            tier: "national".to_owned(),
            name: "日本医師会".to_owned(),
            kana: "ニホンイシカイ".to_owned(),
            parent: None,
            prefecture: None,
            kind: "general".to_owned(),
            synthetic: false,
            email: None,
            phone: None,
            president: None,
            opened_on: app.clock.now().date_naive(),
            closed_on: None,
            created_at: app.clock.now(),
            version: 1,
            postal_code: None,
            address: None,
            website: None,
            office_hours: String::new(),
            bank: String::new(),
        };
        schema::association::ActiveModel::from(body)
            .reset_all()
            .insert(app.db.write())
            .await
            .expect("writes");
        assert!(holds_other().await, "real people's data");
        run("insert into instance (name, value) values ('world', 'demo')").await.expect("writes");
        assert!(!holds_other().await, "the demo's own");
        run("drop table instance").await.expect("drops");
        assert!(holds_other().await, "made before that table was");
    })
    .await;
}
