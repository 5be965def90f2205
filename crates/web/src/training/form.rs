//! The form of a draft: read as typed, shown as typed.

use super::lines::{Group, kind_of, kinds, value_of};
use super::view::{instant, local, local_instant};
use crate::form::{Fields, Problems};
use mamis_app::Problem;
use mamis_app::decision::clock_time;
use mamis_app::training::Draft;
use mamis_rules::base::{Credits, Day, Yen, plain};
use mamis_rules::training::{CreditLine, Mode, SessionDraft, TrainingDraft};

/// Credit lines a session shows; a talk gives one or two, e.g. 産業医 and 生涯教育.
const LINES: usize = 2;

/// The fields that are one each.
const FIELDS: &[&str] = &[
    "title",
    "summary",
    "mode",
    "venue",
    "venue_address",
    "prefecture",
    "capacity",
    "recruitment_from",
    "recruitment_until",
    "fee_member",
    "fee_non_member",
    "audience",
    "contact",
    "note_to_approver",
];

/// A draft read from the form, and which row each of its parts came from.
pub(super) struct Read {
    pub(super) draft: Draft,
    rows: Vec<(usize, Vec<usize>)>,
}

/// Reads the form.
///
/// # Errors
/// What cannot be read at all: times and numbers.
pub(super) fn read(fields: &Fields) -> Result<Read, Vec<Problem>> {
    let (read, problems) = read_all(fields);
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

/// Everything that is wrong with the form if it were submitted today, and what to look at once more: what cannot be read,
/// and what the rules say about the rest.
pub(super) fn faults(fields: &Fields, today: Day) -> (Vec<Problem>, Vec<Problem>) {
    let (read, mut problems) = read_all(fields);
    let (errors, hints) = read.draft.problems(today);
    let unread_session = problems.iter().any(|problem| problem.field.starts_with("sessions."));
    for problem in read.placed(errors) {
        let said = problems.iter().any(|known| known.field == problem.field);
        let follows = unread_session && problem.field == "sessions";
        if !said && !follows {
            problems.push(problem);
        }
    }
    (problems, hints)
}

/// The draft as far as it can be read, and what cannot.
fn read_all(fields: &Fields) -> (Read, Vec<Problem>) {
    let mut problems = Vec::new();
    let (sessions, rows) = sessions(fields, &mut problems);
    let core = TrainingDraft {
        title: fields.text("title").to_owned(),
        mode: fields.text("mode").parse::<Mode>().unwrap_or(Mode::Venue),
        venue: fields.text("venue").to_owned(),
        sessions,
        capacity: number(fields, "capacity", "定員は数字で入力してください。", &mut problems),
        recruitment_from: moment(fields, "recruitment_from", &mut problems),
        recruitment_until: moment(fields, "recruitment_until", &mut problems),
        fee_member: Yen(fee(fields, "fee_member", &mut problems)),
        fee_non_member: Yen(fee(fields, "fee_non_member", &mut problems)),
    };
    let prefecture: i32 = fields.text("prefecture").parse().unwrap_or(0);
    if !(1..=47).contains(&prefecture) {
        problems.push(Problem::at("prefecture", "都道府県を選んでください。"));
    }
    let draft = Draft {
        core,
        summary: fields.text("summary").to_owned(),
        venue_address: fields.text("venue_address").to_owned(),
        prefecture,
        contact: fields.text("contact").to_owned(),
        audience: fields.text("audience").to_owned(),
        note_to_approver: fields.text("note_to_approver").to_owned(),
    };
    (Read { draft, rows }, problems)
}

fn number(fields: &Fields, name: &str, sentence: &str, problems: &mut Vec<Problem>) -> Option<i64> {
    let text = fields.text(name);
    if text.is_empty() {
        return None;
    }
    let read = plain(text).replace(',', "").parse().ok();
    if read.is_none() {
        problems.push(Problem::at(name, sentence));
    }
    read
}

fn fee(fields: &Fields, name: &str, problems: &mut Vec<Problem>) -> i64 {
    number(fields, name, "受講料は円の数字で入力してください。", problems).unwrap_or(0)
}

fn moment(fields: &Fields, name: &str, problems: &mut Vec<Problem>) -> Option<chrono::DateTime<chrono::Utc>> {
    let text = fields.text(name);
    if text.is_empty() {
        return None;
    }
    let read = local_instant(text);
    if read.is_none() {
        problems.push(Problem::at(name, "日付と時刻を 2026-12-01T10:00 のように入力してください。"));
    }
    read
}

type Rows = Vec<(usize, Vec<usize>)>;

fn sessions(fields: &Fields, problems: &mut Vec<Problem>) -> (Vec<SessionDraft>, Rows) {
    let (mut sessions, mut rows) = (Vec::new(), Vec::new());
    for row in fields.rows("sessions") {
        let text = |name: &str| fields.text(&format!("sessions.{row}.{name}")).to_owned();
        let (lines, slots) = lines(fields, row, problems);
        let is_blank = ["title", "lecturer", "from", "until"].iter().all(|name| text(name).is_empty())
            && lines.is_empty();
        if is_blank {
            continue;
        }
        let mut at = |name: &str, sentence: &str| {
            let read = instant(&text("day"), &text(name));
            if read.is_none() {
                problems.push(Problem::at(&format!("sessions.{row}.{name}"), sentence));
            }
            read
        };
        let starts_at = at("from", "日付と開始の時刻を入力してください。");
        let ends_at = at("until", "終了の時刻を入力してください。");
        if let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at) {
            let (title, lecturer) = (text("title"), text("lecturer"));
            sessions.push(SessionDraft { title, lecturer, starts_at, ends_at, credits: lines });
            rows.push((row, slots));
        }
    }
    (sessions, rows)
}

