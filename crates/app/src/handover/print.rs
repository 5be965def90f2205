//! A report set on paper.

use super::lists::{Open, Report, find};
use crate::cx::Cx;
use crate::document::print::told;
use crate::error::{Error, Result};
use mamis_documents::{DataSheet, Handover};
use mamis_rules::base::{Day, HandoverId};

/// A report as PDF.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for a character that no font shows.
#[crate::boxed]
pub async fn pdf(cx: &Cx, id: HandoverId) -> Result<Vec<u8>> {
    let data = data(find(cx, id).await?);
    let app = cx.app.clone();
    let set = tokio::task::spawn_blocking(move || app.printer.handover(&data).map_err(told));
    set.await.map_err(Error::fault)?
}

fn data(report: Report) -> Handover {
    let names: Vec<&str> = report.work.duties.iter().map(|duty| duty.label()).collect();
    let sheets = report.lists().map(|(title, open)| sheet(title, open)).to_vec();
    Handover {
        duties: names.join("・"),
        office: report.seat.name,
        officer: report.officer,
        last_day: Day::from(report.row.last_day),
        successor: report.successor,
        made_on: Day::of(report.row.created_at),
        made_by: report.row.created_by,
        remarks: report.row.remarks,
        sheets,
    }
}

fn sheet(title: &str, open: &Open) -> DataSheet {
    let listed = open.items.len() as u64;
    let title = match open.total.saturating_sub(listed) {
        0 => format!("{title}（{}件）", open.total),
        _ => format!("{title}（{}件のうち、はじめの{listed}件）", open.total),
    };
    let row = |item: &super::lists::Item| vec![item.number.clone(), item.what.clone(), item.standing.clone()];
    DataSheet {
        title,
        head: ["番号", "内容", "状態"].map(str::to_owned).to_vec(),
        rows: open.items.iter().map(row).collect(),
    }
}
