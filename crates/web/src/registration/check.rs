//! The office compares licences.

use crate::ctx::Ctx;
use crate::desk::paging::{Crumb, Pager, Tab, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::registration::actions::{self, Check};
use mamis_app::registration::lists::{self, Line, PAGE, Shown, View};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{Day, RegistrationId, full_name};
use mamis_rules::flow::Who;
use mamis_rules::flow::registration::{Command, State, commands};
use serde::Deserialize;

const PATH: &str = "/registration-checks";

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    page: String,
}

#[derive(Template)]
#[template(path = "registration/checks.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    tabs: Vec<Tab>,
    rows: Vec<RowView>,
    pager: Pager,
}

struct RowView {
    href: String,
    name: String,
    kana: String,
    number: String,
    desk: String,
    since: String,
    decided: String,
}

/// The list.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let view = View::read(&asked.view);
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = lists::page(&ctx, view, number).await?;
    let tab = |one: &View| {
        let shown = (*one == view).then_some(total);
        Tab::of_view(link(PATH, &[("view", one.name())]), one.label(), shown)
    };
    show(&ListPage {
        page: Page::new(&ctx, "利用者登録の確認"),
        trail: vec![Crumb::to("/desk", "担当中の案件")],
        tabs: View::ALL.iter().map(tab).collect(),
        rows: rows.into_iter().map(row).collect(),
        pager: Pager::new(total, number, PAGE, PATH, &[("view", view.name())]),
    })
}

fn row(line: Line) -> RowView {
    RowView {
        href: format!("{PATH}/{}", line.row.id),
        name: line.name,
        kana: line.kana,
        number: line.row.number.unwrap_or_default(),
        desk: line.desk,
        since: Day::of(line.row.created_at).japanese(),
        decided: match line.row.decided_on {
            Some(on) => format!("{}　{}", Day::from(on).japanese(), line.row.decided_by),
            None => String::new(),
        },
    }
}

#[derive(Template)]
#[template(path = "registration/check.html")]
struct CheckPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    state: &'static str,
    badge: &'static str,
    facts: Vec<(&'static str, String)>,
    /// Address of the picture; empty when there is none.
    licence: String,
    licence_is_picture: bool,
    physician: String,
    buttons: Vec<Button>,
    decided: String,
    told: String,
    comment: String,
    version: i64,
    problems: Problems,
}

struct Button {
    command: &'static str,
    label: &'static str,
    class: &'static str,
    confirm: &'static str,
}

/// One registration beside the picture of the licence.
pub async fn page(ctx: Ctx, Path(id): Path<RegistrationId>) -> Result<Response, WebError> {
    let shown = actions::look(&ctx, id).await?;
    show(&check_page(&ctx, shown, String::new(), Problems::default()))
}

fn check_page(ctx: &Ctx, shown: Shown, comment: String, problems: Problems) -> CheckPage {
    let row = &shown.row;
    CheckPage {
        page: Page::new(ctx, format!("利用者登録 {}", row.number.as_deref().unwrap_or_default())),
        trail: vec![Crumb::to("/desk", "担当中の案件"), Crumb::to(PATH, "利用者登録の確認")],
        action: format!("{PATH}/{}/decisions", row.id),
        state: shown.state.label(),
        badge: match shown.state {
            State::Confirmed | State::Claimed => "success",
            State::Refused => "error",
            State::Checking | State::Started | State::Draft => "info",
        },
        licence: row.licence.map(|id| format!("/attachments/{id}")).unwrap_or_default(),
        licence_is_picture: matches!(row.licence_type.as_str(), "image/jpeg" | "image/png"),
        physician: format!("/physicians/{}", shown.person.id),
        buttons: if shown.may_check { buttons(shown.state) } else { Vec::new() },
        decided: match row.decided_on {
            Some(on) => format!("{}　{}", Day::from(on).japanese(), row.decided_by),
            None => String::new(),
        },
        told: row.comment.clone(),
        version: row.version,
        facts: facts(&shown),
        comment,
        problems,
    }
}

fn facts(shown: &Shown) -> Vec<(&'static str, String)> {
    let person = &shown.person;
    let given = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut facts = vec![
        ("氏名", full_name(&person.family_name, &person.given_name)),
        ("カナ", full_name(&person.family_kana, &person.given_kana)),
        ("生年月日", Day::from(person.birth_on).japanese()),
        ("医籍登録番号", given(&person.registry_number)),
        ("登録年月日", person.registry_on.map(|on| Day::from(on).japanese()).unwrap_or_default()),
        ("メールアドレス", given(&person.email)),
        ("電話番号", given(&person.phone)),
    ];
    if let Some(at) = &shown.workplace {
        let (prefecture, address) =
            (Prefecture::name_of(at.prefecture), at.address.as_deref().unwrap_or_default());
        // Addresses are written with their prefecture; older ones may lack it.
        let place = if address.starts_with(prefecture) { "" } else { prefecture };
        facts.push(("勤務先", at.name.clone()));
        facts.push(("勤務先の所在地", format!("{place}　{address}").trim().to_owned()));
    }
    facts.push(("確認する医師会", shown.desk.clone()));
    facts.push(("登録した日", Day::of(shown.row.created_at).japanese()));
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn buttons(state: State) -> Vec<Button> {
    let button = |command: Command| Button {
        command: command.name(),
        label: command.label(),
        class: if command == Command::Confirm { "button-primary" } else { "button-danger" },
        confirm: match command {
            Command::Refuse => "本人のログインを止めて、理由をメールで知らせます。よろしいですか。",
            _ => "",
        },
    };
    commands(state, Who::Office(Tier::Prefectural)).into_iter().map(button).collect()
}

/// Records what the comparison showed.
pub async fn decide(ctx: Ctx, Path(id): Path<RegistrationId>, fields: Fields) -> Result<Response, WebError> {
    let check = Check {
        command: fields.text("command").parse().map_err(|_| Error::NotFound)?,
        comment: fields.text("comment").to_owned(),
        version: fields.text("version").parse().map_err(|_| Error::NotFound)?,
    };
    match actions::check(&ctx, id, &check).await {
        Ok(State::Confirmed) => Ok(ctx.done(PATH, "医師免許証の確認を記録し、本人に知らせました。")),
        Ok(_) => Ok(ctx.done(PATH, "確認できなかったことを記録し、本人のログインを止めました。")),
        Err(Error::Invalid(problems)) => {
            let shown = actions::look(&ctx, id).await?;
            let page = check_page(&ctx, shown, check.comment, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
