//! Where entry on behalf begins, and the forms behind it.

use super::StandIn;
use crate::application::forms as application;
use crate::ctx::{Ctx, see_other};
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::layer::{RequestId, session};
use crate::page::{Page, show};
use crate::{attachment, membership_application, my::registration, paper_credit::forms as paper};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use mamis_app::application::advance::procedure;
use mamis_app::application::lists as applications;
use mamis_app::membership;
use mamis_app::membership_application::lists as membership_application_lists;
use mamis_app::physician::actions;
use mamis_app::{App, Cx, Error, paper_credit::lists as papers};
use mamis_rules::access::Duty;
use mamis_rules::base::PhysicianId;
use mamis_rules::credit::{Kind, Scheme};
use std::sync::Arc;
use tower::ServiceExt;

#[derive(Template)]
#[template(path = "on_behalf/page.html")]
struct StartPage {
    page: Page,
    trail: Vec<Crumb>,
    base: String,
    name: String,
    lines: usize,
    open: Vec<Crumb>,
    sent: Vec<Crumb>,
    beginnings: Vec<Crumb>,
    /// Whether the officer enters papers of certification too.
    certifies: bool,
    /// Whether the officer changes the registration.
    registers: bool,
}

/// What can be entered for this physician. The look is noted.
pub async fn page(ctx: Ctx, Path(id): Path<PhysicianId>) -> Result<Response, WebError> {
    let duties = allowed(&ctx, id).await?;
    let (cx, name) = actions::stand_in(&ctx, id, duties[0]).await?;
    actions::note_look(&ctx, id, "on_behalf").await?;
    show(&start_page(&ctx, &cx, id, name, &duties).await?)
}

/// The duties by which the officer fills in forms of this physician; at least one.
async fn allowed(ctx: &Ctx, id: PhysicianId) -> Result<Vec<Duty>, WebError> {
    let mut allowed = Vec::new();
    let mut refusal = Error::NotFound;
    for duty in [Duty::Certification, Duty::Membership] {
        if ctx.actor.duties().iter().any(|held| held.duty == duty) {
            match actions::stand_in(ctx, id, duty).await {
                Ok(_) => allowed.push(duty),
                Err(error) => refusal = error,
            }
        }
    }
    if allowed.is_empty() { Err(refusal.into()) } else { Ok(allowed) }
}

/// The duty that a form belongs to: what an officer of one duty may not do, standing in does not open.
async fn duty_of(ctx: &Ctx, rest: &str, query: Option<&str>) -> Result<Duty, WebError> {
    let parts: Vec<&str> = rest.split('/').collect();
    let asked = || {
        let fields = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let kind = fields.into_iter().find(|(name, _)| name == "kind").map(|(_, value)| value.into_owned());
        kind.and_then(|kind| membership_application::procedure(&kind))
    };
    match parts.as_slice() {
        ["applications"] | ["applications", "new"] => {
            Ok(asked().map_or(Duty::Certification, |kind| kind.duty()))
        }
        ["applications", id, ..] => {
            let id = id.parse().map_err(|_| Error::NotFound)?;
            let holds = |duty| ctx.actor.duties().iter().any(|held| held.duty == duty);
            // A draft is on nobody's route yet: whoever holds both duties is asked by the kind.
            let kind = applications::kind_of(ctx.db(), id).await?;
            if holds(kind.duty()) { Ok(kind.duty()) } else { Err(Error::NotFound.into()) }
        }
        ["my", "registration" | "workplaces", ..] => Ok(Duty::Membership),
        ["attachments", ..] if ctx.actor.duties().iter().all(|held| held.duty != Duty::Certification) => {
            Ok(Duty::Membership)
        }
        _ => Ok(Duty::Certification),
    }
}

async fn start_page(
    ctx: &Ctx,
    cx: &Cx,
    id: PhysicianId,
    name: String,
    duties: &[Duty],
) -> Result<StartPage, WebError> {
    let base = format!("/on-behalf/{id}");
    let mut lines = applications::of_physician(cx.db(), id, cx.today()).await?;
    lines.retain(|line| duties.contains(&line.kind().duty()));
    let certifies = duties.contains(&Duty::Certification);
    let mut beginnings = Vec::new();
    if certifies {
        beginnings = certifications(cx, id, &lines, &base).await?;
    }
    if duties.contains(&Duty::Membership) {
        let held = membership::lists::of_physician(cx.db(), id.into()).await?;
        let kinds = membership_application_lists::beginnings(&held, cx.today());
        beginnings.extend(kinds.into_iter().map(|kind| {
            let href = format!("{base}/applications/new?kind={kind}");
            Crumb::to(&href, &format!("{}の手続き", kind.label()))
        }));
    }
    let title = |line: &applications::Line| {
        let number = line.number.clone().unwrap_or_else(|| "下書き".to_owned());
        format!("{}（{number}、{}）", line.title(), line.state_label())
    };
    let (open, sent): (Vec<_>, Vec<_>) =
        lines.iter().filter(|line| line.is_running()).partition(|line| line.is_with_applicant());
    Ok(StartPage {
        page: Page::new(ctx, "代理入力"),
        trail: vec![
            Crumb::to("/physicians", "医師"),
            Crumb::to(&format!("/physicians/{id}"), &format!("{name}さん")),
        ],
        lines: papers::of_physician(cx.db(), id).await?.len(),
        open: open
            .iter()
            .map(|line| Crumb::to(&format!("{base}/applications/{}/edit", line.id), &title(line)))
            .collect(),
        sent: sent
            .iter()
            .map(|line| Crumb::to(&format!("/applications/{}", line.id), &title(line)))
            .collect(),
        beginnings,
        certifies,
        registers: duties.contains(&Duty::Membership),
        base,
        name,
    })
}

