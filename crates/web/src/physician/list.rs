//! Finding people: the form, the list, what is kept of it.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Pager, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::my::standing::CERTIFIED;
use mamis_app::physician::export::LABELS;
use mamis_app::physician::lists::asked::Question;
use mamis_app::physician::lists::search::{self, EXPORT, Filter, Listed, PAGE};
use mamis_app::physician::lists::{Line, associations};
use mamis_app::saved_search::lists as saved;
use mamis_rules::access::notice::offices_of;
use mamis_rules::access::{self, Duty, Scope};
use mamis_rules::association::MembershipCategory;
use mamis_rules::physician::{By, Standing};
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    association: String,
    /// A category, `member` or `non_member`.
    category: String,
    scheme: String,
    from: String,
    until: String,
    without_email: String,
    not_logged_in: String,
    by: String,
    page: String,
    /// What becomes of characters that a file cannot hold: `shown` or, once the reader has seen them, `accepted`.
    pub(super) lost: String,
    /// The encoding of a file.
    pub(super) encoding: String,
    /// Why a file is taken.
    pub(super) reason: String,
}

impl Asked {
    /// The fields of the question, without page and file.
    pub(super) fn fields(&self) -> [(&'static str, &str); 9] {
        [
            ("q", &self.q),
            ("association", &self.association),
            ("category", &self.category),
            ("scheme", &self.scheme),
            ("from", &self.from),
            ("until", &self.until),
            ("without_email", &self.without_email),
            ("not_logged_in", &self.not_logged_in),
            ("by", &self.by),
        ]
    }

    /// The same from a form that was sent.
    pub(super) fn of_form(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            q: text("q"),
            association: text("association"),
            category: text("category"),
            scheme: text("scheme"),
            from: text("from"),
            until: text("until"),
            without_email: text("without_email"),
            not_logged_in: text("not_logged_in"),
            by: text("by"),
            ..Self::default()
        }
    }

    /// Whether anything besides the words is asked for.
    fn is_narrowed(&self) -> bool {
        self.fields().iter().any(|(name, value)| *name != "q" && !value.is_empty())
    }

    /// What the list understands.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown association and for a day that is none.
    pub(super) async fn filter(&self, ctx: &Ctx) -> Result<Filter, Error> {
        let filter = Question::of(self.fields().into_iter()).filter(ctx).await?;
        Ok(Filter { by: self.by.parse().ok(), ..filter })
    }
}

