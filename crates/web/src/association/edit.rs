//! The forms of an association: what it says of itself, its settings and intake windows, its name.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::duty::day;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::association::actions::{self, Details, NewName, Window};
use mamis_app::association::lists::{self, Found, SettingLine};
use mamis_app::{Error, Problem};
use mamis_rules::access::association as access;
use mamis_rules::association::setting::FEATURES;
use mamis_rules::base::{AssociationId, Day, FiscalYear};
use mamis_rules::credit::Scheme;
use mamis_schema::round;

fn trail(found: &Found) -> Vec<Crumb> {
    let own = Crumb::to(&format!("/associations/{}", found.row.id), &found.row.name);
    vec![Crumb::to("/associations", "医師会の一覧"), own]
}

#[derive(Template)]
#[template(path = "association/details.html")]
struct DetailsPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    details: Details,
    version: i64,
    problems: Problems,
}

/// The form of contacts, president, office hours and account.
pub async fn details(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    let found = lists::find_own(&ctx, ctx.db(), id).await?;
    access::may_change_details(&ctx.actor, &found.facts)?;
    let details = Details::of(&found.row);
    show(&details_page(&ctx, &found, details, found.row.version, Problems::default()))
}

/// Saves them.
pub async fn save_details(
    ctx: Ctx,
    Path(id): Path<AssociationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let typed = typed(&fields);
    let version = fields.text("version").parse().unwrap_or_default();
    match actions::change_details(&ctx, id, &typed, version).await {
        Ok(()) => Ok(ctx.done(&format!("/associations/{id}"), "医師会の情報を変更しました。")),
        Err(Error::Invalid(problems)) => {
            let found = lists::find_own(&ctx, ctx.db(), id).await?;
            let page = details_page(&ctx, &found, typed, version, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn typed(fields: &Fields) -> Details {
    let text = |name: &str| fields.text(name).to_owned();
    Details {
        president: text("president"),
        email: text("email"),
        phone: text("phone"),
        postal_code: text("postal_code"),
        address: text("address"),
        website: text("website"),
        office_hours: text("office_hours"),
        bank: text("bank"),
    }
}

fn details_page(ctx: &Ctx, found: &Found, details: Details, version: i64, problems: Problems) -> DetailsPage {
    DetailsPage {
        page: Page::new(ctx, "連絡先などの変更"),
        trail: trail(found),
        own: format!("/associations/{}", found.row.id),
        details,
        version,
        problems,
    }
}

#[derive(Template)]
#[template(path = "association/settings.html")]
struct SettingsPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    settings: Vec<SettingView>,
    /// In which schemes the association takes part.
    features: Vec<SettingView>,
    /// Its own categories of members today.
    categories: Vec<String>,
    rounds: Vec<RoundView>,
    schemes: Vec<Choice>,
    form: WindowForm,
    problems: Problems,
}

struct SettingView {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    badge: &'static str,
    state: &'static str,
    /// What the button turns it to: on or off.
    next: &'static str,
    button: &'static str,
    history: Vec<String>,
    /// From when on, as typed, and what is wrong with it.
    from: String,
    error: String,
}

struct RoundView {
    scheme: &'static str,
    year: i32,
    number: i32,
    opens: String,
    closes: String,
    board: String,
    state: &'static str,
    badge: &'static str,
}

/// A window as typed.
#[derive(Default)]
struct WindowForm {
    scheme: String,
    year: String,
    number: String,
    opens_on: String,
    closes_on: String,
    board_on: String,
}

/// The settings of an association in one place.
pub async fn settings(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    show(&settings_page(&ctx, id, None, Problems::default()).await?)
}

/// Puts a setting on or off from a day on.
pub async fn set(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    let mut problems = Vec::new();
    let from = day(&fields, "valid_from", "始まりの日を入力してください。", &mut problems);
    let outcome = match from {
        Some(from) => actions::set(&ctx, id, fields.text("name"), fields.text("value") == "on", from).await,
        None => Err(Error::Invalid(problems)),
    };
    settled(&ctx, id, outcome, &fields, "設定を登録しました。").await
}

/// Enters or changes an intake window.
pub async fn set_round(
    ctx: Ctx,
    Path(id): Path<AssociationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let outcome = match window(&fields) {
        Ok(window) => actions::set_round(&ctx, id, &window).await,
        Err(error) => Err(error),
    };
    settled(&ctx, id, outcome, &fields, "受付期間を登録しました。").await
}

async fn settled(
    ctx: &Ctx,
    id: AssociationId,
    outcome: mamis_app::Result<()>,
    fields: &Fields,
    text: &str,
) -> Result<Response, WebError> {
    match outcome {
        Ok(()) => Ok(ctx.done(&format!("/associations/{id}/settings"), text)),
        Err(Error::Invalid(problems)) => {
            let page = settings_page(ctx, id, Some(fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn window(fields: &Fields) -> Result<Window, Error> {
    let mut problems = Vec::new();
    let mut number = |name: &str, text: &str| -> i32 {
        mamis_app::account::plain(fields.text(name)).parse().unwrap_or_else(|_| {
            problems.push(Problem::at(name, text));
            0
        })
    };
    let year = number("year", "年度を、西暦の数字で入力してください。");
    let round = number("number", "回を、数字で入力してください。");
    let opens_on = day(fields, "opens_on", "", &mut problems);
    let closes_on = day(fields, "closes_on", "締切を入力してください。", &mut problems);
    let board_on = day(fields, "board_on", "", &mut problems);
    let scheme = fields.text("scheme").parse::<Scheme>();
    if scheme.is_err() {
        problems.push(Problem::at("scheme", "制度を選んでください。"));
    }
    match (scheme, closes_on, problems.is_empty()) {
        (Ok(scheme), Some(closes_on), true) => {
            Ok(Window { scheme, year, number: round, opens_on, closes_on, board_on })
        }
        _ => Err(Error::Invalid(problems)),
    }
}

async fn settings_page(
    ctx: &Ctx,
    id: AssociationId,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<SettingsPage, WebError> {
    let found = lists::find_own(ctx, ctx.db(), id).await?;
    let settings = lists::settings(ctx, id).await?;
    let rounds = lists::rounds(ctx, id).await?;
    let typed = |name: &str| fields.map(|fields| fields.text(name).to_owned()).unwrap_or_default();
    let year = FiscalYear::of(ctx.today()).0.to_string();
    let (name, from, error) = (typed("name"), typed("valid_from"), problems.of("valid_from"));
    // What was typed is about one setting only.
    let view = |line: &SettingLine| match line.setting.name == name {
        true if !from.is_empty() => setting(line, &from, error),
        is_asked => setting(line, &ctx.today().to_string(), if is_asked { error } else { "" }),
    };
    Ok(SettingsPage {
        page: Page::new(ctx, "医師会の設定"),
        trail: trail(&found),
        own: format!("/associations/{id}"),
        settings: settings.iter().filter(|line| !is_feature(line)).map(view).collect(),
        features: settings.iter().filter(|line| is_feature(line)).map(view).collect(),
        categories: super::category::words(ctx, id, ctx.today()).await?,
        rounds: rounds.iter().map(|row| round_view(row, ctx.today())).collect(),
        schemes: Scheme::ALL.iter().map(|scheme| Choice::new(scheme.name(), scheme.label())).collect(),
        form: WindowForm {
            scheme: typed("scheme"),
            year: match typed("year") {
                empty if empty.is_empty() => year,
                text => text,
            },
            number: typed("number"),
            opens_on: typed("opens_on"),
            closes_on: typed("closes_on"),
            board_on: typed("board_on"),
        },
        problems,
    })
}

fn is_feature(line: &SettingLine) -> bool {
    FEATURES.iter().any(|(_, feature)| feature.name == line.setting.name)
}

fn setting(line: &SettingLine, typed: &str, error: &str) -> SettingView {
    let word = |is_on: bool| if is_on { "する" } else { "しない" };
    let from = |(from, is_on): &(Day, bool)| format!("{}から：{}", from.japanese(), word(*is_on));
    SettingView {
        name: line.setting.name,
        label: line.setting.label,
        hint: line.setting.hint,
        badge: if line.is_on { "success" } else { "neutral" },
        state: word(line.is_on),
        next: if line.is_on { "off" } else { "on" },
        button: if line.is_on { "「しない」に変える" } else { "「する」に変える" },
        history: line.values.iter().map(from).collect(),
        from: typed.to_owned(),
        error: error.to_owned(),
    }
}

fn round_view(row: &round::Model, today: Day) -> RoundView {
    let closes = Day::from(row.closes_on);
    let begun = row.opens_on.is_none_or(|opens| Day::from(opens) <= today);
    let (state, badge) = match (closes < today, begun) {
        (true, _) => ("終わりました", "neutral"),
        (false, true) => ("受付中", "success"),
        (false, false) => ("これから", "info"),
    };
    RoundView {
        scheme: row.scheme.parse::<Scheme>().map(Scheme::label).unwrap_or_default(),
        year: row.fiscal_year,
        number: row.number,
        opens: row.opens_on.map(|day| Day::from(day).japanese()).unwrap_or_default(),
        closes: closes.japanese(),
        board: row.board_on.map(|day| Day::from(day).japanese()).unwrap_or_default(),
        state,
        badge,
    }
}

#[derive(Template)]
#[template(path = "association/rename.html")]
struct RenamePage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    now: String,
    name: String,
    kana: String,
    on: String,
    reason: String,
    problems: Problems,
}

/// The form of a new name.
pub async fn new_name(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    show(&rename_page(&ctx, id, None, Problems::default()).await?)
}

/// Renames an association from a day on.
pub async fn rename(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    let mut unread = Vec::new();
    let text = |name: &str| fields.text(name).to_owned();
    let on = day(&fields, "on", "", &mut unread);
    let new = NewName { name: text("name"), kana: text("kana"), on, reason: text("reason") };
    match actions::rename(&ctx, id, &new).await {
        Ok(()) => {
            let text = "名称の変更を登録しました。変わる日の午前0時すぎに、新しい名称になります。";
            Ok(ctx.done(&format!("/associations/{id}"), text))
        }
        Err(Error::Invalid(told)) => {
            let problems = Problems::read_and_told(unread, told);
            let page = rename_page(&ctx, id, Some(&fields), problems).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn rename_page(
    ctx: &Ctx,
    id: AssociationId,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<RenamePage, WebError> {
    let found = lists::find(ctx, ctx.db(), id).await?;
    access::may_change_tree(&ctx.actor, &found.facts).map_err(|_| Error::NotFound)?;
    let typed = |name: &str, default: &str| match fields {
        Some(fields) => fields.text(name).to_owned(),
        None => default.to_owned(),
    };
    Ok(RenamePage {
        page: Page::new(ctx, "名称の変更"),
        trail: trail(&found),
        own: format!("/associations/{id}"),
        name: typed("name", &found.row.name),
        kana: typed("kana", &found.row.kana),
        on: typed("on", &ctx.today().to_string()),
        reason: typed("reason", ""),
        now: found.row.name,
        problems,
    })
}
