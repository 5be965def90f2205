//! The list of invitations, the form, and what the invited person opens.

use crate::account::pages::{TermsText, typed_twice};
use crate::account::{Caller, pages as account};
use crate::ctx::Ctx;
use crate::desk::paging::{Crumb, Pager};
use crate::duty::{DutyFields, appointment, value_of};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::password::MIN_LENGTH;
use mamis_app::duty::lists::{seat_to_fill, seats};
use mamis_app::invitation::actions::{self, Invited, NewOfficer};
use mamis_app::invitation::lists::{self, Line, Open, PAGE, Standing};
use mamis_app::terms::Block;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::{Day, InvitationId};
use mamis_rules::duty::Span;
use serde::Deserialize;

/// What the addresses ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    page: String,
    /// An association to begin with.
    association: String,
}

#[derive(Template)]
#[template(path = "invitation/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    rows: Vec<LineView>,
    pager: Pager,
}

struct LineView {
    name: String,
    email: String,
    office: String,
    duties: String,
    days: String,
    state: &'static str,
    badge: &'static str,
    sent: String,
    by: String,
    /// Where it is taken back; empty when there is nothing to take back.
    revocation: String,
}

/// The invitations.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = lists::page(&ctx, number).await?;
    show(&ListPage {
        page: Page::new(&ctx, "職員の招待"),
        trail: vec![Crumb::to("/officers", "職員")],
        rows: rows.iter().map(line).collect(),
        pager: Pager::new(total, number, PAGE, "/invitations", &[]),
    })
}

fn line(line: &Line) -> LineView {
    let (state, badge) = match line.standing {
        Standing::Open => ("返事待ち", "info"),
        Standing::Accepted => ("登録済み", "success"),
        Standing::Revoked => ("取消し", "neutral"),
        Standing::Over => ("期限切れ", "warning"),
    };
    LineView {
        name: line.row.name.clone(),
        email: line.row.email.clone(),
        office: line.office.clone(),
        duties: labels(&line.duties),
        days: days(line.span()),
        state,
        badge,
        sent: Day::of(line.row.created_at).japanese(),
        by: line.row.invited_by.clone(),
        revocation: match line.standing {
            Standing::Open => format!("/invitations/{}/revocations", line.id()),
            _ => String::new(),
        },
    }
}

fn labels(duties: &[Duty]) -> String {
    let labels: Vec<&str> = duties.iter().map(|duty| duty.label()).collect();
    labels.join("・")
}

/// The days of a duty in words.
pub(crate) fn days(span: Span) -> String {
    format!("{}〜{}", span.from.japanese(), span.until.map_or_else(String::new, Day::japanese))
}

#[derive(Template)]
#[template(path = "invitation/new.html")]
struct NewPage {
    page: Page,
    trail: Vec<Crumb>,
    name: String,
    kana: String,
    email: String,
    form: DutyFields,
}

/// The form.
pub async fn new(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let mut page = new_page(&ctx, None, &asked.association, Problems::default()).await?;
    if let Ok(id) = asked.association.parse() {
        page.form.at = value_of(Host::Association(id));
    }
    show(&page)
}

