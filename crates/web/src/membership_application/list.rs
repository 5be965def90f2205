//! The procedures that an office sees.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb, Pager, Tab, link};
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use mamis_app::membership_application::lists::queue::{self, Filter, PAGE, Row, View};
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind;
use mamis_rules::base::Day;
use serde::Deserialize;

const PATH: &str = "/membership-applications";

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    kind: String,
    q: String,
    page: String,
}

#[derive(Template)]
#[template(path = "membership_application/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    tabs: Vec<Tab>,
    view: &'static str,
    kinds: Vec<Choice>,
    kind: String,
    q: String,
    rows: Vec<RowView>,
    pager: Pager,
}

struct RowView {
    href: String,
    number: String,
    kind: &'static str,
    name: String,
    kana: String,
    state: &'static str,
    badge: &'static str,
    desk: String,
    since: String,
    day: String,
}

/// The list.
pub async fn page(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let view = View::read(&asked.view);
    let filter = Filter { view, kind: super::procedure(&asked.kind), text: asked.q.trim().to_owned() };
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = queue::page(&ctx, &filter, number).await?;
    let fields = [("view", view.name()), ("kind", &asked.kind), ("q", &asked.q)];
    let tab = |one: &View| {
        let shown = (*one == view).then_some(total);
        Tab::of_view(
            link(PATH, &[("view", one.name()), ("kind", &asked.kind), ("q", &asked.q)]),
            one.label(),
            shown,
        )
    };
    show(&ListPage {
        page: Page::new(&ctx, "会員の手続き"),
        trail: vec![Crumb::to("/desk", "担当中の案件")],
        tabs: View::ALL.iter().map(tab).collect(),
        view: view.name(),
        kinds: Kind::of(Duty::Membership).iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        pager: Pager::new(total, number, PAGE, PATH, &fields),
        rows: rows.into_iter().map(row).collect(),
        kind: asked.kind,
        q: asked.q,
    })
}

fn row(row: Row) -> RowView {
    RowView {
        href: format!("{PATH}/{}", row.id),
        number: row.number,
        kind: row.kind.label(),
        name: row.name,
        kana: row.kana,
        state: row.state,
        badge: row.badge,
        desk: row.desk,
        since: row.since.map(Day::japanese).unwrap_or_default(),
        day: row.effective_on.map(Day::japanese).unwrap_or_default(),
    }
}
