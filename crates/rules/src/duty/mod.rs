//! Duties of officers: from a day to a day, and no office without an administrator.

use crate::base::Day;

/// The days of a duty; without an end it runs until somebody ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The last day; none while it is open.
    pub until: Option<Day>,
}

impl Span {
    /// Whether the duty is held on that day.
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the two have a day in common. A span that ends before it begins has none.
    pub fn overlaps(self, other: Self) -> bool {
        let from = self.from.max(other.from);
        self.contains(from) && other.contains(from)
    }

    /// Whether every day of `other` lies in it.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from
            && match (self.until, other.until) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(own), Some(others)) => others <= own,
            }
    }
}

/// Why a duty cannot be entered or ended so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody would administer the office.
    #[error(
        "{}から、この事務局に管理の担当者がいなくなります。先に、後任の管理の担当者を登録してください。",
        from.japanese()
    )]
    NoAdministrator {
        /// The first day without one.
        from: Day,
    },
    /// The last day lies before the first.
    #[error("終わりの日は、始まりの日（{}）以後にしてください。", from.japanese())]
    EndsBeforeItBegins {
        /// The first day.
        from: Day,
    },
    /// Rights are not given backwards: the records of those days say who could do what.
    #[error("始まりの日は、今日（{}）以後にしてください。", today.japanese())]
    BeginsInThePast {
        /// Today.
        today: Day,
    },
    /// Rights are not taken backwards either.
    #[error("最後の日は、きのう（{}）以後にしてください。", yesterday.japanese())]
    EndsInThePast {
        /// Yesterday: the duty ends at once.
        yesterday: Day,
    },
    /// The officer has the duty on some of the days.
    #[error("この職員は、その期間に同じ職務をすでに持っています。")]
    HeldAlready,
    /// The duty has ended.
    #[error("この職務は、{}に終わっています。", on.japanese())]
    EndedAlready {
        /// The last day.
        on: Day,
    },
    /// A deputy stands in for a time.
    #[error("代理のときは、終わりの日も入力してください。")]
    DeputyWithoutEnd,
    /// A deputy stands in for somebody who has the duty.
    #[error("代理される職員が、その期間のすべての日に同じ職務を持っているときだけ、代理を登録できます。")]
    NothingToStandInFor,
}

/// Whether somebody may get a duty for these days. `held`: the days on which they have it already at the same office.
/// `deputized`: the days on which the officer whom they stand in for has it; none for a duty of one's own.
///
/// # Errors
/// A [`Refusal`].
pub fn check_new(span: Span, held: &[Span], deputized: Option<&[Span]>, today: Day) -> Result<(), Refusal> {
    if span.from < today {
        return Err(Refusal::BeginsInThePast { today });
    }
    if span.until.is_some_and(|until| until < span.from) {
        return Err(Refusal::EndsBeforeItBegins { from: span.from });
    }
    if held.iter().any(|other| other.overlaps(span)) {
        return Err(Refusal::HeldAlready);
    }
    match deputized {
        None => Ok(()),
        Some(_) if span.until.is_none() => Err(Refusal::DeputyWithoutEnd),
        Some(theirs) if theirs.iter().any(|other| other.covers(span)) => Ok(()),
        Some(_) => Err(Refusal::NothingToStandInFor),
    }
}

/// The last day a duty gets when it is to end on `last`: a duty that has not begun by then is never held.
///
/// # Errors
/// A [`Refusal`] when it has ended already or `last` lies before yesterday.
pub fn end(span: Span, last: Day, today: Day) -> Result<Day, Refusal> {
    let yesterday = today.plus_days(-1);
    if let Some(on) = span.until.filter(|until| *until < today) {
        return Err(Refusal::EndedAlready { on });
    }
    if last < yesterday {
        return Err(Refusal::EndsInThePast { yesterday });
    }
    Ok(last.max(span.from.plus_days(-1)))
}

/// The first day from `from` on, on which none of the duties is held; none when every day to come has one.
pub fn first_gap(spans: &[Span], from: Day) -> Option<Day> {
    let mut day = from;
    loop {
        let running: Vec<Option<Day>> =
            spans.iter().filter(|span| span.contains(day)).map(|span| span.until).collect();
        if running.contains(&None) {
            return None;
        }
        match running.into_iter().flatten().max() {
            None => return Some(day),
            Some(until) => day = until.next(),
        }
    }
}

