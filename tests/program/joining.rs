//! Killed at every step of a national approval of a joining, and after it: nothing of an approval that was cut off
//! remains, it can be given again, and one that was given is given once, with one member id and one letter.

use crate::client::Client;
use crate::mail::{MailServer, message_id, with_mails};
use crate::place::{Place, each_place, until};
use crate::process::Running;
use mamis_app::Clock;
use mamis_app::db::{Db, Pools};
use mamis_app::secret::sha256_hex;
use mamis_rules::base::Day;
use mamis_schema::{
    account, application, association, audit_entry, decision, document, membership, number_series, outbox,
    physician, physician_change, physician_text, session, terms_consent,
};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Table: where the approval writes, in this order. The process is stopped before each of these writes, and killed.
const STEPS: &[(&str, &str)] = &[
    ("application", "update"),
    ("decision", "insert"),
    ("membership", "insert"),
    ("physician", "update"),
    ("physician_change", "insert"),
    ("number_series", "insert"),
    ("document", "insert"),
    ("outbox", "insert"),
    ("physician_text", "insert"),
    ("audit_entry", "insert"),
];

/// Joinings: killed at every step; killed behind the commit; approved without a kill.
const PEOPLE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_national_approval_cut_off_anywhere_leaves_nothing_and_is_given_once() {
    each_place(|place| async move {
        place.load(260, 1);
        let db = place.look().await;
        let mails = MailServer::start();
        let mut known = mails.of_the_timetable(Running::work(with_mails(&place, &mails)), &db).await;
        let before = member_ids(&db).await;
        let joinings = joinings(&place, &db).await;
        let [first, second, third] = &joinings[..] else { panic!("three people join") };

        for (table, event) in STEPS {
            let untouched = Written::read(&db, first).await;
            assert_eq!((untouched.state.as_str(), untouched.tiers.len()), ("national_review", 2));
            cut_off(&place, &db, first, table, event).await;
            assert_eq!(Written::read(&db, first).await, untouched, "killed before {event} {table}");
            assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        }
        let server = serve(&place);
        assert_eq!(approve(&server, &db, first).await, Some(303), "what was cut off is given now");
        server.kill();

        kill_behind_the_commit(&place, &db, second).await;

        let server = serve(&place);
        assert_eq!(approve(&server, &db, second).await, Some(403), "it was given: nobody gives it again");
        assert_eq!(approve(&server, &db, third).await, Some(303));
        server.stop();
        let mut ids = Vec::new();
        for joining in &joinings {
            ids.push(whole(&db, joining).await);
        }
        let new: Vec<u64> = member_ids(&db).await.into_iter().filter(|id| !before.contains(id)).collect();
        assert_eq!(new, ids, "nobody else has a new one, and no kill has used one up");
        assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "one after the other: {ids:?}");

        letters_leave_once(&place, &db, &mails, &joinings, &mut known).await;
        assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        db.close().await;
    })
    .await;
}

/// Somebody on the way to the national association.
struct Joining {
    application: Uuid,
    person: Uuid,
    /// Cookie of the national officer.
    officer: String,
}

/// Sends an approval, waits until the process stands before that write, and kills it there.
async fn cut_off(place: &Place, db: &Db, joining: &Joining, table: &str, event: &str) {
    let server = serve(place);
    let (mut officer, fields) = asked(&server, db, joining).await;
    stop_before(db, table, event).await;
    let began = server.processor_time();
    let path = decisions(joining);
    let asking = std::thread::spawn(move || {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        officer.try_post(&path, &fields).map(|answer| answer.status)
    });
    until(&format!("the approval comes to {event} {table}"), || async {
        match db.pools() {
            // It counts without end: a whole approval takes a tenth of that.
            Pools::Sqlite { .. } => server.processor_time() >= began + 50,
            Pools::Postgres(_) => sleeping(db).await == 1,
        }
    })
    .await;
    server.kill();
    assert!(asking.join().expect("no panic").is_err(), "nobody was answered");
    go_on(db, table).await;
}

