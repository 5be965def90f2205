//! Killed in the middle of a stream of signups: what was confirmed is kept, and nothing is half written.

use crate::client::{Broken, Client};
use crate::place::{Place, account_of, each_place};
use crate::process::Running;
use mamis_app::db::Db;
use mamis_schema::{audit_entry, outbox, seat_count, signup, training};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, mpsc};
use uuid::Uuid;

/// People who sign up.
const PEOPLE: usize = 120;

/// Requests under way at once: so many that they are answered together, and die together.
const CLIENTS: usize = 24;

/// The process is killed in the moment in which so many seats have been confirmed since its start: the other
/// clients' requests are under way then, at whatever point they have come to.
const KILLS: [usize; 3] = [1, 12, 25];

/// Seats left in the first training: fewer than people who want one.
const SEATS: i32 = 30;

/// Somebody asks for a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Request {
    session: usize,
    training: Uuid,
}

/// What came back.
#[derive(Clone, Debug)]
enum Heard {
    /// The signup of the ticket that the answer leads to.
    Confirmed(Uuid),
    Refused,
    /// The process died in between: either may be true.
    Nothing,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmed_seat_survives_the_kill_and_no_seat_is_half_taken() {
    each_place(|place| async move {
        place.load(600, PEOPLE);
        let db = place.look().await;
        let halls = open_halls(&db).await;
        let before = Written::read(&db, &halls).await;
        let requests = (0..PEOPLE).flat_map(|session| halls.iter().map(move |training| (session, *training)));
        let queue = Mutex::new(requests.map(|(session, training)| Request { session, training }).collect());
        let mut heard = Vec::new();
        for kill_after in KILLS {
            let server = start(&place);
            heard.extend(stream(server, &queue, kill_after).0);
            check(&db, &halls, &before, &heard).await;
            assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        }
        let silent = heard.iter().filter(|(_, heard)| matches!(heard, Heard::Nothing)).count();
        assert!(silent > 0, "every kill fell between two requests: this proves nothing");

        // Whoever heard nothing presses again: a seat that was given is found, not given twice.
        let again =
            heard.iter().filter(|(_, heard)| matches!(heard, Heard::Nothing)).map(|(request, _)| *request);
        queue.lock().expect("no panic").extend(again.collect::<Vec<_>>());
        let (rest, server) = stream(start(&place), &queue, usize::MAX);
        heard.extend(rest);
        check(&db, &halls, &before, &heard).await;
        let seats = seat_count::Entity::find_by_id(halls[0]).one(db.read()).await.expect("reads");
        let seats = seats.expect("has a count");
        assert_eq!(seats.taken, seats.capacity, "no seat got lost: the kills left the hall to be filled");
        server.expect("runs").stop();
        assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        db.close().await;
    })
    .await;
}

/// Two processes on one database sell the same seats; one of them dies. PostgreSQL: SQLite has one process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_sell_each_seat_once_and_one_goes_on_alone() {
    each_place(|place| async move {
        if !place.is_shared() {
            return;
        }
        place.load(600, PEOPLE);
        let db = place.look().await;
        let halls = open_halls(&db).await;
        let before = Written::read(&db, &halls).await;
        let requests = (0..PEOPLE).flat_map(|session| halls.iter().map(move |training| (session, *training)));
        let queue = Mutex::new(requests.map(|(session, training)| Request { session, training }).collect());
        let (one, other) = (start(&place), start(&place));
        let (cut_off, going_on) = std::thread::scope(|scope| {
            let cut_off = scope.spawn(|| stream(one, &queue, KILLS[1]).0);
            let going_on = scope.spawn(|| stream(other, &queue, usize::MAX));
            (cut_off.join().expect("runs"), going_on.join().expect("runs"))
        });
        let confirmed = |heard: &[(Request, Heard)]| {
            heard.iter().filter(|(_, heard)| matches!(heard, Heard::Confirmed(_))).count()
        };
        assert!(confirmed(&cut_off) > 0 && confirmed(&going_on.0) > 0, "both gave seats");
        let mut heard = cut_off;
        heard.extend(going_on.0);
        check(&db, &halls, &before, &heard).await;
        going_on.1.expect("runs").stop();
        assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        db.close().await;
    })
    .await;
}

fn start(place: &Place) -> Running {
    let server = Running::serve(place.mamis(), &["--jobs", "elsewhere"]);
    assert_eq!(Client::new(&server.address).get("/readyz").body, "ready\n");
    server
}

/// Two trainings that recruit now, at different times; few seats are left in the first.
async fn open_halls(db: &Db) -> Vec<Uuid> {
    let rows = training::Entity::find()
        .filter(training::Column::State.eq("approved"))
        .filter(Expr::cust("recruits_from < current_timestamp and recruits_until > current_timestamp"))
        .order_by_asc(training::Column::StartsAt)
        .all(db.read())
        .await
        .expect("reads");
    let first = rows.first().expect("a training recruits");
    let other = rows.iter().find(|row| row.held_on != first.held_on).expect("and one on another day");
    let full = Expr::col(seat_count::Column::Taken).add(SEATS);
    seat_count::Entity::update_many()
        .col_expr(seat_count::Column::Capacity, full)
        .filter(seat_count::Column::Training.eq(first.id))
        .exec(db.write())
        .await
        .expect("writes");
    vec![first.id, other.id]
}

