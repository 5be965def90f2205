//! The ledger, and one number of it.

use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::{Choice, Crumb, Pager, Tab, link};
use crate::error::WebError;
use crate::page::{Page, show};
use crate::physician::list::or;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::certification::lists::ledger::{self, Filter, Line, PAGE, Shown, View};
use mamis_app::certification::{actions, export};
use mamis_app::my::standing::CERTIFIED;
use mamis_rules::access::Duty;
use mamis_rules::association::Tier;
use mamis_rules::base::{CertificationId, Day};
use mamis_rules::certification::{Loss, Standing};
use mamis_schema::certification;
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    scheme: String,
    q: String,
    page: String,
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            view: View::read(&self.view),
            scheme: self.scheme.parse().ok(),
            text: self.q.trim().to_owned(),
        }
    }

    fn fields(&self) -> [(&str, &str); 3] {
        [("view", &self.view), ("scheme", &self.scheme), ("q", &self.q)]
    }
}

#[derive(Template)]
#[template(path = "certification/list.html")]
struct ListPage {
    page: Page,
    tabs: Vec<Tab>,
    view: String,
    q: String,
    scheme: String,
    schemes: Vec<Choice>,
    rows: Vec<LineView>,
    pager: Pager,
    csv: String,
}

struct LineView {
    href: String,
    number: String,
    scheme: &'static str,
    name: String,
    kana: String,
    association: String,
    until: String,
    badge: &'static str,
    standing: &'static str,
}

/// The ledger.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let (filter, number) = (asked.filter(), asked.page.parse().unwrap_or(1));
    let (rows, total) = ledger::page(&ctx, &filter, number).await?;
    show(&ListPage {
        page: Page::new(&ctx, "認定台帳"),
        tabs: View::ALL.iter().map(|view| tab(&asked, *view, filter.view, total)).collect(),
        schemes: CERTIFIED.iter().map(|scheme| Choice::new(scheme.name(), scheme.label())).collect(),
        rows: rows.iter().map(line).collect(),
        pager: Pager::new(total, number, PAGE, "/certifications", &asked.fields()),
        csv: link("/certifications.csv", &asked.fields()),
        view: asked.view,
        q: asked.q,
        scheme: asked.scheme,
    })
}

fn tab(asked: &Asked, view: View, current: View, total: u64) -> Tab {
    let fields = [("view", view.name()), ("scheme", &asked.scheme), ("q", &asked.q)];
    Tab::of_view(link("/certifications", &fields), view.label(), (view == current).then_some(total))
}

fn line(line: &Line) -> LineView {
    LineView {
        href: format!("/certifications/{}", line.row.id),
        number: line.row.number.clone(),
        scheme: line.scheme.label(),
        name: line.name.clone(),
        kana: line.kana.clone(),
        association: or(&line.association, "非会員"),
        until: line.expires_on.japanese(),
        badge: badge(line.standing),
        standing: line.standing.label(),
    }
}

fn badge(standing: Standing) -> &'static str {
    match standing {
        Standing::Valid => "success",
        Standing::NotYet => "info",
        Standing::Expired => "warning",
        Standing::Revoked => "error",
    }
}

/// The ledger as CSV for Excel.
pub async fn comma_separated(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let rows = ledger::export(&ctx, &asked.filter()).await?;
    actions::note_export(&ctx, rows.len()).await?;
    let name = dated("認定台帳", ctx.today(), "csv");
    Ok(attachment("text/csv; charset=utf-8", &name, export::comma_separated(&rows)?))
}

#[derive(Template)]
#[template(path = "certification/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    head: Head,
    periods: Vec<PeriodView>,
    documents: Vec<DocumentView>,
    running: Option<Crumb>,
    lost: Option<LostView>,
    /// Where a loss is recorded; empty for those who may not.
    end: String,
    no_end: String,
    reissue: String,
}

/// Whose certification it is.
pub(super) struct Head {
    pub(super) number: String,
    pub(super) scheme: &'static str,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) registry_number: String,
    pub(super) association: String,
    pub(super) badge: &'static str,
    pub(super) standing: &'static str,
    pub(super) until: String,
}

struct PeriodView {
    from: String,
    until: String,
    badge: &'static str,
    standing: &'static str,
    ground: &'static str,
}

struct DocumentView {
    href: String,
    number: String,
    issued_on: String,
    note: &'static str,
}

struct LostView {
    on: String,
    loss: &'static str,
    reason: String,
    ahead: bool,
}

/// One number of the ledger. The look is noted.
pub async fn page(ctx: Ctx, Path(id): Path<CertificationId>) -> Result<Response, WebError> {
    let shown = ledger::show(&ctx, id).await?;
    actions::note_look(&ctx, id, shown.line.row.physician.into()).await?;
    show(&show_page(&ctx, &shown))
}

fn show_page(ctx: &Ctx, shown: &Shown) -> ShowPage {
    let row = &shown.line.row;
    let national = ctx.actor.holds_at_tier(Duty::Certification, Tier::National);
    let issued = shown.documents.iter().any(|document| document.revoked_at.is_none());
    ShowPage {
        page: Page::new(ctx, format!("{}さんの認定", shown.line.name)),
        trail: vec![Crumb::to("/certifications", "認定台帳")],
        head: head(&shown.line),
        periods: shown.periods.iter().map(period).collect(),
        documents: shown.documents.iter().map(document).collect(),
        running: shown.running.as_ref().map(|(id, number)| Crumb::to(&format!("/applications/{id}"), number)),
        lost: lost(row, ctx.today()),
        end: match (&shown.no_end, national) {
            (None, true) => format!("/certifications/{}/endings/new", row.id),
            _ => String::new(),
        },
        no_end: shown.no_end.clone().unwrap_or_default(),
        reissue: if national && issued {
            format!("/certifications/{}/reissues", row.id)
        } else {
            String::new()
        },
    }
}

pub(super) fn head(line: &Line) -> Head {
    Head {
        number: line.row.number.clone(),
        scheme: line.scheme.label(),
        name: line.name.clone(),
        kana: line.kana.clone(),
        registry_number: line.registry_number.clone(),
        association: or(&line.association, "非会員"),
        badge: badge(line.standing),
        standing: line.standing.label(),
        until: line.expires_on.japanese(),
    }
}

fn period((row, standing): &(certification::Model, Standing)) -> PeriodView {
    PeriodView {
        from: Day::from(row.valid_from).japanese(),
        until: Day::from(row.valid_until).japanese(),
        badge: badge(*standing),
        standing: standing.label(),
        ground: if row.application.is_some() {
            "このシステムの申請"
        } else {
            "このシステムより前の認定"
        },
    }
}

fn document(row: &mamis_schema::document::Model) -> DocumentView {
    DocumentView {
        href: format!("/documents/{}.pdf", row.id),
        number: row.number.clone(),
        issued_on: Day::from(row.issued_on).japanese(),
        note: match (row.revoked_at, row.reissue_of) {
            (Some(_), _) => "再発行により差し替え済み",
            (None, Some(_)) => "再発行",
            (None, None) => "",
        },
    }
}

fn lost(row: &certification::Model, today: Day) -> Option<LostView> {
    let on = Day::from(row.ended_on?);
    let loss = row.ended_as.as_deref().and_then(|name| name.parse::<Loss>().ok());
    Some(LostView {
        on: on.japanese(),
        loss: loss.map_or("", Loss::label),
        reason: row.ended_reason.clone().unwrap_or_default(),
        ahead: on > today,
    })
}
