//! Writes a calendar as programs read it (RFC 5545).

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Octets of a line at most, without its end (RFC 5545, 3.1).
const LINE: usize = 75;

/// One entry of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Stays the same for the same seat.
    pub id: Uuid,
    /// Whether it was postponed or cancelled.
    pub is_off: bool,
    /// When the seat was given.
    pub made_at: DateTime<Utc>,
    /// Counts changes.
    pub version: i64,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Title.
    pub title: String,
    /// Where.
    pub place: String,
    /// More about it.
    pub about: String,
    /// The page about it.
    pub address: String,
}

/// The whole calendar.
pub fn calendar(name: &str, events: &[Event]) -> String {
    let mut text = String::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//MAMIS//trainings//JA", "CALSCALE:GREGORIAN"] {
        push(&mut text, line);
    }
    push(&mut text, &format!("X-WR-CALNAME:{}", escaped(name)));
    // How often programs ask again: signups change by the hour, not by the minute [assumed].
    push(&mut text, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    for event in events {
        write(&mut text, event);
    }
    push(&mut text, "END:VCALENDAR");
    text
}

fn write(text: &mut String, event: &Event) {
    let at = |instant: DateTime<Utc>| instant.format("%Y%m%dT%H%M%SZ");
    let title =
        if event.is_off { format!("【中止・延期】{}", event.title) } else { event.title.clone() };
    push(text, "BEGIN:VEVENT");
    push(text, &format!("UID:{}@mamis", event.id));
    push(text, &format!("DTSTAMP:{}", at(event.made_at)));
    push(text, &format!("SEQUENCE:{}", event.version));
    push(text, &format!("DTSTART:{}", at(event.starts_at)));
    push(text, &format!("DTEND:{}", at(event.ends_at)));
    push(text, &format!("SUMMARY:{}", escaped(&title)));
    push(text, &format!("LOCATION:{}", escaped(&event.place)));
    push(text, &format!("DESCRIPTION:{}", escaped(&event.about)));
    push(text, &format!("URL:{}", event.address));
    push(text, if event.is_off { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
    push(text, "END:VEVENT");
}

/// A text value: what separates values is marked (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| *letter != '\r') {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// A line with its end, folded between characters: a following line begins with a blank.
fn push(text: &mut String, line: &str) {
    let mut room = LINE;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            text.push_str("\r\n ");
            room = LINE - 1;
        }
        text.push(letter);
        room -= letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(title: &str, is_off: bool) -> Event {
        let at = |text: &str| text.parse().expect("an instant");
        Event {
            id: Uuid::nil(),
            is_off,
            made_at: at("2026-11-01T01:00:00Z"),
            version: 2,
            starts_at: at("2026-12-01T04:00:00Z"),
            ends_at: at("2026-12-01T06:30:00Z"),
            title: title.to_owned(),
            place: "藤沢市医師会館; 2階, 大会議室".to_owned(),
            about: "主催：藤沢市医師会\n研修会番号：T2026-000001".to_owned(),
            address: "https://mamis.example/my/tickets/1".to_owned(),
        }
    }

    #[test]
    fn separators_and_ends_of_lines_stay_inside_their_value() {
        let text = calendar("研修会", &[event("産業医\r\nBEGIN:VEVENT,\\", false)]);
        assert_eq!(text.matches("BEGIN:VEVENT\r\n").count(), 1, "{text}");
        for line in [
            "SUMMARY:産業医\\nBEGIN:VEVENT\\,\\\\\r\n",
            "LOCATION:藤沢市医師会館\\; 2階\\, 大会議室\r\n",
            "DTSTART:20261201T040000Z\r\n",
            "STATUS:CONFIRMED\r\n",
            "SEQUENCE:2\r\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let title = "𠮷田髙志先生を偲ぶ".repeat(20);
        let text = calendar("研修会", &[event(&title, true)]);
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        assert!(text.replace("\r\n ", "").contains(&format!("SUMMARY:【中止・延期】{title}\r\n")));
        assert!(text.contains("STATUS:CANCELLED\r\n"));
    }
}
