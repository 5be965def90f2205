//! What the pages about trainings share: words, times, choices.

use crate::desk::paging::Choice;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use mamis_app::decision::clock_time;
use mamis_app::training::search::Found;
use mamis_app::training::standing::window;
use mamis_rules::association::Prefecture;
use mamis_rules::base::{Day, plain};
use mamis_rules::credit::{Course, Scheme, scheme_rules};
use mamis_rules::flow::training_approval::{self as flow, HeldAt, Phase, State};
use mamis_rules::training::Mode;

/// What a training may give, for the search: a scheme, a course, or a category.
pub(super) fn offers() -> Vec<Choice> {
    let mut choices = Vec::new();
    for scheme in Scheme::ALL {
        let Some(rules) = &scheme_rules(*scheme).training else { continue };
        choices.push(Choice::new(scheme.name(), scheme.label()));
        let mut seen = vec![format!("{}//", scheme.name())];
        for line in &rules.lines {
            let course = line.course.map_or("", |course| course.name());
            let category = line.category.as_deref().unwrap_or("");
            let value = format!("{}/{course}/{category}", scheme.name());
            if !seen.contains(&value) {
                let words = [scheme.label(), line.course.map_or("", |course| course.label()), category];
                choices.push(Choice::new(&value, words.join("　").trim()));
                seen.push(value);
            }
        }
    }
    choices
}

/// `|scheme/course/category|…|` in words, each once.
pub(crate) fn offered(offers: &str) -> Vec<String> {
    offers
        .split('|')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut words = part.split('/');
            let scheme = words.next().unwrap_or_default();
            let course = words.next().unwrap_or_default();
            let scheme = scheme.parse::<Scheme>().map_or(scheme, |scheme| scheme.label());
            let course = course.parse::<Course>().map_or(course, |course| course.label());
            [scheme, course, words.next().unwrap_or_default()]
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

/// `2026年12月13日（令和8年）（日） 13:00〜16:00`.
pub(crate) fn held(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> String {
    let (first, last) = (Day::of(starts_at), Day::of(ends_at));
    let end = if first == last {
        clock_time(ends_at)
    } else {
        format!("{} {}", last.japanese(), clock_time(ends_at))
    };
    format!("{}（{}） {}〜{end}", first.japanese(), first.weekday(), clock_time(starts_at))
}

/// `2026年12月1日（令和8年） 10:00`.
pub(crate) fn day_time(at: DateTime<Utc>) -> String {
    mamis_app::decision::at(at)
}

/// A day and a time of day in Japan, as typed.
pub(crate) fn instant(day: &str, time: &str) -> Option<DateTime<Utc>> {
    let day = Day::parse_written(day).ok()?.date();
    let time = NaiveTime::parse_from_str(&plain(time), "%H:%M").ok()?;
    // Japan is nine hours ahead and has no summer time.
    Some(DateTime::from_naive_utc_and_offset(day.and_time(time), Utc) - TimeDelta::hours(9))
}

/// `2026-12-01T10:00` for a field of day and time.
pub(super) fn local(at: DateTime<Utc>) -> String {
    format!("{}T{}", Day::of(at), clock_time(at))
}

/// What a field of day and time holds.
pub(super) fn local_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = plain(text);
    let (day, time) = text.split_once('T')?;
    instant(day, time.get(..5)?)
}

pub(super) fn mode_label(mode: &str) -> &'static str {
    mode.parse::<Mode>().map_or("", |mode| mode.label())
}

/// A training in a list.
pub(super) struct Card {
    pub(super) href: String,
    pub(super) number: String,
    pub(super) title: String,
    pub(super) host: String,
    pub(super) when: String,
    pub(super) place: String,
    pub(super) offers: Vec<String>,
    pub(super) phase: &'static str,
    /// Kind of its badge.
    pub(super) tone: &'static str,
    pub(super) taken: i32,
    pub(super) capacity: i32,
    pub(super) seats: String,
    pub(super) state: &'static str,
    pub(super) waiting: String,
    pub(super) overdue: bool,
    /// The reader holds a seat.
    pub(super) signed_up: bool,
}

