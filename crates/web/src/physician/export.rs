//! Found people as files and as labels.

use super::list::{Asked, labels_again};
use crate::ctx::Ctx;
use crate::desk::list::{XLSX, attachment, dated};
use crate::desk::paging::{Crumb, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::physician::export::{
    self, Kind, LabelSheet, Labels, Loss, LostCharacter, Made, Missing, Paper,
};

/// Lost characters shown: more would not be read.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "physician/lost.html")]
struct LostPage {
    page: Page,
    trail: Vec<Crumb>,
    count: usize,
    lost: Vec<LostCharacter>,
    utf8: String,
    accept: String,
}

/// The list as CSV, in UTF-8 or CP932; what CP932 does not hold is shown before.
pub async fn comma_separated(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let kind = if asked.encoding == "cp932" { Kind::Cp932 } else { Kind::Utf8 };
    let loss = if asked.lost == "accepted" { Loss::Accepted } else { Loss::Shown };
    let name = dated("医師一覧", ctx.today(), "csv");
    match export::file(&ctx, &asked.filter(&ctx).await?, kind, loss, asked.reason.trim()).await? {
        Made::File(bytes) if kind == Kind::Cp932 => {
            Ok(attachment("text/csv; charset=Shift_JIS", &name, bytes))
        }
        Made::File(bytes) => Ok(attachment("text/csv; charset=utf-8", &name, bytes)),
        Made::Lossy(lost) => show(&lost_page(&ctx, &asked, lost)),
    }
}

fn lost_page(ctx: &Ctx, asked: &Asked, mut lost: Vec<LostCharacter>) -> LostPage {
    let fields = asked.fields();
    let accepted =
        [&fields[..], &[("encoding", "cp932"), ("lost", "accepted"), ("reason", &asked.reason)]].concat();
    let count = lost.len();
    lost.truncate(SHOWN);
    LostPage {
        page: Page::new(ctx, "Shift_JIS で書けない文字"),
        trail: vec![Crumb::to(&link("/physicians", &fields), "医師")],
        count,
        lost,
        utf8: link("/physicians.csv", &[&fields[..], &[("reason", asked.reason.as_str())]].concat()),
        accept: link("/physicians.csv", &accepted),
    }
}

/// The list as an Excel workbook.
pub async fn workbook(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    match export::file(&ctx, &asked.filter(&ctx).await?, Kind::Workbook, Loss::Accepted, asked.reason.trim())
        .await?
    {
        Made::File(bytes) => Ok(attachment(XLSX, &dated("医師一覧", ctx.today(), "xlsx"), bytes)),
        Made::Lossy(lost) => show(&lost_page(&ctx, &asked, lost)),
    }
}

#[derive(Template)]
#[template(path = "physician/unaddressed.html")]
struct UnaddressedPage {
    page: Page,
    trail: Vec<Crumb>,
    count: usize,
    names: Vec<String>,
    hidden: Vec<(&'static str, String)>,
    sheet: String,
    first: String,
    reason: String,
}

/// Address labels of everybody found.
pub async fn labels(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let asked = Asked::of_form(&fields);
    let sheet = if fields.text("sheet") == "24" { LabelSheet::TwentyFour } else { LabelSheet::Twelve };
    let paper = Paper { sheet, first: fields.text("first").parse().unwrap_or_default() };
    let reason = fields.text("reason");
    let missing = if fields.text("missing") == "left_out" { Missing::LeftOut } else { Missing::Shown };
    match export::labels(&ctx, &asked.filter(&ctx).await?, paper, missing, reason).await {
        Ok(Labels::File(bytes)) => {
            Ok(attachment("application/pdf", &dated("宛名ラベル", ctx.today(), "pdf"), bytes))
        }
        Ok(Labels::Missing(names)) => show(&unaddressed(&ctx, &asked, &fields, names)),
        Err(Error::Invalid(problems)) => labels_again(&ctx, asked, &fields, Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

fn unaddressed(ctx: &Ctx, asked: &Asked, sent: &Fields, mut names: Vec<String>) -> UnaddressedPage {
    let fields = asked.fields();
    let count = names.len();
    names.truncate(SHOWN);
    UnaddressedPage {
        page: Page::new(ctx, "宛名ラベルを印刷できない方"),
        trail: vec![Crumb::to(&link("/physicians", &fields), "医師")],
        count,
        names,
        hidden: fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        sheet: sent.text("sheet").to_owned(),
        first: sent.text("first").to_owned(),
        reason: sent.text("reason").to_owned(),
    }
}
