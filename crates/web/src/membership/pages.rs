//! The ledger, as a page and as a file.

use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::{Choice, Pager, link};
use crate::error::WebError;
use crate::form::Problems;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use mamis_app::membership::export;
use mamis_app::membership::lists::ledger::{self, Filter, Line, Listed, PAGE};
use mamis_app::physician::lists::associations;
use mamis_app::{Error, Problem};
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::{AssociationId, Day};
use serde::Deserialize;

const PATH: &str = "/memberships";

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    on: String,
    association: String,
    category: String,
    q: String,
    page: String,
}

impl Asked {
    fn fields(&self) -> [(&'static str, &str); 4] {
        [("association", &self.association), ("on", &self.on), ("category", &self.category), ("q", &self.q)]
    }

    /// What the list understands, and the name of the association.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a day that is none and for an association whose ledger is another office's.
    async fn filter(&self, ctx: &Ctx) -> Result<(Filter, String), Error> {
        let on = match self.on.trim() {
            "" => ctx.today(),
            text => Day::parse_written(text).map_err(|error| Error::invalid("on", &error.to_string()))?,
        };
        let association: AssociationId = match self.association.trim() {
            "" => ledger::own(ctx).ok_or(Error::NotFound)?,
            text => associations::meant(ctx, text).await?,
        };
        let body = ledger::of(ctx, association).await.map_err(|error| match error {
            Error::NotFound => Error::invalid(
                "association",
                "この医師会の台帳は、あなたの医師会のものではありません。自分の医師会か、その下位の医師会を選んでください。",
            ),
            other => other,
        })?;
        let category = self.category.parse().ok();
        Ok((Filter { association, on, category, text: self.q.trim().to_owned() }, body.name))
    }
}

#[derive(Template)]
#[template(path = "membership/list.html")]
struct ListPage {
    page: Page,
    asked: Asked,
    problems: Problems,
    associations: Vec<String>,
    categories: Vec<Choice>,
    /// The association and the day in words.
    head: String,
    rows: Vec<LineView>,
    /// Whether somebody on the page has left since and cannot be opened.
    some_left: bool,
    pager: Pager,
    csv: String,
    counts: String,
}

struct LineView {
    /// Empty for those whom the office does not see today.
    href: String,
    name: String,
    kana: String,
    category: String,
    from: String,
    until: String,
    cause: &'static str,
}

/// The ledger.
pub async fn list(ctx: Ctx, Query(mut asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    match asked.filter(&ctx).await {
        Ok((filter, name)) => {
            let listed = ledger::page(&ctx, &filter, number).await?;
            name.clone_into(&mut asked.association);
            asked.on = filter.on.to_string();
            show(&list_page(&ctx, asked, Some((&filter, &name, listed)), Vec::new()).await?)
        }
        Err(Error::Invalid(problems)) => show(&list_page(&ctx, asked, None, problems).await?),
        Err(error) => Err(error.into()),
    }
}

async fn list_page(
    ctx: &Ctx,
    asked: Asked,
    found: Option<(&Filter, &str, Listed)>,
    problems: Vec<Problem>,
) -> Result<ListPage, WebError> {
    let mut page = ListPage {
        page: Page::new(ctx, "会員台帳"),
        problems: Problems(problems),
        associations: associations::offered(ctx).await?,
        categories: MembershipCategory::ALL.iter().map(|one| Choice::new(one.name(), one.label())).collect(),
        head: String::new(),
        rows: Vec::new(),
        some_left: false,
        pager: Pager::new(0, 1, PAGE, PATH, &asked.fields()),
        csv: link("/memberships.csv", &asked.fields()),
        counts: "/head-counts".to_owned(),
        asked,
    };
    if let Some((filter, name, listed)) = found {
        page.head = format!("{}の{name}の会員", filter.on.japanese());
        page.some_left = listed.lines.iter().any(|line| !line.opens);
        page.pager =
            Pager::counted((listed.total, listed.more), listed.page, PAGE, PATH, &page.asked.fields());
        page.rows = listed.lines.into_iter().map(line).collect();
        page.counts = link("/head-counts", &[("association", &filter.association.to_string())]);
    }
    Ok(page)
}

fn line(line: Line) -> LineView {
    let tab = format!("/physicians/{}?tab=memberships", line.id);
    LineView {
        href: if line.opens { tab } else { String::new() },
        name: line.name,
        kana: line.kana,
        category: line.category,
        from: line.from.japanese(),
        until: line.until.map(Day::japanese).unwrap_or_default(),
        cause: line.cause,
    }
}

/// The ledger as CSV for Excel.
pub async fn comma_separated(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let (filter, _) = asked.filter(&ctx).await?;
    let file = export::comma_separated(&ctx, &filter).await?;
    Ok(attachment("text/csv; charset=utf-8", &dated("会員台帳", filter.on, "csv"), file))
}
