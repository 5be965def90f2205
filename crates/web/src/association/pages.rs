//! The directory, and the page of an association.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb, prefectures};
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::association::lists::{self, Asked, Found, Line};
use mamis_rules::access::{Duty, association as access};
use mamis_rules::association::Tier;
use mamis_rules::association::change::Fate;
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
    may_import: bool,
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
    /// Whether its first day lies ahead.
    is_ahead: bool,
}

/// The directory.
pub async fn list(ctx: Ctx, Query(asked): Query<Filter>) -> Result<Response, WebError> {
    let wanted = Asked { text: asked.q.clone(), prefecture: asked.prefecture.parse().ok() };
    let rows = lists::directory(&ctx, &wanted).await?;
    show(&ListPage {
        page: Page::new(&ctx, "医師会の一覧"),
        q: asked.q,
        prefectures: prefectures(),
        prefecture: asked.prefecture,
        may_import: ctx.actor.holds_at_tier(Duty::Administration, Tier::National)
            || ctx.actor.holds_at_tier(Duty::Administration, Tier::Prefectural),
        rows: rows.iter().map(|one| line(one, ctx.today())).collect(),
    })
}

fn line(line: &Line, today: Day) -> LineView {
    LineView {
        name: line.row.name.clone(),
        depth: line.depth.min(3),
        href: format!("/associations/{}", line.row.id),
        code: line.row.code.clone(),
        tier: line.row.tier.parse::<Tier>().map(Tier::label).unwrap_or_default(),
        phone: line.row.phone.clone().unwrap_or_default(),
        synthetic: line.row.synthetic,
        is_ahead: Day::from(line.row.opened_on) > today,
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
    /// What lies ahead, in sentences.
    ahead: Vec<String>,
    /// Who goes on after a merger.
    heir: Option<Crumb>,
    below: Vec<Crumb>,
    changes: Vec<ChangeView>,
    may_edit: bool,
    may_rename: bool,
    /// Whether it can be moved, merged or closed.
    may_move: bool,
    /// Where a new one below it is entered; empty for those who may not.
    below_it: String,
    may_invite: bool,
}

/// A line of the history.
struct ChangeView {
    on: String,
    what: &'static str,
    lines: Vec<String>,
    reason: String,
    by: String,
    state: &'static str,
    badge: &'static str,
    /// What kept it from being carried out on its day, and who took it back: for offices.
    remark: String,
    /// For taking it back; empty for those who may not, and for what was done.
    withdraw: String,
}

/// What is told of an association beside what it says of itself.
struct Told {
    history: Vec<association_change::Model>,
    boards: Vec<Day>,
    coming: Vec<(Day, String)>,
    heir: Option<(AssociationId, String)>,
    categories: Vec<String>,
}

/// The page of an association.
pub async fn page(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    let found = lists::find(&ctx, ctx.db(), id).await?;
    let rounds = lists::rounds(&ctx, id).await?;
    let mut boards: Vec<Day> = rounds.iter().filter_map(|row| row.board_on.map(Day::from)).collect();
    boards.retain(|day| *day >= ctx.today());
    boards.sort_unstable();
    boards.dedup();
    let told = Told {
        history: lists::history(&ctx, id).await?,
        boards,
        coming: lists::coming(&ctx, id).await?,
        heir: lists::heir(&ctx, &found.row).await?,
        categories: super::category::words(&ctx, id, ctx.today()).await?,
    };
    show(&view(&ctx, found, &told))
}

fn view(ctx: &Ctx, found: Found, told: &Told) -> ShowPage {
    // Who entered what is the offices' business.
    let is_office = !ctx.actor.duties().is_empty();
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
        closed: row.closed_on.map(|on| closed(row.opened_on.into(), on.into())).unwrap_or_default(),
        facts: vec![
            ("会長", or_empty(&row.president)),
            ("受付時間", row.office_hours.clone()),
            ("電話番号", or_empty(&row.phone)),
            ("メールアドレス", or_empty(&row.email)),
            ("住所", address(row)),
            ("会員区分", told.categories.join("、")),
            ("審査登録料などの振込先", row.bank.clone()),
        ],
        website: or_empty(&row.website),
        boards: told.boards.iter().take(6).map(|day| day.japanese()).collect(),
        ahead: ahead(ctx, &found, told),
        heir: told.heir.as_ref().map(|(id, name)| Crumb::to(&format!("/associations/{id}"), name)),
        below: found.below.iter().map(|(id, name)| Crumb::to(&format!("/associations/{id}"), name)).collect(),
        changes: told.history.iter().map(|change| change_view(change, is_office, may_rename)).collect(),
        may_edit,
        may_rename,
        may_move: may_rename
            && row.closed_on.is_none()
            && matches!(row.tier.as_str(), "municipal" | "district"),
        below_it: below_it(ctx, &found),
        may_invite: may_edit || may_rename,
    }
}

