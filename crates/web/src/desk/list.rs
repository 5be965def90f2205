//! The applications that an office sees.

use super::paging::{Choice, Pager, Tab, link};
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mamis_app::application::actions::note_export;
use mamis_app::desk::export;
use mamis_app::desk::lists::applications::{self, Filter, PAGE, Row, Sort, View};
use mamis_rules::base::Day;
use mamis_rules::flow::certification::State;
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    state: String,
    kind: String,
    q: String,
    sort: String,
    page: String,
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            view: View::read(&self.view),
            state: self.state.parse().ok(),
            kind: if matches!(self.kind.as_str(), "initial" | "renewal") {
                self.kind.clone()
            } else {
                String::new()
            },
            text: self.q.trim().to_owned(),
            sort: Sort::read(&self.sort),
        }
    }

    fn fields(&self) -> Vec<(&str, &str)> {
        vec![
            ("view", &self.view),
            ("state", &self.state),
            ("kind", &self.kind),
            ("q", &self.q),
            ("sort", &self.sort),
        ]
    }

    fn page(&self) -> u64 {
        self.page.parse().unwrap_or(1)
    }

    /// The same list with one field changed, from its first page.
    fn with(&self, name: &str, value: &str) -> String {
        let mut fields = self.fields();
        fields.retain(|(field, _)| *field != name);
        fields.push((name, value));
        link("/applications", &fields)
    }
}

#[derive(Template)]
#[template(path = "desk/applications.html")]
struct ListPage {
    page: Page,
    tabs: Vec<Tab>,
    view: &'static str,
    q: String,
    state: String,
    kind: String,
    sort: &'static str,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    sorts: Vec<Choice>,
    rows: Vec<Line>,
    pager: Pager,
    csv: String,
    xlsx: String,
    examine: Option<String>,
}

struct Line {
    href: String,
    number: String,
    name: String,
    kana: String,
    procedure: String,
    applied_to: String,
    state: &'static str,
    desk: String,
    since: String,
    due: String,
    overdue: bool,
    doubt: &'static str,
    badge: &'static str,
    fee: &'static str,
}

/// The list.
pub async fn page(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let filter = asked.filter();
    let (rows, total) = applications::page(&ctx, &filter, asked.page()).await?;
    let examine = rows.iter().find(|row| row.to_examine);
    show(&ListPage {
        page: Page::new(&ctx, "認定の申請"),
        tabs: View::ALL.iter().map(|view| tab(&asked, *view, filter.view, total)).collect(),
        view: filter.view.name(),
        q: asked.q.clone(),
        state: asked.state.clone(),
        kind: filter.kind.clone(),
        sort: filter.sort.name(),
        states: State::ALL.iter().map(|state| Choice::new(state.name(), state.label())).collect(),
        kinds: vec![Choice::new("initial", "新規"), Choice::new("renewal", "更新")],
        sorts: Sort::ALL.iter().map(|sort| Choice::new(sort.name(), sort.label())).collect(),
        pager: Pager::new(total, asked.page(), PAGE, "/applications", &asked.fields()),
        csv: link("/applications.csv", &asked.fields()),
        xlsx: link("/applications.xlsx", &asked.fields()),
        examine: examine.map(|row| format!("/applications/{}/examination", row.id)),
        rows: rows.iter().map(line).collect(),
    })
}

fn tab(asked: &Asked, view: View, current: View, total: u64) -> Tab {
    Tab::of_view(asked.with("view", view.name()), view.label(), (view == current).then_some(total))
}

fn line(row: &Row) -> Line {
    Line {
        // At the own desk the row opens where the work is done.
        href: format!("/applications/{}{}", row.id, if row.to_examine { "/examination" } else { "" }),
        number: row.number.clone(),
        name: row.name.clone(),
        kana: row.kana.clone(),
        procedure: row.procedure.clone(),
        applied_to: row.applied_to.clone(),
        state: row.state.label(),
        desk: row.desk.clone(),
        since: row.since.map(Day::japanese).unwrap_or_default(),
        due: row.due.map(Day::japanese).unwrap_or_default(),
        overdue: row.overdue,
        doubt: row.doubt.label(),
        badge: row.doubt.badge(),
        fee: if row.fee_received { "受領済み" } else { "未受領" },
    }
}

/// The list as CSV for Excel.
pub async fn comma_separated(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let rows = applications::export(&ctx, &asked.filter()).await?;
    note_export(&ctx, rows.len()).await?;
    let name = dated("申請一覧", ctx.today(), "csv");
    Ok(attachment("text/csv; charset=utf-8", &name, export::comma_separated(&rows)?))
}

/// The list as an Excel workbook.
pub async fn workbook(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let rows = applications::export(&ctx, &asked.filter()).await?;
    note_export(&ctx, rows.len()).await?;
    let name = dated("申請一覧", ctx.today(), "xlsx");
    Ok(attachment(XLSX, &name, export::workbook(&ctx, &rows)?))
}

/// The media type of an Excel workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The name of a file that shows a list as it was on a day: 医師一覧_2026-11-23.csv.
pub(crate) fn dated(name: &str, day: Day, extension: &str) -> String {
    format!("{name}_{day}.{extension}")
}

/// A file to be kept by the reader.
pub(crate) fn attachment(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    named(kind, "attachment", name, bytes)
}

/// A file that opens in the browser, and is kept under a name that says what it is.
pub(crate) fn inline(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    named(kind, "inline", name, bytes)
}

fn named(kind: &'static str, how: &str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("{how}; {}", file_name(name));
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}

/// The name for every browser, and where it is not plain ASCII the whole of it as RFC 5987 writes it.
fn file_name(name: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "-._".contains(*c);
    let plain: String = name.chars().filter(is_plain).collect();
    let plain = plain.trim_start_matches(['-', '.', '_']);
    let whole: String = name
        .bytes()
        .map(|byte| match char::from(byte) {
            c if is_plain(&c) => c.to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    if plain == name {
        format!("filename=\"{name}\"")
    } else {
        let plain = if plain.contains('.') { plain.to_owned() } else { format!("file.{plain}") };
        format!("filename=\"{plain}\"; filename*=UTF-8''{whole}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_in_every_browser() {
        assert_eq!(file_name("applications.csv"), "filename=\"applications.csv\"");
        assert_eq!(
            file_name("認定証-14-00012.pdf"),
            "filename=\"14-00012.pdf\"; filename*=UTF-8''%E8%AA%8D%E5%AE%9A%E8%A8%BC-14-00012.pdf"
        );
        assert_eq!(file_name("台帳.csv"), "filename=\"file.csv\"; filename*=UTF-8''%E5%8F%B0%E5%B8%B3.csv");
        assert_eq!(file_name("a\"\r\n.pdf"), "filename=\"a.pdf\"; filename*=UTF-8''a%22%0D%0A.pdf");
    }
}