async fn certifications(
    cx: &Cx,
    id: PhysicianId,
    lines: &[applications::Line],
    base: &str,
) -> Result<Vec<Crumb>, WebError> {
    let beginnings = applications::beginnings(cx, id, lines).await?;
    let crumb = |(scheme, kind): &(Scheme, Kind)| {
        let href = format!("{base}/applications/new?scheme={scheme}&kind={kind}");
        Crumb::to(&href, &format!("{}の申請", procedure(scheme.name(), kind.name())))
    };
    Ok(beginnings.iter().map(crumb).collect())
}

/// The physician's own form, answered to the officer. Whatever is shown is a look; what is written names the officer
/// anyway.
pub async fn enter(
    ctx: Ctx,
    State(app): State<Arc<App>>,
    Path((id, rest)): Path<(PhysicianId, String)>,
    request: Request,
) -> Result<Response, WebError> {
    let duty = duty_of(&ctx, &rest, request.uri().query()).await?;
    let (cx, name) = actions::stand_in(&ctx, id, duty).await?;
    let stand_in = StandIn { actor: cx.actor, who: cx.who, name, base: format!("/on-behalf/{id}") };
    let inner = without_base(request, &rest, stand_in)?;
    let limit = DefaultBodyLimit::max(app.settings.upload.max_mib.saturating_mul(8 * 1024 * 1024));
    match forms().layer(limit).with_state(app).oneshot(inner).await {
        Ok(response) => {
            // A form that comes back to be mended shows what its page shows; only what leads on shows nothing.
            let shows = [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY].contains(&response.status());
            if shows {
                actions::note_look(&ctx, id, "on_behalf").await?;
            }
            Ok(response)
        }
        Err(never) => match never {},
    }
}

/// The same request at the physician's own address. What axum noted about the outer address must not come along.
fn without_base(request: Request, rest: &str, stand_in: StandIn) -> Result<Request, WebError> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut inner = Request::new(body);
    *inner.method_mut() = parts.method;
    *inner.uri_mut() = format!("/{rest}{query}").parse::<Uri>().map_err(|_| Error::NotFound)?;
    *inner.headers_mut() = parts.headers;
    if let Some(found) = parts.extensions.get::<session::Found>() {
        inner.extensions_mut().insert(found.clone());
    }
    if let Some(id) = parts.extensions.get::<RequestId>() {
        inner.extensions_mut().insert(id.clone());
    }
    inner.extensions_mut().insert(stand_in);
    Ok(inner)
}

/// The forms an officer may fill in. Everything else is the officer's own page.
fn forms() -> Router<Arc<App>> {
    Router::new()
        .route("/paper-credits", get(paper::list).post(paper::declare))
        .route("/paper-credits/new", get(paper::new))
        .route("/paper-credits/{id}", post(paper::change))
        .route("/paper-credits/{id}/edit", get(paper::edit))
        .route("/paper-credits/{id}/removals", post(paper::remove))
        .route("/applications", post(application::begin))
        .route("/applications/new", get(application::new))
        .route("/applications/{id}/edit", get(application::edit))
        .route("/applications/{id}/draft", post(application::save))
        .route("/applications/{id}/submissions", post(application::submit))
        .route("/applications/{id}/withdrawals", post(application::withdraw))
        .route("/applications/{id}/removals", post(application::remove_paper))
        .route("/my/registration", get(registration::page))
        .route("/my/registration/name", get(registration::name::form).post(registration::name::save))
        .route(
            "/my/registration/contacts",
            get(registration::contacts::form).post(registration::contacts::save),
        )
        .route("/my/registration/career", get(registration::career::form).post(registration::career::save))
        .route("/my/workplaces", post(registration::workplace::create))
        .route("/my/workplaces/new", get(registration::workplace::new))
        .route("/my/workplaces/{id}", post(registration::workplace::save))
        .route("/my/workplaces/{id}/edit", get(registration::workplace::edit))
        .route("/my/workplaces/{id}/endings", post(registration::workplace::end))
        .route("/attachments/{id}", get(attachment::show))
        .method_not_allowed_fallback(own_page)
        .fallback(own_page)
}

async fn own_page(uri: Uri) -> Response {
    see_other(uri.path())
}
