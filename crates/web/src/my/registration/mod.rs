//! My registration: what is registered, who has the last word about each part, how it changed, and all of it as a file.

pub mod career;
pub mod contacts;
pub mod name;
pub mod workplace;

use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::Fields;
use crate::page::{Page, show};
use askama::Template;
use axum::response::Response;
use mamis_app::address::hyphened;
use mamis_app::decision::at;
use mamis_app::membership_application::Workplace;
use mamis_app::my::actions::{self, JointUse, Saved};
use mamis_app::my::lists::data;
use mamis_app::my::lists::registration::{self as lists, Registration};
use mamis_app::my::{JOINT_USE_VERSION, print};
use mamis_app::physician::lists::tabs;
use mamis_rules::base::{Day, full_name};
use mamis_rules::physician::{Field, Source};
use mamis_schema::physician_change;

/// Which way a change takes.
const AT_ONCE: &str = "すぐに変わります";
const REPORTED: &str = "医師会の受付のあとに変わります";
const TOLD: &str = "すぐに変わり、医師会にも届け出ます";

#[derive(Template)]
#[template(path = "my/registration/page.html")]
struct RegistrationPage {
    page: Page,
    is_member: bool,
    /// An officer fills in for the physician.
    on_behalf: bool,
    sections: Vec<Section>,
    workplaces: Vec<PlaceView>,
    workplace_how: &'static str,
    reports: Vec<Crumb>,
    joint_use: String,
}

struct Section {
    id: &'static str,
    title: &'static str,
    how: &'static str,
    facts: Vec<(&'static str, String)>,
    edit: &'static str,
}

struct PlaceView {
    id: String,
    main: bool,
    words: String,
    span: String,
}

/// What is registered.
pub async fn page(ctx: Ctx) -> Result<Response, WebError> {
    let found = lists::registration(&ctx).await?;
    show(&RegistrationPage {
        page: Page::new(&ctx, "登録情報"),
        is_member: found.is_member(),
        on_behalf: ctx.stand_in.is_some(),
        sections: sections(&found),
        workplaces: found.workplaces.iter().map(place).collect(),
        workplace_how: if found.is_member() { REPORTED } else { AT_ONCE },
        reports: found
            .reports
            .iter()
            .map(|line| {
                let number = line.number.as_ref().map(|number| format!("{number}、")).unwrap_or_default();
                let tail = if line.is_with_applicant() { "/edit" } else { "" };
                let label = format!("{}（{number}{}）", line.title(), line.state_label());
                Crumb::to(&format!("/applications/{}{tail}", line.id), &label)
            })
            .collect(),
        joint_use: joint_use_words(&found),
    })
}

fn joint_use_words(found: &Registration) -> String {
    match &found.joint_use {
        None => "まだお返事をいただいていません。".to_owned(),
        Some(row) => {
            let answer = if row.given { "同意しています" } else { "同意していません" };
            format!("{answer}（{}にお返事）。", Day::of(row.created_at).japanese())
        }
    }
}

fn or_dash(text: Option<&String>) -> String {
    text.filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| "登録されていません".to_owned())
}

fn day(day: Option<chrono::NaiveDate>) -> String {
    day.map_or_else(|| "登録されていません".to_owned(), |day| Day::from(day).japanese())
}

fn sections(found: &Registration) -> Vec<Section> {
    let row = &found.row;
    let member = |how: &'static str| if found.is_member() { how } else { AT_ONCE };
    let code =
        row.home_postal_code.as_deref().map(|code| format!("〒{}　", hyphened(code))).unwrap_or_default();
    let home = row.home_address.as_ref().map(|address| format!("{code}{address}"));
    vec![
        Section {
            id: "name",
            title: "氏名",
            how: member(REPORTED),
            facts: vec![
                ("氏名", full_name(&row.family_name, &row.given_name)),
                ("フリガナ", full_name(&row.family_kana, &row.given_kana)),
            ],
            edit: "/my/registration/name",
        },
        Section {
            id: "contacts",
            title: "連絡先と送付先",
            how: member(TOLD),
            facts: vec![
                ("電話番号", or_dash(row.phone.as_ref())),
                ("自宅の住所", or_dash(home.as_ref())),
                (
                    "郵便物の送付先",
                    if row.mailing_destination == "home" { "自宅" } else { "勤務先" }.to_owned(),
                ),
            ],
            edit: "/my/registration/contacts",
        },
        Section {
            id: "career",
            title: "学歴・診療科・臨床研修",
            how: AT_ONCE,
            facts: vec![
                ("旧姓・旧名", or_dash(row.former_name.as_ref())),
                ("出身大学", or_dash(row.university.as_ref())),
                ("卒業年月日", day(row.graduated_on)),
                ("大学院", or_dash(row.graduate_school.as_ref())),
                ("診療科", or_dash(row.department.as_ref())),
                ("臨床研修の施設", or_dash(row.trains_at.as_ref())),
                ("臨床研修の開始日", day(row.trains_from)),
                ("臨床研修の修了（予定）日", day(row.trains_until)),
            ],
            edit: "/my/registration/career",
        },
        of_office(found),
    ]
}

