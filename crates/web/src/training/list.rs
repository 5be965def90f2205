//! Lists of trainings: search for physicians, shelves for offices.

use super::calendar::Month;
use super::map::Map;
use super::view::{Card, offers};
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Pager, Tab, link, prefectures};
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::http::HeaderMap;
use axum::response::Response;
use mamis_app::training::search::{self, By, Listed, Shelf, Wanted};
use mamis_rules::access::{Actor, Duty, Office};
use mamis_rules::association::Tier;
use mamis_rules::base::Day;
use mamis_rules::flow::training_approval::State;
use serde::Deserialize;

/// What the filter asks, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// Empty for the list, calendar or map.
    #[serde(default)]
    pub(super) view: String,
    /// The month of the calendar, 2026-12.
    #[serde(default)]
    pub(super) month: String,
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) prefecture: String,
    #[serde(default)]
    pub(super) from: String,
    #[serde(default)]
    pub(super) until: String,
    #[serde(default)]
    pub(super) offer: String,
    #[serde(default)]
    pub(super) free: String,
    #[serde(default)]
    pub(super) sort: String,
    #[serde(default)]
    pub(super) page: String,
    /// Offices only: own, decide or all.
    #[serde(default)]
    pub(super) tab: String,
    #[serde(default)]
    pub(super) state: String,
}

impl Asked {
    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            text: self.q.chars().take(100).collect(),
            prefecture: self.prefecture.parse().ok(),
            from: Day::parse_written(&self.from).ok(),
            until: Day::parse_written(&self.until).ok(),
            offer: self.offer.clone(),
            free_only: !self.free.is_empty(),
            order: match self.sort.as_str() {
                "latest" => By::Latest,
                "waiting" => By::Waiting,
                _ => By::Earliest,
            },
            page: self.page.parse().unwrap_or(1),
        }
    }

    fn fields(&self) -> [(&'static str, &str); 11] {
        [
            ("view", &self.view),
            ("month", &self.month),
            ("q", &self.q),
            ("prefecture", &self.prefecture),
            ("from", &self.from),
            ("until", &self.until),
            ("offer", &self.offer),
            ("free", &self.free),
            ("sort", &self.sort),
            ("tab", &self.tab),
            ("state", &self.state),
        ]
    }

    /// The same question in another order.
    fn sorted(&self, order: &str) -> String {
        self.with(&[("sort", order)])
    }

    /// The address of the same question with some fields otherwise.
    pub(super) fn with(&self, others: &[(&str, &str)]) -> String {
        let other = |name: &str| others.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
        let fields = self.fields().map(|(name, value)| (name, other(name).unwrap_or(value)));
        link("/trainings", &fields)
    }

    /// List, calendar and map of the same question. The calendar has months instead of days.
    fn tabs(&self) -> Vec<Tab> {
        let tab = |view: &str, label| Tab {
            href: self.with(&[("view", view), ("month", "")]),
            label,
            count: String::new(),
            current: self.view == view,
        };
        vec![tab("", "一覧"), tab("calendar", "カレンダー"), tab("map", "地図")]
    }
}

fn pager(listed: &Listed, asked: &Asked) -> Pager {
    let total = (listed.total, listed.more);
    Pager::counted(total, listed.page, listed.size, "/trainings", &asked.fields())
}

#[derive(Template)]
#[template(path = "training/search.html")]
struct SearchPage {
    page: Page,
    asked: Asked,
    prefectures: Vec<Choice>,
    offers: Vec<Choice>,
    tabs: Vec<Tab>,
    found: Found,
    today: String,
}

#[derive(Template)]
#[template(path = "training/_results.html")]
struct Results {
    tabs: Vec<Tab>,
    found: Found,
}

/// What was found, seen in one of three ways.
enum Found {
    /// Card by card.
    List(Vec<Card>, Pager),
    /// Day by day.
    Calendar(Month),
    /// By prefecture.
    Map(Map),
}

