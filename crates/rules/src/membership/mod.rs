//! The periods of membership: what a decision adds to them.
//!
//! Periods are only ever added to. A decision opens periods and ends running ones; what lies before
//! its day stays as it was, and a return is a new period [seed]. Nobody belongs to an upper tier
//! without the ones below. Every procedure asks here, whoever began it.

mod field;
pub mod head_count;
pub mod residency;

pub use field::Field;

use crate::association::{MembershipCategory, Tier};
use crate::base::Day;
use crate::base::ids::AssociationId;
use crate::flow::membership::LeavingScope;

/// Days that an event may lie back: late reports of the last year are taken [assumed].
const DAYS_BACK: i64 = 366;

/// Months that an event may lie ahead [assumed].
const MONTHS_AHEAD: i32 = 6;

/// A period of membership at one association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The tier of the association.
    pub tier: Tier,
    /// The association.
    pub association: AssociationId,
    /// The category.
    pub category: MembershipCategory,
    /// First day.
    pub from: Day,
    /// Last day; none while it runs.
    pub until: Option<Day>,
}

impl Period {
    /// Whether it has this day.
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| until >= day)
    }

    /// Whether it has no day: it was taken back before it could count.
    pub fn is_void(&self) -> bool {
        self.until.is_some_and(|until| until < self.from)
    }

    fn overlaps(&self, other: &Self) -> bool {
        !self.is_void()
            && !other.is_void()
            && self.until.is_none_or(|until| until >= other.from)
            && other.until.is_none_or(|until| until >= self.from)
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// A new period.
    Open(Period),
    /// The last day of the period with this index.
    Close {
        /// Which of the periods that were given.
        index: usize,
        /// Its last day.
        until: Day,
    },
    /// The period with this index goes on: its last day, which has not passed, was taken back.
    Reopen {
        /// Which of the periods that were given.
        index: usize,
    },
}

/// Why a decision cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tier below is missing on the day, or ends.
    #[error("{}に入会するには、その日に{}の会員である必要があります。", .tier.label(), .below.label())]
    LowerTierMissing {
        /// The tier wanted.
        tier: Tier,
        /// The tier below.
        below: Tier,
    },
    /// There is a membership at this tier already.
    #[error("その日には、すでに{}の会員です。", .tier.label())]
    AlreadyMember {
        /// The tier.
        tier: Tier,
    },
    /// There is no membership that could move, change or end.
    #[error("その日には、退会・異動・変更する所属がありません。")]
    NotMember,
    /// The day lies before something that has happened already.
    #[error("{first}より前の日にはできません。いまの所属が始まった日より後の日を入力してください。", first = .first.japanese())]
    TooEarly {
        /// The first day that would do.
        first: Day,
    },
    /// Too long ago to be entered.
    #[error("{first}より前の日は入力できません。日本医師会の事務局にご相談ください。", first = .first.japanese())]
    TooLongAgo {
        /// The first day that would do.
        first: Day,
    },
    /// Too far ahead.
    #[error("{last}より後の日は、まだ入力できません。", last = .last.japanese())]
    TooFarAhead {
        /// The last day that would do.
        last: Day,
    },
    /// After the decision something else began or ended.
    #[error("そのあとに所属が変わっているため、元に戻せません。")]
    MovedOn,
}

/// Whether an event of this day can be entered today.
///
/// # Errors
/// [`Refusal::TooLongAgo`] and [`Refusal::TooFarAhead`].
pub fn check_day(day: Day, today: Day) -> Result<(), Refusal> {
    let (first, last) = (today.plus_days(-DAYS_BACK), today.plus_months(MONTHS_AHEAD));
    if day < first {
        return Err(Refusal::TooLongAgo { first });
    }
    if day > last {
        return Err(Refusal::TooFarAhead { last });
    }
    Ok(())
}

/// The periods of the tiers that run on a day, from the lowest tier upward.
pub fn held(periods: &[Period], day: Day) -> Vec<&Period> {
    let mut held: Vec<&Period> = periods.iter().filter(|period| period.contains(day)).collect();
    held.sort_by_key(|period| (std::cmp::Reverse(period.tier.level()), period.from));
    held
}

/// The highest tier held on a day.
pub fn highest(periods: &[Period], day: Day) -> Option<Tier> {
    held(periods, day).last().map(|period| period.tier)
}

/// Somebody becomes a member of one association.
///
/// # Errors
/// [`Refusal::AlreadyMember`], [`Refusal::LowerTierMissing`].
pub fn admit(
    periods: &[Period],
    tier: Tier,
    association: AssociationId,
    category: MembershipCategory,
    on: Day,
) -> Result<Vec<Write>, Refusal> {
    let new = Period { tier, association, category, from: on, until: None };
    if periods.iter().any(|period| period.tier == tier && period.overlaps(&new)) {
        return Err(Refusal::AlreadyMember { tier });
    }
    checked(periods, vec![Write::Open(new)])
}

