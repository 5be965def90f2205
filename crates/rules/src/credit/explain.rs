//! The answer of an evaluation, in words.

use serde::Serialize;

use super::rules::{Limit, RuleSet};
use crate::named::named;

named! {
    /// Why a credit does not count. The word is what a person reads, unless the rules say it better.
    Reason {
        OutsideValidity = "outside_validity", "有効期間外の受講です";
        OutsideWindow = "outside_window", "対象となる期間の外の受講です";
        WrongCourse = "wrong_course", "この申請に数える研修の単位ではありません";
        WrongScheme = "wrong_scheme", "別の制度の単位です";
        PaperAfterCutoff = "paper_after_cutoff", "単位シールが廃止された後の日付です";
        Duplicate = "duplicate", "同じ受講がすでに数えられています";
        Future = "future", "申請日より後の受講です";
        OverCap = "over_cap", "数えられる上限を超えています";
        SameTitleLimit = "same_title_limit", "同じ名称の講義を数えられる回数を超えています";
        UnconfirmedPaper = "unconfirmed_paper", "事務局が原本を確認するまで、仮の単位として別に数えています";
    }
}

/// A credit that counts, by the caller's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CreditRef(pub String);

/// A credit that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotCounted {
    /// The caller's id.
    pub id: String,
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
}

impl NotCounted {
    pub(super) fn because(rules: &RuleSet, id: &str, reason: Reason) -> Self {
        let message = match reason {
            Reason::WrongCourse => rules.accepts.otherwise.clone(),
            Reason::PaperAfterCutoff => {
                format!("単位シールで数えられるのは{}までの受講です", rules.paper_until.japanese())
            }
            Reason::OverCap | Reason::SameTitleLimit => limit_in_words(rules, reason),
            other => other.label().to_owned(),
        };
        Self { id: id.to_owned(), reason, message }
    }
}

fn limit_in_words(rules: &RuleSet, reason: Reason) -> String {
    let words = rules.limits.iter().find_map(|limit| match limit {
        Limit::Cap { amount, .. } if reason == Reason::OverCap => {
            Some(format!("数えられるのは合わせて{amount}単位までです"))
        }
        Limit::YearlyCap { amount, .. } if reason == Reason::OverCap => {
            Some(format!("この区分で数えられるのは年度ごとに{amount}単位までです"))
        }
        Limit::SameTitle { times, .. } if reason == Reason::SameTitleLimit => {
            Some(format!("同じ名称の講義を数えられるのは{times}回までです"))
        }
        _ => None,
    });
    words.unwrap_or_else(|| reason.label().to_owned())
}

/// One requirement with what is there and what is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Its stable id: `total`, `practical`, `item:総論`, `group:①` …
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is asked: credits, a number, or a day.
    pub need: String,
    /// What is there, unconfirmed paper included.
    pub have: String,
    /// What is there without unconfirmed paper.
    #[serde(skip)]
    pub have_confirmed: String,
    /// Whether it is met, unconfirmed paper included.
    pub met: bool,
}

/// The answer: what is asked, what is there, what counts and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Every requirement is met.
    pub eligible: bool,
    /// It is met only with paper credits whose originals no office has seen yet.
    pub provisional: bool,
    /// The version of the rules.
    pub rule_version: String,
    /// Each requirement.
    pub requirements: Vec<Requirement>,
    /// What is missing, in sentences; empty when eligible.
    pub missing: Vec<String>,
    /// The credits that count, by id.
    pub counted: Vec<CreditRef>,
    /// The others, by id, each once.
    pub not_counted: Vec<NotCounted>,
}
