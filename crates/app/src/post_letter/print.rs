//! A letter as it is set on paper.

use super::lists::Line;
use mamis_documents::{Address, PostLetter};
use mamis_rules::base::Day;

/// The line that begins the common end of mails, which speaks of answering by mail.
const END: &str = "――――";

/// The letter, without what makes sense in a mail only.
pub(crate) fn letter(line: &Line, sender: &[String], today: Day) -> Option<PostLetter> {
    let destination = line.destination.as_ref()?;
    Some(PostLetter {
        to: Address {
            postcode: destination.postcode.clone(),
            lines: destination.lines.clone(),
            name: format!("{}　{}", line.person.family_name, line.person.given_name),
        },
        sender: sender.to_vec(),
        date: today,
        reference: String::new(),
        subject: line.row.subject.clone(),
        paragraphs: paragraphs(&line.row.body),
        facts: Vec::new(),
        contact: sender.to_vec(),
    })
}

/// The body line by line: without the greeting, which the address says, and without the end.
fn paragraphs(body: &str) -> Vec<String> {
    let all: Vec<&str> = body.lines().collect();
    // The last such line: a notice may have some of its own.
    let end = all.iter().rposition(|line| line.starts_with(END)).unwrap_or(all.len());
    let lines = all[..end].iter().copied().map(str::trim).filter(|line| !line.is_empty()).enumerate();
    lines.filter(|(at, line)| *at > 0 || !line.ends_with('様')).map(|(_, line)| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_on_paper_has_neither_greeting_line_nor_the_end_of_a_mail() {
        let body = "佐藤 恵子 様\n\n申請を受け付けました。\n\n番号: 1\n日付: 2\n\nhttps://m.example/my\n\n――――――\nこのお知らせは…\n";
        assert_eq!(
            paragraphs(body),
            ["申請を受け付けました。", "番号: 1", "日付: 2", "https://m.example/my"]
        );
        assert_eq!(paragraphs("一行だけ"), ["一行だけ"]);
        assert_eq!(paragraphs("会場\n――――\n案内\n――――――\n終わり"), ["会場", "――――", "案内"]);
    }
}
