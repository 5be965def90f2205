//! Declaring paper credits: the list, the form of several lines, one line.

use crate::application::forms::file;
use crate::ctx::Ctx;
use crate::desk::paging::Choice;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::paper_credit::{Line, SCHEMES, actions, choices, faults, lists, until};
use mamis_app::{Error, Problem};
use mamis_rules::base::{Credits, Day, PaperCreditId};
use mamis_rules::credit::{Course, Scheme, item_label};
use mamis_schema::paper_credit;

#[derive(Template)]
#[template(path = "paper_credit/list.html")]
struct ListTemplate {
    page: Page,
    lines: Vec<LineView>,
    sum: String,
    confirmed: String,
    until: String,
    new_href: String,
}

struct LineView {
    id: String,
    day: String,
    scheme: String,
    what: String,
    title: String,
    host: String,
    amount: String,
    sticker: String,
    photo: String,
    state: &'static str,
    badge: &'static str,
    comment: String,
    entered_by: String,
    may_change: bool,
}

/// The declared lines.
pub async fn list(ctx: Ctx) -> Result<Response, WebError> {
    let physician = ctx.actor.physician().ok_or(Error::NotFound)?;
    let rows = lists::of_physician(ctx.db(), physician).await?;
    let sum = |state: &dyn Fn(&str) -> bool| -> String {
        let amounts =
            rows.iter().filter(|row| state(&row.state)).map(|row| Credits::from_hundredths(row.amount));
        amounts.sum::<Credits>().to_string()
    };
    show(&ListTemplate {
        page: Page::new(&ctx, "紙の単位"),
        sum: sum(&|state| state != "refused"),
        confirmed: sum(&|state| state == "confirmed"),
        lines: rows.iter().map(line).collect(),
        until: last_day(ctx.today()),
        new_href: format!("{}/paper-credits/new", ctx.base()),
    })
}

fn last_day(today: Day) -> String {
    until(Scheme::OccupationalPhysician, today).map(Day::japanese).unwrap_or_default()
}

fn line(row: &paper_credit::Model) -> LineView {
    let (state, badge) = match row.state.as_str() {
        "confirmed" => ("確認済み", "success"),
        "refused" => ("認められませんでした", "error"),
        _ => ("申告（確認待ち）", "info"),
    };
    let course = row.course.parse::<Course>().map_or("", |course| course.label());
    let item = item_label(&row.scheme, &row.item);
    let words = [course, &row.category, &item];
    LineView {
        id: row.id.to_string(),
        day: Day::from(row.earned_on).japanese(),
        scheme: row
            .scheme
            .parse::<Scheme>()
            .map_or_else(|_| row.scheme.clone(), |scheme| scheme.label().to_owned()),
        what: words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
        title: row.title.clone(),
        host: row.host_name.clone(),
        amount: Credits::from_hundredths(row.amount).to_string(),
        sticker: row.sticker_number.clone().unwrap_or_default(),
        photo: row.photo.map(|id| format!("/attachments/{id}")).unwrap_or_default(),
        state,
        badge,
        comment: row.comment.clone(),
        entered_by: row.entered_by.clone(),
        may_change: row.state != "confirmed",
    }
}

#[derive(Template)]
#[template(path = "paper_credit/edit.html")]
struct EditTemplate {
    page: Page,
    problems: Problems,
    /// Where the form goes.
    action: String,
    rows: Vec<Row>,
    /// The empty row that a press adds.
    blank: Row,
    schemes: Vec<Group>,
    until: String,
    /// One line is changed; none is added.
    single: bool,
    version: String,
}

/// One line of the form, as typed.
struct Row {
    n: String,
    kind: String,
    earned_on: String,
    host_name: String,
    title: String,
    amount: String,
    sticker_number: String,
    /// The stored line has a photo.
    photo: bool,
    /// Id and name of a photo that came with the form before it was accepted.
    held: String,
    held_name: String,
}

/// The kinds of credit of one scheme.
struct Group {
    label: &'static str,
    choices: Vec<Choice>,
}

/// The empty form.
pub async fn new(ctx: Ctx) -> Result<Response, WebError> {
    show(&template(&ctx, vec![Row::blank("0")], Problems::default()))
}

/// Declares the lines of the form. Buttons without JavaScript add and remove rows.
pub async fn declare(ctx: Ctx, mut fields: Fields) -> Result<Response, WebError> {
    let untaken = hold_photos(&ctx, &mut fields).await?;
    let mut rows = typed(&fields);
    let other_rows = !fields.text("add").is_empty() || !fields.text("remove").is_empty();
    if !untaken.is_empty() {
        let faults = if other_rows { Vec::new() } else { faults(read(&fields), ctx.today()) };
        let problems = faults.into_iter().chain(untaken).collect();
        return show_with(StatusCode::UNPROCESSABLE_ENTITY, &template(&ctx, rows, Problems(problems)));
    }
    if other_rows {
        rows.retain(|row| row.n != fields.text("remove"));
        let next = rows.iter().filter_map(|row| row.n.parse::<usize>().ok()).max().map_or(0, |last| last + 1);
        if !fields.text("add").is_empty() || rows.is_empty() {
            rows.push(Row::blank(&next.to_string()));
        }
        return show(&template(&ctx, rows, Problems::default()));
    }
    match actions::declare(&ctx, read(&fields)).await {
        Ok(count) => Ok(ctx.done("/paper-credits", &format!("紙の単位を{count}行入力しました。"))),
        Err(Error::Invalid(problems)) => {
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &template(&ctx, rows, Problems(problems)))
        }
        Err(error) => Err(error.into()),
    }
}