/// Days after which an office is late with a decision [assumed].
const LATE_DAYS: i64 = 14;

impl Card {
    pub(super) fn of(found: &Found, now: DateTime<Utc>) -> Self {
        let state = found.state.parse::<State>().unwrap_or(State::Draft);
        let held_at = HeldAt { starts_at: found.starts_at, ends_at: found.ends_at };
        let phase = flow::phase(state, window(found.recruits_from, found.recruits_until), held_at, now);
        let (phase_label, tone) = shown(phase, found.free());
        let days = found.waiting_since.map_or(0, |since| Day::of(since).days_until(Day::of(now)));
        let place = if found.mode == "web" {
            "Web".to_owned()
        } else {
            format!("{} {}", Prefecture::name_of(found.prefecture), found.venue)
        };
        Self {
            href: format!("/trainings/{}", found.id),
            number: found.number.clone(),
            title: found.title.clone(),
            host: found.host_name.clone(),
            when: held(found.starts_at, found.ends_at),
            place,
            offers: offered(&found.offers),
            phase: phase_label,
            tone,
            taken: found.taken.unwrap_or(0),
            capacity: found.capacity,
            seats: seats(phase, found.free(), found.capacity),
            state: state.label(),
            waiting: if days == 0 { "今日から".to_owned() } else { format!("{days}日") },
            overdue: days >= LATE_DAYS,
            signed_up: found.signed_up,
        }
    }
}

fn seats(phase: Phase, free: i32, capacity: i32) -> String {
    match (phase, free) {
        (Phase::Recruiting, 1..) => format!("残り{free}席（定員{capacity}名）"),
        _ => format!("定員{capacity}名"),
    }
}

/// Word and colour of a phase's badge. One that recruits with no seat left is full: nobody should open it in vain.
pub(super) fn shown(phase: Phase, free: i32) -> (&'static str, &'static str) {
    match (phase, free) {
        (Phase::Recruiting, ..=0) => ("満席", "neutral"),
        _ => (phase.label(), tone(phase)),
    }
}

/// The colour; the word stands in the badge.
fn tone(phase: Phase) -> &'static str {
    match phase {
        Phase::Recruiting => "success",
        Phase::Announced | Phase::Review | Phase::ReportReview | Phase::InProgress => "info",
        Phase::Returned | Phase::Postponed | Phase::Held => "warning",
        Phase::Rejected | Phase::Cancelled => "error",
        Phase::Draft | Phase::Closed | Phase::CreditsEntered | Phase::Done => "neutral",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_japan() {
        let at = instant("2026-12-04", "14:00").expect("a moment");
        assert_eq!(at.to_rfc3339(), "2026-12-04T05:00:00+00:00");
        assert_eq!(local(at), "2026-12-04T14:00");
        assert_eq!(local_instant("2026-12-04T14:00"), Some(at));
        assert_eq!(local_instant("2026-12-04T14:00:00"), Some(at), "browsers may add seconds");
        assert_eq!(local_instant("2026-12-04"), None);
        assert_eq!(instant("2026-12-04", "25:00"), None);
    }

    #[test]
    fn a_full_training_says_so() {
        assert_eq!(shown(Phase::Recruiting, 0), ("満席", "neutral"));
        assert_eq!(shown(Phase::Recruiting, 1), (Phase::Recruiting.label(), "success"));
        assert_eq!(shown(Phase::Closed, 0).0, Phase::Closed.label(), "closed, whatever is free");
        assert_eq!(seats(Phase::Recruiting, 0, 30), "定員30名");
    }

    #[test]
    fn offers_are_read_by_people() {
        let words = offered("|occupational_physician/lifelong/実地|cme//|");
        assert_eq!(words, ["認定産業医 生涯研修 実地", "日医生涯教育制度"]);
    }
}