/// Makes this write wait for ever.
async fn stop_before(db: &Db, table: &str, event: &str) {
    let statements = match db.pools() {
        Pools::Sqlite { .. } => vec![
            "create view endless as with recursive counted(n) as \
             (select 1 union all select n + 1 from counted where n < 1000000000000) select n from counted"
                .to_owned(),
            format!(
                "create trigger stop_here before {event} on {table} begin select count(*) from endless; end"
            ),
        ],
        Pools::Postgres(_) => vec![
            "create or replace function stop_here() returns trigger language plpgsql as \
             'begin perform pg_sleep(3600); return new; end'"
                .to_owned(),
            format!(
                "create trigger stop_here before {event} on {table} for each row execute function stop_here()"
            ),
        ],
    };
    for statement in statements {
        db.write().execute_unprepared(&statement).await.expect("writes");
    }
}

/// Takes that back. A killed program leaves its statement to PostgreSQL, which would find out at its end.
async fn go_on(db: &Db, table: &str) {
    let statements: Vec<String> = match db.pools() {
        Pools::Sqlite { .. } => vec!["drop trigger stop_here".to_owned(), "drop view endless".to_owned()],
        Pools::Postgres(_) => vec![
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where datname = current_database() and wait_event = 'PgSleep'"
                .to_owned(),
            format!("drop trigger stop_here on {table}"),
        ],
    };
    for statement in statements {
        db.write().execute_unprepared(&statement).await.expect("writes");
    }
}

/// Connections that stand in the trigger.
async fn sleeping(db: &Db) -> i64 {
    let sql = "select count(*) as connections from pg_stat_activity \
               where datname = current_database() and wait_event = 'PgSleep'";
    let row =
        db.read().query_one_raw(sea_orm::Statement::from_string(sea_orm::DatabaseBackend::Postgres, sql));
    row.await.expect("reads").expect("a row").try_get("", "connections").expect("a number")
}

/// The approval is in the database and perhaps not answered yet; nothing has been sent.
async fn kill_behind_the_commit(place: &Place, db: &Db, joining: &Joining) {
    let server = serve(place);
    let (mut officer, fields) = asked(&server, db, joining).await;
    let path = decisions(joining);
    let asking = std::thread::spawn(move || {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        officer.try_post(&path, &fields).map(|answer| answer.status)
    });
    until("it is approved", || async { Written::read(db, joining).await.state == "approved" }).await;
    server.kill();
    let answered = asking.join().expect("no panic");
    assert!(answered.is_err() || answered == Ok(303), "{answered:?}");
}

/// What an approval writes about somebody.
#[derive(Debug, PartialEq)]
struct Written {
    state: String,
    version: i64,
    /// Open periods, by tier.
    tiers: Vec<String>,
    member_id: Option<String>,
    searched: String,
    /// Periods, decisions, notices, letters, lines of history, audit entries about the person.
    counts: [u64; 6],
    /// Last numbers of all series.
    numbers: Vec<(String, i64)>,
}

impl Written {
    async fn read(db: &Db, joining: &Joining) -> Self {
        let (reader, person) = (db.read(), joining.person);
        let row = application::Entity::find_by_id(joining.application).one(reader).await;
        let row = row.expect("reads").expect("is there");
        let who = physician::Entity::find_by_id(person).one(reader).await.expect("reads").expect("is there");
        let text =
            physician_text::Entity::find_by_id(person).one(reader).await.expect("reads").expect("is there");
        let mut tiers: Vec<String> = membership::Entity::find()
            .filter(membership::Column::Physician.eq(person))
            .filter(membership::Column::ValidUntil.is_null())
            .all(reader)
            .await
            .expect("reads")
            .into_iter()
            .map(|row| row.tier)
            .collect();
        tiers.sort_unstable();
        let periods = membership::Entity::find().filter(membership::Column::Physician.eq(person));
        let decisions = decision::Entity::find().filter(decision::Column::Application.eq(row.id));
        let notices = document::Entity::find().filter(document::Column::Physician.eq(person));
        let letters = outbox::Entity::find().filter(outbox::Column::Physician.eq(person));
        let history = physician_change::Entity::find().filter(physician_change::Column::Physician.eq(person));
        let audited = audit_entry::Entity::find().filter(audit_entry::Column::Physician.eq(person));
        let numbers =
            number_series::Entity::find().order_by_asc(number_series::Column::Name).all(reader).await;
        Self {
            state: row.state,
            version: row.version,
            tiers,
            member_id: who.national_member_id,
            searched: text.identity,
            counts: [
                periods.count(reader).await.expect("counts"),
                decisions.count(reader).await.expect("counts"),
                notices.count(reader).await.expect("counts"),
                letters.count(reader).await.expect("counts"),
                history.count(reader).await.expect("counts"),
                audited.count(reader).await.expect("counts"),
            ],
            numbers: numbers.expect("reads").into_iter().map(|row| (row.name, row.last)).collect(),
        }
    }
}

