//! Two records of one person: how alike they are, and what is weighed.
//!
//! The weights are ours \[assumed\]; that an equal registry number, or equal reading and birth date, puts a pair on the
//! list is not [seed]: with the usual threshold each of the two is enough, even where the numbers differ.

use crate::base::{Day, search_key};
use crate::membership::head_count::Sex;
use crate::named::named;

named! {
    /// What two records have in common, or what tells them apart.
    Sign {
        Registry = "registry", "医籍登録番号が同じ";
        Reading = "reading", "フリガナと生年月日が同じ";
        Name = "name", "氏名が同じ（異体字を含む）";
        NearName = "near_name", "氏名が1文字だけ違う";
        Birth = "birth", "生年月日が同じ";
        Workplace = "workplace", "勤務先の名前が同じ";
        Postal = "postal", "勤務先の郵便番号が同じ";
        Contact = "contact", "電話番号かメールアドレスが同じ";
        OtherRegistry = "other_registry", "医籍登録番号が違う";
        OtherSex = "other_sex", "性別が違う";
    }
}

named! {
    /// One of the two records of a pair.
    Side {
        First = "first", "A";
        Second = "second", "B";
    }
}

impl Sign {
    /// Points, negative for what tells two people apart.
    pub const fn points(self) -> i32 {
        match self {
            Self::Registry => 100,
            Self::Reading => 80,
            Self::Name => 30,
            Self::NearName | Self::Contact => 20,
            Self::Workplace => 25,
            Self::Birth => 15,
            Self::Postal => 10,
            Self::OtherRegistry | Self::OtherSex => -20,
        }
    }
}

/// Points from which on a pair is laid before an office, unless the settings say otherwise.
pub const THRESHOLD: i32 = 60;

/// More points by which a pair that was judged different comes up again.
pub const AGAIN: i32 = 10;

/// What is known of a record. Empty texts are unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Licence registry number, as registered.
    pub registry_number: String,
    /// Folded name.
    pub name_key: String,
    /// Folded reading.
    pub kana_key: String,
    /// Birth date.
    pub birth_on: Day,
    /// Sex.
    pub sex: Sex,
    /// Phone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Name of the main workplace.
    pub workplace: String,
    /// Its postal code.
    pub postal_code: String,
}

/// How alike two records are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// 0–100.
    pub points: i32,
    /// Why, the weightiest first.
    pub signs: Vec<Sign>,
}

/// Compares two records. The order does not matter.
pub fn score(one: &Known, other: &Known) -> Score {
    let mut signs = Vec::new();
    let registry = [number(&one.registry_number), number(&other.registry_number)];
    match registry.iter().all(|number| !number.is_empty()) {
        true if registry[0] == registry[1] => signs.push(Sign::Registry),
        true => signs.push(Sign::OtherRegistry),
        false => {}
    }
    let born = one.birth_on == other.birth_on;
    if born && same(&one.kana_key, &other.kana_key) {
        signs.push(Sign::Reading);
    } else if born {
        signs.push(Sign::Birth);
    }
    if same(&one.name_key, &other.name_key) {
        signs.push(Sign::Name);
    } else if differ_in_one(&one.name_key, &other.name_key) {
        signs.push(Sign::NearName);
    }
    if same(&search_key(&one.workplace), &search_key(&other.workplace)) {
        signs.push(Sign::Workplace);
    }
    if same(&one.postal_code, &other.postal_code) {
        signs.push(Sign::Postal);
    }
    let lower = |text: &str| text.to_lowercase();
    if same(&digits(&one.phone), &digits(&other.phone)) || same(&lower(&one.email), &lower(&other.email)) {
        signs.push(Sign::Contact);
    }
    if one.sex != other.sex && one.sex != Sex::Unknown && other.sex != Sex::Unknown {
        signs.push(Sign::OtherSex);
    }
    signs.sort_by_key(|sign| -sign.points());
    Score { points: signs.iter().map(|sign| sign.points()).sum::<i32>().clamp(0, 100), signs }
}

/// A registry number however it was written: people leave out the zeros in front.
pub fn number(written: &str) -> String {
    digits(&search_key(written)).trim_start_matches('0').to_owned()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && one == other
}