#[derive(Template)]
#[template(path = "physician/list.html")]
struct ListPage {
    page: Page,
    /// The duty looks at physicians at all.
    looks: bool,
    /// The duty judges who is registered twice.
    judges_pairs: bool,
    /// The duty sends cards for the first login.
    sends: bool,
    asked: Asked,
    problems: Problems,
    narrowed: bool,
    /// Whether certifications can be asked for: nobody would be found where none are seen.
    sees_certifications: bool,
    associations: Vec<String>,
    categories: Vec<Choice>,
    schemes: Vec<Choice>,
    orders: Vec<Choice>,
    rows: Vec<LineView>,
    pager: Pager,
    /// Said when the order asked for takes fewer people.
    unsorted: bool,
    hidden: Vec<(&'static str, String)>,
    saved: Vec<SavedView>,
    /// The question to be saved; empty for none.
    query: String,
    /// The name typed for it.
    name: String,
    /// Whether it was to be shared.
    shares: bool,
    files: Option<Files>,
    /// Where a notice to these people is written; empty for those who write none.
    notice: String,
}

struct LineView {
    href: String,
    name: String,
    kana: String,
    association: String,
    badge: &'static str,
    email: &'static str,
}

struct SavedView {
    href: String,
    name: String,
    shared: bool,
    /// Where it is removed; empty for those of colleagues.
    remove: String,
}

/// What may be taken out of the system.
struct Files {
    asks_reason: bool,
    most: u64,
    most_labels: u64,
    /// As typed.
    reason: String,
    /// The sheet of 24 labels.
    small: bool,
    /// The label to begin at.
    first: String,
}

/// The list.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    match asked.filter(&ctx).await {
        Ok(filter) => {
            let listed = search::page(&ctx, &filter, number).await?;
            let unsorted = filter.by.is_some_and(|by| by != listed.by);
            show(&list_page(&ctx, asked, &listed, unsorted, Problems::default()).await?)
        }
        Err(Error::Invalid(problems)) => {
            let nobody = Listed { rows: Vec::new(), total: 0, more: false, page: 1, by: By::Kana };
            show(&list_page(&ctx, asked, &nobody, false, Problems(problems)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The list once more, with the form as typed and what is wrong with the name under which its question was to be saved.
pub(crate) async fn again(ctx: &Ctx, fields: &Fields, problems: Problems) -> Result<Response, WebError> {
    let address = format!("/physicians?{}", fields.text("query")).parse().map_err(Error::fault)?;
    let Query(asked) = Query::<Asked>::try_from_uri(&address).map_err(Error::fault)?;
    let listed = search::page(ctx, &asked.filter(ctx).await?, 1).await?;
    let mut page = list_page(ctx, asked, &listed, false, problems).await?;
    fields.text("name").clone_into(&mut page.name);
    page.shares = !fields.text("shared").is_empty();
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The list once more, with what is wrong with the labels that were wanted.
pub(super) async fn labels_again(
    ctx: &Ctx,
    asked: Asked,
    fields: &Fields,
    problems: Problems,
) -> Result<Response, WebError> {
    let listed = search::page(ctx, &asked.filter(ctx).await?, 1).await?;
    let mut page = list_page(ctx, asked, &listed, false, problems).await?;
    if let Some(files) = &mut page.files {
        fields.text("reason").clone_into(&mut files.reason);
        fields.text("first").clone_into(&mut files.first);
        files.small = fields.text("sheet") == "24";
    }
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn list_page(
    ctx: &Ctx,
    asked: Asked,
    listed: &Listed,
    unsorted: bool,
    problems: Problems,
) -> Result<ListPage, WebError> {
    let fields = asked.fields();
    let question = link("", &fields);
    let may_export = access::physician::may_export(&ctx.actor).is_ok() && !listed.rows.is_empty();
    Ok(ListPage {
        page: Page::new(ctx, "医師"),
        sends: mamis_app::provisional_credential::lists::sends(ctx),
        looks: access::physician::visible_to(&ctx.actor) != Scope::Nothing,
        judges_pairs: ctx.actor.duties().iter().any(|held| held.duty == Duty::Membership),
        narrowed: asked.is_narrowed(),
        sees_certifications: access::certification::visible_to(&ctx.actor) != Scope::Nothing,
        associations: associations::offered(ctx).await?,
        categories: categories(),
        schemes: CERTIFIED.iter().map(|scheme| Choice::new(scheme.name(), scheme.label())).collect(),
        orders: By::ALL.iter().map(|by| Choice::new(by.name(), by.label())).collect(),
        rows: listed.rows.iter().map(line).collect(),
        pager: Pager::counted((listed.total, listed.more), listed.page, PAGE, "/physicians", &fields),
        unsorted,
        hidden: fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        saved: saved::list(ctx).await?.iter().map(saved_view).collect(),
        files: may_export.then(|| Files {
            asks_reason: access::physician::export_needs_reason(&ctx.actor),
            most: EXPORT,
            most_labels: LABELS,
            reason: String::new(),
            small: false,
            first: "1".to_owned(),
        }),
        notice: match offices_of(&ctx.actor).is_empty() || listed.rows.is_empty() {
            true => String::new(),
            false => format!("/notices/new{question}"),
        },
        query: question.trim_start_matches('?').to_owned(),
        name: String::new(),
        shares: false,
        problems,
        asked,
    })
}

fn categories() -> Vec<Choice> {
    let standings = Standing::ALL.iter().map(|standing| Choice::new(standing.name(), standing.label()));
    let categories =
        MembershipCategory::ALL.iter().map(|category| Choice::new(category.name(), category.label()));
    standings.chain(categories).collect()
}

fn saved_view(line: &saved::Line) -> SavedView {
    SavedView {
        href: format!("/physicians?{}", line.row.query),
        name: line.row.name.clone(),
        shared: line.row.association.is_some(),
        remove: if line.own { format!("/saved-searches/{}/removals", line.row.id) } else { String::new() },
    }
}

fn line(row: &Line) -> LineView {
    let verified = row.email_verified_at.is_some();
    LineView {
        href: format!("/physicians/{}", row.id),
        name: row.name(),
        kana: row.kana(),
        association: or(&row.association, "非会員"),
        badge: if verified { "success" } else { "warning" },
        email: if verified { "メールで届く" } else { "郵送" },
    }
}

/// A text, or what stands for none.
pub(crate) fn or(text: &str, empty: &str) -> String {
    if text.is_empty() { empty.to_owned() } else { text.to_owned() }
}