/// Somebody moves to the associations of `chain`: every tier held changes to the new association on
/// the day, and a district of the new chain is entered. Tiers whose association stays keep their period.
///
/// # Errors
/// [`Refusal::NotMember`], [`Refusal::TooEarly`].
pub fn transfer(periods: &[Period], chain: &[(AssociationId, Tier)], on: Day) -> Result<Vec<Write>, Refusal> {
    let running = running_on(periods, on, |_| true)?;
    let mut writes = Vec::new();
    for (index, period) in &running {
        let next = chain.iter().find(|(_, tier)| *tier == period.tier);
        if next.is_some_and(|(id, _)| *id == period.association) {
            continue;
        }
        close_before(&mut writes, *index, period, on)?;
        if let Some((association, _)) = next {
            writes.push(Write::Open(Period { association: *association, from: on, until: None, ..**period }));
        }
    }
    let had_district = running.iter().any(|(_, period)| period.tier == Tier::District);
    let district = chain.iter().find(|(_, tier)| *tier == Tier::District).filter(|_| !had_district);
    if let (Some((association, tier)), Some((_, lowest))) = (district, running.first()) {
        let category = lowest.category;
        writes.push(Write::Open(Period {
            tier: *tier,
            association: *association,
            category,
            from: on,
            until: None,
        }));
    }
    checked(periods, writes)
}

/// Somebody leaves; `on` is the last day.
///
/// # Errors
/// [`Refusal::NotMember`], [`Refusal::TooEarly`].
pub fn leave(periods: &[Period], scope: LeavingScope, on: Day) -> Result<Vec<Write>, Refusal> {
    let running = running_on(periods, on, |tier| scope.ends(tier))?;
    let close = |(index, _): &(usize, &Period)| Write::Close { index: *index, until: on };
    checked(periods, running.iter().map(close).collect())
}

/// The category changes from this day on at the tiers named.
///
/// # Errors
/// [`Refusal::NotMember`], [`Refusal::TooEarly`].
pub fn change_category(
    periods: &[Period],
    wanted: &[(Tier, MembershipCategory)],
    on: Day,
) -> Result<Vec<Write>, Refusal> {
    let of = |tier: Tier| wanted.iter().find(|(of, _)| *of == tier).map(|(_, category)| *category);
    let mut writes = Vec::new();
    for (index, period) in running_on(periods, on, |tier| of(tier).is_some())? {
        let category = of(period.tier).filter(|category| *category != period.category);
        if let Some(category) = category {
            close_before(&mut writes, index, period, on)?;
            writes.push(Write::Open(Period { category, from: on, until: None, ..*period }));
        }
    }
    checked(periods, writes)
}

/// Takes back a leaving: new periods go on where the ended ones stop. The ended ones stay as they are.
///
/// # Errors
/// [`Refusal::MovedOn`] when something else began since, or the tier below is not there.
pub fn restore(periods: &[Period], ended: &[usize]) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::new();
    for period in ended.iter().filter_map(|index| periods.get(*index)) {
        let until = period.until.ok_or(Refusal::MovedOn)?;
        let new = Period { from: until.next(), until: None, ..*period };
        if periods.iter().any(|other| other.tier == new.tier && other.overlaps(&new)) {
            return Err(Refusal::MovedOn);
        }
        writes.push(Write::Open(new));
    }
    if writes.is_empty() {
        return Err(Refusal::NotMember);
    }
    checked(periods, writes).map_err(|_| Refusal::MovedOn)
}

/// An association is succeeded by another of its tier from a day on: what runs or begins there goes on at the other one,
/// to the same last day. What lay before the day stays as it was. Somebody who is a member of the other one already, which
/// only an old import can have written, is one there once.
///
/// # Errors
/// [`Refusal::AlreadyMember`] and [`Refusal::LowerTierMissing`] where periods would break the law that kept it before.
pub fn succeed(
    periods: &[Period],
    from: AssociationId,
    to: AssociationId,
    on: Day,
) -> Result<Vec<Write>, Refusal> {
    let goes_on = |period: &Period| {
        period.association == from && !period.is_void() && period.until.is_none_or(|until| until >= on)
    };
    let mut writes = Vec::new();
    for (index, period) in periods.iter().enumerate().filter(|(_, period)| goes_on(period)) {
        let begins = period.from.max(on);
        writes.push(Write::Close { index, until: begins.plus_days(-1) });
        let new = Period { association: to, from: begins, ..*period };
        if !periods.iter().any(|other| other.association == to && other.overlaps(&new)) {
            writes.push(Write::Open(new));
        }
    }
    checked(periods, writes)
}

