//! The end of the clinical training: the category of a resident ends with it, and the next one is proposed in time.
//! Without that, residents fall out of the system [pub].

use crate::association::MembershipCategory;
use crate::base::Day;

/// Months before the end in which the proposal is laid ready [seed].
const MONTHS_BEFORE: i32 = 2;

/// Days after the end for which it is still offered [assumed].
const DAYS_AFTER: i64 = 60;

/// The category after the training: c → b, and a2c → a2b [seed]. None for those who are no residents.
pub const fn category_after(category: MembershipCategory) -> Option<MembershipCategory> {
    match category {
        MembershipCategory::C => Some(MembershipCategory::B),
        MembershipCategory::A2c => Some(MembershipCategory::A2b),
        MembershipCategory::A1 | MembershipCategory::A2b | MembershipCategory::B => None,
    }
}

/// The last day of a training whose proposal is laid ready on a day at the latest.
pub fn last_to_propose(today: Day) -> Day {
    today.plus_months(MONTHS_BEFORE)
}

/// Until when a proposal is offered.
pub fn offered_until(trains_until: Day) -> Day {
    trains_until.plus_days(DAYS_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn only_residents_have_a_next_category() {
        use MembershipCategory as C;
        let after: Vec<_> = C::ALL.iter().map(|category| (*category, category_after(*category))).collect();
        assert_eq!(
            after,
            [(C::A1, None), (C::A2b, None), (C::A2c, Some(C::A2b)), (C::B, None), (C::C, Some(C::B))]
        );
    }

    #[test]
    fn the_last_two_months() {
        assert_eq!(last_to_propose(day("2027-01-31")), day("2027-03-31"));
        assert!(last_to_propose(day("2027-01-30")) < day("2027-03-31"));
        assert_eq!(offered_until(day("2027-03-31")), day("2027-05-30"));
    }
}