/// Approved with all that belongs to it, each once; the member id.
async fn whole(db: &Db, joining: &Joining) -> u64 {
    let found = Written::read(db, joining).await;
    assert_eq!(found.state, "approved");
    assert_eq!(found.tiers, ["municipal", "national", "prefectural"], "one period a tier");
    let [periods, decisions, notices, _, history, _] = found.counts;
    // The submission and three approvals; the member id is the one line of history.
    assert_eq!((periods, decisions, notices, history), (3, 4, 1, 1), "{found:?}");
    let letters = outbox::Entity::find()
        .filter(outbox::Column::Physician.eq(joining.person))
        .filter(outbox::Column::Kind.eq("joining_approved"));
    assert_eq!(letters.count(db.read()).await.expect("counts"), 1, "one letter");
    let id = found.member_id.expect("a member id");
    assert!(found.searched.contains(&id), "and is found by it: {}", found.searched);
    id.parse().expect("digits")
}

async fn member_ids(db: &Db) -> Vec<u64> {
    let rows: Vec<Option<String>> = physician::Entity::find()
        .select_only()
        .column(physician::Column::NationalMemberId)
        .filter(physician::Column::NationalMemberId.is_not_null())
        .order_by_asc(physician::Column::NationalMemberId)
        .into_tuple()
        .all(db.read())
        .await
        .expect("reads");
    rows.into_iter().flatten().map(|id| id.parse().expect("digits")).collect()
}

/// The letters leave once, although the worker is killed with one of them in its hands: that one may leave once more,
/// under the same Message-ID, by which mailboxes know it.
async fn letters_leave_once(
    place: &Place,
    db: &Db,
    mails: &MailServer,
    joinings: &[Joining],
    known: &mut std::collections::HashSet<String>,
) {
    let worker = || Running::work(with_mails(place, mails));
    let release = mails.hold_next();
    let first = worker();
    let held = mails.next();
    assert!(known.insert(held.clone()), "a letter that was sent before");
    first.kill();
    drop(release);
    // Its lease ends: a quarter of an hour that nobody waits for here.
    outbox::Entity::update_many()
        .col_expr(outbox::Column::LeaseUntil, Expr::cust("created_at"))
        .filter(outbox::Column::State.eq("sending"))
        .exec(db.write())
        .await
        .expect("writes");
    let second = worker();
    let waiting = || async {
        let letters = outbox::Entity::find()
            .filter(outbox::Column::Channel.eq("mail"))
            .filter(outbox::Column::State.ne("sent"));
        letters.count(db.read()).await.expect("counts")
    };
    until("every letter is sent", || async { waiting().await == 0 }).await;
    second.stop();
    let mut again = 0;
    for letter in mails.letters.try_iter() {
        let id = message_id(&letter);
        again += usize::from(id == held);
        assert!(known.insert(id.clone()) || id == held, "left twice: {letter}");
    }
    assert_eq!(again, 1, "the letter of the killed worker came after all");
    for joining in joinings {
        let letter = outbox::Entity::find()
            .filter(outbox::Column::Physician.eq(joining.person))
            .filter(outbox::Column::Kind.eq("joining_approved"))
            .one(db.read())
            .await
            .expect("reads")
            .expect("is there");
        assert!(known.contains(&letter.message_id), "the member heard of it");
    }
}

/// Mails are sent by the worker of the test.
fn serve(place: &Place) -> Running {
    Running::serve(place.mamis(), &["--jobs", "elsewhere"])
}

fn decisions(joining: &Joining) -> String {
    format!("/membership-applications/{}/decisions", joining.application)
}

