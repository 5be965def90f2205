//! How letters leave: SMTP, a folder, or memory.

use crate::error::{Error, Result};
use crate::settings;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use mamis_schema::outbox;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest wait for one answer of the mail server.
const ANSWER: Duration = Duration::from_secs(20);

/// Longest sending of one letter, from the connection to the last answer.
const SENDING: Duration = Duration::from_secs(60);

/// A file that goes with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Name on the reader's device.
    pub name: String,
    /// By content.
    pub media_type: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// To a mail server, over a connection for each letter.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a folder, one `.eml` file each, for trials. A letter sent twice is one file.
    Folder(PathBuf),
    /// Into memory, for tests.
    Memory(Arc<Mutex<Vec<String>>>),
}

/// The server took the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What it said.
    pub answer: String,
}

/// The letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the server said, or why there was none to talk to.
    pub answer: String,
    /// Whether trying again is pointless: the server says that there is no such mailbox.
    pub is_final: bool,
}

impl Failure {
    pub(super) fn passing(cause: impl std::fmt::Display) -> Self {
        Self { answer: cause.to_string(), is_final: false }
    }

    fn lasting(cause: impl std::fmt::Display) -> Self {
        Self { answer: cause.to_string(), is_final: true }
    }
}

impl Transport {
    /// The transport of the settings; nothing is connected yet.
    ///
    /// # Errors
    /// [`Error::Fault`] that names the setting.
    pub fn open(settings: &settings::Mail, data: &Path) -> Result<Self> {
        match settings.transport.as_str() {
            "smtp" => {
                let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.smtp_url)
                    .map_err(|error| Error::fault(format!("settings: mail.smtp_url: {error}")))?
                    .timeout(Some(ANSWER))
                    // No connection outlives its letter: one that was cut off in the middle of a letter would
                    // go back to the pool, and its late answer be read as the answer to the next letter.
                    .pool_config(PoolConfig::new().max_size(0))
                    .build();
                Ok(Self::Smtp(transport))
            }
            "folder" => {
                let folder = data.join("mail");
                std::fs::create_dir_all(&folder)
                    .map_err(|error| Error::fault(format!("{}: {error}", folder.display())))?;
                Ok(Self::Folder(folder))
            }
            other => Err(Error::fault(format!("settings: mail.transport is smtp or folder, not {other}"))),
        }
    }

    /// Sends one letter.
    ///
    /// # Errors
    /// [`Failure`] with the server's words.
    #[crate::boxed]
    pub async fn send(
        &self,
        settings: &settings::Mail,
        row: &outbox::Model,
        files: &[Enclosure],
    ) -> std::result::Result<Sent, Failure> {
        let message = message(settings, row, files)?;
        match tokio::time::timeout(SENDING, self.hand_over(row, message)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::passing("no answer within a minute")),
        }
    }

    async fn hand_over(&self, row: &outbox::Model, message: Message) -> std::result::Result<Sent, Failure> {
        match self {
            Self::Smtp(transport) => {
                let response = transport.send(message).await.map_err(|error| Failure {
                    is_final: error.status().is_some_and(|code| is_no_mailbox(u16::from(code))),
                    answer: with_cause(&error),
                })?;
                let words: Vec<&str> = response.message().collect();
                Ok(Sent { answer: format!("{} {}", response.code(), words.join(" ")) })
            }
            Self::Folder(folder) => {
                let file = folder.join(format!("{}.eml", row.id));
                tokio::fs::write(&file, message.formatted()).await.map_err(Failure::passing)?;
                Ok(Sent { answer: "written".to_owned() })
            }
            Self::Memory(letters) => {
                let text = String::from_utf8_lossy(&message.formatted()).into_owned();
                letters.lock().map_err(Failure::passing)?.push(text);
                Ok(Sent { answer: "kept".to_owned() })
            }
        }
    }
}

/// Codes that speak about the mailbox (RFC 5321, 4.2.3): 550 unavailable, 551 not local, 553 name
/// not allowed. All other refusals, wrong passwords of ours among them, may be mended while the letter waits.
fn is_no_mailbox(code: u16) -> bool {
    matches!(code, 550 | 551 | 553)
}

/// An error with the errors below it: lettre keeps the server's words there.
fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        below = cause.source();
    }
    text
}

/// The letter as the mail server gets it. Date, Message-ID and the edges of its parts come from the row, so every
/// attempt sends the same text.
fn message(
    settings: &settings::Mail,
    row: &outbox::Model,
    files: &[Enclosure],
) -> std::result::Result<Message, Failure> {
    let wrong = |name: &str, error: &dyn std::fmt::Display| {
        Failure::passing(format!("settings: mail.{name}: {error}"))
    };
    let from: Mailbox = settings.from.parse().map_err(|error| wrong("from", &error))?;
    let to: Mailbox =
        row.address.parse().map_err(|error| Failure::lasting(format!("{}: {error}", row.address)))?;
    let mut letter = Message::builder()
        .from(from)
        .to(to.clone())
        .subject(row.subject.clone())
        .message_id(Some(row.message_id.clone()))
        .date(row.created_at.into())
        .header(AutoSubmitted);
    if !settings.returns.is_empty() {
        let returns = settings.returns.parse().map_err(|error| wrong("returns", &error))?;
        let envelope = Envelope::new(Some(returns), vec![to.email]).map_err(Failure::lasting)?;
        letter = letter.envelope(envelope);
    }
    for (name, value) in unsubscribing(&row.unsubscribe) {
        letter = letter.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    if files.is_empty() {
        return letter.header(ContentType::TEXT_PLAIN).body(row.body.clone()).map_err(Failure::lasting);
    }
    let text = SinglePart::plain(row.body.clone());
    let parts = MultiPart::builder().kind(MultiPartKind::Mixed).boundary(row.id.simple().to_string());
    let mut parts = parts.singlepart(text);
    for file in files {
        let kind = file.media_type.parse().map_err(Failure::lasting)?;
        parts = parts.singlepart(Attachment::new(file.name.clone()).body(file.content.clone(), kind));
    }
    letter.multipart(parts).map_err(Failure::lasting)
}

/// What lets a mail program show a button that ends the notices: one request, without a question (RFC 8058).
fn unsubscribing(address: &str) -> Vec<(&'static str, String)> {
    if address.is_empty() {
        return Vec::new();
    }
    vec![
        ("List-Unsubscribe", format!("<{address}>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
    ]
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no absence notices in return.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
