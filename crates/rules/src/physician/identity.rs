//! Who somebody says they are: the fields of a registration, checked, and when a person in the register is meant.

use crate::base::{Day, search_key};

/// What somebody typed, each field as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Reading of the family name.
    pub family_kana: String,
    /// Reading of the given name.
    pub given_kana: String,
    /// Birth date; none when it could not be read.
    pub birth_on: Option<Day>,
    /// Licence registry number.
    pub registry_number: String,
}

/// The fields that were wrong and what to do about each.
pub type Problems = Vec<(&'static str, &'static str)>;

/// Somebody with a licence, checked as far as the words themselves tell. The name stays as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Family name exactly as typed.
    pub family_name: String,
    /// Given name exactly as typed.
    pub given_name: String,
    /// Katakana.
    pub family_kana: String,
    /// Katakana.
    pub given_kana: String,
    /// Birth date.
    pub birth_on: Day,
    /// Digits without leading zeros.
    pub registry_number: String,
}

/// Youngest age of a licence: six years of university from eighteen on.
const YOUNGEST: i32 = 22;

impl Typed {
    /// The identity that was typed, on a day. The name is asked for where `with_name` says so: a claim is by reading.
    ///
    /// # Errors
    /// The fields to mend.
    pub fn check(&self, with_name: WithName, today: Day) -> Result<Identity, Problems> {
        let mut problems = Problems::new();
        if with_name == WithName::Asked {
            if self.family_name.trim().is_empty() {
                problems.push(("family_name", "姓を入力してください。"));
            }
            if self.given_name.trim().is_empty() {
                problems.push(("given_name", "名を入力してください。"));
            }
        }
        let family_kana = read_kana(&self.family_kana, "family_kana", "姓のカナ", &mut problems);
        let given_kana = read_kana(&self.given_kana, "given_kana", "名のカナ", &mut problems);
        if self.birth_on.is_none_or(|day| day > today.plus_years(-YOUNGEST) || day < today.plus_years(-120)) {
            problems.push(("birth_on", "生年月日を確かめて、入力してください。例：1980年4月1日"));
        }
        let registry_number = registry_number(&self.registry_number);
        if registry_number.is_none() {
            problems.push(("registry_number", "医師免許証の登録番号を、数字で入力してください。例：234567"));
        }
        match (self.birth_on, registry_number) {
            (Some(birth_on), Some(registry_number)) if problems.is_empty() => Ok(Identity {
                family_name: self.family_name.clone(),
                given_name: self.given_name.clone(),
                family_kana,
                given_kana,
                birth_on,
                registry_number,
            }),
            _ => Err(problems),
        }
    }
}

/// Whether the written name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithName {
    /// For a new entry.
    Asked,
    /// For somebody who is in the register.
    NotAsked,
}

fn read_kana(typed: &str, field: &'static str, label: &str, problems: &mut Problems) -> String {
    let kana = katakana(typed);
    if kana.is_empty() || !kana.chars().all(is_katakana) {
        let text = if label.starts_with('姓') {
            "姓のカナを、全角のカタカナで入力してください。"
        } else {
            "名のカナを、全角のカタカナで入力してください。"
        };
        problems.push((field, text));
    }
    kana
}

fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー' | '・' | ' ')
}

/// Hiragana as katakana, blanks around taken away; everything else as it is.
pub fn katakana(typed: &str) -> String {
    let fold = |c: char| match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    };
    typed.trim().chars().map(fold).collect()
}

/// A registry number in plain digits: full-width digits, signs like 第…号 and leading zeros go. None when nothing is
/// left, or more than seven digits.
pub fn registry_number(typed: &str) -> Option<String> {
    let digits: String = typed
        .chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0),
            _ => None,
        })
        .collect();
    let number = digits.trim_start_matches('0');
    (!number.is_empty() && number.len() <= 7).then(|| number.to_owned())
}

impl Identity {
    /// Whether this is the person of the register with these data: all three must agree. Readings agree however they
    /// were typed.
    pub fn is(&self, registry_number: Option<&str>, birth_on: Day, kana_key: &str) -> bool {
        registry_number == Some(self.registry_number.as_str())
            && birth_on == self.birth_on
            && kana_key == self.kana_key()
    }

    /// The key the reading is found by.
    pub fn kana_key(&self) -> String {
        search_key(&format!("{}{}", self.family_kana, self.given_kana))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn typed() -> Typed {
        Typed {
            family_name: "髙橋".to_owned(),
            given_name: "一郎".to_owned(),
            family_kana: "たかはし".to_owned(),
            given_kana: "イチロウ ".to_owned(),
            birth_on: Some(day("1980-04-01")),
            registry_number: "第０２３４５６７号".to_owned(),
        }
    }

    #[test]
    fn what_was_typed_in_another_script_is_read() {
        let identity = typed().check(WithName::Asked, day("2026-11-22")).expect("right");
        assert_eq!((identity.family_kana.as_str(), identity.given_kana.as_str()), ("タカハシ", "イチロウ"));
        assert_eq!(identity.registry_number, "234567");
        assert_eq!(identity.family_name, "髙橋", "a name is never changed");
    }

    #[test]
    fn each_field_says_what_to_mend() {
        let today = day("2026-11-22");
        let cases: [(&str, Typed); 6] = [
            ("family_name", Typed { family_name: " ".to_owned(), ..typed() }),
            ("given_kana", Typed { given_kana: "一郎".to_owned(), ..typed() }),
            ("family_kana", Typed { family_kana: String::new(), ..typed() }),
            ("birth_on", Typed { birth_on: None, ..typed() }),
            ("birth_on", Typed { birth_on: Some(day("2010-01-01")), ..typed() }),
            ("registry_number", Typed { registry_number: "12345678".to_owned(), ..typed() }),
        ];
        for (field, typed) in cases {
            let problems = typed.check(WithName::Asked, today).expect_err(field);
            assert_eq!(problems.iter().map(|(field, _)| *field).collect::<Vec<_>>(), [field]);
        }
        let claim = Typed { family_name: String::new(), given_name: String::new(), ..typed() };
        assert!(claim.check(WithName::NotAsked, today).is_ok());
    }

    #[test]
    fn a_person_is_meant_when_number_birth_date_and_reading_agree() {
        let identity = typed().check(WithName::Asked, day("2026-11-22")).expect("right");
        let key = search_key("タカハシ イチロウ");
        let is = |number, birth, key: &str| identity.is(number, day(birth), key);
        assert!(is(Some("234567"), "1980-04-01", &key));
        assert!(!is(Some("234568"), "1980-04-01", &key));
        assert!(!is(None, "1980-04-01", &key));
        assert!(!is(Some("234567"), "1980-04-02", &key));
        assert!(!is(Some("234567"), "1980-04-01", &search_key("タカハシ ジロウ")));
    }
}
