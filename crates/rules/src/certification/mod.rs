//! Certifications: number, validity, standing on a day, deadlines and notices.

pub mod deadline;
pub mod meeting;
pub mod notice;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::day::{Day, Period};
use crate::named::named;

/// How long a certification is valid, in years [seed: five years for both certified schemes].
pub const VALIDITY_YEARS: i32 = 5;

/// The validity of an initial certification: from the day the national tier approves [assumed].
pub fn initial_validity(approved_on: Day) -> Period {
    validity_from(approved_on)
}

/// The validity after a renewal: it begins the day after the old one ends, whenever the renewal
/// was approved, so that there is neither gap nor overlap.
pub fn next_validity(old: Period) -> Period {
    validity_from(old.until.next())
}

// A term counted in years ends on the day before the corresponding day; where the month has no
// such day, on the last of the month (Civil Code, article 143).
fn validity_from(from: Day) -> Period {
    let corresponding = from.plus_years(VALIDITY_YEARS);
    let until = if corresponding.day() == from.day() { corresponding.plus_days(-1) } else { corresponding };
    Period { from, until }
}

/// A certificate number, unique within its scheme and never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CertificateNumber(pub u32);

impl CertificateNumber {
    /// The number after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// As printed on the certificate: 「第0012345号」.
    pub fn printed(self) -> String {
        format!("第{self}号")
    }
}

impl fmt::Display for CertificateNumber {
    /// Seven digits with leading zeros [assumed].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

/// The text is no certificate number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("認定番号は7桁以内の数字で入力してください（例：0012345）。")]
pub struct NotANumber;

impl FromStr for CertificateNumber {
    type Err = NotANumber;

    /// Reads what people type: with or without 第…号, leading zeros, full-width digits, blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let text = text.strip_prefix('第').unwrap_or(text);
        let text = text.strip_suffix('号').unwrap_or(text).trim();
        let mut value = 0_u32;
        let mut digits = 0;
        for letter in text.chars() {
            let narrow = match letter {
                '０'..='９' => u32::from(letter) - u32::from('０'),
                _ => letter.to_digit(10).ok_or(NotANumber)?,
            };
            digits += 1;
            if digits > 7 {
                return Err(NotANumber);
            }
            value = value * 10 + narrow;
        }
        if value == 0 { Err(NotANumber) } else { Ok(Self(value)) }
    }
}

named! {
    /// Whether a certification counts on a day. The public page shows this and nothing else.
    Standing {
        NotYet = "not_yet", "有効期間の開始前";
        Valid = "valid", "有効";
        Expired = "expired", "有効期限切れ";
        Revoked = "revoked", "取消し・資格喪失";
    }
}

named! {
    /// How a title is lost before its validity ends, or instead of a renewal.
    Loss {
        Declined = "declined", "本人の辞退";
        NotRenewed = "not_renewed", "更新しない";
        Revoked = "revoked", "取消し";
        Died = "died", "死亡";
    }
}

/// Whether a loss may be recorded for that day: not before the title was held, and at most a year ahead, which
/// catches a mistyped year. Nobody's death is known ahead.
///
/// # Errors
/// A sentence for the field of the day.
pub fn check_loss(loss: Option<Loss>, held_from: Day, on: Day, today: Day) -> Result<(), &'static str> {
    if loss == Some(Loss::Died) && on > today {
        return Err("亡くなった日には、今日より後の日は指定できません。");
    }
    if on < held_from {
        return Err("認定の有効期間が始まる前の日は指定できません。");
    }
    if on > today.plus_years(1) {
        return Err("1年より先の日は指定できません。年を確認してください。");
    }
    Ok(())
}

/// A certification as far as its standing asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certification {
    /// As printed.
    pub validity: Period,
    /// A special measure prolongs the validity until this day; it never shortens it.
    pub prolonged_until: Option<Day>,
    /// The first day without the title (declined, revoked), if it was lost.
    pub ended_on: Option<Day>,
}

