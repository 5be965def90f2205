//! The directory, and the page of an association.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::association::lists::{self, Asked, Found, Line};
use mamis_rules::access::association as access;
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_schema::association_change;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    prefecture: String,
}

#[derive(Template)]
#[template(path = "association/list.html")]
struct ListPage {
    page: Page,
    q: String,
    prefectures: Vec<Choice>,
    prefecture: String,
    rows: Vec<LineView>,
}

struct LineView {
    name: String,
    /// 0 for the top of the list; says how far the line stands in.
    depth: usize,
    href: String,
    code: String,
    tier: &'static str,
    phone: String,
    synthetic: bool,
}

/// The directory.
pub async fn list(ctx: Ctx, Query(asked): Query<Filter>) -> Result<Response, WebError> {
    let wanted = Asked { text: asked.q.clone(), prefecture: asked.prefecture.parse().ok() };
    let rows = lists::directory(&ctx, &wanted).await?;
    show(&ListPage {
        page: Page::new(&ctx, "医師会の一覧"),
        q: asked.q,
        prefectures: Prefecture::all().map(|one| Choice::new(&one.code().to_string(), one.name())).collect(),
        prefecture: asked.prefecture,
        rows: rows.iter().map(line).collect(),
    })
}

fn line(line: &Line) -> LineView {
    LineView {
        name: line.row.name.clone(),
        depth: line.depth.min(3),
        href: format!("/associations/{}", line.row.id),
        code: line.row.code.clone(),
        tier: line.row.tier.parse::<Tier>().map(Tier::label).unwrap_or_default(),
        phone: line.row.phone.clone().unwrap_or_default(),
        synthetic: line.row.synthetic,
    }
}

#[derive(Template)]
#[template(path = "association/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    code: String,
    tier: &'static str,
    synthetic: bool,
    closed: String,
    facts: Vec<(&'static str, String)>,
    website: String,
    boards: Vec<String>,
    below: Vec<Crumb>,
    changes: Vec<ChangeView>,
    may_edit: bool,
    may_rename: bool,
    may_invite: bool,
}

/// A line of the history.
struct ChangeView {
    on: String,
    what: &'static str,
    lines: Vec<String>,
    reason: String,
    by: String,
    is_ahead: bool,
}

/// The page of an association.
pub async fn page(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    let found = lists::find(&ctx, ctx.db(), id).await?;
    let history = lists::history(&ctx, id).await?;
    let rounds = lists::rounds(&ctx, id).await?;
    let mut boards: Vec<Day> = rounds.iter().filter_map(|row| row.board_on.map(Day::from)).collect();
    boards.retain(|day| *day >= ctx.today());
    boards.sort_unstable();
    boards.dedup();
    // Who entered what is the offices' business.
    let is_office = !ctx.actor.duties().is_empty();
    show(&view(&ctx, found, &history, &boards, is_office))
}

fn view(
    ctx: &Ctx,
    found: Found,
    history: &[association_change::Model],
    boards: &[Day],
    is_office: bool,
) -> ShowPage {
    let row = &found.row;
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    let above = found.above.iter().map(|(id, name)| Crumb::to(&format!("/associations/{id}"), name));
    let may_rename = access::may_change_tree(&ctx.actor, &found.facts).is_ok();
    let may_edit = access::may_change_details(&ctx.actor, &found.facts).is_ok();
    ShowPage {
        page: Page::new(ctx, row.name.clone()),
        trail: [Crumb::to("/associations", "医師会の一覧")].into_iter().chain(above).collect(),
        own: format!("/associations/{}", row.id),
        code: row.code.clone(),
        tier: row.tier.parse::<Tier>().map(Tier::label).unwrap_or_default(),
        synthetic: row.synthetic,
        closed: row.closed_on.map(|on| Day::from(on).japanese()).unwrap_or_default(),
        facts: vec![
            ("会長", or_empty(&row.president)),
            ("受付時間", row.office_hours.clone()),
            ("電話番号", or_empty(&row.phone)),
            ("メールアドレス", or_empty(&row.email)),
            ("住所", address(row)),
            ("審査登録料などの振込先", row.bank.clone()),
        ],
        website: or_empty(&row.website),
        boards: boards.iter().take(6).map(|day| day.japanese()).collect(),
        below: found.below.iter().map(|(id, name)| Crumb::to(&format!("/associations/{id}"), name)).collect(),
        changes: history.iter().map(|change| change_view(change, is_office)).collect(),
        may_edit,
        may_rename,
        may_invite: may_edit || may_rename,
    }
}

fn address(row: &mamis_schema::association::Model) -> String {
    let code = row.postal_code.as_deref().filter(|code| code.len() == 7);
    let code = code.map(|code| format!("〒{}-{} ", &code[..3], &code[3..])).unwrap_or_default();
    format!("{code}{}", row.address.clone().unwrap_or_default()).trim().to_owned()
}

fn change_view(change: &association_change::Model, is_office: bool) -> ChangeView {
    let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    let (before, after) = (read(&change.before), read(&change.after));
    let word = |map: &Map<String, Value>, field: &str| match map.get(field).and_then(Value::as_str) {
        None | Some("") => "（なし）".to_owned(),
        Some(text) => text.to_owned(),
    };
    let line = |field: &String| format!("{field}：{} → {}", word(&before, field), word(&after, field));
    ChangeView {
        on: Day::from(change.effective_on).japanese(),
        what: if change.kind == "renamed" { "名称の変更" } else { "連絡先などの変更" },
        lines: after.keys().map(line).collect(),
        reason: change.reason.clone(),
        by: if is_office { change.by_name.clone() } else { String::new() },
        is_ahead: change.applied_at.is_none(),
    }
}