/// Works off the queue until it is empty, or kills the server after so many confirmations.
fn stream(
    server: Running,
    queue: &Mutex<VecDeque<Request>>,
    kill_after: usize,
) -> (Vec<(Request, Heard)>, Option<Running>) {
    let address = server.address.clone();
    let mut server = Some(server);
    let (tell, hear) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (tell, address) = (tell.clone(), &address);
            scope.spawn(move || client(address, queue, &tell));
        }
        drop(tell);
        let (mut all, mut confirmed) = (Vec::new(), 0);
        for (request, heard) in hear {
            confirmed += usize::from(matches!(heard, Heard::Confirmed(_)));
            all.push((request, heard));
            if confirmed >= kill_after {
                server.take().into_iter().for_each(Running::kill);
            }
        }
        (all, server)
    })
}

/// One browser after the other, each with the next request of the queue, until the server is gone.
fn client(address: &str, queue: &Mutex<VecDeque<Request>>, tell: &mpsc::Sender<(Request, Heard)>) {
    loop {
        let Some(request) = queue.lock().expect("no panic").pop_front() else { return };
        let mut browser = Client::with_session(address, &format!("bench-{}", request.session));
        let heard = match browser.try_post(&format!("/trainings/{}/signups", request.training), &[]) {
            Ok(answer) => {
                assert_eq!(answer.status, 303, "{}", answer.body);
                let ticket = answer.header("location").strip_prefix("/my/tickets/");
                ticket.map_or(Heard::Refused, |id| Heard::Confirmed(id.parse().expect("an id")))
            }
            Err(Broken::NotAnswered) => Heard::Nothing,
            Err(Broken::NotAsked) => return queue.lock().expect("no panic").push_front(request),
        };
        let gone = matches!(heard, Heard::Nothing);
        tell.send((request, heard)).expect("the test listens");
        if gone {
            return;
        }
    }
}

/// What signups leave behind in the trainings.
struct Written {
    signups: HashMap<Uuid, signup::Model>,
    /// Objects of the entries about signups, once for each entry.
    audited: Vec<Uuid>,
    letters: usize,
}

impl Written {
    async fn read(db: &Db, halls: &[Uuid]) -> Self {
        let rows = signup::Entity::find()
            .filter(signup::Column::Training.is_in(halls.iter().copied()))
            .all(db.read())
            .await
            .expect("reads");
        let audited = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("signup.create"))
            .select_only()
            .column(audit_entry::Column::Object)
            .into_tuple::<Uuid>()
            .all(db.read())
            .await
            .expect("reads");
        let letters = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("signup_confirmed"))
            .all(db.read())
            .await
            .expect("reads")
            .len();
        Self { signups: rows.into_iter().map(|row| (row.id, row)).collect(), audited, letters }
    }
}

/// Compares what was heard with what is written.
async fn check(db: &Db, halls: &[Uuid], before: &Written, heard: &[(Request, Heard)]) {
    let after = Written::read(db, halls).await;
    let mut people = HashMap::new();
    for session in 0..PEOPLE {
        people.insert(session, account_of(db, session).await.physician.expect("a physician"));
    }
    let mut new: HashMap<Uuid, &signup::Model> = after
        .signups
        .iter()
        .filter(|(id, _)| !before.signups.contains_key(*id))
        .map(|(id, row)| (*id, row))
        .collect();
    let written = new.len();
    for (request, heard) in heard {
        let Heard::Confirmed(id) = heard else { continue };
        // Whoever had a seat from the beginning is led to its ticket.
        let row = before.signups.get(id).or_else(|| new.remove(id));
        let row = row.unwrap_or_else(|| panic!("{request:?} was confirmed and is lost"));
        assert_eq!((row.training, row.physician), (request.training, people[&request.session]));
        assert_eq!(row.state, "confirmed");
    }
    let silent: HashSet<(Uuid, Uuid)> = heard
        .iter()
        .filter(|(_, heard)| matches!(heard, Heard::Nothing))
        .map(|(request, _)| (request.training, people[&request.session]))
        .collect();
    for row in new.values() {
        assert!(silent.contains(&(row.training, row.physician)), "nobody asked for {row:?}");
    }
    // Each signup has its entry in the audit log and its letter, and neither is there without it.
    let entries: Vec<Uuid> =
        after.audited.iter().filter(|id| !before.audited.contains(id)).copied().collect();
    let distinct: HashSet<&Uuid> = entries.iter().collect();
    assert_eq!((entries.len(), distinct.len()), (written, written));
    assert!(entries.iter().all(|id| after.signups.contains_key(id)));
    assert_eq!(after.letters - before.letters, written);
    for hall in halls {
        let seats =
            seat_count::Entity::find_by_id(*hall).one(db.read()).await.expect("reads").expect("is there");
        let confirmed: Vec<i64> = after
            .signups
            .values()
            .filter(|row| row.training == *hall && row.state == "confirmed")
            .map(|row| row.order_number)
            .collect();
        assert_eq!(usize::try_from(seats.taken), Ok(confirmed.len()), "seats counted are seats given");
        assert!(seats.taken <= seats.capacity, "no seat is given twice");
        let distinct: HashSet<&i64> = confirmed.iter().collect();
        assert_eq!(distinct.len(), confirmed.len(), "each has its own place in the order");
    }
}