impl Certification {
    /// The last day that counts, special measures included.
    pub fn expires_on(self) -> Day {
        self.prolonged_until.map_or(self.validity.until, |day| day.max(self.validity.until))
    }

    /// The standing on a day.
    pub fn standing(self, on: Day) -> Standing {
        if self.ended_on.is_some_and(|ended| ended <= on) {
            Standing::Revoked
        } else if on < self.validity.from {
            Standing::NotYet
        } else if on <= self.expires_on() {
            Standing::Valid
        } else {
            Standing::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("an ISO day")
    }

    fn period(from: &str, until: &str) -> Period {
        Period { from: day(from), until: day(until) }
    }

    #[test]
    fn validity_is_five_years() {
        for (from, until) in [
            ("2026-11-22", "2031-11-21"),
            ("2026-04-01", "2031-03-31"),
            ("2027-03-01", "2032-02-29"),
            ("2028-02-29", "2033-02-28"),
        ] {
            assert_eq!(initial_validity(day(from)), period(from, until));
        }
    }

    #[test]
    fn a_renewal_follows_without_gap() {
        for (old, new) in [
            (("2022-04-01", "2027-03-31"), ("2027-04-01", "2032-03-31")),
            (("2021-12-15", "2026-12-14"), ("2026-12-15", "2031-12-14")),
            // A validity that a special measure or an old rule made shorter changes nothing.
            (("2024-03-01", "2028-02-28"), ("2028-02-29", "2033-02-28")),
        ] {
            assert_eq!(next_validity(period(old.0, old.1)), period(new.0, new.1));
        }
    }

    #[test]
    fn standing_on_a_day() {
        let plain = Certification {
            validity: period("2021-12-15", "2026-12-14"),
            prolonged_until: None,
            ended_on: None,
        };
        let prolonged = Certification { prolonged_until: Some(day("2027-03-31")), ..plain };
        let shortened = Certification { prolonged_until: Some(day("2022-03-31")), ..plain };
        let ended = Certification { ended_on: Some(day("2026-06-01")), ..plain };
        for (certification, on, standing) in [
            (plain, "2021-12-14", Standing::NotYet),
            (plain, "2021-12-15", Standing::Valid),
            (plain, "2026-12-14", Standing::Valid),
            (plain, "2026-12-15", Standing::Expired),
            (prolonged, "2026-12-15", Standing::Valid),
            (prolonged, "2027-04-01", Standing::Expired),
            (shortened, "2026-12-14", Standing::Valid),
            (ended, "2026-05-31", Standing::Valid),
            (ended, "2026-06-01", Standing::Revoked),
            (ended, "2030-01-01", Standing::Revoked),
        ] {
            assert_eq!(certification.standing(day(on)), standing, "{certification:?} on {on}");
        }
    }

    #[test]
    fn a_loss_lies_neither_before_the_title_nor_far_ahead() {
        let check = |on| check_loss(Some(Loss::Revoked), day("2022-04-01"), day(on), day("2026-11-22"));
        assert_eq!(check("2022-04-01"), Ok(()), "the first day");
        assert_eq!(check("2027-11-22"), Ok(()), "a year ahead");
        assert!(check("2022-03-31").is_err() && check("2027-11-23").is_err());
        let died = |on| check_loss(Some(Loss::Died), day("2022-04-01"), day(on), day("2026-11-22"));
        assert!(died("2026-11-22").is_ok() && died("2026-11-23").is_err());
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for text in ["12345", "0012345", "第0012345号", " 第１２３４５号 ", "第 12345 号"] {
            assert_eq!(text.parse(), Ok(CertificateNumber(12345)), "{text}");
        }
        for text in ["", "0", "第号", "12a45", "123456789", "-1"] {
            assert_eq!(text.parse::<CertificateNumber>(), Err(NotANumber), "{text}");
        }
        assert_eq!(CertificateNumber(12345).printed(), "第0012345号");
        assert_eq!(CertificateNumber(9).next().to_string(), "0000010");
    }
}
