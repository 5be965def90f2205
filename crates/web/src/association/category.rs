//! An association's own categories of members.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::duty::day;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::association::actions::category as actions;
use mamis_app::association::lists::{self, category as questions};
use mamis_app::{Error, Problem};
use mamis_rules::association::MembershipCategory;
use mamis_rules::association::category::Own;
use mamis_rules::base::{AssociationId, Day};
use mamis_schema::association_category;

/// The categories of an association on a day, each with the national one: 「正会員（A①）」.
pub(crate) async fn words(ctx: &Ctx, id: AssociationId, on: Day) -> Result<Vec<String>, WebError> {
    let found = questions::own_categories(ctx.db(), [id.into()]).await?;
    let own = found.own(id).iter().filter(|own| own.holds(on));
    Ok(own.map(|own| format!("{}（{}）", own.name, own.national.label())).collect())
}

#[derive(Template)]
#[template(path = "association/categories.html")]
struct CategoriesPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    rows: Vec<RowView>,
    nationals: Vec<Choice>,
    name: String,
    national: String,
    from: String,
    problems: Problems,
}

struct RowView {
    id: String,
    name: String,
    national: &'static str,
    from: String,
    until: String,
    state: &'static str,
    badge: &'static str,
    may_end: bool,
    /// The day typed for its end, and what is wrong with it.
    last: String,
    error: String,
}

/// The categories, and the form of a new one.
pub async fn list(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    show(&categories_page(&ctx, id, &Fields::default(), Problems::default()).await?)
}

async fn categories_page(
    ctx: &Ctx,
    id: AssociationId,
    fields: &Fields,
    problems: Problems,
) -> Result<CategoriesPage, WebError> {
    let found = lists::find_own(ctx, ctx.db(), id).await?;
    let rows = questions::categories(ctx.db(), found.row.id).await?;
    let own = format!("/associations/{id}");
    let today = ctx.today().to_string();
    let typed = |name: &str, default: &str| match fields.text(name) {
        "" => default.to_owned(),
        typed => typed.to_owned(),
    };
    Ok(CategoriesPage {
        page: Page::new(ctx, "会員区分"),
        trail: vec![
            Crumb::to("/associations", "医師会の一覧"),
            Crumb::to(&own, &found.row.name),
            Crumb::to(&format!("{own}/settings"), "医師会の設定"),
        ],
        rows: rows
            .iter()
            .map(|row| view(row, ctx.today(), fields, &problems))
            .collect::<mamis_app::Result<_>>()?,
        nationals: MembershipCategory::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        name: typed("category_name", ""),
        national: typed("category_national", ""),
        from: typed("category_from", &today),
        own,
        problems,
    })
}

fn view(
    row: &association_category::Model,
    today: Day,
    fields: &Fields,
    problems: &Problems,
) -> mamis_app::Result<RowView> {
    let own = questions::own(row)?;
    // What was typed is about one row only.
    let is_asked = row.id.to_string() == fields.text("category");
    let typed = Some(fields.text("until")).filter(|text| is_asked && !text.is_empty());
    let (state, badge) = match (own.holds(today), own.from > today) {
        (true, _) => ("使っています", "success"),
        (false, true) => ("これから", "info"),
        (false, false) => ("終わりました", "neutral"),
    };
    Ok(RowView {
        id: row.id.to_string(),
        national: own.national.label(),
        from: own.from.japanese(),
        until: own.until.map(Day::japanese).unwrap_or_default(),
        state,
        badge,
        may_end: own.until.is_none_or(|until| until >= today),
        last: typed.map_or_else(|| today.to_string(), str::to_owned),
        error: if is_asked { problems.of("until").to_owned() } else { String::new() },
        name: own.name,
    })
}

/// Enters a category.
pub async fn create(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    let outcome = match typed(&fields) {
        Ok(new) => actions::enter(&ctx, id, &new).await,
        Err(error) => Err(error),
    };
    settled(&ctx, id, outcome, &fields, "会員区分を登録しました。").await
}

fn typed(fields: &Fields) -> Result<Own, Error> {
    let mut problems = Vec::new();
    let from = day(fields, "category_from", "始まりの日を入力してください。", &mut problems);
    let national = fields.text("category_national").parse::<MembershipCategory>();
    if national.is_err() {
        problems.push(Problem::at("category_national", "全国の区分を選んでください。"));
    }
    match (from, national) {
        (Some(from), Ok(national)) => {
            Ok(Own { name: fields.text("category_name").to_owned(), national, from, until: None })
        }
        _ => Err(Error::Invalid(problems)),
    }
}

/// Gives a category its last day.
pub async fn end(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    let category = fields.text("category").parse().map_err(|_| Error::NotFound)?;
    let mut problems = Vec::new();
    let outcome = match day(&fields, "until", "最後の日を入力してください。", &mut problems) {
        Some(until) => actions::end(&ctx, id, category, until).await,
        None => Err(Error::Invalid(problems)),
    };
    settled(&ctx, id, outcome, &fields, "会員区分の最後の日を登録しました。").await
}

async fn settled(
    ctx: &Ctx,
    id: AssociationId,
    outcome: mamis_app::Result<()>,
    fields: &Fields,
    text: &str,
) -> Result<Response, WebError> {
    match outcome {
        Ok(()) => Ok(ctx.done(&format!("/associations/{id}/categories"), text)),
        Err(Error::Invalid(problems)) => {
            let page = categories_page(ctx, id, fields, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