/// Takes back a change of category: the periods it began lose all their days. Those it ended go on, or, where their
/// last day has passed, new ones go on after them. What lay before the change stays as it was.
///
/// # Errors
/// [`Refusal::MovedOn`] when something else began or ended since.
pub fn take_back_category(
    periods: &[Period],
    ended: &[usize],
    begun: &[usize],
    today: Day,
) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::new();
    for (index, period) in begun.iter().filter_map(|index| Some((*index, periods.get(*index)?))) {
        if period.until.is_some() {
            return Err(Refusal::MovedOn);
        }
        writes.push(Write::Close { index, until: period.from.plus_days(-1) });
    }
    for (index, period) in ended.iter().filter_map(|index| Some((*index, periods.get(*index)?))) {
        let until = period.until.ok_or(Refusal::MovedOn)?;
        writes.push(match until < today {
            true => Write::Open(Period { from: until.next(), until: None, ..*period }),
            false => Write::Reopen { index },
        });
    }
    if writes.is_empty() {
        return Err(Refusal::NotMember);
    }
    checked(periods, writes).map_err(|_| Refusal::MovedOn)
}

/// The periods after the writes.
pub fn applied(periods: &[Period], writes: &[Write]) -> Vec<Period> {
    let mut after = periods.to_vec();
    for write in writes {
        match write {
            Write::Open(period) => after.push(*period),
            Write::Close { index, until } => {
                if let Some(period) = after.get_mut(*index) {
                    period.until = Some(*until);
                }
            }
            Write::Reopen { index } => {
                if let Some(period) = after.get_mut(*index) {
                    period.until = None;
                }
            }
        }
    }
    after
}

/// Whether the periods keep the law: at no tier two at once, and none above the municipal tier on a day
/// without one at the tier below.
///
/// # Errors
/// What is wrong first.
pub fn check(periods: &[Period]) -> Result<(), Refusal> {
    for (index, period) in periods.iter().enumerate() {
        let twice = periods[..index].iter().any(|other| other.tier == period.tier && other.overlaps(period));
        if twice {
            return Err(Refusal::AlreadyMember { tier: period.tier });
        }
        // Municipal associations have members without a district: it exists only in some towns [seed].
        let below = period.tier.below().filter(|below| *below != Tier::District && !period.is_void());
        if let Some(below) = below.filter(|below| !covered(periods, *below, period)) {
            return Err(Refusal::LowerTierMissing { tier: period.tier, below });
        }
    }
    Ok(())
}

/// Whether the periods of a tier cover another period without a gap.
fn covered(periods: &[Period], tier: Tier, whole: &Period) -> bool {
    let mut of_tier: Vec<&Period> = periods.iter().filter(|period| period.tier == tier).collect();
    of_tier.sort_by_key(|period| period.from);
    let mut next = Some(whole.from);
    for period in of_tier {
        let Some(day) = next else { break };
        if period.contains(day) {
            next = period.until.map(Day::next);
        }
    }
    match (next, whole.until) {
        (None, _) => true,
        (Some(day), Some(until)) => day > until,
        (Some(_), None) => false,
    }
}

/// The writes, if the periods keep the law with them. What an import wrote against the law before can
/// still be ended.
fn checked(periods: &[Period], writes: Vec<Write>) -> Result<Vec<Write>, Refusal> {
    if check(periods).is_ok() {
        check(&applied(periods, &writes))?;
    }
    Ok(writes)
}

/// The periods of these tiers on a day, lowest tier first; none may begin after it.
fn running_on(
    periods: &[Period],
    on: Day,
    wanted: impl Fn(Tier) -> bool,
) -> Result<Vec<(usize, &Period)>, Refusal> {
    let of_tiers =
        || periods.iter().enumerate().filter(|(_, period)| wanted(period.tier) && !period.is_void());
    let mut running: Vec<(usize, &Period)> = of_tiers().filter(|(_, period)| period.contains(on)).collect();
    running.sort_by_key(|(_, period)| std::cmp::Reverse(period.tier.level()));
    if let Some(last) = of_tiers().map(|(_, period)| period.from).filter(|from| *from > on).max() {
        return Err(Refusal::TooEarly { first: last.next() });
    }
    if running.is_empty() {
        return Err(Refusal::NotMember);
    }
    Ok(running)
}

fn close_before(writes: &mut Vec<Write>, index: usize, period: &Period, on: Day) -> Result<(), Refusal> {
    if period.from >= on {
        return Err(Refusal::TooEarly { first: period.from.next() });
    }
    writes.push(Write::Close { index, until: on.plus_days(-1) });
    Ok(())
}
