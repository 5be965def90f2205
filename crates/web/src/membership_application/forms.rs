//! The forms of a procedure: what is wanted, kept as a draft, sent, mended.

use super::category::{CategoryField, categories};
use super::purpose;
use crate::application::forms::{PaperView, file, form_trail, paper};
use crate::ctx::{Ctx, see_other};
use crate::desk::paging::{Choice, Crumb, prefectures};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mamis_app::application::draft::PAPERS;
use mamis_app::attachment::actions::Upload;
use mamis_app::membership_application::actions::{self, registered};
use mamis_app::membership_application::lists::{self, Open, body};
use mamis_app::membership_application::{Change, Draft, Workplace};
use mamis_app::{Error, Problem};
use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::membership::LeavingScope;
use mamis_rules::membership::Field;

/// The tiers for which a form asks a category.
pub(super) const TIERS: [Tier; 3] = [Tier::Municipal, Tier::Prefectural, Tier::National];

#[derive(Template)]
#[template(path = "membership_application/new.html")]
struct NewTemplate {
    page: Page,
    trail: Vec<Crumb>,
    kind: Kind,
    purpose: &'static str,
    /// An officer gives the reason.
    on_behalf: bool,
    reason: String,
    problems: Problems,
}

/// What to have at hand before beginning.
pub async fn new(ctx: &Ctx, kind: Kind) -> Result<Response, WebError> {
    show(&new_template(ctx, kind, "", Problems::default()))
}

fn new_template(ctx: &Ctx, kind: Kind, reason: &str, problems: Problems) -> NewTemplate {
    NewTemplate {
        page: Page::new(ctx, format!("{}の手続き", kind.label())),
        trail: form_trail(ctx),
        kind,
        purpose: purpose(kind),
        on_behalf: ctx.stand_in.is_some(),
        reason: reason.to_owned(),
        problems,
    }
}

