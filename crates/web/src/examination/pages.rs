//! The examination of one application.

use super::view::{Decision, Evidence, decision, evidence};
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::Problems;
use crate::page::{Page, show_with};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::application;
use mamis_app::application::advance::procedure;
use mamis_app::examination::lists::{Case, case};
use mamis_rules::base::ApplicationId;

#[derive(Template)]
#[template(path = "examination/page.html")]
struct ExaminationPage {
    page: Page,
    trail: Vec<Crumb>,
    id: String,
    badge: &'static str,
    state: &'static str,
    place: String,
    next: Option<String>,
    evidence: Evidence,
    decision: Decision,
    problems: Problems,
}

/// What was typed, shown again when something has to be mended.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) checklist: Option<mamis_app::examination::Checklist>,
    pub(super) remarks: Option<String>,
    pub(super) comment: String,
    pub(super) fee_received_on: Option<String>,
    pub(super) fee_receipt: Option<String>,
    pub(super) handbook_on: Option<String>,
}

/// The screen; each look leaves an entry.
pub async fn page(ctx: Ctx, Path(id): Path<ApplicationId>) -> Result<Response, WebError> {
    let found = case(&ctx, id).await?;
    application::actions::note_look(&ctx, id, found.person.id.into()).await?;
    screen(&ctx, &found, Typed::default(), Problems::default())
}

/// The screen with a form as typed: another look.
pub(super) async fn again(
    ctx: &Ctx,
    id: ApplicationId,
    typed: Typed,
    problems: Problems,
) -> Result<Response, WebError> {
    let found = case(ctx, id).await?;
    application::actions::note_look(ctx, id, found.person.id.into()).await?;
    screen(ctx, &found, typed, problems)
}

fn screen(ctx: &Ctx, found: &Case, typed: Typed, problems: Problems) -> Result<Response, WebError> {
    let row = &found.progress.found.row;
    let title =
        format!("{}の審査　{}", procedure(&row.scheme, &row.certification_kind), found.progress.physician);
    let status = problems.status();
    let next = found.place.and_then(|place| place.next);
    show_with(
        status,
        &ExaminationPage {
            page: Page::new(ctx, title),
            trail: vec![Crumb::to("/desk", "担当中の案件"), Crumb::to("/applications", "認定の申請")],
            id: row.id.to_string(),
            badge: crate::application::badge(found.progress.found.state),
            state: found.progress.found.state.label(),
            place: found
                .place
                .map(|place| format!("{} / {}件目", place.number, place.of))
                .unwrap_or_default(),
            next: next.map(|id| format!("/applications/{id}/examination")),
            evidence: evidence(found),
            decision: decision(ctx, found, typed),
            problems,
        },
    )
}
