//! The page of the head-counts, and the same as a file.

use super::chart::{Chart, chart, thousands};
use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::{Choice, Crumb, Tab, link};
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use mamis_app::head_count::export;
use mamis_app::head_count::lists::{self, Below, Body};
use mamis_rules::access::Duty;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::membership::head_count::{Band, By, Count, Filter, Series, Sex, series};
use serde::Deserialize;

const PATH: &str = "/head-counts";

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    association: String,
    tier: String,
    category: String,
    sex: String,
    age: String,
    by: String,
}

impl Asked {
    fn association(&self) -> Option<AssociationId> {
        self.association.parse().ok()
    }

    fn filter(&self, body: &Body) -> Filter {
        Filter {
            tier: self.tier.parse().unwrap_or(body.tier),
            category: self.category.parse().ok(),
            sex: self.sex.parse().ok(),
            band: self.age.parse().ok(),
        }
    }

    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("association", &self.association),
            ("tier", &self.tier),
            ("category", &self.category),
            ("sex", &self.sex),
            ("age", &self.age),
            ("by", &self.by),
        ]
    }

    /// The same question with one field changed.
    fn with(&self, name: &str, value: &str) -> String {
        let fields = self.fields().map(|(field, known)| (field, if field == name { value } else { known }));
        link(PATH, &fields)
    }
}

#[derive(Template)]
#[template(path = "head_count/page.html")]
struct CountPage {
    page: Page,
    trail: Vec<Crumb>,
    asked: Asked,
    tiers: Vec<Choice>,
    tier: &'static str,
    categories: Vec<Choice>,
    sexes: Vec<Choice>,
    ages: Vec<Choice>,
    tabs: Vec<Tab>,
    /// Members of each tier on the last day: label, number, where it leads.
    tiles: Vec<(&'static str, String, String)>,
    /// What is shown, in words.
    title: String,
    /// The last day counted; empty while nothing was counted.
    on: String,
    chart: Option<Chart>,
    head: Vec<&'static str>,
    /// Whether the columns add up to a whole.
    has_sum: bool,
    rows: Vec<RowView>,
    below: Vec<BelowView>,
    year_ago: String,
    csv: String,
    ledger: String,
}

struct RowView {
    on: String,
    cells: Vec<String>,
    sum: String,
}

struct BelowView {
    name: String,
    href: String,
    heads: String,
    before: String,
    difference: String,
    value: i64,
    max: i64,
}

/// The page.
pub async fn page(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let body = lists::body(&ctx, asked.association()).await?;
    let (days, counts) = lists::counts(&ctx, &body).await?;
    let filter = asked.filter(&body);
    let below = match days.last() {
        Some(last) => lists::below(&ctx, &body, &filter, [*last, year_before(&days, *last)]).await?,
        None => Vec::new(),
    };
    show(&view(&ctx, asked, &body, &days, &counts, &below))
}

/// The day a year before, or the first one counted.
fn year_before(days: &[Day], last: Day) -> Day {
    let wanted = last.plus_years(-1);
    days.iter().copied().find(|day| *day >= wanted).unwrap_or(last)
}

fn view(ctx: &Ctx, asked: Asked, body: &Body, days: &[Day], counts: &[Count], below: &[Below]) -> CountPage {
    let filter = asked.filter(body);
    let by = asked.by.parse().unwrap_or(By::Category);
    let found = series(counts, days, by, &filter);
    let keeps_ledger = ctx.actor.duties().iter().any(|held| held.duty == Duty::Membership);
    let tab = |one: &By| Tab {
        href: asked.with("by", one.name()),
        label: one.label(),
        count: String::new(),
        current: *one == by,
    };
    CountPage {
        page: Page::new(ctx, "会員数"),
        trail: body
            .above
            .iter()
            .map(|(id, name)| Crumb::to(&asked.with("association", &id.to_string()), name))
            .collect(),
        tiers: Tier::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        tier: filter.tier.name(),
        categories: MembershipCategory::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        sexes: Sex::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        ages: Band::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        tabs: By::ALL.iter().map(tab).collect(),
        tiles: tiles(&asked, days, counts, &filter),
        title: title(body, &filter, by),
        on: days.last().map(|day| day.japanese()).unwrap_or_default(),
        chart: chart(days, &found),
        head: found.iter().map(|one| one.label).collect(),
        has_sum: by != By::Tier,
        rows: rows(days, &found),
        below: below_view(&asked, below),
        year_ago: days.last().map(|last| year_before(days, *last).japanese()).unwrap_or_default(),
        csv: link("/head-counts.csv", &[("association", &body.row.id.to_string())]),
        ledger: if keeps_ledger {
            link("/memberships", &[("association", &body.row.code)])
        } else {
            String::new()
        },
        asked,
    }
}

fn title(body: &Body, filter: &Filter, by: By) -> String {
    let mut of = vec![format!("{}（下位の医師会を含む）", body.row.name)];
    if by != By::Tier {
        of.push(format!("{}の会員", filter.tier.label()));
    }
    of.extend(filter.category.map(|one| one.label().to_owned()));
    of.extend(filter.sex.map(|one| one.label().to_owned()));
    of.extend(filter.band.map(|one| one.label().to_owned()));
    of.join("・")
}

fn tiles(
    asked: &Asked,
    days: &[Day],
    counts: &[Count],
    filter: &Filter,
) -> Vec<(&'static str, String, String)> {
    let by_tier = series(counts, days, By::Tier, filter);
    let tile = |tier: &Tier| {
        let heads = by_tier.iter().find(|one| one.label == tier.label())?.heads.last().copied()?;
        Some((tier.label(), thousands(heads), asked.with("tier", tier.name())))
    };
    Tier::ALL.iter().filter_map(tile).collect()
}

/// The table beside the picture, the latest month first.
fn rows(days: &[Day], found: &[Series]) -> Vec<RowView> {
    let row = |(at, day): (usize, &Day)| RowView {
        on: day.japanese(),
        cells: found.iter().map(|one| thousands(one.heads[at])).collect(),
        sum: thousands(found.iter().map(|one| one.heads[at]).sum()),
    };
    days.iter().enumerate().rev().map(row).collect()
}

fn below_view(asked: &Asked, below: &[Below]) -> Vec<BelowView> {
    let max = below.iter().map(|one| one.heads[0]).max().unwrap_or_default().max(1);
    below
        .iter()
        .map(|one| {
            let difference = one.heads[0] - one.heads[1];
            let sign = if difference > 0 { "＋" } else { "" };
            BelowView {
                name: one.name.clone(),
                href: asked.with("association", &one.id.to_string()),
                heads: thousands(one.heads[0]),
                before: thousands(one.heads[1]),
                difference: format!("{sign}{}", thousands(difference)),
                value: one.heads[0],
                max,
            }
        })
        .collect()
}

/// All numbers as CSV for Excel.
pub async fn comma_separated(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let body = lists::body(&ctx, asked.association()).await?;
    let file = export::comma_separated(&ctx, &body).await?;
    Ok(attachment("text/csv; charset=utf-8", &dated("会員数", ctx.today(), "csv"), file))
}
