//! Heads: how many members there are on a day, by tier, category, sex and age.
//!
//! A person counts where they belong at the lowest tier, and for every association above that one: the
//! national members of a town are those of its members who are members of the national association as
//! well. Whoever is counted at one tier is counted in the category that they have there.

use super::{Period, held};
use crate::association::{MembershipCategory, Tier};
use crate::base::Day;
use crate::base::ids::AssociationId;
use crate::named::named;

named! {
    /// Sex as registered.
    Sex {
        Male = "male", "男性";
        Female = "female", "女性";
        Unknown = "unknown", "不明";
    }
}

named! {
    /// Age in years on the day, in bands of ten.
    Band {
        Under30 = "under_30", "29歳以下";
        Thirties = "30s", "30代";
        Forties = "40s", "40代";
        Fifties = "50s", "50代";
        Sixties = "60s", "60代";
        Seventies = "70s", "70代";
        From80 = "80_up", "80歳以上";
    }
}

named! {
    /// What the heads are told apart by.
    By {
        Category = "", "会員区分";
        Tier = "tier", "所属の階層";
        Age = "age", "年齢";
        Sex = "sex", "性別";
    }
}

impl Band {
    /// The band of somebody born on a day.
    pub fn of(birth_on: Day, day: Day) -> Self {
        let aged = |years: i32| birth_on <= day.plus_years(-years);
        let bands = [(80, Self::From80), (70, Self::Seventies), (60, Self::Sixties), (50, Self::Fifties)];
        let bands = bands.into_iter().chain([(40, Self::Forties), (30, Self::Thirties)]);
        bands.into_iter().find(|(years, _)| aged(*years)).map_or(Self::Under30, |(_, band)| band)
    }
}

/// What people are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// Category at the tier that is counted.
    pub category: MembershipCategory,
    /// Sex.
    pub sex: Sex,
    /// Age.
    pub band: Band,
}

/// How many cells there are.
pub const CELLS: usize = MembershipCategory::ALL.len() * Sex::ALL.len() * Band::ALL.len();

impl Cell {
    /// Its place among all cells, below [`CELLS`].
    pub const fn index(self) -> usize {
        (self.category as usize * Sex::ALL.len() + self.sex as usize) * Band::ALL.len() + self.band as usize
    }

    /// The cell at a place; none beyond the last.
    pub fn at(index: usize) -> Option<Self> {
        let (bands, sexes) = (Band::ALL.len(), Sex::ALL.len());
        Some(Self {
            category: *MembershipCategory::ALL.get(index / bands / sexes)?,
            sex: Sex::ALL[index / bands % sexes],
            band: Band::ALL[index % bands],
        })
    }
}

/// What is known of somebody who may be a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// As registered.
    pub sex: Sex,
    /// Birth date.
    pub birth_on: Day,
    /// Death, when known.
    pub deceased_on: Option<Day>,
}

/// A member on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The lowest association.
    pub home: AssociationId,
    /// The tiers belonged to, each once, and as what.
    pub heads: Vec<(Tier, Cell)>,
}

/// What somebody counts as on a day; none for non-members and after death.
pub fn member(person: &Person, periods: &[Period], day: Day) -> Option<Member> {
    if person.deceased_on.is_some_and(|died| died < day) {
        return None;
    }
    let held = held(periods, day);
    let home = held.first()?.association;
    let band = Band::of(person.birth_on, day);
    let mut heads: Vec<(Tier, Cell)> = Vec::with_capacity(held.len());
    for period in held {
        // Nobody has two at one tier; what an import wrote so is one head.
        if heads.iter().all(|(tier, _)| *tier != period.tier) {
            heads.push((period.tier, Cell { category: period.category, sex: person.sex, band }));
        }
    }
    Some(Member { home, heads })
}

/// The heads of one cell on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The day.
    pub on: Day,
    /// Of whom.
    pub cell: Cell,
    /// How many at each tier, in the order of [`Tier::ALL`].
    pub heads: [i64; 4],
}

/// Which heads are asked for; empty fields ask for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Members of which tier.
    pub tier: Tier,
    /// In one category.
    pub category: Option<MembershipCategory>,
    /// Of one sex.
    pub sex: Option<Sex>,
    /// Of one age.
    pub band: Option<Band>,
}

impl Filter {
    fn admits(&self, cell: Cell) -> bool {
        self.category.is_none_or(|wanted| wanted == cell.category)
            && self.sex.is_none_or(|wanted| wanted == cell.sex)
            && self.band.is_none_or(|wanted| wanted == cell.band)
    }
}

/// Heads of one kind over the days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Of which kind.
    pub label: &'static str,
    /// One number for each of the days.
    pub heads: Vec<i64>,
}