fn lines(fields: &Fields, row: usize, problems: &mut Vec<Problem>) -> (Vec<CreditLine>, Vec<usize>) {
    let (mut lines, mut slots) = (Vec::new(), Vec::new());
    for slot in fields.rows(&format!("sessions.{row}.credits")) {
        let name = |field: &str| format!("sessions.{row}.credits.{slot}.{field}");
        let kind = fields.text(&name("line"));
        if kind.is_empty() {
            continue;
        }
        let Some(mut line) = kind_of(kind) else {
            problems.push(Problem::at(&name("line"), "単位の種類を一覧から選んでください。"));
            continue;
        };
        match Credits::parse_written(fields.text(&name("amount"))) {
            Ok(amount) => line.amount = amount,
            Err(error) => problems.push(Problem::at(&name("amount"), &error.to_string())),
        }
        let code = plain(fields.text(&name("code")));
        if !code.is_empty() {
            match code.parse() {
                Ok(code) => line.curriculum_code = Some(code),
                Err(_) => {
                    problems.push(Problem::at(&name("code"), "カリキュラムコードは数字で入力してください。"))
                }
            }
        }
        lines.push(line);
        slots.push(slot);
    }
    (lines, slots)
}

impl Read {
    /// Problems of the rules at the fields where they were typed.
    pub(super) fn placed(&self, problems: Vec<Problem>) -> Vec<Problem> {
        problems.into_iter().map(|problem| Problem { field: self.place(&problem.field), ..problem }).collect()
    }

    fn place(&self, field: &str) -> String {
        let mut parts = field.split('.');
        let (Some("sessions"), Some(at), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return field.to_owned();
        };
        let Some((row, slots)) = at.parse::<usize>().ok().and_then(|at| self.rows.get(at)) else {
            return field.to_owned();
        };
        let line = parts.next().and_then(|at| at.parse::<usize>().ok());
        let last = parts.next().unwrap_or("line");
        match (name, line) {
            ("starts_at", _) => format!("sessions.{row}.from"),
            ("ends_at", _) => format!("sessions.{row}.until"),
            ("credits", line) => {
                let slot = line.and_then(|line| slots.get(line)).or(slots.first()).copied().unwrap_or(0);
                let last = match last {
                    "amount" => "amount",
                    "curriculum_code" => "code",
                    _ => "line",
                };
                format!("sessions.{row}.credits.{slot}.{last}")
            }
            (name, _) => format!("sessions.{row}.{name}"),
        }
    }
}