/// Mails the invitation.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let outcome = match appointment(&fields) {
        Ok(appointment) => {
            let [name, kana, email] = ["name", "kana", "email"].map(|field| fields.raw(field).to_owned());
            actions::invite(&ctx, &Invited { name, kana, email, appointment }).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(ctx.done("/invitations", "招待のメールを送りました。リンクは72時間使えます。")),
        Err(Error::Invalid(problems)) => {
            let at = fields.text("at").strip_prefix("association:").unwrap_or_default();
            let page = new_page(&ctx, Some(&fields), at, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// `more`: an association beyond those directly below, which a link of its page names.
async fn new_page(
    ctx: &Ctx,
    fields: Option<&Fields>,
    more: &str,
    problems: Problems,
) -> Result<NewPage, WebError> {
    let mut offices = seats(ctx).await?;
    if let Ok(id) = more.parse() {
        let at = Host::Association(id);
        if offices.iter().all(|(known, _)| *known != at) {
            let (seat, _) = seat_to_fill(ctx, ctx.db(), at).await?;
            offices.push((at, seat.name));
        }
    }
    let typed = |name: &str| fields.map(|fields| fields.raw(name).to_owned()).unwrap_or_default();
    Ok(NewPage {
        page: Page::new(ctx, "職員を招待する"),
        trail: vec![Crumb::to("/officers", "職員"), Crumb::to("/invitations", "職員の招待")],
        name: typed("name"),
        kana: typed("kana"),
        email: typed("email"),
        form: DutyFields::new(&offices, fields, ctx.today(), problems),
    })
}

/// Takes an invitation back.
pub async fn revoke(ctx: Ctx, Path(id): Path<InvitationId>) -> Result<Response, WebError> {
    actions::revoke(&ctx, id).await?;
    Ok(ctx.done("/invitations", "招待を取り消しました。メールのリンクは使えなくなりました。"))
}

#[derive(Template)]
#[template(path = "invitation/acceptance.html")]
struct AcceptancePage {
    page: Page,
    action: String,
    name: String,
    office: String,
    duties: String,
    days: String,
    by: String,
    /// Somebody who is an officer already: logs in and accepts.
    is_known: bool,
    /// Whether that officer is logged in now.
    is_here: bool,
    login_id: String,
    agrees: bool,
    terms: TermsText,
    min_length: usize,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "invitation/over.html")]
struct OverPage {
    page: Page,
}

fn over(ctx: &Ctx) -> Result<Response, WebError> {
    let page = OverPage { page: Page::new(ctx, "この招待のリンクは使えません") };
    show_with(StatusCode::NOT_FOUND, &page)
}

/// What the invited person reads. Opening the link changes nothing.
pub async fn acceptance(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    match lists::by_link(&ctx, &token).await? {
        None => over(&ctx),
        Some(open) => show(&acceptance_page(&ctx, &token, &open, None, Problems::default()).await?),
    }
}

/// Makes the officer, or gives the duties to the one who is logged in.
pub async fn accept(
    ctx: Ctx,
    Caller(origin): Caller,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, WebError> {
    let Some(open) = lists::by_link(&ctx, &token).await? else { return over(&ctx) };
    if open.known.is_some() {
        actions::accept_as(&ctx, &token, ctx.current.as_deref()).await?;
        return Ok(ctx.done("/desk", "招待を受けました。新しい職務は、始まりの日から使えます。"));
    }
    let outcome = match typed(&fields) {
        Ok(new) => actions::accept(&ctx, &token, &new, &origin).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(opened) => Ok(account::enter(&ctx, &opened, "/login/second-factor/new")),
        Err(error) => mended(&ctx, &token, &open, &fields, error).await,
    }
}

async fn mended(
    ctx: &Ctx,
    token: &str,
    open: &Open,
    fields: &Fields,
    error: Error,
) -> Result<Response, WebError> {
    match error {
        Error::Invalid(problems) => {
            let page = acceptance_page(ctx, token, open, Some(fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Error::NotFound => over(ctx),
        error => Err(error.into()),
    }
}

fn typed(fields: &Fields) -> Result<NewOfficer<'_>, Error> {
    let password = typed_twice(fields)?;
    let agrees = fields.text("agree") == "1";
    Ok(NewOfficer { login_id: fields.text("login_id"), password, agrees })
}

async fn acceptance_page(
    ctx: &Ctx,
    token: &str,
    open: &Open,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<AcceptancePage, WebError> {
    let here = match ctx.current.as_deref().map(|current| &current.actor) {
        Some(Actor::Officer { officer, .. }) => Some(*officer),
        _ => None,
    };
    // A first proposal: what stands before the @ is what people remember.
    let proposed = open.row.email.split('@').next().unwrap_or_default().to_lowercase();
    Ok(AcceptancePage {
        page: Page::new(ctx, "職員の登録"),
        action: format!("/invitation-acceptances/{token}"),
        name: open.row.name.clone(),
        office: open.seat.name.clone(),
        duties: labels(&open.duties),
        days: days(open.span()),
        by: open.row.invited_by.clone(),
        is_known: open.known.is_some(),
        is_here: open.known.is_some() && open.known == here,
        login_id: fields.map_or(proposed, |fields| fields.text("login_id").to_owned()),
        agrees: fields.is_some_and(|fields| fields.text("agree") == "1"),
        terms: TermsText::in_force(ctx).await?,
        min_length: MIN_LENGTH,
        problems,
    })
}