/// Whether two names of at least three characters differ in one of them: changed, added or left out.
fn differ_in_one(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.len() < 3 || long.len() - short.len() > 1 {
        return false;
    }
    let before = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let behind = short.iter().rev().zip(long.iter().rev()).take_while(|(a, b)| a == b).count();
    before + behind + 1 >= long.len() && short != long
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person() -> Known {
        Known {
            registry_number: "012345".to_owned(),
            name_key: search_key("渡邉弘"),
            kana_key: search_key("ワタナベヒロシ"),
            birth_on: Day::parse("1960-04-02").expect("a day"),
            sex: Sex::Male,
            phone: "090-1234-5678".to_owned(),
            email: "hiroshi@example.jp".to_owned(),
            workplace: "中央病院".to_owned(),
            postal_code: "2510000".to_owned(),
        }
    }

    fn stranger() -> Known {
        Known {
            registry_number: "999999".to_owned(),
            name_key: search_key("石井宏"),
            kana_key: search_key("イシイヒロシ"),
            birth_on: Day::parse("1971-09-09").expect("a day"),
            sex: Sex::Male,
            phone: String::new(),
            email: String::new(),
            workplace: String::new(),
            postal_code: String::new(),
        }
    }

    /// Table: what the other record shares with the person, and whether that lays the pair before an office.
    #[test]
    fn a_number_or_reading_and_birth_are_enough_and_the_rest_is_weighed() {
        type Change = fn(&mut Known, Known);
        let alike = |change: Change| {
            let mut other = stranger();
            change(&mut other, person());
            score(&person(), &other).points >= THRESHOLD
        };
        let table: [(&str, bool, Change); 9] = [
            ("nothing", false, |_, _| {}),
            ("the number, without its zero", true, |other, _| other.registry_number = "12345".to_owned()),
            ("reading and birth, other number", true, |other, person| {
                other.kana_key = person.kana_key;
                other.birth_on = person.birth_on;
            }),
            ("reading alone", false, |other, person| other.kana_key = person.kana_key),
            ("name and workplace with its address, no number", true, |other, person| {
                other.registry_number = String::new();
                other.name_key = search_key("渡辺 弘");
                other.workplace = "中央病院".to_owned();
                other.postal_code = person.postal_code;
            }),
            ("the same with another number", false, |other, person| {
                other.name_key = person.name_key;
                other.workplace = person.workplace;
                other.postal_code = person.postal_code;
            }),
            ("near name, birth and workplace, no number", true, |other, person| {
                other.registry_number = String::new();
                other.name_key = search_key("渡邉弘一");
                other.birth_on = person.birth_on;
                other.workplace = person.workplace;
            }),
            ("telephone alone", false, |other, _| other.phone = "09012345678".to_owned()),
            ("sex apart", false, |other, person| {
                other.kana_key = person.kana_key;
                other.birth_on = person.birth_on;
                other.sex = Sex::Female;
            }),
        ];
        for (what, expected, change) in table {
            assert_eq!(alike(change), expected, "{what}");
        }
        assert_eq!(score(&person(), &person()).points, 100);
    }

    #[test]
    fn one_character_is_near_and_two_are_not() {
        for (one, other, near) in [
            ("渡辺弘", "渡部弘", true),
            ("渡辺弘", "渡辺弘一", true),
            ("渡辺弘", "渡弘", false),
            ("渡辺弘", "渡辺弘", false),
            ("渡辺弘", "山辺広", false),
            ("佐藤", "佐東", false),
        ] {
            assert_eq!(differ_in_one(one, other), near, "{one} {other}");
            assert_eq!(differ_in_one(other, one), near, "{other} {one}");
        }
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter_and_points_stay_in_range(
            numbers in proptest::array::uniform2("[0-9]{0,6}"),
            names in proptest::array::uniform2("[渡辺山田弘一]{0,4}"),
            births in proptest::array::uniform2(0..3_i64),
            places in proptest::array::uniform2("[中央]{0,2}"),
        ) {
            let known = |at: usize| Known {
                registry_number: numbers[at].clone(),
                name_key: names[at].clone(),
                kana_key: names[at].clone(),
                birth_on: person().birth_on.plus_days(births[at]),
                workplace: places[at].clone(),
                ..stranger()
            };
            let (there, back) = (score(&known(0), &known(1)), score(&known(1), &known(0)));
            prop_assert_eq!(&there, &back);
            prop_assert!((0..=100).contains(&there.points));
        }
    }
}
