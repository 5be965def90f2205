//! Reading what mail servers send back: delivery reports (RFC 3464) and the codes in them (RFC 3463).

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// What a delivery report says about one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounce {
    /// Message-ID of the letter, in angle brackets; empty when the report does not repeat it.
    pub message_id: String,
    /// The address that was not reached.
    pub address: String,
    /// Status code, e.g. 5.1.1; empty when there is none.
    pub status: String,
    /// The words of the receiver's server.
    pub words: String,
}

/// Whether the mailbox itself is gone: the code speaks about the address (5.1.x) or says that the mailbox is closed
/// (5.2.1). A full mailbox or a refused text says nothing about the next letter.
pub fn is_dead(status: &str) -> bool {
    status.starts_with("5.1.") || status == "5.2.1"
}

/// Why a letter came back, for people.
pub fn meaning(status: &str) -> &'static str {
    match status {
        "" => "相手のメールサーバーが受け取りませんでした",
        "5.2.1" => "受信箱が閉じられています",
        "5.2.2" => "受信箱がいっぱいです",
        "5.2.3" | "5.3.4" => "メールが大きすぎて、受け取られませんでした",
        _ if status.starts_with("5.1.") => "宛先のメールアドレスがありません",
        _ if status.starts_with("5.4.") => "相手のメールサーバーに届きませんでした",
        _ if status.starts_with("5.7.") => "迷惑メール対策などで、受取りを断られました",
        _ => "相手のメールサーバーが受け取りませんでした",
    }
}

/// The status code among a server's words, e.g. in `550 5.1.1 no such user`; empty for none. A bare 550 stays without:
/// it refuses unknown mailboxes and unwelcome texts alike.
pub fn status_in(words: &str) -> String {
    let mut tokens = words.split(|letter: char| letter.is_whitespace() || "():;,".contains(letter));
    tokens.find(|token| is_status(token)).unwrap_or_default().to_owned()
}

fn is_status(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts.iter().all(number)
}

/// The recipients that were finally not reached, by a report as it came; none where the message is no such report:
/// notices of delay, absence and delivery among them.
pub fn read(message: &[u8]) -> Vec<Bounce> {
    let Some(message) = MessageParser::default().parse(message) else { return Vec::new() };
    let Some(report) = report_of(&message) else { return Vec::new() };
    let message_id = original_id(&message).unwrap_or_default();
    let failed = groups(&report)
        .into_iter()
        .filter(|group| value(group, "action").is_some_and(|action| action.eq_ignore_ascii_case("failed")));
    let bounce = |group: Vec<(String, String)>| {
        let address = ["final-recipient", "original-recipient"].iter().find_map(|name| value(&group, name));
        let words = value(&group, "diagnostic-code").unwrap_or_default();
        let status = value(&group, "status").map(|code| status_in(&code)).unwrap_or_default();
        Bounce {
            message_id: message_id.clone(),
            address: address.map(|text| after_type(&text)).unwrap_or_default(),
            // What the other server said is more precise than "5.0.0".
            status: if matches!(status.as_str(), "" | "5.0.0") { status_in(&words) } else { status },
            words: after_type(&words),
        }
    };
    failed.map(bounce).collect()
}

/// The text of the part message/delivery-status.
fn report_of(message: &Message<'_>) -> Option<String> {
    let part = message.parts.iter().find(|part| is_kind(*part, "message", "delivery-status"))?;
    Some(String::from_utf8_lossy(part.contents()).into_owned())
}

fn is_kind<'a>(part: &impl MimeHeaders<'a>, kind: &str, sub: &str) -> bool {
    part.content_type().is_some_and(|found| {
        found.ctype().eq_ignore_ascii_case(kind)
            && found.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case(sub))
    })
}

