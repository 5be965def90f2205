//! The texts of mails as the national office writes them: checked against the sample of their kind before they count.

use super::{KINDS, LETTERS, TEMPLATES, split};
use crate::error::{Error, Problem, Result};
use minijinja::{Environment, ErrorKind, Template};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::LazyLock;

/// What ends every letter; the editor leaves it out.
const END: &str = "{% include \"_end\" %}";

/// What a text must use where the built-in one has it: without them a letter leads nowhere.
const NEEDED: [&str; 4] = ["link", "login_id", "text", "unsubscribe"];

/// Signs of a text at most.
pub const LONGEST: usize = 5_000;

static SAMPLES: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("templates/samples.json")).expect("a test reads the samples")
});

/// Subject and body as an editor shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Subject, with variables.
    pub subject: String,
    /// Body, with variables, without the common end.
    pub body: String,
}

impl Text {
    /// The template of it: what the letters are made from.
    pub(crate) fn template(&self) -> String {
        let body = self.body.replace("\r\n", "\n");
        format!("件名: {}\n{}\n{END}\n", self.subject.trim(), body.trim_end())
    }
}

/// Whether there are letters of this kind.
///
/// # Errors
/// [`Error::NotFound`].
pub fn known(kind: &str) -> Result<&'static str> {
    KINDS.iter().copied().find(|known| *known == kind).ok_or(Error::NotFound)
}

/// The built-in text of a kind.
///
/// # Errors
/// [`Error::NotFound`] for an unknown kind.
pub fn built_in(kind: &str) -> Result<Text> {
    let (_, text) = TEMPLATES.iter().find(|(known, _)| *known == kind).ok_or(Error::NotFound)?;
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let body = body.trim_end().strip_suffix(END).unwrap_or(body).trim_end();
    let subject = first.strip_prefix("件名: ").unwrap_or(first);
    Ok(Text { subject: subject.to_owned(), body: body.to_owned() })
}

/// The sample of a kind: what its variables may say.
///
/// # Errors
/// [`Error::NotFound`] for an unknown kind.
pub fn sample(kind: &str) -> Result<&'static Value> {
    SAMPLES.get(kind).ok_or(Error::NotFound)
}

/// The variables of a kind, each with what it says in the sample.
///
/// # Errors
/// [`Error::NotFound`] for an unknown kind.
pub fn variables(kind: &str) -> Result<Vec<(String, String)>> {
    let said = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.join("、")
        }
        other => other.to_string(),
    };
    let fields = sample(kind)?.as_object().into_iter().flatten();
    Ok(fields.map(|(name, value)| (name.clone(), said(value))).collect())
}

/// Subject and body of a letter by a template that the office wrote.
///
/// # Errors
/// Why it cannot be filled in, for the log.
pub(super) fn fill(template: &str, data: &Value) -> std::result::Result<(String, String), String> {
    let letters = environment(template).map_err(|error| format!("{error:#}"))?;
    let text = written(&letters)
        .and_then(|text| text.render(minijinja::value::Serde(data)))
        .map_err(|error| format!("{error:#}"))?;
    split(&text).ok_or_else(|| "the subject is gone".to_owned())
}

/// The letters with one more among them.
fn environment(template: &str) -> std::result::Result<Environment<'static>, minijinja::Error> {
    let mut letters = LETTERS.clone();
    letters.remove_global("range");
    letters.add_template_owned("_written", template.to_owned())?;
    Ok(letters)
}

fn written<'a>(letters: &'a Environment<'static>) -> std::result::Result<Template<'a, 'a>, minijinja::Error> {
    letters.get_template("_written")
}

/// The sample letter of a text.
///
/// # Errors
/// [`Error::Invalid`] with the line of the mistake, at `subject` or `body`.
pub fn preview(kind: &str, text: &Text) -> Result<(String, String)> {
    let (known, sample) = (known(kind)?, sample(kind)?);
    let mut problems = Vec::new();
    if text.subject.trim().is_empty() || text.subject.trim().contains('\n') {
        problems.push(Problem::at("subject", "件名を1行で入力してください。"));
    }
    if text.body.trim().is_empty() || text.body.chars().count() > LONGEST {
        problems.push(Problem::at("body", &format!("本文を{LONGEST}文字以内で入力してください。")));
    }
    Problem::none_of(problems)?;
    let template = text.template();
    let letters = environment(&template).map_err(|error| mistake(&error))?;
    let parsed = written(&letters).map_err(|error| mistake(&error))?;
    let used = parsed.undeclared_variables(false);
    variables_fit(known, text, &used, sample)?;
    let rendered = parsed.render(minijinja::value::Serde(sample)).map_err(|error| mistake(&error))?;
    split(&rendered).ok_or_else(|| Error::invalid("subject", "件名を入力してください。"))
}

