//! All credits, beside the rules they count for.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use mamis_app::my::lists::ledger::Entry;
use mamis_app::my::lists::{self, CreditLine, SchemeCredits};
use mamis_app::my::standing::Bar;
use mamis_rules::base::{Credits, Day, FiscalYear};
use mamis_rules::credit::{Course, Kind, item_label};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "my/credits.html")]
struct CreditsTemplate {
    page: Page,
    schemes: Vec<SchemeView>,
    years: Vec<Year>,
    printed_on: String,
    name: String,
}

struct Year {
    href: String,
    label: String,
    current: bool,
    count: &'static str,
}

struct SchemeView {
    id: &'static str,
    name: &'static str,
    what: String,
    window: String,
    bars: Vec<Bar>,
    missing: Vec<String>,
    provisional: bool,
    version: String,
    /// Credits of each fiscal year, and the most of them: the picture.
    by_year: Vec<YearBar>,
    most: i64,
    lines: Vec<LineView>,
    sum: String,
    counted: String,
}

struct YearBar {
    label: String,
    /// Hundredths.
    value: i64,
    text: String,
}

struct LineView {
    day: String,
    title: String,
    href: String,
    host: String,
    what: String,
    amount: String,
    source: &'static str,
    trust: &'static str,
    badge: &'static str,
    counts: bool,
    waits: bool,
    reason: String,
}

/// What the filter asks.
#[derive(Deserialize)]
pub struct Asked {
    /// A fiscal year; none for all.
    year: Option<i32>,
}

/// All credits by scheme.
pub async fn page(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let year = asked.year.map(FiscalYear);
    let found = lists::credits(&ctx, year).await?;
    show(&CreditsTemplate {
        page: Page::new(&ctx, "単位"),
        schemes: found.schemes.iter().map(scheme).collect(),
        years: years(&found.years, year),
        printed_on: ctx.today().japanese(),
        name: ctx.who.name.clone(),
    })
}

fn years(years: &[FiscalYear], chosen: Option<FiscalYear>) -> Vec<Year> {
    let all = Year {
        href: "/my/credits".to_owned(),
        label: "すべて".to_owned(),
        current: chosen.is_none(),
        count: "",
    };
    let one = |year: &FiscalYear| Year {
        href: format!("/my/credits?year={}", year.0),
        label: format!("{}年度", year.0),
        current: chosen == Some(*year),
        count: "",
    };
    std::iter::once(all).chain(years.iter().map(one)).collect()
}

fn scheme(found: &SchemeCredits) -> SchemeView {
    let standing = &found.standing;
    let goal = match standing.kind {
        Kind::Initial => "新規の申請に必要な単位",
        Kind::Renewal => "更新に必要な単位",
        Kind::Certificate => "修了証・認定証に必要な単位",
        Kind::Record => "受講の記録",
    };
    let by_year = by_year(&found.lines);
    SchemeView {
        most: by_year.iter().map(|bar| bar.value).max().unwrap_or(1),
        by_year,
        id: standing.scheme.name(),
        name: standing.scheme.label(),
        what: goal.to_owned(),
        window: standing
            .window
            .map(|window| {
                format!("{}から{}までの受講を数えます。", window.from.japanese(), window.until.japanese())
            })
            .unwrap_or_default(),
        bars: standing.bars.clone(),
        missing: standing.evaluation.missing.clone(),
        provisional: standing.evaluation.provisional,
        version: rules_since(&standing.evaluation.rule_version),
        lines: found.lines.iter().map(line).collect(),
        sum: found.sum.to_string(),
        counted: found.counted.to_string(),
    }
}

/// 「2025年4月1日（令和7年）からの規則」; a version ends with its first day.
fn rules_since(version: &str) -> String {
    let day = version.get(version.len().saturating_sub(10)..).and_then(|day| Day::parse(day).ok());
    day.map_or_else(|| version.to_owned(), |day| format!("{}からの規則", day.japanese()))
}

fn by_year(lines: &[CreditLine]) -> Vec<YearBar> {
    let mut sums: BTreeMap<FiscalYear, Credits> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(FiscalYear::of(line.entry.earned_on)).or_default();
        *sum = [*sum, line.entry.amount].into_iter().sum();
    }
    let bar = |(year, sum): (FiscalYear, Credits)| YearBar {
        label: format!("{}年度", year.0),
        value: sum.hundredths(),
        text: format!("{sum}単位"),
    };
    sums.into_iter().map(bar).collect()
}

fn line(found: &CreditLine) -> LineView {
    let entry = &found.entry;
    LineView {
        day: entry.earned_on.japanese(),
        title: entry.title.clone(),
        href: entry.training.map(|id| format!("/trainings/{id}")).unwrap_or_default(),
        host: entry.host_name.clone(),
        what: what(entry),
        amount: entry.amount.to_string(),
        source: entry.source.label(),
        trust: entry.trust.label(),
        badge: entry.trust.badge(),
        counts: found.reason.is_empty(),
        waits: found.waits,
        reason: found.reason.clone(),
    }
}

/// 「生涯研修 専門」, 「前期 総論」, 「CC 76」.
pub(super) fn what(entry: &Entry) -> String {
    let course = entry.course.parse::<Course>().map_or("", |course| course.label());
    let code = entry.curriculum_code.map(|code| format!("CC {code}")).unwrap_or_default();
    let item = item_label(entry.scheme.name(), &entry.item);
    let words = [course, &entry.category, &item, &code];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