impl Found {
    async fn of(ctx: &Ctx, asked: &Asked) -> Result<Self, WebError> {
        Ok(match asked.view.as_str() {
            "calendar" => Self::Calendar(Month::of(ctx, asked).await?),
            "map" => Self::Map(Map::of(ctx, asked).await?),
            _ => {
                let listed = search::open(ctx, &asked.wanted()).await?;
                let cards = listed.rows.iter().map(|found| Card::of(found, ctx.now)).collect();
                Self::List(cards, pager(&listed, asked))
            }
        })
    }
}

#[derive(Template)]
#[template(path = "training/list.html")]
struct OfficePage {
    page: Page,
    asked: Asked,
    tabs: Vec<Tab>,
    states: Vec<Choice>,
    cards: Vec<Card>,
    pager: Pager,
    may_create: bool,
    deciding: bool,
    by_day: String,
    day_order: &'static str,
    by_waiting: String,
    waiting_order: &'static str,
}

/// Trainings, for whoever asks.
pub async fn list(ctx: Ctx, headers: HeaderMap, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    if matches!(ctx.actor, Actor::Officer { .. }) {
        return office(&ctx, asked).await;
    }
    let (tabs, found) = (asked.tabs(), Found::of(&ctx, &asked).await?);
    if headers.contains_key("hx-request") && !headers.contains_key("hx-boosted") {
        return show(&Results { tabs, found });
    }
    let page = Page::new(&ctx, "研修会をさがす");
    let today = ctx.today().to_string();
    show(&SearchPage { page, asked, prefectures: prefectures(), offers: offers(), tabs, found, today })
}

/// Whether trainings ever come to one of the actor's offices for a decision: below the prefectural tier and at external
/// organizers none does.
fn ever_decides(actor: &Actor) -> bool {
    let above = |at| matches!(at, Office::Association { tier: Tier::Prefectural | Tier::National, .. });
    actor.duties().iter().any(|held| held.duty == Duty::Training && above(held.at))
}

async fn office(ctx: &Ctx, asked: Asked) -> Result<Response, WebError> {
    let to_decide = search::count_to_decide(ctx).await?;
    let may_create = ctx.actor.duties().iter().any(|held| held.duty == Duty::Training);
    let mut asked = asked;
    if asked.tab.is_empty() {
        asked.tab = match (to_decide, may_create) {
            (1.., _) => "decide",
            (_, true) => "own",
            _ => "all",
        }
        .to_owned();
    }
    let shelf = match asked.tab.as_str() {
        "decide" => Shelf::ToDecide,
        "own" => Shelf::Own,
        _ => Shelf::All,
    };
    let mut wanted = asked.wanted();
    if asked.sort.is_empty() {
        // What waits longest is decided first; elsewhere one looks for what is new.
        wanted.order = if shelf == Shelf::ToDecide { By::Waiting } else { By::Latest };
    }
    let listed = search::of_office(ctx, &shelf, asked.state.parse().ok(), &wanted).await?;
    let tab = |name: &'static str, label: &'static str, count: String| Tab {
        href: format!("/trainings?tab={name}"),
        label,
        count,
        current: asked.tab == name,
    };
    let day_order = match wanted.order {
        By::Latest => "descending",
        By::Earliest => "ascending",
        By::Waiting => "none",
    };
    let by_day = if wanted.order == By::Latest { "earliest" } else { "latest" };
    show(&OfficePage {
        page: Page::new(ctx, "研修会"),
        tabs: ever_decides(&ctx.actor)
            .then(|| tab("decide", "承認・確認待ち", to_decide.to_string()))
            .into_iter()
            .chain([tab("own", "自会の研修会", String::new()), tab("all", "すべて", String::new())])
            .collect(),
        states: State::ALL.iter().map(|state| Choice::new(state.name(), state.label())).collect(),
        cards: listed.rows.iter().map(|found| Card::of(found, ctx.now)).collect(),
        pager: pager(&listed, &asked),
        may_create,
        deciding: shelf == Shelf::ToDecide,
        by_day: asked.sorted(by_day),
        day_order,
        by_waiting: asked.sorted("waiting"),
        waiting_order: if wanted.order == By::Waiting { "ascending" } else { "none" },
        asked,
    })
}
