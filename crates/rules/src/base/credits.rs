//! Amounts of credit (単位), in hundredths so that sums are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use super::written;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of credit in hundredths: 1.5 credits are `Credits(150)`.
///
/// In JSON and TOML it is a decimal string (`"1.5"`), never a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(i64);

/// Why a text is no amount of credit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCredits {
    /// It begins with a minus sign.
    #[error("単位数「{0}」は負の数です。0以上の数を入力してください。")]
    Negative(String),
    /// It has more than two digits after the point.
    #[error("単位数「{0}」は小数点以下が2桁を超えています。")]
    TooFine(String),
    /// It is empty, has other characters, or is larger than can be counted.
    #[error("単位数「{0}」は数ではありません。1 や 1.5 のように入力してください。")]
    NotANumber(String),
}

impl Credits {
    /// No credit.
    pub const ZERO: Self = Self(0);

    /// The amount of that many hundredths of a credit.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// That many whole credits.
    pub const fn whole(credits: i64) -> Self {
        Self(credits * 100)
    }

    /// Reads an amount as people write it: `1.5`, `１．５`, with blanks around; full or half width.
    ///
    /// # Errors
    /// As [`Self::from_str`], naming what was typed.
    pub fn parse_written(typed: &str) -> Result<Self, NotCredits> {
        written::plain(typed).parse().map_err(|error| match error {
            NotCredits::Negative(_) => NotCredits::Negative(typed.to_owned()),
            NotCredits::TooFine(_) => NotCredits::TooFine(typed.to_owned()),
            NotCredits::NotANumber(_) => NotCredits::NotANumber(typed.to_owned()),
        })
    }

    /// The amount in hundredths of a credit.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// What is left after taking `other` away; never below zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// Whether there is none.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the amount is a whole number of steps; a step of zero divides nothing but zero.
    pub const fn is_multiple_of(self, step: Self) -> bool {
        match step.0 {
            0 => self.0 == 0,
            step => self.0 % step == 0,
        }
    }
}

impl Add for Credits {
    type Output = Self;

    /// Sums stop at the largest amount instead of wrapping around.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Credits {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Credits {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Credits {
    /// The shortest decimal: `4.5`, `20`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let text = match (size / 100, size % 100) {
            (whole, 0) => format!("{sign}{whole}"),
            (whole, part) if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
            (whole, part) => format!("{sign}{whole}.{part:02}"),
        };
        f.pad(&text)
    }
}

impl FromStr for Credits {
    type Err = NotCredits;

    /// Reads `20`, `1.5`, `0.25`: digits, and at most two more after a point.
    fn from_str(text: &str) -> Result<Self, NotCredits> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let wrong = || NotCredits::NotANumber(text.to_owned());
        if text.starts_with('-') {
            return Err(NotCredits::Negative(text.to_owned()));
        }
        let (whole, part) = match text.split_once('.') {
            None => (text, "0"),
            Some((whole, part)) => (whole, part),
        };
        if !digits(whole) || !digits(part) {
            return Err(wrong());
        }
        if part.len() > 2 {
            return Err(NotCredits::TooFine(text.to_owned()));
        }
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let part: i64 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
        whole.checked_mul(100).and_then(|hundredths| hundredths.checked_add(part)).map(Self).ok_or_else(wrong)
    }
}

impl Serialize for Credits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Credits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<i64, NotCredits> {
        text.parse::<Credits>().map(Credits::hundredths)
    }

    #[test]
    fn decimals_are_read_exactly() {
        for (text, hundredths) in
            [("0", 0), ("20", 2000), ("1.5", 150), ("0.25", 25), ("4.50", 450), ("007", 700)]
        {
            assert_eq!(read(text), Ok(hundredths), "{text}");
        }
    }

    #[test]
    fn what_people_type_is_read_in_full_and_half_width() {
        for (typed, hundredths) in
            [("１．５", 150), ("１。５", 150), (" 1.5 ", 150), ("２０", 2000), ("0.25", 25)]
        {
            assert_eq!(Credits::parse_written(typed), Ok(Credits(hundredths)), "{typed}");
        }
        for (typed, refused) in [
            ("－１", NotCredits::Negative("－１".into())),
            ("１．２３４", NotCredits::TooFine("１．２３４".into())),
            ("一", NotCredits::NotANumber("一".into())),
        ] {
            assert_eq!(Credits::parse_written(typed), Err(refused), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_reason() {
        assert_eq!(read("-1"), Err(NotCredits::Negative("-1".into())));
        assert_eq!(read("1.555"), Err(NotCredits::TooFine("1.555".into())));
        for text in ["", ".5", "1.", "1,5", "+1", "1e3", "１", " 1", "1.5.0", "99999999999999999999"] {
            assert_eq!(read(text), Err(NotCredits::NotANumber(text.into())), "{text}");
        }
    }

    #[test]
    fn amounts_are_shown_as_the_shortest_decimal() {
        for (hundredths, text) in [(450, "4.5"), (2000, "20"), (0, "0"), (25, "0.25"), (5, "0.05")] {
            assert_eq!(Credits::from_hundredths(hundredths).to_string(), text);
        }
        assert_eq!(Credits::from_hundredths(-150).to_string(), "-1.5");
    }

    #[test]
    fn subtraction_stops_at_zero_and_sums_do_not_wrap() {
        assert_eq!(Credits::whole(1).saturating_sub(Credits::whole(2)), Credits::ZERO);
        let largest = Credits::from_hundredths(i64::MAX);
        assert_eq!([largest, Credits::whole(1)].into_iter().sum::<Credits>(), largest);
    }
}
