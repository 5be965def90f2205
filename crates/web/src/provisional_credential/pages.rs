//! The runs, the form, one run with its files.

use crate::ctx::Ctx;
use crate::desk::list::attachment;
use crate::desk::paging::{Choice, Crumb, Pager};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use mamis_app::Error;
use mamis_app::physician::lists::associations::{meant, offered};
use mamis_app::provisional_credential::lists::{self, Line, PAGE, Sender, Shown};
use mamis_app::provisional_credential::{MOST, Selection, actions};
use mamis_rules::base::{AssociationId, CredentialRunId, Day};
use mamis_rules::physician::card::{Kind, State, Way};
use serde::Deserialize;

const PATH: &str = "/credential-runs";

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    page: String,
}

#[derive(Template)]
#[template(path = "provisional_credential/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    /// By office: who has not been written to, and who may be reminded.
    counts: Vec<Counts>,
    senders: Vec<Choice>,
    sender: String,
    kinds: Vec<Choice>,
    kind: String,
    association: String,
    associations: Vec<String>,
    rows: Vec<RowView>,
    pager: Pager,
    problems: Problems,
}

struct Counts {
    name: String,
    first: String,
    reminder: String,
}

struct RowView {
    href: String,
    number: String,
    kind: &'static str,
    sender: String,
    state: &'static str,
    badge: &'static str,
    people: String,
    used: String,
    asked: String,
    posted: String,
}

/// The runs and the form.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    show(&page_of(&ctx, number, &Fields::default(), Problems::default()).await?)
}

async fn page_of(ctx: &Ctx, number: u64, fields: &Fields, problems: Problems) -> Result<ListPage, WebError> {
    let senders = lists::senders(ctx).await?;
    let mut counts = Vec::new();
    for sender in &senders {
        counts.push(counts_of(ctx, sender).await?);
    }
    let (rows, total) = lists::page(ctx, number).await?;
    let kind = fields.text("kind");
    Ok(ListPage {
        page: Page::new(ctx, "仮ログインIDの発行"),
        trail: vec![Crumb::to("/physicians", "医師")],
        counts,
        sender: fields.text("sender").to_owned(),
        senders: senders.iter().map(|one| Choice::new(&one.id.to_string(), &one.name)).collect(),
        kinds: Kind::ALL.iter().map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        kind: if kind.is_empty() { Kind::First.name() } else { kind }.to_owned(),
        association: fields.text("association").to_owned(),
        associations: offered(ctx).await?,
        rows: rows.into_iter().map(row).collect(),
        pager: Pager::new(total, number, PAGE, PATH, &[]),
        problems,
    })
}

async fn counts_of(ctx: &Ctx, sender: &Sender) -> Result<Counts, WebError> {
    let mut numbers = Vec::new();
    for kind in [Kind::First, Kind::Reminder] {
        let count = lists::count(ctx, sender.id, &Selection { kind, within: None }).await?;
        numbers.push(if count > MOST { format!("{MOST}人以上") } else { format!("{count}人") });
    }
    let reminder = numbers.pop().unwrap_or_default();
    Ok(Counts { name: sender.name.clone(), first: numbers.pop().unwrap_or_default(), reminder })
}

fn row(line: Line) -> RowView {
    RowView {
        href: format!("{PATH}/{}", line.row.id),
        kind: line.row.kind.parse::<Kind>().map_or("", short),
        sender: line.sender,
        state: line.state.label(),
        badge: badge(line.state),
        people: format!("{}人", line.row.wanted),
        used: format!("{}人", line.used),
        asked: format!("{}　{}", Day::of(line.row.created_at).japanese(), line.row.by_name),
        posted: line.row.posted_on.map(|on| Day::from(on).japanese()).unwrap_or_default(),
        number: line.row.number,
    }
}

fn short(kind: Kind) -> &'static str {
    match kind {
        Kind::First => "はじめて",
        Kind::Reminder => "再度のご案内",
    }
}

fn badge(state: State) -> &'static str {
    match state {
        State::Queued | State::Making => "info",
        State::Ready => "warning",
        State::Posted => "success",
        State::Withdrawn => "neutral",
    }
}

