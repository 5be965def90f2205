//! An association's own categories of members: its words for the national ones, from a day to a day.

use super::MembershipCategory;
use crate::base::Day;

/// Letters of a name at most [assumed]: it stands beside the national word in lists.
pub const LONGEST: usize = 30;

/// A category of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// What the association calls it, e.g. 正会員.
    pub name: String,
    /// What it is at the national tier.
    pub national: MembershipCategory,
    /// First day.
    pub from: Day,
    /// Last day; none while it holds.
    pub until: Option<Day>,
}

impl Own {
    /// Whether it holds on a day.
    pub fn holds(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| until >= day)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| until >= other.from)
            && other.until.is_none_or(|until| until >= self.from)
    }
}

/// Why a category is not entered or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was typed.
    #[error("会員区分の名称を入力してください。")]
    NameMissing,
    /// Too long for a list.
    #[error("会員区分の名称は、30文字までで入力してください。")]
    NameTooLong,
    /// The same name holds on one of the days.
    #[error("同じ名称の会員区分が、その期間にもあります。先に、いまの区分を終わらせてください。")]
    NameTaken,
    /// The last day lies before the first.
    #[error("最後の日は、始まりの日より後にしてください。")]
    Reversed,
    /// What was in force stays as it was.
    #[error("過ぎた日は選べません。今日以後の日を入力してください。")]
    Past,
    /// It ended already.
    #[error("この会員区分は、すでに終わっています。")]
    Ended,
}

/// Whether a new category can be entered today beside those that are known.
///
/// # Errors
/// What must be mended.
pub fn enter(new: &Own, known: &[Own], today: Day) -> Result<(), Refusal> {
    if new.name.is_empty() {
        return Err(Refusal::NameMissing);
    }
    if new.name.chars().count() > LONGEST {
        return Err(Refusal::NameTooLong);
    }
    if new.from < today {
        return Err(Refusal::Past);
    }
    if new.until.is_some_and(|until| until < new.from) {
        return Err(Refusal::Reversed);
    }
    if known.iter().any(|one| one.name == new.name && one.overlaps(new)) {
        return Err(Refusal::NameTaken);
    }
    Ok(())
}

/// Whether a category can get this last day today.
///
/// # Errors
/// What must be mended.
pub fn end(one: &Own, until: Day, today: Day) -> Result<(), Refusal> {
    if one.until.is_some_and(|until| until < today) {
        return Err(Refusal::Ended);
    }
    // Yesterday ends it today.
    if until < today.plus_days(-1) {
        return Err(Refusal::Past);
    }
    if until < one.from.plus_days(-1) {
        return Err(Refusal::Reversed);
    }
    Ok(())
}

/// The national word with the association's own for it: 「A①（正会員）」; several are named one after the other.
pub fn word(own: &[Own], national: MembershipCategory, day: Day) -> String {
    let names: Vec<&str> = own
        .iter()
        .filter(|one| one.national == national && one.holds(day))
        .map(|one| one.name.as_str())
        .collect();
    match names.as_slice() {
        [] => national.label().to_owned(),
        names => format!("{}（{}）", national.label(), names.join("・")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn own(name: &str, national: MembershipCategory, from: &str, until: Option<&str>) -> Own {
        Own { name: name.to_owned(), national, from: day(from), until: until.map(day) }
    }

    #[test]
    fn a_category_is_entered_once_and_from_today_on() {
        use MembershipCategory::{A1, B};
        let known =
            [own("正会員", A1, "2020-04-01", None), own("準会員", B, "2020-04-01", Some("2027-03-31"))];
        let long = "あ".repeat(LONGEST + 1);
        let table = [
            (own("終身会員", A1, "2026-12-01", None), Ok(())),
            (own("", A1, "2026-12-01", None), Err(Refusal::NameMissing)),
            (own(&long, A1, "2026-12-01", None), Err(Refusal::NameTooLong)),
            (own("終身会員", A1, "2026-11-30", None), Err(Refusal::Past)),
            (own("終身会員", A1, "2026-12-01", Some("2026-11-30")), Err(Refusal::Reversed)),
            (own("正会員", B, "2027-04-01", None), Err(Refusal::NameTaken)),
            (own("準会員", B, "2027-03-31", None), Err(Refusal::NameTaken)),
            (own("準会員", A1, "2027-04-01", None), Ok(())),
        ];
        for (new, expected) in table {
            assert_eq!(enter(&new, &known, day("2026-12-01")), expected, "{new:?}");
        }
    }

    #[test]
    fn what_was_in_force_stays_as_it_was() {
        let (today, open) = (day("2026-12-01"), own("正会員", MembershipCategory::A1, "2020-04-01", None));
        let over = own("正会員", MembershipCategory::A1, "2020-04-01", Some("2026-11-30"));
        let ahead = own("正会員", MembershipCategory::A1, "2027-04-01", None);
        let table = [
            (&open, "2026-11-30", Ok(())),
            (&open, "2026-11-29", Err(Refusal::Past)),
            (&open, "2027-03-31", Ok(())),
            (&over, "2027-03-31", Err(Refusal::Ended)),
            (&ahead, "2027-03-31", Ok(())),
            (&ahead, "2027-03-30", Err(Refusal::Reversed)),
        ];
        for (one, until, expected) in table {
            assert_eq!(end(one, day(until), today), expected, "{one:?} until {until}");
        }
    }

    #[test]
    fn the_word_is_that_of_the_day() {
        use MembershipCategory::{A1, B};
        let own = [
            own("正会員", A1, "2020-04-01", None),
            own("終身会員", A1, "2027-04-01", None),
            own("準会員", B, "2020-04-01", Some("2027-03-31")),
        ];
        let table = [
            (A1, "2027-03-31", "A①（正会員）"),
            (A1, "2027-04-01", "A①（正会員・終身会員）"),
            (B, "2027-03-31", "B（準会員）"),
            (B, "2027-04-01", "B"),
            (A1, "2020-03-31", "A①"),
        ];
        for (national, on, expected) in table {
            assert_eq!(word(&own, national, day(on)), expected);
        }
    }
}
