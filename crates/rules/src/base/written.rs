//! Days and numbers as people and spreadsheets write them.

use super::day::Day;
use super::era;

/// Reads a written day; see [`Day::parse_written`].
pub(super) fn read(text: &str) -> Option<Day> {
    let text = plain(text);
    if let Some((began, rest)) = era::strip_name(&text) {
        let (year, month, day) = parts(rest)?;
        if year == 0 {
            return None;
        }
        let year = began.year().checked_add(i32::try_from(year).ok()? - 1)?;
        return Day::new(year, month, day).filter(|day| *day >= began);
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = |from: usize, until: usize| text[from..until].parse::<u32>().ok();
        return Day::new(number(0, 4)? as i32, number(4, 6)?, number(6, 8)?);
    }
    let (year, month, day) = parts(&text)?;
    // Two-digit years are ambiguous between the calendar and the era, so they are refused.
    if !(1000..=9999).contains(&year) {
        return None;
    }
    Day::new(year as i32, month, day)
}

/// A number, time or day in plain letters: full-width digits and signs, typed with a Japanese keyboard in the wrong mode,
/// become half width, blanks go. Never for names.
pub fn plain(text: &str) -> String {
    text.chars().filter_map(half_width).collect()
}

/// Year, month and day out of `7.4.1`, `7/4/1`, `7-4-1`, `7年4月1日` or `元年4月1日`.
fn parts(text: &str) -> Option<(u32, u32, u32)> {
    let text = match text.strip_prefix('元') {
        Some(rest) => format!("1{rest}"),
        None => text.to_owned(),
    };
    let text = match text.strip_suffix('日') {
        // With 日 at the end, the others must be there too.
        Some(rest) => rest.replacen('年', "/", 1).replacen('月', "/", 1),
        None => text,
    };
    let separator = text.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    let mut numbers = text.split(separator).map(number);
    let found = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(found)
}

fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Full-width ASCII becomes half width; spaces go, since people line dates up with them.
fn half_width(c: char) -> Option<char> {
    match c {
        ' ' | '\u{3000}' | '\u{a0}' => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0),
        '\u{2212}' | '\u{2010}' => Some('-'),
        '。' | '・' => Some('.'),
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Option<String> {
        read(text).map(|day| day.to_string())
    }

    #[test]
    fn every_usual_way_to_write_a_day_is_read() {
        for text in [
            "2025/4/1",
            "2025-04-01",
            "2025.4.1",
            "2025年4月1日",
            "20250401",
            "R7.4.1",
            "r7.4.1",
            "R07/04/01",
            "令和7年4月1日",
            "令7.4.1",
            "令和 7年 4月 1日",
            "２０２５／４／１",
            "Ｒ７．４．１",
            " 2025-4-1 ",
        ] {
            assert_eq!(iso(text).as_deref(), Some("2025-04-01"), "{text}");
        }
        assert_eq!(iso("令和元年5月1日").as_deref(), Some("2019-05-01"));
        assert_eq!(iso("S64.1.7").as_deref(), Some("1989-01-07"));
        assert_eq!(iso("昭和40年12月31日").as_deref(), Some("1965-12-31"));
    }

    #[test]
    fn what_a_japanese_keyboard_types_is_plain() {
        for (typed, expected) in [
            ("１．５", "1.5"),
            ("１。５", "1.5"),
            (" １３：３０ ", "13:30"),
            ("３，０００", "3,000"),
            ("20", "20"),
        ] {
            assert_eq!(plain(typed), expected, "{typed}");
        }
    }

    #[test]
    fn an_era_may_run_on_but_not_begin_early() {
        assert_eq!(iso("平成35年3月31日").as_deref(), Some("2023-03-31"));
        assert_eq!(iso("令和元年4月30日"), None);
        assert_eq!(iso("R0.5.1"), None);
    }

    #[test]
    fn what_is_unclear_is_refused() {
        for text in [
            "",
            "7.4.1",
            "25/4/1",
            "2025/4",
            "2025/4/1/2",
            "2025/2/29",
            "2025年4月",
            "4月1日",
            "2025/4-1",
            "令和",
            "abc",
        ] {
            assert_eq!(iso(text), None, "{text}");
        }
    }
}