/// Asks for cards.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let outcome = match read(&ctx, &fields).await {
        Ok((at, chosen)) => actions::begin(&ctx, at, &chosen).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(id) => Ok(ctx.done(&format!("{PATH}/{id}"), "発行を受け付けました。順に作っています。")),
        Err(Error::Invalid(problems)) => {
            let page = page_of(&ctx, 1, &fields, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn read(ctx: &Ctx, fields: &Fields) -> Result<(AssociationId, Selection), Error> {
    let at = fields.text("sender").parse().map_err(|_| Error::NotFound)?;
    let kind = fields.text("kind").parse().map_err(|_| Error::NotFound)?;
    let within = match fields.text("association") {
        "" => None,
        text => Some(meant(ctx, text).await?),
    };
    Ok((at, Selection { kind, within }))
}

#[derive(Template)]
#[template(path = "provisional_credential/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    /// Where its forms go.
    path: String,
    state: &'static str,
    badge: &'static str,
    sentence: String,
    is_running: bool,
    made: i32,
    wanted: i32,
    facts: Vec<(&'static str, String)>,
    files: Vec<FileView>,
    without: Vec<(String, String, String)>,
    may_post: bool,
    may_withdraw: bool,
    posted_on: String,
    problems: Problems,
}

struct FileView {
    /// Empty once it was deleted.
    href: String,
    label: String,
    postcodes: String,
    cards: String,
}

/// One run.
pub async fn page(ctx: Ctx, Path(id): Path<CredentialRunId>) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    let today = ctx.today().to_string();
    show(&show_page(&ctx, shown, today, Problems::default()))
}

fn show_page(ctx: &Ctx, shown: Shown, posted_on: String, problems: Problems) -> ShowPage {
    let (row, state) = (&shown.row, shown.state);
    let path = format!("{PATH}/{}", row.id);
    ShowPage {
        page: Page::new(ctx, format!("仮ログインIDの発行 {}", row.number)),
        trail: vec![Crumb::to("/physicians", "医師"), Crumb::to(PATH, "仮ログインIDの発行")],
        state: state.label(),
        badge: badge(state),
        sentence: sentence(&shown),
        is_running: matches!(state, State::Queued | State::Making),
        made: row.made,
        wanted: row.wanted,
        facts: facts(&shown),
        files: shown.files.iter().map(|file| file_view(&path, file)).collect(),
        without: shown
            .without
            .into_iter()
            .map(|(id, name, why)| (format!("/physicians/{id}"), name, why))
            .collect(),
        may_post: state == State::Ready,
        may_withdraw: matches!(state, State::Queued | State::Making | State::Ready),
        posted_on,
        path,
        problems,
    }
}

fn sentence(shown: &Shown) -> String {
    let row = &shown.row;
    match shown.state {
        State::Queued => "対象の方を選んでいます。この画面を読み込み直すと、進みぐあいがわかります。".to_owned(),
        State::Making => format!(
            "{}人のうち{}人まで作りました。この画面を閉じても、作成は続きます。",
            row.wanted, row.made
        ),
        State::Ready => "印刷ファイルを印刷（または印刷会社に入稿）し、発送したら、発送の日を記録してください。記録すると、印刷ファイルは消えます。".to_owned(),
        State::Posted => "発送しました。まだログインしていない方には、30日後から「再度のご案内」を発行できます。".to_owned(),
        State::Withdrawn => "取り消しました。この発行の仮パスワードは使えません。".to_owned(),
    }
}

fn facts(shown: &Shown) -> Vec<(&'static str, String)> {
    let row = &shown.row;
    let count =
        |way: Way| shown.by_way.iter().find(|(known, _)| *known == way).map_or(0, |(_, count)| *count);
    vec![
        ("差出人", shown.sender.clone()),
        ("種類", row.kind.parse::<Kind>().map_or("", Kind::label).to_owned()),
        ("受け付けた日", format!("{}　{}", Day::of(row.created_at).japanese(), row.by_name)),
        ("対象", format!("{}人", row.wanted)),
        ("はがき", format!("{}人", count(Way::Post))),
        ("メール", format!("{}人", count(Way::Mail))),
        ("送れない方", format!("{}人", count(Way::None))),
        ("この発行でログインした方", format!("{}人", shown.used)),
        ("発送した日", row.posted_on.map(|on| Day::from(on).japanese()).unwrap_or_default()),
    ]
}

fn file_view(path: &str, file: &mamis_schema::credential_file::Model) -> FileView {
    FileView {
        href: match file.file_key {
            Some(_) => format!("{path}/files/{}.pdf", file.position),
            None => String::new(),
        },
        label: format!("{}番目の束", file.position),
        postcodes: format!("〒{} 〜 〒{}", file.first_postal_code, file.last_postal_code),
        cards: format!("{}枚", file.cards),
    }
}

/// A file of cards: never kept on the way.
pub async fn file(ctx: Ctx, Path((id, file)): Path<(CredentialRunId, String)>) -> Result<Response, WebError> {
    let position = file.strip_suffix(".pdf").and_then(|number| number.parse().ok()).ok_or(Error::NotFound)?;
    let (name, bytes) = actions::open_file(&ctx, id, position).await?;
    let name = format!("仮ログインIDのはがき_{name}");
    let mut response = attachment("application/pdf", &name, bytes.into());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Records the posting.
pub async fn record_posting(
    ctx: Ctx,
    Path(id): Path<CredentialRunId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let typed = fields.text("posted_on");
    match actions::record_posting(&ctx, id, Day::parse_written(typed).ok()).await {
        Ok(()) => Ok(ctx.done(&format!("{PATH}/{id}"), "発送を記録しました。印刷ファイルは消しました。")),
        Err(Error::Invalid(problems)) => {
            let shown = lists::show(&ctx, id).await?;
            let page = show_page(&ctx, shown, typed.to_owned(), Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Withdraws a run.
pub async fn withdraw(ctx: Ctx, Path(id): Path<CredentialRunId>) -> Result<Response, WebError> {
    actions::withdraw(&ctx, id).await?;
    Ok(ctx.done(&format!("{PATH}/{id}"), "発行を取り消しました。この発行の仮パスワードは使えません。"))
}