/// Every office keeps an administrator: a change must not bring the first day without one nearer. An office that has
/// a gap already (a lonely administrator who was appointed for a year, say) may be changed, as long as it gets no worse.
///
/// # Errors
/// [`Refusal::NoAdministrator`] with the first day that would have none.
pub fn keeps_an_administrator(before: &[Span], after: &[Span], today: Day) -> Result<(), Refusal> {
    let Some(from) = first_gap(after, today) else { return Ok(()) };
    match first_gap(before, today) {
        Some(known) if known <= from => Ok(()),
        _ => Err(Refusal::NoAdministrator { from }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("an ISO day")
    }

    fn span(from: &str, until: &str) -> Span {
        Span { from: day(from), until: (!until.is_empty()).then(|| day(until)) }
    }

    const TODAY: &str = "2026-11-22";

    #[test]
    fn every_office_keeps_an_administrator() {
        let check = |before: &[Span], after: &[Span]| keeps_an_administrator(before, after, day(TODAY));
        let open = span("2024-10-01", "");
        let ended = span("2024-10-01", "2026-12-31");
        let gap = |from: &str| Err(Refusal::NoAdministrator { from: day(from) });
        assert_eq!(check(&[open], &[ended]), gap("2027-01-01"), "the only one");
        assert_eq!(check(&[open, open], &[ended, open]), Ok(()), "another stays");
        assert_eq!(check(&[open], &[ended, span("2027-01-01", "")]), Ok(()), "a successor the day after");
        assert_eq!(check(&[open], &[ended, span("2027-01-02", "")]), gap("2027-01-01"), "a day too late");
        let deputy = span("2026-12-01", "2027-03-31");
        assert_eq!(check(&[open, deputy], &[ended, deputy]), gap("2027-04-01"), "a deputy goes again");
        assert_eq!(check(&[], &[]), Ok(()), "what was missing before is no worse");
        assert_eq!(check(&[ended], &[ended]), Ok(()));
        let sooner = span("2024-10-01", "2026-12-30");
        assert_eq!(check(&[ended], &[sooner]), gap("2026-12-31"), "a gap must not come nearer");
        assert_eq!(check(&[open], &[span("2024-10-01", "2026-11-21")]), gap(TODAY));
    }

    #[test]
    fn a_duty_is_neither_given_nor_taken_backwards() {
        let new = |span, held: &[Span]| check_new(span, held, None, day(TODAY));
        assert_eq!(new(span(TODAY, ""), &[]), Ok(()));
        assert_eq!(new(span("2026-11-21", ""), &[]), Err(Refusal::BeginsInThePast { today: day(TODAY) }));
        let backwards = Err(Refusal::EndsBeforeItBegins { from: day("2026-12-01") });
        assert_eq!(new(span("2026-12-01", "2026-11-30"), &[]), backwards);
        assert_eq!(new(span("2026-12-01", ""), &[span("2024-10-01", "")]), Err(Refusal::HeldAlready));
        assert_eq!(new(span("2026-12-01", ""), &[span("2024-10-01", "2026-11-30")]), Ok(()));
        let running = span("2024-10-01", "");
        assert_eq!(end(running, day("2026-11-21"), day(TODAY)), Ok(day("2026-11-21")), "at once");
        let late = Err(Refusal::EndsInThePast { yesterday: day("2026-11-21") });
        assert_eq!(end(running, day("2026-11-20"), day(TODAY)), late);
        let gone = span("2024-10-01", "2026-10-31");
        assert_eq!(end(gone, day(TODAY), day(TODAY)), Err(Refusal::EndedAlready { on: day("2026-10-31") }));
        let coming = span("2027-04-01", "");
        assert_eq!(end(coming, day(TODAY), day(TODAY)), Ok(day("2027-03-31")), "never held");
        assert!(!Span { until: Some(day("2027-03-31")), ..coming }.contains(coming.from));
        assert!(!Span { until: Some(day("2027-03-31")), ..coming }.overlaps(coming));
    }

    #[test]
    fn a_deputy_stands_in_for_a_time_for_somebody_who_has_the_duty() {
        let check = |new, theirs: &[Span]| check_new(new, &[], Some(theirs), day(TODAY));
        let theirs = [span("2024-10-01", "2027-03-31")];
        assert_eq!(check(span("2026-12-01", "2026-12-31"), &theirs), Ok(()));
        assert_eq!(check(span("2026-12-01", ""), &theirs), Err(Refusal::DeputyWithoutEnd));
        let beyond = check(span("2027-03-01", "2027-04-01"), &theirs);
        assert_eq!(beyond, Err(Refusal::NothingToStandInFor));
        assert_eq!(check(span("2026-12-01", "2026-12-31"), &[]), Err(Refusal::NothingToStandInFor));
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let refusal = Refusal::NoAdministrator { from: day("2027-01-01") };
        assert!(refusal.to_string().starts_with("2027年1月1日"), "{refusal}");
        assert!(refusal.to_string().ends_with("先に、後任の管理の担当者を登録してください。"), "{refusal}");
    }
}
