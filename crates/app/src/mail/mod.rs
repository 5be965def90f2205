//! Letters: written inside the business transaction, sent after its commit.
//!
//! An action composes a letter and queues it; the row in `outbox` stands or falls with the action. A worker
//! takes waiting rows and sends them ([`deliver`]). So a crash between commit and sending loses nothing: the
//! row still waits. A crash after the mail server's answer but before the row is marked is the only way to
//! send twice, and the second copy carries the same Message-ID, by which mailboxes recognise it.
//!
//! Physicians without a verified address get their letters by post: such rows have the channel `post` and wait
//! on the post list for the office. A mail to a physician that failed for good goes there as well.

mod actions;
pub mod bounce;
pub mod lists;
pub mod text;
mod transport;

pub(crate) use actions::BY_MAIL_ONLY;
pub use actions::bounce::{Recorded, record as record_bounce};
pub(crate) use actions::queue_and_count;
pub use actions::{Delivery, deliver, queue, queue_all, queue_all_by_mail, queue_by_mail};
pub use transport::{Enclosure, Failure, Sent, Transport};

use crate::error::{Error, Result};
use mamis_rules::base::{NoticeId, OfficerId, PhysicianId};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;
use std::sync::LazyLock;

/// A letter to queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Name of the template, e.g. `certification_approved`.
    pub kind: &'static str,
    /// To whom.
    pub to: Recipient,
    /// What its template asks for.
    data: Value,
    /// The notice it belongs to.
    pub notice: Option<OfNotice>,
}

/// What a letter knows of its notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfNotice {
    /// The notice, whose files go with the letter.
    pub id: NoticeId,
    /// Address that ends the notices; empty where there is none.
    pub unsubscribe: String,
}

/// To whom a letter goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// A physician: by mail to the verified address, else by post.
    Physician(PhysicianId),
    /// An officer, at the address of the office.
    Officer(OfficerId),
    /// A physician at this address, whichever is in use: the letter that verifies a new one, and the warning that goes
    /// to the one before.
    Address {
        /// Whose address it is to be, or was.
        physician: PhysicianId,
        /// The address.
        address: String,
    },
    /// Somebody who is in no register yet, at the address where the link goes: invited to become an officer, or
    /// registering.
    Invited(String),
}

impl Recipient {
    /// The owner of an account.
    pub fn of(physician: Option<uuid::Uuid>, officer: Option<uuid::Uuid>) -> Option<Self> {
        match (physician, officer) {
            (Some(physician), _) => Some(Self::Physician(physician.into())),
            (None, Some(officer)) => Some(Self::Officer(officer.into())),
            (None, None) => None,
        }
    }
}

impl Letter {
    /// A letter with everything that its template asks for.
    ///
    /// # Errors
    /// As [`compose`].
    pub fn new(kind: &'static str, to: Recipient, data: &Value) -> Result<Self> {
        compose(kind, data)?;
        Ok(Self { kind, to, data: data.clone(), notice: None })
    }

    /// Subject and body as they leave by mail or by post: by the template that the office wrote, or where that fails
    /// by the built-in one, with the reason.
    fn written(&self, channel: &str, template: Option<&str>) -> Result<Composed> {
        let mut data = self.data.clone();
        // On paper no address can be pressed.
        if self.notice.is_some() && channel == "post" && data.get("unsubscribe").is_some() {
            data["unsubscribe"] = Value::from("");
        }
        let (own, failure) = match template.map(|template| text::fill(template, &data)) {
            Some(Ok(own)) => (Some(own), None),
            Some(Err(failure)) => (None, Some(failure)),
            None => (None, None),
        };
        let (subject, body) = own.map_or_else(|| compose(self.kind, &data), Ok)?;
        Ok(Composed { subject, body, failure })
    }

    /// The same as a part of a notice.
    #[must_use]
    pub fn of_notice(mut self, id: NoticeId, unsubscribe: String) -> Self {
        self.notice = Some(OfNotice { id, unsubscribe });
        self
    }
}

/// A letter in words.
struct Composed {
    subject: String,
    body: String,
    /// Why the office's own text could not be used.
    failure: Option<String>,
}

