//! Number or code and month of birth in; valid, expired or revoked out, and nothing else.

use crate::account::Caller;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show_with};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Problem;
use mamis_app::document::actions::{Question, Subject, verify};
use mamis_app::document::lists::Verdict;
use mamis_rules::access::document::Kind;
use mamis_rules::base::Day;
use mamis_rules::certification::Standing;

#[derive(Template)]
#[template(path = "verify/page.html")]
struct VerifyPage {
    page: Page,
    action: String,
    has_code: bool,
    form: Typed,
    problems: Problems,
    answers: Vec<Answer>,
}

#[derive(Default)]
struct Typed {
    number: String,
    year: String,
    month: String,
}

struct Answer {
    kind: &'static str,
    text: String,
}

/// The empty form for a certificate's number.
pub async fn form(ctx: Ctx) -> Result<Response, WebError> {
    page(&ctx, None, Typed::default(), Problems::default(), &[])
}

/// The empty form behind a QR code.
pub async fn form_of_code(ctx: Ctx, Path(code): Path<String>) -> Result<Response, WebError> {
    page(&ctx, Some(&code), Typed::default(), Problems::default(), &[])
}

/// The answer to a number.
pub async fn answer(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    ask(&ctx, None, &origin.address, &fields).await
}

/// The answer to a QR code.
pub async fn answer_of_code(
    ctx: Ctx,
    Path(code): Path<String>,
    Caller(origin): Caller,
    fields: Fields,
) -> Result<Response, WebError> {
    ask(&ctx, Some(&code), &origin.address, &fields).await
}

async fn ask(ctx: &Ctx, code: Option<&str>, address: &str, fields: &Fields) -> Result<Response, WebError> {
    let typed = Typed {
        number: fields.text("number").to_owned(),
        year: fields.text("year").to_owned(),
        month: fields.text("month").to_owned(),
    };
    match read(code, &typed) {
        Err(problems) => page(ctx, code, typed, Problems(problems), &[]),
        Ok(question) => {
            let found = verify(ctx, &question, address).await?;
            let problems = if found.is_empty() { vec![Problem::at("", UNKNOWN)] } else { Vec::new() };
            page(ctx, code, typed, Problems(problems), &found)
        }
    }
}

const UNKNOWN: &str =
    "この番号と生年月の組合せでは確認できませんでした。証明書を見て、もう一度入力してください。";

fn read(code: Option<&str>, typed: &Typed) -> Result<Question, Vec<Problem>> {
    let mut problems = Vec::new();
    let subject = match code {
        Some(code) => Subject::Code(code.to_ascii_uppercase()),
        None if typed.number.is_empty() => {
            problems.push(Problem::at("number", "番号を入力してください。"));
            Subject::Number(String::new())
        }
        None => Subject::Number(typed.number.clone()),
    };
    let year = year(&typed.year);
    let month = narrow(&typed.month).parse().unwrap_or(0);
    if !(1900..=2100).contains(&year) {
        problems.push(Problem::at("year", "生まれた年を西暦か元号で入力してください（例：1970、昭和45）。"));
    }
    if !(1..=12).contains(&month) {
        problems.push(Problem::at("month", "生まれた月を1から12までの数字で入力してください。"));
    }
    if problems.is_empty() { Ok(Question { subject, year, month }) } else { Err(problems) }
}

/// A year as it stands on a certificate or as people say it: 1970, 昭和45, S45; 0 for anything else.
fn year(typed: &str) -> i32 {
    let text = narrow(typed.trim());
    let text = text.trim_end_matches('年');
    let ends = [format!("{text}年12月31日"), format!("{text}.12.31")];
    text.parse()
        .ok()
        .or_else(|| ends.iter().find_map(|end| Some(Day::parse_written(end).ok()?.year())))
        .unwrap_or(0)
}

/// Full-width digits are typed as often as narrow ones.
fn narrow(text: &str) -> String {
    let digit = |letter: char| match letter {
        '０'..='９' => {
            char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0')).unwrap_or(letter)
        }
        other => other,
    };
    text.chars().map(digit).collect()
}

fn page(
    ctx: &Ctx,
    code: Option<&str>,
    form: Typed,
    problems: Problems,
    found: &[Verdict],
) -> Result<Response, WebError> {
    let status = problems.status();
    let action = code.map_or_else(|| "/verify".to_owned(), |code| format!("/verify/{code}"));
    show_with(
        status,
        &VerifyPage {
            page: Page::new(ctx, "認定証・証明書の確認"),
            action,
            has_code: code.is_some(),
            form,
            problems,
            answers: found.iter().map(|verdict| spoken(*verdict)).collect(),
        },
    )
}

fn spoken(verdict: Verdict) -> Answer {
    let kind = match verdict.standing {
        Standing::Valid => "success",
        Standing::NotYet | Standing::Expired => "warning",
        Standing::Revoked => "error",
    };
    let text = match (verdict.kind, verdict.standing) {
        (Kind::Certificate, standing) => format!("この認定は、今日の時点で「{}」です。", standing.label()),
        (document, Standing::Valid) => format!("この証明書（{}）は「有効」です。", document.label()),
        (document, _) => format!(
            "この証明書（{}）は「無効」です。新しいものに差し替えられたか、取り消されています。持ち主に、新しい証明書をお求めください。",
            document.label()
        ),
    };
    Answer { kind, text }
}

#[cfg(test)]
mod tests {
    use super::year;

    #[test]
    fn a_year_of_birth_is_read_as_people_say_it() {
        for text in ["1970", "１９７０", "1970年", " 昭和45 ", "昭和４５年", "S45"] {
            assert_eq!(year(text), 1970, "{text}");
        }
        assert_eq!((year("平成元"), year("昭和64")), (1989, 1989));
        assert_eq!((year(""), year("45"), year("ひみつ")), (0, 45, 0));
    }
}