/// What only an office changes.
fn of_office(found: &Registration) -> Section {
    let row = &found.row;
    Section {
        id: "office",
        title: "事務局が管理する項目",
        how: "違うときは、所属の医師会（会員でない方は、勤務先のある都道府県の医師会）へご連絡ください",
        facts: vec![
            ("医籍登録番号", or_dash(row.registry_number.as_ref())),
            ("医籍登録年月日", day(row.registry_on)),
            ("生年月日", Day::from(row.birth_on).japanese()),
            ("日医会員ID", or_dash(row.national_member_id.as_ref())),
            ("所属", memberships(found)),
        ],
        edit: "",
    }
}

fn memberships(found: &Registration) -> String {
    let words = |held: &mamis_app::membership::lists::Held| {
        format!("{}（{}）", held.name, held.period.category.label())
    };
    match found.held.as_slice() {
        [] => "どの医師会にも所属していません".to_owned(),
        held => held.iter().map(words).collect::<Vec<_>>().join("、"),
    }
}

fn place(row: &mamis_schema::workplace::Model) -> PlaceView {
    let until = row.valid_until.map(|day| format!("{}まで", Day::from(day).japanese())).unwrap_or_default();
    PlaceView {
        id: row.id.to_string(),
        main: row.main,
        words: Workplace::from(row).words(),
        span: format!("{}から{until}", Day::from(row.valid_from).japanese()),
    }
}

/// Leads on after a change was taken.
fn taken(ctx: &Ctx, saved: Saved) -> Response {
    const BACK: &str = "/my/registration";
    match saved {
        Saved::Same => ctx.lead(BACK, "info", "変わったところはありませんでした。"),
        Saved::InForce => ctx.done(BACK, "登録を変更しました。"),
        Saved::Told => ctx.done(BACK, "登録を変更し、所属の医師会に届け出ました。ほかの手続きはいりません。"),
        Saved::LaidReady(id) => ctx.lead(
            &format!("/applications/{id}/edit"),
            "warning",
            "届出の用意ができました。まだ送られていません。内容を確かめて、下の「送る」を押してください。",
        ),
    }
}

fn trail(ctx: &Ctx) -> Vec<Crumb> {
    vec![Crumb::to(&format!("{}/my/registration", ctx.base()), "登録情報")]
}

#[derive(Template)]
#[template(path = "my/registration/history.html")]
struct HistoryPage {
    page: Page,
    trail: Vec<Crumb>,
    lines: Vec<ChangeView>,
}

/// A line of history in words.
pub(crate) struct ChangeView {
    pub(crate) at: String,
    pub(crate) field: &'static str,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) by: String,
    pub(crate) source: &'static str,
    pub(crate) href: String,
}

impl From<physician_change::Model> for ChangeView {
    fn from(row: physician_change::Model) -> Self {
        let text = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        Self {
            at: at(row.changed_at),
            field: row.field.parse::<Field>().map_or("", Field::label),
            before: text(row.before),
            after: text(row.after),
            by: row.by_name,
            source: row.source.parse::<Source>().map_or("", Source::label),
            href: row.application.map(|id| format!("/applications/{id}")).unwrap_or_default(),
        }
    }
}

/// How the registration changed: who, when, before, after.
pub async fn history(ctx: Ctx) -> Result<Response, WebError> {
    let id = ctx.actor.physician().ok_or(mamis_app::Error::NotFound)?;
    let lines = tabs::history(&ctx, id).await?;
    show(&HistoryPage {
        page: Page::new(&ctx, "登録情報の変更の履歴"),
        trail: trail(&ctx),
        lines: lines.into_iter().map(Into::into).collect(),
    })
}

#[derive(Template)]
#[template(path = "my/registration/joint_use.html")]
struct JointUsePage {
    page: Page,
    trail: Vec<Crumb>,
    version: String,
    now: String,
    given: bool,
}

/// The text about the joint use, with the answer given so far.
pub async fn joint_use(ctx: Ctx) -> Result<Response, WebError> {
    let found = lists::registration(&ctx).await?;
    show(&JointUsePage {
        page: Page::new(&ctx, "個人情報の共同利用"),
        trail: trail(&ctx),
        version: Day::parse(JOINT_USE_VERSION).map_or_else(|_| JOINT_USE_VERSION.to_owned(), Day::japanese),
        now: joint_use_words(&found),
        given: found.joint_use.is_some_and(|row| row.given),
    })
}

/// Takes the answer down.
pub async fn answer_joint_use(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let (answer, text) = match fields.text("answer") {
        "given" => (JointUse::Given, "共同利用に同意していただきました。"),
        _ => (JointUse::TakenBack, "共同利用への同意を取り下げました。"),
    };
    actions::answer_joint_use(&ctx, answer).await?;
    Ok(ctx.done("/my/registration", text))
}

/// Everything as JSON.
pub async fn json(ctx: Ctx) -> Result<Response, WebError> {
    let data = data::everything(&ctx).await?;
    actions::note_download(&ctx, "json").await?;
    let text = serde_json::to_vec_pretty(&data).map_err(mamis_app::Error::fault)?;
    let name = dated("登録情報", ctx.today(), "json");
    Ok(attachment("application/json; charset=utf-8", &name, text))
}

/// Everything in words, as PDF.
pub async fn pdf(ctx: Ctx) -> Result<Response, WebError> {
    let bytes = print::pdf(&ctx).await?;
    actions::note_download(&ctx, "pdf").await?;
    Ok(attachment("application/pdf", &dated("登録情報", ctx.today(), "pdf"), bytes))
}