/// The fields of a stored draft, as if somebody had typed them.
pub(super) fn pairs(draft: &Draft) -> Vec<(String, String)> {
    let core = &draft.core;
    let optional = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(local).unwrap_or_default();
    let values = [
        core.title.clone(),
        draft.summary.clone(),
        core.mode.name().to_owned(),
        core.venue.clone(),
        draft.venue_address.clone(),
        draft.prefecture.to_string(),
        core.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
        optional(core.recruitment_from),
        optional(core.recruitment_until),
        core.fee_member.amount().to_string(),
        core.fee_non_member.amount().to_string(),
        draft.audience.clone(),
        draft.contact.clone(),
        draft.note_to_approver.clone(),
    ];
    let mut pairs: Vec<(String, String)> = FIELDS.iter().map(|name| (*name).to_owned()).zip(values).collect();
    for (row, session) in core.sessions.iter().enumerate() {
        let mut add = |name: &str, value: String| pairs.push((format!("sessions.{row}.{name}"), value));
        add("title", session.title.clone());
        add("lecturer", session.lecturer.clone());
        add("day", Day::of(session.starts_at).to_string());
        add("from", clock_time(session.starts_at));
        add("until", clock_time(session.ends_at));
        for (slot, line) in session.credits.iter().enumerate() {
            add(&format!("credits.{slot}.line"), value_of(line));
            add(&format!("credits.{slot}.amount"), line.amount.to_string());
            add(
                &format!("credits.{slot}.code"),
                line.curriculum_code.map(|code| code.to_string()).unwrap_or_default(),
            );
        }
    }
    pairs
}

/// The form as the template shows it.
pub(super) struct Form {
    fields: Fields,
    pub(super) problems: Problems,
    pub(super) sessions: Vec<SessionForm>,
    /// The row that the button adds.
    pub(super) blank: SessionForm,
    pub(super) kinds: Vec<Group>,
}

pub(super) struct SessionForm {
    /// Number of the row, or `__n__` for the one to be added.
    pub(super) n: String,
    pub(super) title: String,
    pub(super) lecturer: String,
    pub(super) day: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) lines: Vec<LineForm>,
    pub(super) errors: Problems,
}

pub(super) struct LineForm {
    pub(super) m: usize,
    pub(super) kind: String,
    pub(super) amount: String,
    pub(super) code: String,
}

impl SessionForm {
    /// The sentence beside a field of this row.
    pub(super) fn error(&self, name: &str) -> String {
        self.errors.of(&format!("sessions.{}.{name}", self.n)).to_owned()
    }

    /// The name of a field of this row.
    pub(super) fn field(&self, name: &str) -> String {
        format!("sessions.{}.{name}", self.n)
    }

    /// The name of a field of a credit line.
    pub(super) fn line_field(&self, m: &usize, name: &str) -> String {
        self.field(&format!("credits.{m}.{name}"))
    }

    /// The sentence beside a field of a credit line.
    pub(super) fn line_error(&self, m: &usize, name: &str) -> String {
        self.error(&format!("credits.{m}.{name}"))
    }
}

impl Form {
    /// The form with what was typed and what must be mended.
    pub(super) fn new(fields: Fields, problems: Vec<Problem>, extra_rows: usize) -> Self {
        let mut rows = fields.rows("sessions");
        for _ in 0..extra_rows {
            rows.push(rows.last().map_or(0, |last| last + 1));
        }
        let day = rows
            .first()
            .map(|row| fields.text(&format!("sessions.{row}.day")).to_owned())
            .unwrap_or_default();
        let sessions = rows.iter().map(|row| session(&fields, *row, &problems)).collect();
        let mut blank = session(&Fields::default(), 0, &[]);
        blank.n = "__n__".to_owned();
        blank.day = day;
        Self { fields, problems: Problems(problems), sessions, blank, kinds: kinds() }
    }

    /// The value of a field that is one.
    pub(super) fn text(&self, name: &str) -> String {
        self.fields.text(name).to_owned()
    }

    /// The sentence beside it.
    pub(super) fn error(&self, name: &str) -> String {
        self.problems.of(name).to_owned()
    }
}

