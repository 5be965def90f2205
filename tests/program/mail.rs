//! Letters around the end of a process: written ones leave after a kill, sent ones do not leave again, and a
//! process that is asked to stop finishes the letter in its hands.

use crate::client::Client;
use crate::place::{Place, account_of, each_place, until};
use crate::process::Running;
use mamis_app::db::Db;
use mamis_schema::{job_run, outbox};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};

/// A mail server that takes everything; its answer to a letter can be held back.
pub(crate) struct MailServer {
    port: u16,
    pub(crate) letters: mpsc::Receiver<String>,
    held: Arc<Mutex<Option<mpsc::Receiver<()>>>>,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (keep, letters) = mpsc::channel();
        let held: Arc<Mutex<Option<mpsc::Receiver<()>>>> = Arc::default();
        let hold = held.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (keep, hold) = (keep.clone(), hold.clone());
                std::thread::spawn(move || talk(stream, &keep, &hold));
            }
        });
        Self { port, letters, held }
    }

    /// Holds back the answer to the next letter until the sender says so.
    pub(crate) fn hold_next(&self) -> mpsc::Sender<()> {
        let (release, held) = mpsc::channel();
        *self.held.lock().expect("no panic") = Some(held);
        release
    }

    /// The Message-ID of the next letter, waiting for it.
    pub(crate) fn next(&self) -> String {
        message_id(&self.letters.recv().expect("runs"))
    }

    /// The letters that the timetable itself writes at the first start (notices of expiry), so that none of
    /// them comes between those of the test.
    pub(crate) async fn of_the_timetable(&self, worker: Running, db: &Db) -> HashSet<String> {
        until("the notices are written and sent", || async {
            let waiting = outbox::Entity::find()
                .filter(outbox::Column::Channel.eq("mail"))
                .filter(outbox::Column::State.is_in(["waiting", "sending"]));
            let written = job_run::Entity::find()
                .filter(job_run::Column::Job.eq("expiry_notices"))
                .filter(job_run::Column::Outcome.eq("done"));
            written.count(db.read()).await.expect("counts") > 0
                && waiting.count(db.read()).await.expect("counts") == 0
        })
        .await;
        worker.stop();
        self.letters.try_iter().map(|letter| message_id(&letter)).collect()
    }
}

pub(crate) fn message_id(letter: &str) -> String {
    let id = letter.lines().find_map(|line| line.strip_prefix("Message-ID: "));
    id.expect("every letter has one").to_owned()
}

/// One SMTP conversation; a client that goes away ends it.
fn talk(
    stream: TcpStream,
    keep: &mpsc::Sender<String>,
    hold: &Mutex<Option<mpsc::Receiver<()>>>,
) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    writer.write_all(b"220 test ESMTP\r\n").ok()?;
    while let Some(line) = lines.next() {
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 8BITMIME\r\n",
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        writer.write_all(answer.as_bytes()).ok()?;
        if line == "DATA" {
            let mut ended = false;
            let whole = lines.by_ref().take_while(|line| {
                ended = line == ".";
                !ended
            });
            let letter: Vec<String> = whole.collect();
            // A sender that was killed in the middle has sent no letter (RFC 5321, 4.1.1.4).
            if !ended {
                return None;
            }
            let held = hold.lock().expect("no panic").take();
            keep.send(letter.join("\n")).ok()?;
            if let Some(held) = held {
                held.recv().ok()?;
            }
            writer.write_all(b"250 taken\r\n").ok()?;
        }
    }
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_leave_once_whenever_processes_are_killed() {
    each_place(|place| async move {
        place.load(60, 8);
        let db = place.look().await;
        let mails = MailServer::start();
        let worker = || Running::work(with_mails(&place, &mails));

        let mut seen = mails.of_the_timetable(worker(), &db).await;

        // Written, then the server is killed before anybody sends.
        let server = Running::serve(place.mamis(), &["--jobs", "elsewhere"]);
        for session in 0..3 {
            ask_for_a_letter(&server, &db, session).await;
        }
        server.kill();
        assert_eq!(in_state(&db, "waiting").await, 3, "a letter is written with what caused it");
        let first = worker();
        for _ in 0..3 {
            assert!(seen.insert(mails.next()), "each left once");
        }
        until("the answers are written down", || async { in_state(&db, "sent").await == 3 }).await;
        first.kill();

        // Sent is sent: the next worker sends the new letter and no old one.
        let server = Running::serve(place.mamis(), &["--jobs", "elsewhere"]);
        ask_for_a_letter(&server, &db, 3).await;
        let second = worker();
        assert!(seen.insert(mails.next()), "a letter that was sent left again");
        until("it is sent", || async { in_state(&db, "sent").await == 4 }).await;

        // Asked to stop with a letter in its hands, the worker waits for the answer and writes it down.
        let release = mails.hold_next();
        ask_for_a_letter(&server, &db, 4).await;
        assert!(seen.insert(mails.next()));
        assert_eq!(in_state(&db, "sending").await, 1);
        second.ask_to_stop();
        release.send(()).expect("the mail server waits");
        let (status, lines) = second.end();
        assert_eq!(status.code(), Some(0), "{lines:#?}");
        assert_eq!((in_state(&db, "sent").await, in_state(&db, "sending").await), (5, 0));
        server.stop();
        for letter in mails.letters.try_iter() {
            assert!(seen.insert(message_id(&letter)), "sent twice: {letter}");
        }
        db.close().await;
    })
    .await;
}

pub(crate) fn with_mails(place: &Place, mails: &MailServer) -> Command {
    let mut command = place.mamis();
    command.env("MAMIS_MAIL__TRANSPORT", "smtp");
    command.env("MAMIS_MAIL__SMTP_URL", format!("smtp://127.0.0.1:{}", mails.port));
    command
}

/// A forgotten password is the shortest way to a letter.
async fn ask_for_a_letter(server: &Running, db: &Db, session: usize) {
    let account = account_of(db, session).await;
    let answer = Client::new(&server.address).post("/password-resets", &[("login_id", &account.login_id)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn in_state(db: &Db, state: &str) -> u64 {
    outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("password_reset"))
        .filter(outbox::Column::State.eq(state))
        .count(db.read())
        .await
        .expect("counts")
}