/// The national officer with the page open, and what the button sends.
async fn asked(server: &Running, db: &Db, joining: &Joining) -> (Client, Vec<(&'static str, String)>) {
    let mut officer = Client::with_session(&server.address, &joining.officer);
    // Sessions note when they were last seen: that is no part of the approval.
    assert_eq!(officer.get("/desk").status, 200);
    let version = Written::read(db, joining).await.version.to_string();
    (officer, vec![("version", version), ("command", "approve".to_owned()), ("comment", String::new())])
}

/// Approves; the status of the answer.
async fn approve(server: &Running, db: &Db, joining: &Joining) -> Option<u16> {
    let (mut officer, fields) = asked(server, db, joining).await;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    officer.try_post(&decisions(joining), &fields).map(|answer| answer.status).ok()
}

/// Three people who belong nowhere, sent up to the national desk page by page.
async fn joinings(place: &Place, db: &Db) -> Vec<Joining> {
    let fujisawa = association::Entity::find().filter(association::Column::Code.eq("142051"));
    let fujisawa = fujisawa.one(db.read()).await.expect("reads").expect("is there").id.to_string();
    let server = serve(place);
    let mut officers = Vec::new();
    for login_id in ["fujisawa-admin", "o14", "national-admin"] {
        let account = account::Entity::find().filter(account::Column::LoginId.eq(login_id));
        officers.push(log_in(db, account.one(db.read()).await.expect("reads").expect("is there").id).await);
    }
    let mut joinings = Vec::new();
    for account in outside(db).await {
        let person = account.physician.expect("a physician");
        let mut browser = Client::with_session(&server.address, &log_in(db, account.id).await);
        let begun = browser.post("/applications?kind=joining", &[]);
        let id = begun.header("location").split('/').nth(2).expect("an id").to_owned();
        let today = Day::of(Clock::Real.now()).to_string();
        let fields = [
            ("target", "national"),
            ("association", fujisawa.as_str()),
            ("category_municipal", "b"),
            ("category_prefectural", "b"),
            ("category_national", "b"),
            ("effective_on", today.as_str()),
        ];
        let sent = browser.upload(&format!("/applications/{id}/submissions"), &fields, "licence");
        assert_eq!(sent.status, 303, "{}", sent.body);
        for officer in &officers[..2] {
            let row =
                application::Entity::find_by_id(id.parse::<Uuid>().expect("an id")).one(db.read()).await;
            let version = row.expect("reads").expect("is there").version.to_string();
            let fields = [("version", version.as_str()), ("command", "approve"), ("comment", "")];
            let path = format!("/membership-applications/{id}/decisions");
            let answer = Client::with_session(&server.address, officer).post(&path, &fields);
            assert_eq!(answer.status, 303, "{}", answer.body);
        }
        let application = id.parse().expect("an id");
        joinings.push(Joining { application, person, officer: officers[2].clone() });
    }
    server.stop();
    joinings
}

/// People with a mail address and a login in use who belong nowhere.
async fn outside(db: &Db) -> Vec<account::Model> {
    let members = Query::select().column(membership::Column::Physician).from(membership::Entity).to_owned();
    let reached = Query::select()
        .column(physician::Column::Id)
        .from(physician::Entity)
        .and_where(physician::Column::EmailVerifiedAt.is_not_null())
        .to_owned();
    let in_use =
        Query::select().column(terms_consent::Column::Account).from(terms_consent::Entity).to_owned();
    let found = account::Entity::find()
        .filter(account::Column::Physician.in_subquery(reached))
        .filter(account::Column::Physician.in_subquery(members).not())
        .filter(account::Column::Id.in_subquery(in_use))
        .order_by_asc(account::Column::Id)
        .limit(PEOPLE as u64)
        .all(db.read())
        .await
        .expect("reads");
    assert_eq!(found.len(), PEOPLE, "enough people belong nowhere");
    found
}

/// A session with its second factor; the value of its cookie.
async fn log_in(db: &Db, account: Uuid) -> String {
    let token = format!("test-{}", Uuid::now_v7().simple());
    let now = Clock::Real.now();
    let row = session::Model {
        id: Uuid::now_v7(),
        token_hash: sha256_hex(token.as_bytes()),
        account,
        created_at: now,
        last_seen_at: now,
        expires_at: now + chrono::Duration::days(1),
        second_factor_at: Some(now),
        user_agent: "test".to_owned(),
        address: "127.0.0.1".to_owned(),
    };
    session::ActiveModel::from(row).reset_all().insert(db.write()).await.expect("writes");
    token
}
