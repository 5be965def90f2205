//! What every page is given besides its own content, and how it becomes an answer.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::layer::session::Reader;
use crate::manual::chapter_of;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mamis_app::World;
use mamis_rules::access::{Actor, Duty, DutyHeld};

/// The frame of a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Title of the page and of the browser's tab.
    pub title: String,
    /// Language of the page.
    pub lang: &'static str,
    /// Who is logged in.
    pub user_name: Option<String>,
    /// Main menu.
    pub nav: Vec<NavItem>,
    /// What happened with the last form.
    pub notices: Vec<Notice>,
    /// Whether the banner of the demo is shown.
    pub demo: bool,
    /// The number people quote when they ask for help.
    pub request_id: String,
    /// The office of an officer.
    pub office_name: Option<String>,
    /// The chapter of the manual for this reader.
    pub manual: &'static str,
    /// What stands before the addresses of forms; see [`Ctx::base`].
    pub base: String,
}

/// An entry of the main menu.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Whether the reader is there.
    pub current: bool,
}

/// A line on top of a page.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// info, success, warning or error.
    pub kind: String,
    /// A sentence.
    pub text: String,
    /// Where to do something about it; empty for nowhere.
    #[serde(default)]
    pub href: String,
    /// What the link says.
    #[serde(default)]
    pub action: String,
}

impl Notice {
    /// A sentence alone.
    pub fn new(kind: &str, text: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), text: text.into(), href: String::new(), action: String::new() }
    }

    /// The sentence and where to go from it.
    #[must_use]
    pub fn leading(mut self, href: &str, action: &str) -> Self {
        href.clone_into(&mut self.href);
        action.clone_into(&mut self.action);
        self
    }
}

impl Page {
    /// The frame for this reader.
    pub fn new(ctx: &Ctx, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            lang: "ja",
            user_name: ctx.current.as_ref().map(|current| current.who.name.clone()),
            nav: nav(ctx.current.as_ref().map_or(&ctx.cx.actor, |current| &current.actor), &ctx.path),
            notices: notices(ctx),
            demo: ctx.cx.app.world == World::Demo,
            request_id: ctx.cx.request_id.clone(),
            office_name: ctx.current.as_ref().and_then(|current| current.office_name.clone()),
            manual: chapter_of(ctx.current.as_ref().map_or(&ctx.cx.actor, |current| &current.actor)),
            base: ctx.base().to_owned(),
        }
    }

    /// The frame without a reader, for error pages.
    pub fn bare(title: &str, request_id: &str) -> Self {
        Self {
            title: title.to_owned(),
            lang: "ja",
            user_name: None,
            nav: Vec::new(),
            notices: Vec::new(),
            demo: false,
            request_id: request_id.to_owned(),
            office_name: None,
            manual: "/manual",
            base: String::new(),
        }
    }
}

/// What the last form left to say, and for whom an officer types.
fn notices(ctx: &Ctx) -> Vec<Notice> {
    let stand_in = ctx.stand_in.iter().map(|stand_in| {
        let name = &stand_in.name;
        let text = format!("{name}さんの代理で入力しています。あなたの名前が記録に残り、本人も見られます。");
        Notice::new("warning", text)
    });
    stand_in.chain(ctx.notices.iter().cloned()).collect()
}

impl Page {
    /// The same frame with the name and the menu of whoever reads it.
    #[must_use]
    pub(crate) fn seen_by(mut self, reader: &Reader) -> Self {
        if let Some(current) = &reader.current {
            self.user_name = Some(current.who.name.clone());
            self.nav = nav(&current.actor, &reader.path);
            self.manual = chapter_of(&current.actor);
            self.office_name.clone_from(&current.office_name);
        }
        self.demo = reader.world == World::Demo;
        self
    }
}

const PHYSICIAN_NAV: &[(&str, &str)] = &[
    ("/my", "マイページ"),
    ("/trainings", "研修会"),
    ("/my/credits", "単位"),
    ("/applications", "申請"),
    ("/my/registration", "登録情報"),
];

const MEMBERSHIP_OR_CERTIFICATION: &[Duty] = &[Duty::Membership, Duty::Certification];