/// One line to change.
pub async fn edit(ctx: Ctx, Path(id): Path<PaperCreditId>) -> Result<Response, WebError> {
    let row = lists::find(&ctx, ctx.db(), id).await?;
    show(&change_template(&ctx, id, row.version.to_string(), Row::stored(&row), Problems::default()))
}

/// Changes one line.
pub async fn change(
    ctx: Ctx,
    Path(id): Path<PaperCreditId>,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let untaken = hold_photos(&ctx, &mut fields).await?;
    let version = fields.text("version").to_owned();
    let number = version.parse().map_err(|_| Error::NotFound)?;
    let row = typed(&fields).into_iter().next().ok_or(Error::NotFound)?;
    let line = read(&fields).into_iter().next().ok_or(Error::NotFound)?;
    let changed = match untaken {
        none if none.is_empty() => actions::change(&ctx, id, number, line).await,
        untaken => Err(Error::Invalid(faults(vec![line], ctx.today()).into_iter().chain(untaken).collect())),
    };
    match changed {
        Ok(()) => Ok(ctx.done("/paper-credits", "紙の単位を直しました。")),
        Err(Error::Invalid(problems)) => {
            let page = change_template(&ctx, id, version, row, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes one line.
pub async fn remove(ctx: Ctx, Path(id): Path<PaperCreditId>) -> Result<Response, WebError> {
    actions::remove(&ctx, id).await?;
    Ok(ctx.done("/paper-credits", "紙の単位を1行消しました。"))
}

impl Row {
    fn blank(n: &str) -> Self {
        let text = String::new;
        Self {
            n: n.to_owned(),
            kind: text(),
            earned_on: text(),
            host_name: text(),
            title: text(),
            amount: text(),
            sticker_number: text(),
            photo: false,
            held: text(),
            held_name: text(),
        }
    }

    fn stored(row: &paper_credit::Model) -> Self {
        Self {
            n: "0".to_owned(),
            kind: format!("{}:{}/{}/{}", row.scheme, row.course, row.category, row.item),
            earned_on: row.earned_on.to_string(),
            host_name: row.host_name.clone(),
            title: row.title.clone(),
            amount: Credits::from_hundredths(row.amount).to_string(),
            sticker_number: row.sticker_number.clone().unwrap_or_default(),
            photo: row.photo.is_some(),
            held: String::new(),
            held_name: String::new(),
        }
    }
}

fn typed(fields: &Fields) -> Vec<Row> {
    let of = |n: usize, name: &str| fields.text(&format!("lines.{n}.{name}")).to_owned();
    let rows = fields.rows("lines").into_iter();
    rows.map(|n| Row {
        n: n.to_string(),
        kind: of(n, "kind"),
        earned_on: of(n, "earned_on"),
        host_name: of(n, "host_name"),
        title: of(n, "title"),
        amount: of(n, "amount"),
        sticker_number: of(n, "sticker_number"),
        photo: false,
        held: of(n, "photo.held"),
        held_name: of(n, "photo.held_name"),
    })
    .collect()
}

/// Holds the photos that came with the form; answers what was wrong with those that cannot be taken.
async fn hold_photos(ctx: &Ctx, fields: &mut Fields) -> Result<Vec<Problem>, Error> {
    let (uploads, untaken) = fields.take_uploads();
    let of: Vec<_> = uploads.iter().map(|upload| (upload.field.clone(), upload.file_name.clone())).collect();
    let held = actions::hold_photos(ctx, uploads.into_iter().map(file).collect()).await?;
    for ((field, name), id) in of.iter().zip(held) {
        fields.note_held(field, name, id);
    }
    Ok(untaken)
}

/// Scheme and kind of credit are chosen together: `scheme:course/category/item`.
fn read(fields: &Fields) -> Vec<Line> {
    let rows = typed(fields);
    rows.into_iter()
        .map(|row| {
            let (scheme, kind) = row.kind.split_once(':').unwrap_or_default();
            Line {
                row: row.n.parse().unwrap_or_default(),
                scheme: scheme.parse().ok(),
                kind: kind.to_owned(),
                earned_on: row.earned_on,
                host_name: row.host_name,
                title: row.title,
                amount: row.amount,
                sticker_number: row.sticker_number,
                photo: row.held.parse().ok(),
            }
        })
        .collect()
}

fn groups() -> Vec<Group> {
    let group = |scheme: &Scheme| Group {
        label: scheme.label(),
        choices: choices(*scheme)
            .into_iter()
            .map(|choice| Choice { value: format!("{scheme}:{}", choice.value), label: choice.label })
            .collect(),
    };
    SCHEMES.iter().map(group).collect()
}

fn template(ctx: &Ctx, rows: Vec<Row>, problems: Problems) -> EditTemplate {
    EditTemplate {
        page: Page::new(ctx, "紙の単位を入力する"),
        problems,
        action: "/paper-credits".to_owned(),
        rows,
        blank: Row::blank("__n__"),
        schemes: groups(),
        until: last_day(ctx.today()),
        single: false,
        version: String::new(),
    }
}

fn change_template(
    ctx: &Ctx,
    id: PaperCreditId,
    version: String,
    row: Row,
    problems: Problems,
) -> EditTemplate {
    EditTemplate {
        page: Page::new(ctx, "紙の単位を直す"),
        action: format!("/paper-credits/{id}"),
        single: true,
        version,
        ..template(ctx, vec![row], problems)
    }
}
