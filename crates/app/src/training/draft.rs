//! A training as its host fills it in: what is checked, compared and stored.

use crate::error::{Error, Problem, Result};
use mamis_rules::base::{Credits, Day, Yen, search_key};
use mamis_rules::credit::Scheme;
use mamis_rules::training::{CreditLine, Mode, SessionDraft, Severity, TrainingDraft, check};
use mamis_schema::{credit_line, training, training_session};

/// What the host types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What the rules check.
    pub core: TrainingDraft,
    /// What it is about, for physicians.
    pub summary: String,
    /// Address of the venue.
    pub venue_address: String,
    /// Where it takes place: JIS X 0401 code.
    pub prefecture: i32,
    /// Where to ask.
    pub contact: String,
    /// For whom.
    pub audience: String,
    /// Remarks for the deciding offices.
    pub note_to_approver: String,
}

impl Draft {
    /// The draft that stored rows hold.
    ///
    /// # Errors
    /// A fault when a row holds a word that no rule knows.
    pub fn of(
        row: &training::Model,
        sessions: &[training_session::Model],
        lines: &[credit_line::Model],
    ) -> Result<Self> {
        let window = super::standing::window(row.recruits_from, row.recruits_until);
        let sessions = sessions
            .iter()
            .map(|session| {
                let credits = lines
                    .iter()
                    .filter(|line| line.training_session == session.id)
                    .map(line_of)
                    .collect::<Result<_>>()?;
                Ok(SessionDraft {
                    title: session.title.clone(),
                    lecturer: session.lecturer.clone(),
                    starts_at: session.starts_at,
                    ends_at: session.ends_at,
                    credits,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            core: TrainingDraft {
                title: row.title.clone(),
                mode: row.mode.parse::<Mode>().map_err(Error::fault)?,
                venue: row.venue.clone(),
                sessions,
                capacity: Some(row.capacity.into()),
                recruitment_from: window.map(|window| window.opens_at),
                recruitment_until: window.map(|window| window.closes_at),
                fee_member: Yen(row.fee_member),
                fee_non_member: Yen(row.fee_non_member),
            },
            summary: row.summary.clone(),
            venue_address: row.venue_address.clone(),
            prefecture: row.prefecture,
            contact: row.contact.clone(),
            audience: row.audience.clone(),
            note_to_approver: row.note_to_approver.clone(),
        })
    }

    /// What is wrong or odd: errors first for the form, hints apart.
    pub fn problems(&self, today: Day) -> (Vec<Problem>, Vec<Problem>) {
        let mut problems = check(&self.core, today);
        if self.contact.trim().is_empty() {
            problems.push(mamis_rules::training::Problem {
                field: "contact".to_owned(),
                message: "問い合わせ先を入力してください。".to_owned(),
                severity: Severity::Error,
            });
        }
        let (errors, hints): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|problem| problem.severity == Severity::Error);
        let sentences = |list: Vec<mamis_rules::training::Problem>| {
            list.into_iter().map(|problem| Problem { field: problem.field, text: problem.message }).collect()
        };
        (sentences(errors), sentences(hints))
    }

    /// Whether what the approval was about is the same: sessions with their times and credits [seed].
    pub fn bears_same_credits(&self, other: &Self) -> bool {
        self.core.sessions == other.core.sessions
    }

    /// Names of the other fields that differ, for the log.
    pub fn changes(&self, other: &Self) -> Vec<&'static str> {
        let (core, was) = (&self.core, &other.core);
        [
            ("title", core.title != was.title),
            ("mode", core.mode != was.mode),
            ("venue", core.venue != was.venue),
            ("capacity", core.capacity != was.capacity),
            ("recruitment_from", core.recruitment_from != was.recruitment_from),
            ("recruitment_until", core.recruitment_until != was.recruitment_until),
            ("fee_member", core.fee_member != was.fee_member),
            ("fee_non_member", core.fee_non_member != was.fee_non_member),
            ("summary", self.summary != other.summary),
            ("venue_address", self.venue_address != other.venue_address),
            ("prefecture", self.prefecture != other.prefecture),
            ("contact", self.contact != other.contact),
            ("audience", self.audience != other.audience),
            ("note_to_approver", self.note_to_approver != other.note_to_approver),
            ("sessions", core.sessions != was.sessions),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }

    /// Seats; a web training without a limit has as many as the largest capacity.
    pub fn capacity(&self) -> i32 {
        const WITHOUT_LIMIT: i32 = 10_000;
        self.core.capacity.map_or(WITHOUT_LIMIT, |seats| i32::try_from(seats).unwrap_or(WITHOUT_LIMIT))
    }

    /// The scheme that the list shows: the one before as long as a line gives it, else the first line's.
    pub fn main_scheme(&self, before: &str) -> String {
        let mut schemes =
            self.core.sessions.iter().flat_map(|session| &session.credits).map(|line| line.scheme.name());
        let first = schemes.next().unwrap_or(before);
        if first == before || schemes.any(|scheme| scheme == before) {
            before.to_owned()
        } else {
            first.to_owned()
        }
    }

    /// Folded words for search: title, summary, venue and lecturers.
    pub fn search_key(&self) -> String {
        let mut words = vec![self.core.title.as_str(), &self.summary, &self.core.venue];
        for session in &self.core.sessions {
            words.extend([session.title.as_str(), &session.lecturer]);
        }
        search_key(&words.join(" "))
    }

    /// What it gives, for search: `|scheme/course/category|…|`.
    pub fn offers(&self) -> String {
        let mut items: Vec<String> = Vec::new();
        for line in self.core.sessions.iter().flat_map(|session| &session.credits) {
            let item = offer(
                line.scheme,
                line.course.map_or("", |course| course.name()),
                line.category.as_deref().unwrap_or(""),
            );
            if !items.contains(&item) {
                items.push(item);
            }
        }
        format!("|{}|", items.join("|"))
    }
}

fn offer(scheme: Scheme, course: &str, category: &str) -> String {
    format!("{}/{course}/{category}", scheme.name())
}

fn line_of(row: &credit_line::Model) -> Result<CreditLine> {
    let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let course = match row.course.as_str() {
        "" => None,
        course => Some(course.parse().map_err(Error::fault)?),
    };
    Ok(CreditLine {
        scheme: row.scheme.parse().map_err(Error::fault)?,
        course,
        category: word(&row.category),
        item: word(&row.item),
        amount: Credits::from_hundredths(row.amount),
        curriculum_code: row.curriculum_code.and_then(|code| u16::try_from(code).ok()),
    })
}
