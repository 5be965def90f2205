//! Asked to stop, the server lets nobody in any more and finishes what it has begun.

use crate::client::{Answer, Client};
use crate::place::{account_of, each_place};
use crate::process::Running;
use mamis_schema::paper_credit;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const BOUNDARY: &str = "----mamis-test";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_under_way_is_taken_and_nobody_else_is_let_in() {
    each_place(|place| async move {
        place.load(20, 2);
        let db = place.look().await;
        let server = Running::serve(place.mamis(), &[]);
        let mut browser = Client::with_session(&server.address, "bench-0");
        let form = browser.get("/paper-credits/new").body;
        let (_, rest) = form.split_once("value=\"occupational_physician:").expect("kinds to choose from");
        let kind = format!("occupational_physician:{}", rest.split('"').next().expect("a value"));
        let body = upload(&kind);
        let (one, other) = body.split_at(body.len() / 2);

        let mut stream = TcpStream::connect(&server.address).expect("connects");
        write!(
            stream,
            "POST /paper-credits HTTP/1.1\r\nHost: {}\r\n{}Sec-Fetch-Site: same-origin\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\
             Expect: 100-continue\r\n\r\n",
            server.address,
            browser.cookie(),
            body.len()
        )
        .expect("asks");
        let mut reader = BufReader::new(stream.try_clone().expect("two ends"));
        let mut line = String::new();
        reader.read_line(&mut line).expect("answers");
        assert!(line.starts_with("HTTP/1.1 100"), "the server has begun to read the body: {line}");
        reader.read_line(&mut line).expect("the empty line after it");
        stream.write_all(one).expect("the first half");

        server.ask_to_stop();
        while TcpStream::connect(&server.address).is_ok() {}
        stream.write_all(other).expect("the other half");
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).expect("the answer, and the end of the connection");
        let answer = Answer::read(&bytes).expect("a whole answer");
        assert_eq!((answer.status, answer.header("location")), (303, "/paper-credits"), "{}", answer.body);
        let (status, lines) = server.end();
        assert_eq!(status.code(), Some(0), "{lines:#?}");
        assert!(lines.last().is_some_and(|line| line.contains("stopped")), "{lines:#?}");

        let physician = account_of(&db, 0).await.physician.expect("a physician");
        let declared = paper_credit::Entity::find()
            .filter(paper_credit::Column::Physician.eq(physician))
            .filter(paper_credit::Column::Title.eq("停止の試験"))
            .all(db.read())
            .await
            .expect("reads");
        let [row] = &declared[..] else { panic!("one line, not {}", declared.len()) };
        assert!(row.photo.is_some(), "with its photo");
        db.close().await;
    })
    .await;
}

/// A line of paper credits with a photo.
fn upload(kind: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let fields = [
        ("kind", kind),
        ("earned_on", "2024-10-06"),
        ("host_name", "試験医師会"),
        ("title", "停止の試験"),
        ("amount", "1.5"),
        ("sticker_number", ""),
    ];
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"lines.0.{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.into_bytes());
    }
    let photo = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"lines.0.photo\"; filename=\"a.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    body.extend(photo.into_bytes());
    body.extend([0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A]);
    body.extend(std::iter::repeat_n(7, 200_000));
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    body
}
