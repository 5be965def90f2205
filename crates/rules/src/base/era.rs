//! Japanese eras.

use super::day::Day;

/// An era with the day it began.
struct Era {
    name: &'static str,
    letter: char,
    began: (i32, u32, u32),
}

/// Latest first. The first day of an era belongs to it.
const ERAS: [Era; 5] = [
    Era { name: "令和", letter: 'R', began: (2019, 5, 1) },
    Era { name: "平成", letter: 'H', began: (1989, 1, 8) },
    Era { name: "昭和", letter: 'S', began: (1926, 12, 25) },
    Era { name: "大正", letter: 'T', began: (1912, 7, 30) },
    Era { name: "明治", letter: 'M', began: (1868, 1, 25) },
];

/// The year of a day in its era: `令和9年`, `令和元年`; `None` before 明治.
pub(super) fn year(day: Day) -> Option<String> {
    let at = (day.year(), day.month(), day.day());
    let era = ERAS.iter().find(|era| at >= era.began)?;
    Some(match day.year() - era.began.0 + 1 {
        1 => format!("{}元年", era.name),
        year => format!("{}{year}年", era.name),
    })
}

/// Takes the name of an era off the front of a text: its first calendar year, the day it began,
/// and the rest. Accepts `令和`, `令`, `R`, `r` and so on.
pub(super) fn strip_name(text: &str) -> Option<(Day, &str)> {
    ERAS.iter().find_map(|era| {
        let short = era.name.chars().next()?;
        let rest = text
            .strip_prefix(era.name)
            .or_else(|| text.strip_prefix(short))
            .or_else(|| text.strip_prefix(era.letter))
            .or_else(|| text.strip_prefix(era.letter.to_ascii_lowercase()))?;
        let (year, month, day) = era.began;
        Some((Day::new(year, month, day)?, rest))
    })
}