/// The menu of an office: address, word, the duties of which one is needed; none where every officer goes.
const OFFICE_NAV: &[(&str, &str, &[Duty])] = &[
    ("/desk", "担当中の案件", &[]),
    ("/trainings", "研修会", &[]),
    ("/applications", "認定の申請", &[Duty::Certification]),
    ("/membership-applications", "会員の手続き", &[Duty::Membership]),
    ("/batches", "理事会", &[Duty::Certification]),
    ("/certifications", "認定台帳", &[Duty::Certification]),
    ("/documents", "文書", &[Duty::Certification, Duty::Training]),
    ("/physicians", "医師", MEMBERSHIP_OR_CERTIFICATION),
    ("/memberships", "会員台帳", &[Duty::Membership]),
    ("/head-counts", "会員数", &[Duty::Membership, Duty::Administration, Duty::Dues]),
    ("/notices", "お知らせ", &[Duty::Membership, Duty::Certification, Duty::Administration]),
    ("/post-letters", "郵送", MEMBERSHIP_OR_CERTIFICATION),
    ("/officers", "職員", &[Duty::Administration]),
    ("/associations", "医師会", &[Duty::Administration]),
    ("/my/account", "登録情報", &[]),
];

/// Entries about members: an external organizer has none.
const OF_MEMBERS: &[&str] = &["/head-counts", "/notices"];

/// Pages that belong to an entry of the menu without lying under its address.
fn entry_of(path: &str) -> &str {
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["paper-credits", ..] | ["my", "documents"] => "/my/credits",
        ["my", "calendar"] => "/my",
        ["bounces" | "mail-texts", ..] => "/notices",
        ["association-openings" | "association-imports", ..] => "/associations",
        ["invitations" | "duties", ..] => "/officers",
        ["my", "looks" | "account" | "workplaces", ..] => "/my/registration",
        ["my", "tickets", _] => "/trainings",
        ["procedures"] => "/applications",
        ["duplicates" | "merges", ..] => "/physicians",
        ["registration-checks" | "credential-runs", ..] => "/physicians",
        ["bulk-changes", ..] => "/membership-applications",
        _ => path,
    }
}

fn nav(actor: &Actor, path: &str) -> Vec<NavItem> {
    let item = |href: &'static str, label: &'static str| NavItem {
        href,
        label,
        current: path == href
            || entry_of(path) == href
            || path.starts_with(&format!("{href}/")) && href != "/my",
    };
    match actor {
        Actor::Physician { .. } => PHYSICIAN_NAV.iter().map(|(href, label)| item(href, label)).collect(),
        Actor::Officer { duties, .. } if !duties.is_empty() => OFFICE_NAV
            .iter()
            .filter(|(href, _, of)| {
                let leads = |held: &DutyHeld| {
                    of.contains(&held.duty) && (held.at.tier().is_some() || !OF_MEMBERS.contains(href))
                };
                of.is_empty() || duties.iter().any(leads)
            })
            .map(|(href, label, _)| item(href, label))
            .collect(),
        _ => Vec::new(),
    }
}

/// A rendered page.
///
/// # Errors
/// A fault when the template cannot be rendered.
pub fn show(template: &impl Template) -> Result<Response, WebError> {
    show_with(StatusCode::OK, template)
}

/// A rendered page with a status, e.g. 422 for a form to mend.
///
/// # Errors
/// A fault when the template cannot be rendered.
pub fn show_with(status: StatusCode, template: &impl Template) -> Result<Response, WebError> {
    let html = template.render().map_err(mamis_app::Error::fault)?;
    let rare = has_rare_kanji(&html);
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    if rare {
        response.headers_mut().insert(header::LINK, HeaderValue::from_static(RARE_KANJI));
    }
    Ok(response)
}

/// Lets the browser fetch the font of rare kanji while it still reads the page: otherwise it asks for it only once
/// a name is laid out, and the name stands there as an empty box until then.
const RARE_KANJI: &str =
    "</static/font/rare-kanji.otf>; rel=preload; as=font; type=\"font/otf\"; crossorigin";

/// Whether a character beyond the basic plane stands in the text: its first byte is F0, which begins nothing else
/// that a page of ours holds.
fn has_rare_kanji(html: &str) -> bool {
    html.as_bytes().contains(&0xF0)
}
