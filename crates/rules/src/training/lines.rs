//! The credit lines of a session: what each scheme allows.

use super::checks::{CreditLine, Problem, SessionDraft, sums};
use crate::credit::{CodesOfATalk, LineRule, TrainingRules, scheme_rules};

/// The largest curriculum code of today; 84 stands on old files only and means 0.
const LAST_CODE: u16 = 83;

/// Parts of a programme that carry no credit [pub]: a title that ends so is such a part.
const NO_TALK: &[&str] = &[
    "挨拶",
    "あいさつ",
    "休憩",
    "開会",
    "閉会",
    "開会の辞",
    "閉会の辞",
    "開会式",
    "閉会式",
    "開講式",
    "閉講式",
    "式典",
    "表彰式",
    "懇親会",
    "受付",
    "製品紹介",
    "製品説明",
    "商品紹介",
    "商品説明",
];

/// Words that may, but need not, name such a part (診療情報提供書 is a subject).
const PERHAPS_NO_TALK: &[&str] = &["挨拶", "休憩", "製品", "商品", "情報提供", "表彰", "懇親"];

pub(super) fn check(at: usize, session: &SessionDraft, problems: &mut Vec<Problem>) {
    no_talk(at, session, problems);
    for (line_at, line) in session.credits.iter().enumerate() {
        let field = |name: &str| format!("sessions.{at}.credits.{line_at}.{name}");
        let Some(rules) = &scheme_rules(line.scheme).training else {
            let message = format!("{}には研修会の単位がありません。", line.scheme.label());
            problems.push(Problem::error(field("scheme"), message));
            continue;
        };
        problems.extend(amount(line, rules).map(|text| Problem::error(field("amount"), text)));
        if let Some((name, text)) = shape(line, rules) {
            problems.push(Problem::error(field(name), text));
        }
        problems.extend(code(line, rules).map(|text| Problem::error(field("curriculum_code"), text)));
        let earlier = &session.credits[..line_at];
        problems.extend(doubled(line, earlier, rules).map(|text| Problem::error(field("scheme"), text)));
    }
    too_much(at, session, problems);
}

fn no_talk(at: usize, session: &SessionDraft, problems: &mut Vec<Problem>) {
    if session.credits.is_empty() {
        return;
    }
    let field = format!("sessions.{at}.credits");
    let title: String = session.title.chars().filter(|c| !c.is_whitespace()).collect();
    if NO_TALK.iter().any(|word| title.ends_with(word)) {
        problems.push(Problem::error(
            field,
            "挨拶・式典・休憩・製品紹介などには単位を付けられません。単位の行を削除してください。",
        ));
    } else if PERHAPS_NO_TALK.iter().any(|word| title.contains(word)) {
        problems.push(Problem::hint(
            field,
            "挨拶・式典・休憩・製品紹介などには単位を付けられません。講演であることを確認してください。",
        ));
    }
}

fn amount(line: &CreditLine, rules: &TrainingRules) -> Option<String> {
    if line.amount.hundredths() <= 0 {
        Some("単位数は0より大きい数を入力してください。".to_owned())
    } else if !line.amount.is_multiple_of(rules.step) {
        Some(format!("単位数は{}きざみで入力してください。", rules.step))
    } else {
        None
    }
}

/// The field of the line that the scheme does not allow, and what to do.
fn shape(line: &CreditLine, rules: &TrainingRules) -> Option<(&'static str, String)> {
    let offered = |values: Vec<Option<&str>>| {
        let mut names: Vec<&str> = values.into_iter().flatten().collect();
        names.dedup();
        names.join("・")
    };
    let mut left: Vec<&LineRule> = rules.lines.iter().collect();
    let all = left.clone();
    left.retain(|rule| rule.course == line.course);
    if left.is_empty() {
        let names = offered(all.iter().map(|rule| rule.course.map(|course| course.label())).collect());
        return Some(("course", choose("研修の種類", &names)));
    }
    let of_course = left.clone();
    left.retain(|rule| rule.category == line.category);
    let Some(rule) = left.first() else {
        let names = offered(of_course.iter().map(|rule| rule.category.as_deref()).collect());
        return Some(("category", choose("単位区分", &names)));
    };
    let known = match &line.item {
        None => rule.items.is_empty(),
        Some(item) => rule.items.contains(item),
    };
    let names = || offered(rule.items.iter().map(|item| Some(item.as_str())).collect());
    (!known).then(|| ("item", choose("項目", &names())))
}

fn choose(what: &str, names: &str) -> String {
    if names.is_empty() {
        format!("この制度に{what}はありません。空欄にしてください。")
    } else {
        format!("{what}を「{names}」から選んでください。")
    }
}

fn code(line: &CreditLine, rules: &TrainingRules) -> Option<String> {
    match (rules.codes, line.curriculum_code) {
        (CodesOfATalk::One, None) => Some("カリキュラムコードを1つ選んでください。".to_owned()),
        (CodesOfATalk::One, Some(code)) if code > LAST_CODE => {
            Some(format!("カリキュラムコードは0から{LAST_CODE}までです。84は0を選んでください。"))
        }
        (CodesOfATalk::None, Some(_)) => {
            Some("この制度の単位にカリキュラムコードは付きません。空欄にしてください。".to_owned())
        }
        _ => None,
    }
}

/// A talk gives a scheme that has codes one line, the others no line twice.
fn doubled(line: &CreditLine, earlier: &[CreditLine], rules: &TrainingRules) -> Option<String> {
    let mut of_scheme = earlier.iter().filter(|other| other.scheme == line.scheme);
    if rules.codes == CodesOfATalk::One {
        let message = "1つの演題に付けられるカリキュラムコードは1つです。行を1つにしてください。";
        return of_scheme.next().map(|_| message.to_owned());
    }
    let same = |other: &CreditLine| {
        (other.course, &other.category, &other.item) == (line.course, &line.category, &line.item)
    };
    of_scheme.any(same).then(|| "同じ区分の単位が2行あります。1行にまとめてください。".to_owned())
}

/// The credits of a scheme fit into the minutes of the session. Basic and lifelong credits are
/// counted apart, because somebody earns one or the other [assumed].
fn too_much(at: usize, session: &SessionDraft, problems: &mut Vec<Problem>) {
    let minutes = (session.ends_at - session.starts_at).num_minutes();
    for ((scheme, _), (sum, line_at)) in sums(session) {
        let Some(rules) = &scheme_rules(scheme).training else {
            continue;
        };
        if minutes > 0 && sum.hundredths().saturating_mul(rules.minutes_per_credit) > minutes * 100 {
            let message = format!(
                "{}の単位が演題の時間（{minutes}分）より多くなっています（合計{sum}単位）。{}分で1単位です。",
                scheme.label(),
                rules.minutes_per_credit
            );
            let field = format!("sessions.{at}.credits.{line_at}.amount");
            problems.push(Problem::error(field, message));
        }
    }
}