/// The heads over the days, told apart by something; kinds that nobody ever had are left out. By tier the
/// filter's own tier is no condition: everybody counts at each tier they belong to.
pub fn series(counts: &[Count], days: &[Day], by: By, filter: &Filter) -> Vec<Series> {
    let labels: Vec<&'static str> = match by {
        By::Category => MembershipCategory::ALL.iter().map(|kind| kind.label()).collect(),
        By::Tier => Tier::ALL.iter().map(|kind| kind.label()).collect(),
        By::Age => Band::ALL.iter().map(|kind| kind.label()).collect(),
        By::Sex => Sex::ALL.iter().map(|kind| kind.label()).collect(),
    };
    let mut all: Vec<Series> =
        labels.into_iter().map(|label| Series { label, heads: vec![0; days.len()] }).collect();
    for count in counts.iter().filter(|count| filter.admits(count.cell)) {
        let Some(at) = days.iter().position(|day| *day == count.on) else { continue };
        let of_tier = count.heads[filter.tier as usize];
        match by {
            By::Category => all[count.cell.category as usize].heads[at] += of_tier,
            By::Age => all[count.cell.band as usize].heads[at] += of_tier,
            By::Sex => all[count.cell.sex as usize].heads[at] += of_tier,
            By::Tier => count.heads.iter().zip(&mut all).for_each(|(heads, one)| one.heads[at] += heads),
        }
    }
    all.retain(|one| one.heads.iter().any(|heads| *heads > 0));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::AssociationId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("an ISO day")
    }

    fn period(tier: Tier, at: u128, category: MembershipCategory, from: &str, until: &str) -> Period {
        let until = (!until.is_empty()).then(|| day(until));
        Period { tier, association: AssociationId(Uuid::from_u128(at)), category, from: day(from), until }
    }

    const PERSON: fn() -> Person =
        || Person { sex: Sex::Female, birth_on: day("1970-05-01"), deceased_on: None };

    #[test]
    fn somebody_counts_at_each_tier_and_once_at_home() {
        use MembershipCategory::{A1, B};
        let periods = [
            period(Tier::National, 1, B, "2010-04-01", ""),
            period(Tier::Municipal, 3, A1, "2000-04-01", "2020-03-31"),
            period(Tier::Municipal, 4, A1, "2020-04-01", ""),
            period(Tier::Prefectural, 2, A1, "2000-04-01", ""),
        ];
        let home = |on: &str| member(&PERSON(), &periods, day(on)).map(|member| member.home.0.as_u128());
        for (on, at) in
            [("2000-03-31", None), ("2000-04-01", Some(3)), ("2020-03-31", Some(3)), ("2020-04-01", Some(4))]
        {
            assert_eq!(home(on), at, "{on}");
        }
        let found = member(&PERSON(), &periods, day("2026-11-01")).expect("a member");
        let heads: Vec<_> = found.heads.iter().map(|(tier, cell)| (*tier, cell.category)).collect();
        assert_eq!(heads, [(Tier::Municipal, A1), (Tier::Prefectural, A1), (Tier::National, B)]);
        let dead = Person { deceased_on: Some(day("2026-10-31")), ..PERSON() };
        assert_eq!(member(&dead, &periods, day("2026-11-01")), None);
        assert!(member(&dead, &periods, day("2026-10-31")).is_some());
    }

    #[test]
    fn a_birthday_changes_the_band() {
        for (on, band) in [
            ("2000-04-30", Band::Under30),
            ("2000-05-01", Band::Thirties),
            ("2020-05-01", Band::Fifties),
            ("2050-04-30", Band::Seventies),
            ("2050-05-01", Band::From80),
            ("2080-05-01", Band::From80),
        ] {
            assert_eq!(Band::of(day("1970-05-01"), day(on)), band, "{on}");
        }
    }

    #[test]
    fn every_cell_has_its_place() {
        for index in 0..CELLS {
            assert_eq!(Cell::at(index).map(Cell::index), Some(index));
        }
        assert_eq!(Cell::at(CELLS), None);
    }

    proptest! {
        #[test]
        fn every_way_to_tell_them_apart_adds_up(
            rows in proptest::collection::vec((0..3_usize, 0..CELLS, proptest::array::uniform4(0..50_i64)), 0..40),
            tier in proptest::sample::select(Tier::ALL),
        ) {
            let days = [day("2026-09-01"), day("2026-10-01"), day("2026-11-01")];
            let counts: Vec<Count> = rows
                .iter()
                .map(|(on, cell, heads)| Count { on: days[*on], cell: Cell::at(*cell).expect("in range"), heads: *heads })
                .collect();
            let all = Filter { tier, category: None, sex: None, band: None };
            for (at, on) in days.iter().enumerate() {
                let there = || counts.iter().filter(|count| count.on == *on);
                let whole: i64 = there().map(|count| count.heads[tier as usize]).sum();
                for by in [By::Category, By::Age, By::Sex] {
                    let sum: i64 = series(&counts, &days, by, &all).iter().map(|one| one.heads[at]).sum();
                    prop_assert_eq!(sum, whole, "{:?}", by);
                }
                let tiers: i64 = series(&counts, &days, By::Tier, &all).iter().map(|one| one.heads[at]).sum();
                prop_assert_eq!(tiers, there().map(|count| count.heads.iter().sum::<i64>()).sum::<i64>());
                let parts: i64 = Sex::ALL
                    .iter()
                    .flat_map(|sex| series(&counts, &days, By::Age, &Filter { sex: Some(*sex), ..all }))
                    .map(|one| one.heads[at])
                    .sum();
                prop_assert_eq!(parts, whole);
            }
        }
    }
}
