//! Having a file checked: the form, the templates, and the lists to fill in.

use crate::ctx::Ctx;
use crate::desk::list::{XLSX, attachment, dated};
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::bulk_change::actions::{self, File};
use mamis_app::bulk_change::export::{self, As};
use mamis_app::bulk_change::lists;
use mamis_app::{Error, Problem, Result as Done};
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::{AssociationId, BulkChangeId};
use mamis_rules::bulk_change::{IDENTITY, Kind, LINES};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "bulk_change/new.html")]
struct NewPage {
    page: Page,
    trail: Vec<Crumb>,
    offices: Vec<Choice>,
    association: String,
    kinds: Vec<Choice>,
    kind: String,
    templates: Vec<TemplateView>,
    categories: Vec<Choice>,
    lines: usize,
    problems: Problems,
}

/// A kind with its columns.
struct TemplateView {
    name: &'static str,
    label: &'static str,
    columns: String,
    hint: &'static str,
}

/// The form.
pub async fn new(ctx: Ctx, Query(asked): Query<Chosen>) -> Result<Response, WebError> {
    show(&new_page(&ctx, &asked.association, &asked.kind, Problems::default()).await?)
}

async fn new_page(ctx: &Ctx, association: &str, kind: &str, problems: Problems) -> Result<NewPage, WebError> {
    let offices = lists::offices(ctx).await?;
    let view = |kind: &Kind| TemplateView {
        name: kind.name(),
        label: kind.label(),
        columns: kind.columns().join("、"),
        hint: kind.hint(),
    };
    Ok(NewPage {
        page: Page::new(ctx, "ファイルで一括して変更する"),
        trail: vec![Crumb::to("/desk", "担当中の案件"), Crumb::to("/bulk-changes", "一括変更")],
        association: match (association.is_empty(), offices.first()) {
            (true, Some((id, _))) => id.to_string(),
            _ => association.to_owned(),
        },
        offices: offices.iter().map(|(id, name)| Choice::new(&id.to_string(), name)).collect(),
        kinds: Kind::ALL.iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        kind: kind.to_owned(),
        templates: Kind::ALL.iter().map(view).collect(),
        categories: MembershipCategory::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        lines: LINES,
        problems,
    })
}

impl NewPage {
    /// The columns that say who.
    fn identity(&self) -> String {
        IDENTITY.join("、")
    }
}

/// Has a file checked.
pub async fn create(ctx: Ctx, mut fields: Fields) -> Result<Response, WebError> {
    match checked(&ctx, &mut fields).await {
        Ok(id) => {
            Ok(ctx.done(&format!("/bulk-changes/{id}"), "ファイルを確認しました。まだ何も変わっていません。"))
        }
        Err(Error::Invalid(problems)) => {
            let (association, kind) = (fields.text("association"), fields.text("kind"));
            let page = new_page(&ctx, association, kind, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn checked(ctx: &Ctx, fields: &mut Fields) -> Done<BulkChangeId> {
    let mut problems = Vec::new();
    let kind = fields.text("kind").parse::<Kind>();
    if kind.is_err() {
        problems.push(Problem::at("kind", "何を変えるかを選んでください。"));
    }
    let association = fields.text("association").parse::<AssociationId>();
    if association.is_err() {
        problems.push(Problem::at("association", "どの医師会の会員の変更かを選んでください。"));
    }
    let sheet = fields.take_sheet("file");
    let (_, too_large) = fields.take_uploads();
    if sheet.is_none() && too_large.is_empty() {
        problems.push(Problem::at("file", "CSV か Excel（.xlsx）のファイルを選んでください。"));
    }
    problems.extend(too_large);
    match (kind, association, sheet, problems.is_empty()) {
        (Ok(kind), Ok(association), Some((name, content)), true) => {
            actions::check(ctx, File { association, kind, name, content }).await
        }
        _ => Err(Error::Invalid(problems)),
    }
}

/// Which template, or which list to fill in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    association: String,
    kind: String,
    category: String,
}

impl Chosen {
    fn kind(&self) -> Done<Kind> {
        self.kind.parse().map_err(|_| Error::NotFound)
    }
}

/// The empty template as CSV.
pub async fn template_csv(ctx: Ctx, Query(asked): Query<Chosen>) -> Result<Response, WebError> {
    let kind = asked.kind()?;
    let file = export::template(&ctx, kind, As::Csv)?;
    Ok(attachment("text/csv; charset=utf-8", &format!("一括変更のひな形_{}.csv", kind.label()), file))
}

/// The empty template as an Excel workbook.
pub async fn template_xlsx(ctx: Ctx, Query(asked): Query<Chosen>) -> Result<Response, WebError> {
    let kind = asked.kind()?;
    let file = export::template(&ctx, kind, As::Workbook)?;
    Ok(attachment(XLSX, &format!("一括変更のひな形_{}.xlsx", kind.label()), file))
}

/// The template with the members of an association, as an Excel workbook.
pub async fn members(ctx: Ctx, Query(asked): Query<Chosen>) -> Result<Response, WebError> {
    let kind = asked.kind()?;
    let association = asked.association.parse().map_err(|_| Error::NotFound)?;
    let file = export::members(&ctx, association, kind, &asked.category, As::Workbook).await?;
    let name = dated(&format!("一括変更_{}", kind.label()), ctx.today(), "xlsx");
    Ok(attachment(XLSX, &name, file))
}