macro_rules! templates {
    ($($kind:literal),* $(,)?) => {
        /// The kinds of letters; each is a file in `templates/`.
        pub const KINDS: &[&str] = &[$($kind),*];
        const TEMPLATES: &[(&str, &str)] = &[$(($kind, include_str!(concat!("templates/", $kind, ".txt")))),*];
    };
}

templates![
    "email_verification",
    "password_reset",
    "login_link",
    "login_changed",
    "login_closed",
    "terms_published",
    "training_approved",
    "training_cancelled",
    "training_progress",
    "signup_confirmed",
    "signup_cancelled",
    "signup_cancelled_by_host",
    "waiting_entered",
    "seat_offered",
    "offer_over",
    "application_received",
    "application_returned",
    "application_forwarded",
    "application_rejected",
    "application_outcome",
    "certification_approved",
    "certification_ended",
    "certification_ended_office",
    "credits_released",
    "credits_confirmed",
    "expiry_notice",
    "office_waiting",
    "first_login_reminder",
    "registration_started",
    "registration_stopped",
    "registration_checked",
    "officer_invitation",
    "officer_duty_changed",
    "officer_handover",
    "membership_received",
    "membership_forwarded",
    "membership_returned",
    "membership_rejected",
    "membership_done",
    "joining_approved",
    "leaving_undone",
    "residency_proposal",
    "notice",
    "notice_test",
    "change_undone",
    "organizer_verification",
    "organizer_rejected",
];

/// The templates with the common end of all letters; a variable that is not given is an error, never a gap.
static LETTERS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut letters = Environment::new();
    letters.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build();
    letters.set_syntax(syntax.expect("the marks are the standard ones"));
    for (kind, text) in TEMPLATES.iter().chain(&[("_end", include_str!("templates/_end.txt"))]) {
        letters.add_template(kind, text).expect("a test renders every template");
    }
    letters
});

/// Subject and body of a letter; the data of each kind is shown by `templates/samples.json`.
///
/// # Errors
/// [`Error::Fault`] that names the template and the variable that is missing.
pub fn compose(kind: &str, data: &Value) -> Result<(String, String)> {
    let text = LETTERS
        .get_template(kind)
        .and_then(|template| template.render(minijinja::value::Serde(data)))
        .map_err(|error| Error::fault(format!("letter {kind}: {error:#}")))?;
    split(&text)
        .ok_or_else(|| Error::fault(format!("letter {kind}: the first line must begin with 件名: and go on")))
}

/// Subject and body of a rendered letter; none without a subject.
fn split(text: &str) -> Option<(String, String)> {
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let subject = first.strip_prefix("件名: ")?.trim();
    (!subject.is_empty()).then(|| (subject.to_owned(), body.trim_start_matches('\n').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> serde_json::Map<String, Value> {
        serde_json::from_str(include_str!("templates/samples.json")).expect("samples.json is an object")
    }

    #[test]
    fn every_letter_renders_with_its_sample() {
        let samples = samples();
        for kind in KINDS {
            let (subject, body) = compose(kind, &samples[*kind]).expect("renders");
            assert!(!subject.is_empty() && !subject.contains(['{', '\n']), "{kind}: {subject}");
            assert!(!body.contains("{{") && !body.contains("{%"), "{kind}: {body}");
            assert!(!body.contains("\n\n\n"), "{kind} has a gap: {body}");
            assert!(body.ends_with("お問い合わせください。\n"), "{kind} lacks the common end: {body}");
        }
        assert_eq!(samples.len(), KINDS.len(), "one sample for each kind");
    }

    #[test]
    fn a_variable_that_is_not_given_is_an_error() {
        for (kind, sample) in samples() {
            let fields = sample.as_object().expect("an object").clone();
            for field in fields.keys() {
                let mut fewer = fields.clone();
                fewer.remove(field);
                let error = compose(&kind, &Value::Object(fewer)).expect_err("must not render");
                assert!(error.to_string().contains(&kind), "{kind} without {field}: {error}");
            }
        }
    }

    #[test]
    fn an_unknown_letter_is_an_error() {
        assert!(compose("nothing", &Value::Null).is_err());
    }
}
