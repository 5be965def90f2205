//! A mail server for tests: it speaks SMTP over loopback, keeps what it took and answers by a script.

use mamis_app::mail::Transport;
use mamis_app::settings::Mail;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does with a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Says this after the letter.
    Say(&'static str),
    /// Takes the letter and never answers.
    Silence,
}

/// A running server.
pub(crate) struct Server {
    /// How to reach it.
    pub(crate) transport: Transport,
    /// Every letter it was given, taken or not, as it came.
    pub(crate) letters: mpsc::UnboundedReceiver<String>,
}

impl Server {
    /// Starts a server that answers letter after letter by the script, then takes all.
    pub(crate) async fn start(script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let script = Arc::new(Mutex::new(script.iter().copied().collect::<VecDeque<_>>()));
        let (keep, letters) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, script.clone(), keep.clone()));
            }
        });
        let settings = Mail {
            transport: "smtp".to_owned(),
            smtp_url: format!("smtp://127.0.0.1:{port}"),
            ..Mail::default()
        };
        let transport = Transport::open(&settings, Path::new(".")).expect("the address is right");
        Self { transport, letters }
    }

    /// The next letter, waiting for it.
    pub(crate) async fn next(&mut self) -> String {
        self.letters.recv().await.expect("the server runs")
    }
}

async fn talk(stream: TcpStream, script: Arc<Mutex<VecDeque<Answer>>>, keep: mpsc::UnboundedSender<String>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test ESMTP\r\n").await.expect("writes");
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.split(' ').next().unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        if line != "DATA" {
            continue;
        }
        let mut letter = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            if line == "." {
                break;
            }
            letter.push_str(&line);
            letter.push('\n');
        }
        let answer = script.lock().expect("no panic").pop_front().unwrap_or(Answer::Say("250 taken"));
        keep.send(letter).expect("the test listens");
        match answer {
            Answer::Say(words) => writer.write_all(format!("{words}\r\n").as_bytes()).await.expect("writes"),
            Answer::Silence => std::future::pending().await,
        }
    }
}

/// A header of a letter.
pub(crate) fn header<'a>(letter: &'a str, name: &str) -> &'a str {
    letter
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {name} in {letter}"))
}