/// The Message-ID of the letter that came back, in whichever form the report repeats it.
fn original_id(message: &Message<'_>) -> Option<String> {
    let of_part = |part: &mail_parser::MessagePart<'_>| match &part.body {
        PartType::Message(original) => original.message_id().map(str::to_owned),
        _ if is_kind(part, "text", "rfc822-headers") => {
            let headers = MessageParser::default().parse_headers(part.contents())?;
            headers.message_id().map(str::to_owned)
        }
        _ => None,
    };
    message.parts.iter().find_map(of_part).map(|id| format!("<{id}>"))
}

/// The groups of fields, one a recipient; names in small letters, folded lines joined.
fn groups(report: &str) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in report.lines() {
        let last = groups.last_mut().expect("one from the beginning");
        if line.trim().is_empty() {
            groups.push(Vec::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = last.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

fn value(group: &[(String, String)], name: &str) -> Option<String> {
    group.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// What follows the type of an address or a diagnosis: `rfc822; a@example.jp`.
fn after_type(text: &str) -> String {
    text.split_once(';').map_or(text, |(_, rest)| rest).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Postfix writes it, with the whole letter.
    const POSTFIX: &str = "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\nTo: returns@med.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"edge\"\r\nMessage-Id: <20261122.1@mx.example>\r\n\r\n--edge\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry to have to inform you that your message could not be delivered.\r\n\r\n--edge\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0900\r\n\r\nFinal-Recipient: rfc822; sato@clinic.example\r\nOriginal-Recipient: rfc822;sato@clinic.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <sato@clinic.example>: Recipient address\r\n    rejected: User unknown\r\n\r\n--edge\r\nContent-Type: message/rfc822\r\n\r\nFrom: MAMIS <no-reply@med.example>\r\nTo: sato@clinic.example\r\nMessage-ID: <0193-7@med.example>\r\nSubject: x\r\n\r\nbody\r\n\r\n--edge--\r\n";

    #[test]
    fn a_report_names_letter_address_and_reason() {
        let expected = Bounce {
            message_id: "<0193-7@med.example>".to_owned(),
            address: "sato@clinic.example".to_owned(),
            status: "5.1.1".to_owned(),
            words: "550 5.1.1 <sato@clinic.example>: Recipient address rejected: User unknown".to_owned(),
        };
        assert_eq!(read(POSTFIX.as_bytes()), std::slice::from_ref(&expected));
        let headers = POSTFIX.replace("message/rfc822", "text/rfc822-headers");
        assert_eq!(read(headers.as_bytes()), [expected], "only the headers came back");
    }

    #[test]
    fn what_is_no_final_failure_is_no_bounce() {
        assert_eq!(read(POSTFIX.replace("Action: failed", "Action: delayed").as_bytes()), []);
        assert_eq!(read(POSTFIX.replace("message/delivery-status", "text/plain").as_bytes()), []);
        assert_eq!(read(b"Subject: on holiday\r\n\r\nback on Monday\r\n"), []);
        assert_eq!(read(b""), []);
        assert_eq!(read(&[0, 159, 146, 150, 13, 10]), []);
    }

    #[test]
    fn a_general_code_gives_way_to_the_words_of_the_server() {
        let vague = POSTFIX.replace("Status: 5.1.1", "Status: 5.0.0");
        assert_eq!(read(vague.as_bytes())[0].status, "5.1.1");
    }

    #[test]
    fn only_a_missing_mailbox_is_dead() {
        for (words, status, dead) in [
            ("550 5.1.1 no such user", "5.1.1", true),
            ("permanent error (550): 5.7.1 spam", "5.7.1", false),
            ("552 5.2.2 full", "5.2.2", false),
            ("550 unknown user", "", false),
            ("permanent error (550): 5.1.10 null MX", "5.1.10", true),
            ("5.2.1 disabled", "5.2.1", true),
            ("421 busy since 10.1.2", "", false),
            ("", "", false),
        ] {
            assert_eq!(status_in(words), status, "{words}");
            assert_eq!(is_dead(&status_in(words)), dead, "{words}");
            assert!(!meaning(status).is_empty());
        }
    }
}