fn session(fields: &Fields, row: usize, problems: &[Problem]) -> SessionForm {
    let text = |name: &str| fields.text(&format!("sessions.{row}.{name}")).to_owned();
    let prefix = format!("sessions.{row}.");
    let mut slots = fields.rows(&format!("sessions.{row}.credits"));
    let mut next = 0;
    while slots.len() < LINES {
        if !slots.contains(&next) {
            slots.push(next);
        }
        next += 1;
    }
    let line = |m: usize| LineForm {
        m,
        kind: text(&format!("credits.{m}.line")),
        amount: text(&format!("credits.{m}.amount")),
        code: text(&format!("credits.{m}.code")),
    };
    SessionForm {
        n: row.to_string(),
        title: text("title"),
        lecturer: text("lecturer"),
        day: text("day"),
        from: text("from"),
        until: text("until"),
        lines: slots.into_iter().map(line).collect(),
        errors: Problems(
            problems.iter().filter(|problem| problem.field.starts_with(&prefix)).cloned().collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mamis_rules::credit::Scheme;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields::from_pairs(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    const TYPED: &[(&str, &str)] = &[
        ("title", "産業医研修会"),
        ("mode", "venue"),
        ("prefecture", "14"),
        ("capacity", "40"),
        ("recruitment_from", "2026-12-01T10:00"),
        ("sessions.2.title", "職場巡視"),
        ("sessions.2.day", "2027-03-06"),
        ("sessions.2.from", "13:00"),
        ("sessions.2.until", "14:30"),
        ("sessions.2.credits.1.line", "occupational_physician/lifelong/実地/"),
        ("sessions.2.credits.1.amount", "1.5"),
        ("sessions.5.day", "2027-03-06"),
    ];

    #[test]
    fn a_form_is_read_and_shown_as_typed() {
        let read = read(&fields(TYPED)).map_err(|problems| format!("{problems:?}")).expect("readable");
        assert_eq!(read.draft.core.sessions.len(), 1, "a row with a day alone is blank");
        let line = &read.draft.core.sessions[0].credits[0];
        assert_eq!((line.scheme, line.amount.hundredths()), (Scheme::OccupationalPhysician, 150));
        let again = self::read(&Fields::from_pairs(pairs(&read.draft))).map_err(|_| ()).expect("readable");
        assert_eq!(again.draft, read.draft, "what is stored reads back");
    }

    #[test]
    fn problems_of_the_rules_find_their_row() {
        let read = read(&fields(TYPED)).map_err(|_| ()).expect("readable");
        for (rule, field) in [
            ("sessions.0.starts_at", "sessions.2.from"),
            ("sessions.0.day", "sessions.2.day"),
            ("sessions.0.credits.0.amount", "sessions.2.credits.1.amount"),
            ("sessions.0.credits.0.category", "sessions.2.credits.1.line"),
            ("sessions.0.credits", "sessions.2.credits.1.line"),
            ("sessions.0.title", "sessions.2.title"),
            ("sessions", "sessions"),
            ("venue", "venue"),
        ] {
            assert_eq!(read.place(rule), field, "{rule}");
        }
    }

    #[test]
    fn full_width_digits_are_read() {
        let typed: Vec<(&str, &str)> = TYPED
            .iter()
            .map(|(name, value)| match *name {
                "capacity" => (*name, "４０"),
                "recruitment_from" => (*name, "２０２６-１２-０１T１０：００"),
                "sessions.2.from" => (*name, "１３：００"),
                "sessions.2.credits.1.amount" => (*name, "１．５"),
                _ => (*name, *value),
            })
            .chain([("fee_member", "３，０００")])
            .collect();
        let wide = read(&fields(&typed)).map_err(|problems| format!("{problems:?}")).expect("readable").draft;
        let narrow = read(&fields(TYPED)).map_err(|_| ()).expect("readable").draft;
        assert_eq!(wide.core.sessions, narrow.core.sessions);
        assert_eq!((wide.core.capacity, wide.core.fee_member), (Some(40), Yen(3_000)));
        assert_eq!(wide.core.recruitment_from, narrow.core.recruitment_from);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut typed = TYPED.to_vec();
        typed.retain(|(name, _)| *name != "title" && *name != "capacity");
        typed.extend([("fee_member", "ただ"), ("capacity", "多数"), ("title", "")]);
        let (problems, _) = faults(&fields(&typed), "2027-03-07".parse().expect("a day"));
        let at: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        for field in ["capacity", "fee_member", "title", "venue", "sessions.2.day", "recruitment_until"] {
            assert_eq!(at.iter().filter(|said| **said == field).count(), 1, "{field}: {at:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field() {
        let mut typed = TYPED.to_vec();
        typed.extend([
            ("fee_member", "ただ"),
            ("sessions.3.title", "時刻なし"),
            ("sessions.3.day", "2027-03-06"),
        ]);
        let problems = read(&fields(&typed)).err().expect("unreadable");
        let at: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(at, ["sessions.3.from", "sessions.3.until", "fee_member"]);
    }
}
