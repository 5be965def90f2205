//! One officer: what they may do where, from which day to which day.

use super::pages::{LineView, line};
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::duty::lists::{Line, of_officer, seats_for};
use mamis_app::handover;
use mamis_rules::base::{Day, OfficerId};

#[derive(Template)]
#[template(path = "officer/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    person: LineView,
    own: String,
    may_appoint: bool,
    duties: Vec<DutyView>,
    reports: Vec<Crumb>,
}

struct DutyView {
    duty: &'static str,
    office: String,
    deputy_of: String,
    from: String,
    until: String,
    state: &'static str,
    badge: &'static str,
    by: String,
    ended_by: String,
    /// Where it is ended; empty when it cannot be.
    ending: String,
}

/// The officer.
pub async fn page(ctx: Ctx, Path(id): Path<OfficerId>) -> Result<Response, WebError> {
    let (seen, duties) = of_officer(&ctx, id).await?;
    let reports = handover::lists::of_officer(&ctx, id).await?;
    let report = |row: mamis_schema::handover::Model| {
        let label = format!("{}（{}）", Day::of(row.created_at).japanese(), row.created_by);
        Crumb::to(&format!("/handovers/{}", row.id), &label)
    };
    let own = format!("/officers/{id}");
    show(&ShowPage {
        page: Page::new(&ctx, seen.row.name.clone()),
        trail: vec![Crumb::to("/officers", "職員")],
        person: line(&seen),
        may_appoint: !seats_for(&ctx, id).await?.is_empty(),
        own,
        duties: duties.iter().map(|duty| view(duty, ctx.today())).collect(),
        reports: reports.into_iter().map(report).collect(),
    })
}

fn view(line: &Line, today: Day) -> DutyView {
    let span = line.span();
    let (state, badge) = match span.until {
        Some(until) if until < today => ("終わりました", "neutral"),
        _ if span.from > today => ("これから", "info"),
        Some(_) => ("期限あり", "warning"),
        None => ("担当中", "success"),
    };
    DutyView {
        duty: line.kind.label(),
        office: line.office.clone(),
        deputy_of: line.deputy_of.clone(),
        from: span.from.japanese(),
        until: span.until.map(Day::japanese).unwrap_or_default(),
        state,
        badge,
        by: line.row.appointed_by.clone(),
        ended_by: line.row.ended_by.clone(),
        ending: if line.may_end { format!("/duties/{}/endings/new", line.id()) } else { String::new() },
    }
}