/// Uses every variable that a reader needs, and none that the letter does not have.
fn variables_fit(kind: &str, text: &Text, used: &HashSet<String>, sample: &Value) -> Result<()> {
    let mut unknown: Vec<&String> = used.iter().filter(|name| sample.get(name.as_str()).is_none()).collect();
    unknown.sort_unstable();
    if let Some(name) = unknown.first() {
        let (field, line) = place(text, name);
        let text =
            format!("{line}行目の「{name}」は、このメールでは使えません。下の表にあるものを使ってください。");
        return Err(Error::invalid(field, &text));
    }
    let missing = NEEDED.iter().find(|name| sample.get(**name).is_some() && !used.contains(**name));
    match missing {
        Some(name) => {
            let text =
                format!("「{{{{ {name} }}}}」がありません。読んだ人が次に進めるように、必ず入れてください。");
            tracing::debug!(kind, name, "a text without what its reader needs");
            Err(Error::invalid("body", &text))
        }
        None => Ok(()),
    }
}

/// Where a name stands: the field, and the line in it from 1.
fn place(text: &Text, name: &str) -> (&'static str, usize) {
    if text.subject.contains(name) {
        return ("subject", 1);
    }
    let line = text.body.lines().position(|line| line.contains(name)).unwrap_or_default();
    ("body", line + 1)
}

/// A mistake in the way of writing, at its line: the first line of a template is the subject.
fn mistake(error: &minijinja::Error) -> Error {
    let line = error.line().unwrap_or(1);
    let (field, line) = if line <= 1 { ("subject", 1) } else { ("body", line - 1) };
    let what = match error.kind() {
        ErrorKind::SyntaxError => "書き方に誤りがあります。かっこ {{ }} や {% %} の対を確かめてください",
        ErrorKind::TemplateNotFound => "ほかの文面は読み込めません",
        ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest => {
            "使えない命令があります"
        }
        _ => "見本の内容を入れられません",
    };
    let detail = error.detail().map(|detail| format!("（{detail}）")).unwrap_or_default();
    Error::invalid(field, &format!("{line}行目：{what}{detail}。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &str, subject: &str, body: &str) -> Problem {
        let text = Text { subject: subject.to_owned(), body: body.to_owned() };
        match preview(kind, &text).expect_err(body) {
            Error::Invalid(problems) => problems.into_iter().next().expect("a problem"),
            error => panic!("{error:?}"),
        }
    }

    #[test]
    fn every_built_in_text_can_be_edited_and_stays_what_it_is() {
        for kind in KINDS {
            let text = built_in(kind).expect("is there");
            let shown = preview(kind, &text).unwrap_or_else(|error| panic!("{kind}: {error:?}"));
            let sample = sample(kind).expect("is there");
            assert_eq!(shown, super::super::compose(kind, sample).expect("renders"), "{kind}");
            assert_eq!(fill(&text.template(), sample).as_ref(), Ok(&shown), "{kind}");
            assert!(!variables(kind).expect("has some").is_empty(), "{kind}");
        }
    }

    #[test]
    fn a_broken_text_is_refused_with_its_line() {
        for (subject, body, field, said) in [
            ("再設定", "一行目\n{{ link }\n三行目", "body", "2行目"),
            ("再設定", "{{ name }} 様\n\n{{ age }}\n{{ link }}", "body", "3行目の「age」"),
            ("{{ naem }}", "{{ link }}", "subject", "1行目の「naem」"),
            ("再設定 {% if %}", "{{ link }}", "subject", "1行目"),
            ("再設定", "リンクはありません", "body", "「{{ link }}」がありません"),
            ("再設定", "{{ link }}{% include \"nothing\" %}", "body", "1行目"),
            ("再設定", "{% for at in range(10) %}{{ at }}{% endfor %}{{ link }}", "body", "1行目"),
            ("", "{{ link }}", "subject", "件名を"),
            ("再設定", " ", "body", "本文を"),
        ] {
            let problem = refused("password_reset", subject, body);
            assert!(problem.field == field && problem.text.contains(said), "{body}: {problem:?}");
        }
        assert!(matches!(built_in("nothing"), Err(Error::NotFound)));
    }

    #[test]
    fn a_text_that_fails_at_sending_says_why() {
        let text = Text { subject: "x".to_owned(), body: "{{ gone }}".to_owned() };
        let said = fill(&text.template(), &serde_json::json!({"name": "𠮷田 髙子"})).expect_err("must fail");
        assert!(said.contains("undefined"), "{said}");
    }
}