fn below_it(ctx: &Ctx, found: &Found) -> String {
    let has_tier = matches!(found.row.tier.as_str(), "prefectural" | "municipal");
    let may = has_tier
        && found.row.closed_on.is_none()
        && access::may_change_tree(&ctx.actor, &lists::below(&found.facts)).is_ok();
    if may { format!("/association-openings/new?parent={}", found.facts.association) } else { String::new() }
}

fn address(row: &mamis_schema::association::Model) -> String {
    let code = row.postal_code.as_deref().filter(|code| code.len() == 7);
    let code = code.map(|code| format!("〒{}-{} ", &code[..3], &code[3..])).unwrap_or_default();
    format!("{code}{}", row.address.clone().unwrap_or_default()).trim().to_owned()
}

/// In words, when it closed; one whose opening was taken back never opened.
fn closed(opened: Day, on: Day) -> String {
    if on < opened {
        return "この医師会の新設は、取り消されました。".to_owned();
    }
    format!("この医師会の最後の日は、{}です。", on.japanese())
}

/// What lies ahead, in sentences.
fn ahead(ctx: &Ctx, found: &Found, told: &Told) -> Vec<String> {
    let mut lines = Vec::new();
    let opens = Day::from(found.row.opened_on);
    if opens > ctx.today() && found.row.closed_on.is_none() {
        lines.push(format!("この医師会は、{}に始まります。", opens.japanese()));
    }
    for change in told.history.iter().filter(|change| is_ahead(change)) {
        let what = change.kind.parse::<Fate>().map(Fate::label);
        if let Ok(what) = what {
            lines.push(format!("{}に、{what}の予定があります。", Day::from(change.effective_on).japanese()));
        }
    }
    let comes =
        |(on, name): &(Day, String)| format!("{}に、{name}が、この医師会に合併します。", on.japanese());
    lines.extend(told.coming.iter().map(comes));
    lines
}

fn is_ahead(change: &association_change::Model) -> bool {
    change.applied_at.is_none() && change.withdrawn_at.is_none()
}

fn change_view(change: &association_change::Model, is_office: bool, may_withdraw: bool) -> ChangeView {
    let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    let (before, after) = (read(&change.before), read(&change.after));
    let word = |map: &Map<String, Value>, field: &str| match map.get(field).and_then(Value::as_str) {
        None | Some("") => "（なし）".to_owned(),
        Some(text) => text.to_owned(),
    };
    let line = |field: &String| match before.is_empty() {
        true => format!("{field}：{}", word(&after, field)),
        false => format!("{field}：{} → {}", word(&before, field), word(&after, field)),
    };
    let (state, badge) = match (change.withdrawn_at, change.applied_at) {
        (Some(_), _) => ("取り消しました", "neutral"),
        (None, None) if !change.obstacle.is_empty() => ("まだ変わっていません", "warning"),
        (None, None) => ("これから", "info"),
        (None, Some(_)) => ("", ""),
    };
    ChangeView {
        on: Day::from(change.effective_on).japanese(),
        what: match change.kind.as_str() {
            "renamed" => "名称の変更",
            "opened" => "新設",
            kind => kind.parse::<Fate>().map_or("連絡先などの変更", Fate::label),
        },
        lines: after.keys().map(line).collect(),
        reason: change.reason.clone(),
        by: if is_office { change.by_name.clone() } else { String::new() },
        state,
        badge,
        remark: if is_office { remark(change) } else { String::new() },
        withdraw: if may_withdraw && is_ahead(change) { change.id.to_string() } else { String::new() },
    }
}

fn remark(change: &association_change::Model) -> String {
    match change.withdrawn_at {
        Some(at) => format!("取り消した人：{}（{}）", change.withdrawn_by, Day::of(at).japanese()),
        None if change.obstacle.is_empty() => String::new(),
        None => format!(
            "その日に変えられませんでした。{}　済むと、次の日の午前0時すぎに変わります。",
            change.obstacle
        ),
    }
}