/// Begins a draft.
pub async fn begin(ctx: &Ctx, kind: Kind, fields: &Fields) -> Result<Response, WebError> {
    let reason = fields.text("reason");
    match actions::begin(ctx, kind, reason).await {
        Ok(id) => Ok(see_other(&format!("{}/applications/{id}/edit", ctx.base()))),
        Err(Error::Invalid(problems)) => {
            let page = new_template(ctx, kind, reason, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "membership_application/edit.html")]
struct EditTemplate {
    page: Page,
    trail: Vec<Crumb>,
    id: String,
    kind: &'static str,
    purpose: &'static str,
    /// Said after an attempt to send.
    problems: Problems,
    /// Said before it.
    missing: Vec<Problem>,
    hints: Vec<String>,
    returned: String,
    /// Submitted before: where it goes is fixed.
    resubmits: bool,
    held: Vec<String>,
    /// What differs from the registration so far.
    reported: Vec<Reported>,
    prefectures: Vec<Choice>,
    bodies: Bodies,
    targets: Vec<Choice>,
    target: String,
    categories: Vec<CategoryField>,
    scopes: Vec<Choice>,
    scope: String,
    day_label: &'static str,
    day_hint: &'static str,
    effective_on: String,
    with_workplace: bool,
    workplace: WorkplaceFields,
    fields: Vec<ReportField>,
    destinations: Vec<Choice>,
    destination: String,
    papers: Vec<PaperView>,
    remarks: String,
}

/// A change that the draft holds already.
struct Reported {
    label: &'static str,
    before: String,
    after: String,
}

/// The associations offered.
struct Bodies {
    /// Whether one can be chosen; else the name is said.
    chooses: bool,
    /// Whose associations are offered.
    prefecture: String,
    choices: Vec<Choice>,
    chosen: String,
    name: String,
}

/// A text field of a change report, with what is registered.
struct ReportField {
    name: &'static str,
    label: &'static str,
    value: String,
    hint: String,
}

struct WorkplaceFields {
    name: String,
    postal_code: String,
    address: String,
    prefecture: String,
}

/// The form. `prefecture` is the one whose associations are offered.
pub async fn edit(ctx: &Ctx, id: ApplicationId, prefecture: Option<i32>) -> Result<Response, WebError> {
    let open = lists::open(ctx, ctx.db(), id).await?;
    show(&template(ctx, open, prefecture, Problems::default()).await?)
}

/// Keeps the draft: by hand with a notice, by itself without a new page.
pub async fn save(
    ctx: &Ctx,
    id: ApplicationId,
    headers: &HeaderMap,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let (uploads, untaken) = uploads(&mut fields);
    let (draft, _) = read(&fields);
    actions::save(ctx, id, draft, uploads).await?;
    if !untaken.is_empty() {
        return again(ctx, id, &fields, untaken).await;
    }
    if headers.contains_key("x-autosave") {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(ctx.done(&format!("/applications/{id}/edit"), "下書きを保存しました。"))
}

/// Sends the procedure; what is missing is said on the form, which keeps what was typed.
pub async fn submit(ctx: &Ctx, id: ApplicationId, mut fields: Fields) -> Result<Response, WebError> {
    let (uploads, untaken) = uploads(&mut fields);
    let (draft, mut problems) = read(&fields);
    problems.extend(untaken);
    // What was laid ready is sent from my page as it is: there are no fields to keep.
    if fields.text("as_laid_ready").is_empty() {
        actions::save(ctx, id, draft, uploads).await?;
    } else {
        problems.clear();
    }
    let sent =
        if problems.is_empty() { actions::submit(ctx, id).await } else { Err(Error::Invalid(problems)) };
    match sent {
        Ok(number) => {
            Ok(ctx.done(&format!("/applications/{id}"), &format!("送りました。申請番号は {number} です。")))
        }
        Err(Error::Invalid(problems)) => again(ctx, id, &fields, problems).await,
        Err(error) => Err(error.into()),
    }
}

/// The form with what must be mended. What could be read is stored already; a day that could not is shown as typed.
async fn again(
    ctx: &Ctx,
    id: ApplicationId,
    fields: &Fields,
    problems: Vec<Problem>,
) -> Result<Response, WebError> {
    let open = lists::open(ctx, ctx.db(), id).await?;
    let mut page = template(ctx, open, None, Problems(problems)).await?;
    page.effective_on = fields.text("effective_on").to_owned();
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn read(fields: &Fields) -> (Draft, Vec<Problem>) {
    let mut problems = Vec::new();
    let typed = fields.text("effective_on");
    let effective_on = Day::parse_written(typed).ok();
    if effective_on.is_none() && !typed.is_empty() {
        problems.push(Problem::at("effective_on", "日付を、2026年12月1日のように入力してください。"));
    }
    let category = |tier: Tier| {
        let category = fields.text(&format!("category_{tier}")).parse().ok()?;
        Some((tier.name().to_owned(), category))
    };
    // Names are kept exactly as typed.
    let change = |field: &Field| {
        fields
            .iter()
            .any(|(name, _)| name == field.name())
            .then(|| (*field, fields.raw(field.name()).to_owned()))
    };
    let workplace = Workplace {
        name: fields.text("workplace_name").to_owned(),
        postal_code: fields.text("workplace_postal_code").to_owned(),
        address: fields.text("workplace_address").to_owned(),
        prefecture: fields.text("workplace_prefecture").parse().unwrap_or_default(),
    };
    let draft = Draft {
        target: fields.text("target").parse().ok(),
        association: fields.text("association").parse().ok(),
        scope: fields.text("scope").parse().ok(),
        categories: TIERS.into_iter().filter_map(category).collect(),
        effective_on,
        workplace: (workplace != Workplace::default()).then_some(workplace),
        changes: Field::ALL.iter().filter_map(change).collect(),
        remarks: fields.text("remarks").to_owned(),
    };
    (draft, problems)
}

fn uploads(fields: &mut Fields) -> (Vec<(&'static str, Upload)>, Vec<Problem>) {
    let kind = |field: &str| PAPERS.iter().map(|(kind, _)| *kind).find(|kind| *kind == field);
    let (uploads, untaken) = fields.take_uploads();
    let known = uploads.into_iter().filter_map(|upload| Some((kind(&upload.field)?, file(upload))));
    (known.collect(), untaken)
}

async fn template(
    ctx: &Ctx,
    open: Open,
    prefecture: Option<i32>,
    problems: Problems,
) -> Result<EditTemplate, WebError> {
    let today = ctx.today();
    let found = &open.found;
    let details = &found.details;
    let kind = found.frame.kind;
    let workplace = workplace_of(&open);
    let bodies = bodies(ctx, &open, prefecture, &workplace).await?;
    let held = found.held.iter().filter(|held| held.period.contains(today));
    Ok(EditTemplate {
        page: Page::new(ctx, format!("{}の手続き", kind.label())),
        trail: form_trail(ctx),
        id: found.frame.row.id.to_string(),
        kind: kind.name(),
        purpose: purpose(kind),
        problems,
        missing: open.readiness.problems.clone(),
        hints: open.readiness.hints.clone(),
        returned: returned(&open),
        resubmits: found.frame.row.submitted_at.is_some(),
        held: held.map(|held| format!("{}（{}）", held.name, held.period.category.label())).collect(),
        reported: reported(&open),
        prefectures: prefectures(),
        bodies,
        targets: targets(&open),
        target: details.target.map_or("", |tier| tier.name()).to_owned(),
        categories: categories(ctx, &open, details.effective_on.unwrap_or(today)).await?,
        scopes: scopes(&open, today),
        scope: details.scope.map_or("", |scope| scope.name()).to_owned(),
        day_label: day_label(kind),
        day_hint: match kind {
            Kind::Leaving => "会員でいる最後の日です。",
            _ => "この日から変わります。さかのぼるときは、事務局にご相談ください。",
        },
        effective_on: details.effective_on.map(|day| day.to_string()).unwrap_or_default(),
        with_workplace: kind != Kind::Leaving,
        workplace: WorkplaceFields {
            prefecture: if workplace.prefecture == 0 {
                String::new()
            } else {
                workplace.prefecture.to_string()
            },
            name: workplace.name,
            postal_code: workplace.postal_code,
            address: workplace.address,
        },
        fields: if kind == Kind::ChangeReport { report_fields(&open) } else { Vec::new() },
        destinations: vec![Choice::new("home", "自宅"), Choice::new("workplace", "勤務先")],
        destination: typed(&open, Field::MailingDestination),
        papers: open.papers.iter().map(paper).collect(),
        remarks: found.frame.row.remarks.clone(),
    })
}

/// The workplace typed, or today's main one.
fn workplace_of(open: &Open) -> Workplace {
    let typed = open.found.details.workplace.clone();
    typed.or(open.person.workplace.as_ref().map(Workplace::from)).unwrap_or_default()
}

/// The associations offered. Whoever belongs somewhere joins upward from there; where a submitted one goes is fixed.
async fn bodies(
    ctx: &Ctx,
    open: &Open,
    prefecture: Option<i32>,
    workplace: &Workplace,
) -> Result<Bodies, WebError> {
    let (found, today) = (&open.found, ctx.today());
    let is_new = found.frame.row.submitted_at.is_none();
    let chooses = match found.frame.kind {
        Kind::Joining => is_new && !found.held.iter().any(|held| held.period.contains(today)),
        Kind::Transfer => is_new,
        _ => false,
    };
    let chosen = found.chain.first();
    let prefecture = prefecture.or(chosen.and_then(|body| body.prefecture)).unwrap_or(workplace.prefecture);
    let near = format!("{}{}", workplace.address, workplace.name);
    let offered =
        if chooses { body::candidates(ctx.db(), prefecture, &near, today).await? } else { Vec::new() };
    Ok(Bodies {
        chooses,
        prefecture: prefecture.to_string(),
        choices: offered.iter().map(candidate).collect(),
        chosen: found.details.association.map(|id| id.to_string()).unwrap_or_default(),
        name: chosen.map(|body| body.name.clone()).unwrap_or_default(),
    })
}

/// What a day means in a procedure.
pub(super) const fn day_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Joining => "入会を希望する日",
        Kind::Transfer => "異動する日",
        Kind::Leaving => "退会する日",
        _ => "変わった日（変わる日）",
    }
}

fn returned(open: &Open) -> String {
    let Some(row) = &open.returned else { return String::new() };
    let by = open.found.frame.route.iter().find(|stop| row.association == Some(stop.association.into()));
    let by = by.map(|stop| stop.name.clone()).unwrap_or_default();
    format!("{by}（{}）：{}", mamis_app::decision::at(row.decided_at), row.comment)
}

fn candidate(found: &body::Candidate) -> Choice {
    let mut label = found.body.name.clone();
    if !found.under.is_empty() {
        label = format!("{}　{label}", found.under);
    }
    if found.near {
        label.push_str("（勤務先に近い候補）");
    }
    Choice { value: found.body.id.to_string(), label }
}

/// The tiers above today's highest one, as far as the chosen association has them above it.
fn targets(open: &Open) -> Vec<Choice> {
    let Open { found, .. } = open;
    if found.frame.kind != Kind::Joining || found.frame.row.submitted_at.is_some() {
        return Vec::new();
    }
    let is_held =
        |tier: Tier| found.held.iter().any(|held| held.period.tier == tier && held.period.until.is_none());
    let label = |tier: Tier| match tier {
        Tier::District => "地区医師会だけ",
        Tier::Municipal => "郡市区等医師会まで",
        Tier::Prefectural => "都道府県医師会まで",
        Tier::National => "日本医師会まで",
    };
    let enters_district = found.chain.first().is_some_and(|body| body.tier == Tier::District);
    [Tier::District, Tier::Municipal, Tier::Prefectural, Tier::National]
        .into_iter()
        .filter(|tier| !is_held(*tier) && (*tier != Tier::District || enters_district))
        .map(|tier| Choice::new(tier.name(), label(tier)))
        .collect()
}

/// What can be left: nobody leaves a tier not held, and the lowest tier is left with everything.
fn scopes(open: &Open, today: Day) -> Vec<Choice> {
    let found = &open.found;
    if found.frame.kind != Kind::Leaving {
        return Vec::new();
    }
    let has =
        |tier: Tier| found.held.iter().any(|held| held.period.tier == tier && held.period.contains(today));
    let can = |scope: &&LeavingScope| match scope {
        LeavingScope::Everything => true,
        LeavingScope::Upper => has(Tier::Prefectural),
        LeavingScope::National => has(Tier::National),
    };
    LeavingScope::ALL.iter().filter(can).map(|scope| Choice::new(scope.name(), scope.label())).collect()
}

/// What was typed into a field, or what is registered.
fn typed(open: &Open, field: Field) -> String {
    let change = open.found.details.changes.get(field.name());
    change.map_or_else(|| registered(&open.person.row, field), |change| change.after.clone())
}

/// What the report says so far, so that whoever looks it over need not compare every field.
fn reported(open: &Open) -> Vec<Reported> {
    let (details, registered) = (&open.found.details, open.person.workplace.as_ref());
    let line = |(name, change): (&String, &Change)| {
        let field: Field = name.parse().ok()?;
        let text = |text: &str| match (field, text) {
            (Field::MailingDestination, "home") => "自宅".to_owned(),
            (Field::MailingDestination, "workplace") => "勤務先".to_owned(),
            (_, text) => text.to_owned(),
        };
        Some(Reported { label: field.label(), before: text(&change.before), after: text(&change.after) })
    };
    let mut lines: Vec<Reported> = details.changes.iter().filter_map(line).collect();
    let before = registered.map(Workplace::from).unwrap_or_default();
    let moves = |place: &&Workplace| open.found.frame.kind == Kind::ChangeReport && **place != before;
    lines.extend(details.workplace.as_ref().filter(moves).map(|place| Reported {
        label: "主たる勤務先",
        before: before.words(),
        after: place.words(),
    }));
    lines
}

fn report_fields(open: &Open) -> Vec<ReportField> {
    let texts = Field::ALL.iter().filter(|field| !matches!(field, Field::MailingDestination | Field::Notice));
    texts
        .map(|field| ReportField {
            name: field.name(),
            label: field.label(),
            value: typed(open, *field),
            hint: match registered(&open.person.row, *field) {
                before if before.is_empty() => "いまは登録がありません。".to_owned(),
                before => format!("いまの登録：{before}"),
            },
        })
        .chain([ReportField {
            name: Field::Notice.name(),
            label: Field::Notice.label(),
            value: typed(open, Field::Notice),
            hint: "例：2026年12月1日に藤沢市で診療所を開設、来年3月まで休業".to_owned(),
        }])
        .collect()
}
