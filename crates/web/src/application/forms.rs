//! The draft of an application: form, autosave, submission, withdrawal.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems, Upload};
use crate::membership_application;
use crate::my::headline::{DeadlineView, date};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mamis_app::application::draft::{
    Draft, FeeMethod, PAPERS, Readiness, asks_activity, paper_label, waivers,
};
use mamis_app::application::lists::{self, Open};
use mamis_app::application::{actions, advance::procedure};
use mamis_app::attachment::actions as attachment;
use mamis_app::my::standing::Bar;
use mamis_app::{Error, Problem};
use mamis_rules::base::{ApplicationId, Credits, Day, Yen};
use mamis_rules::certification::Standing;
use mamis_rules::credit::{Grace, Kind, Scheme};
use serde::Deserialize;

/// What a new application asks.
#[derive(Deserialize)]
pub struct Asked {
    scheme: Option<Scheme>,
    /// initial or renewal, or a procedure of membership.
    kind: Option<String>,
}

/// Which part of a form is asked for.
#[derive(Deserialize)]
pub struct Part {
    /// The prefecture whose associations are offered.
    prefecture: Option<i32>,
}

#[derive(Template)]
#[template(path = "application/new.html")]
struct NewTemplate {
    page: Page,
    trail: Vec<Crumb>,
    scheme: Scheme,
    kind: Kind,
    /// An officer gives the reason.
    on_behalf: bool,
    reason: String,
    problems: Problems,
}

pub(crate) fn trail() -> Vec<Crumb> {
    vec![Crumb::to("/my", "マイページ"), Crumb::to("/applications", "申請")]
}

/// The way to a form: the physician's own, or the officer's.
pub(crate) fn form_trail(ctx: &Ctx) -> Vec<Crumb> {
    match ctx.stand_in {
        None => trail(),
        Some(_) => vec![Crumb::to("/physicians", "医師")],
    }
}

pub(super) fn office_trail() -> Vec<Crumb> {
    vec![Crumb::to("/desk", "担当中の案件"), Crumb::to("/applications", "認定の申請")]
}

/// What to have at hand before beginning.
pub async fn new(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let word = asked.kind.unwrap_or_default();
    if let Some(kind) = membership_application::procedure(&word) {
        return membership_application::forms::new(&ctx, kind).await;
    }
    let scheme = asked.scheme.unwrap_or(Scheme::OccupationalPhysician);
    let kind = word.parse().unwrap_or(Kind::Renewal);
    show(&new_template(&ctx, scheme, kind, "", Problems::default()))
}

fn new_template(ctx: &Ctx, scheme: Scheme, kind: Kind, reason: &str, problems: Problems) -> NewTemplate {
    let title = format!("{}の申請", procedure(scheme.name(), kind.name()));
    NewTemplate {
        page: Page::new(ctx, title),
        trail: form_trail(ctx),
        scheme,
        kind,
        on_behalf: ctx.stand_in.is_some(),
        reason: reason.to_owned(),
        problems,
    }
}

/// Begins a draft. A procedure of membership is named in the address, where the door of entry on behalf reads it too.
pub async fn begin(ctx: Ctx, Query(asked): Query<Asked>, fields: Fields) -> Result<Response, WebError> {
    if let Some(kind) = asked.kind.as_deref().and_then(membership_application::procedure) {
        return membership_application::forms::begin(&ctx, kind, &fields).await;
    }
    begin_certification(ctx, fields).await
}

async fn begin_certification(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let unknown = || Error::refused("申請の種類を選んでください。");
    let scheme = fields.text("scheme").parse().map_err(|_| unknown())?;
    let kind = fields.text("kind").parse().map_err(|_| unknown())?;
    let reason = fields.text("reason");
    let begun = match ctx.stand_in {
        None => actions::begin(&ctx, scheme, kind).await,
        Some(_) => actions::begin_on_behalf(&ctx, scheme, kind, reason).await,
    };
    match begun {
        Ok(id) => Ok(crate::ctx::see_other(&format!("{}/applications/{id}/edit", ctx.base()))),
        Err(Error::Invalid(problems)) => {
            let page = new_template(&ctx, scheme, kind, reason, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "application/edit.html")]
struct EditTemplate {
    page: Page,
    trail: Vec<Crumb>,
    id: String,
    /// Said after an attempt to send.
    problems: Problems,
    /// Said before it.
    missing: Vec<Problem>,
    hints: Vec<String>,
    returned: Option<Returned>,
    deadline: Option<DeadlineView>,
    desk: String,
    desk_contact: String,
    bars: Vec<Bar>,
    /// What is claimed instead of credits.
    waived: String,
    /// The declared paper lines that can still be mended, where the application came back.
    lines: Vec<PaperLine>,
    sums: Sums,
    papers: Vec<PaperView>,
    non_member: bool,
    activity: bool,
    fee: String,
    /// Nobody is asked how to pay what is paid.
    fee_received: bool,
    fee_methods: Vec<Choice>,
    fee_method: String,
    graces: Vec<Choice>,
    grace: String,
    waivers: Vec<Choice>,
    waiver: String,
    waiver_on: String,
    remarks: String,
    resubmits: bool,
}

/// Why an application came back.
struct Returned {
    at: String,
    by: String,
    comment: String,
}

pub(crate) struct PaperView {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) at: String,
}

/// A declared paper line, with the way to mend it.
struct PaperLine {
    id: String,
    text: String,
}

fn paper_lines(evidence: &lists::Evidence, scheme: Scheme) -> Vec<PaperLine> {
    use mamis_app::my::lists::ledger::Trust;
    let declared = evidence.ledger.of_scheme(scheme).filter(|entry| entry.trust == Trust::Declared);
    let line = |entry: &mamis_app::my::lists::ledger::Entry| PaperLine {
        id: entry.id.to_string(),
        text: format!(
            "{}　{}　{} {}単位",
            entry.earned_on.japanese(),
            entry.title,
            entry.category,
            entry.amount
        ),
    };
    declared.map(line).collect()
}

/// What counts, by where it comes from.
struct Sums {
    digital: String,
    paper: String,
    paper_confirmed: String,
    total: String,
}

/// The form.
pub async fn edit(
    ctx: Ctx,
    Path(id): Path<ApplicationId>,
    Query(part): Query<Part>,
) -> Result<Response, WebError> {
    if membership_application::is_one(&ctx, id).await? {
        return membership_application::forms::edit(&ctx, id, part.prefecture).await;
    }
    match lists::open(&ctx, ctx.db(), id).await {
        Ok(open) => show(&template(&ctx, open, Problems::default())),
        Err(Error::Stale(sentence)) => Ok(ctx.lead(&format!("/applications/{id}"), "info", &sentence)),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the draft: by hand with a notice, by itself without a new page.
pub async fn save(
    ctx: Ctx,
    Path(id): Path<ApplicationId>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, WebError> {
    if membership_application::is_one(&ctx, id).await? {
        return membership_application::forms::save(&ctx, id, &headers, fields).await;
    }
    let (draft, _) = read(&fields);
    let (uploads, untaken) = uploads(&mut fields);
    actions::save(&ctx, id, draft, uploads).await?;
    if !untaken.is_empty() {
        return again(&ctx, id, &fields, untaken).await;
    }
    if headers.contains_key("x-autosave") {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(ctx.done(&format!("/applications/{id}/edit"), "下書きを保存しました。"))
}

/// Sends the application; what is missing is said on the form, which keeps what was typed.
pub async fn submit(
    ctx: Ctx,
    Path(id): Path<ApplicationId>,
    mut fields: Fields,
) -> Result<Response, WebError> {
    if membership_application::is_one(&ctx, id).await? {
        return membership_application::forms::submit(&ctx, id, fields).await;
    }
    let (draft, mut problems) = read(&fields);
    let (uploads, untaken) = uploads(&mut fields);
    problems.extend(untaken);
    actions::save(&ctx, id, draft, uploads).await?;
    problems.extend(as_it_was(&ctx, id, &fields).await?);
    let sent = match problems {
        none if none.is_empty() => actions::submit(&ctx, id, "").await,
        unread => Err(Error::Invalid(with_lacking(&ctx, id, unread).await?)),
    };
    match sent {
        Ok(number) => {
            Ok(ctx.done(&format!("/applications/{id}"), &format!("申請しました。申請番号は {number} です。")))
        }
        Err(Error::Invalid(problems)) => again(&ctx, id, &fields, problems).await,
        Err(error) => Err(error.into()),
    }
}

/// Asks once more where somebody sends a returned application again without having mended anything.
async fn as_it_was(ctx: &Ctx, id: ApplicationId, fields: &Fields) -> Result<Option<Problem>, Error> {
    if fields.text("as_it_was") == "1" || lists::was_mended(ctx, id).await? {
        return Ok(None);
    }
    let text = "差し戻されたあと、まだ何も直していません。直さずにこのまま送るときは、「直さずに送る」にチェックを付けて、もう一度押してください。";
    Ok(Some(Problem::at("as_it_was", text)))
}

/// What cannot be read, and what the application lacks besides: all is said at once.
async fn with_lacking(
    ctx: &Ctx,
    id: ApplicationId,
    mut problems: Vec<Problem>,
) -> Result<Vec<Problem>, Error> {
    let open = lists::open(ctx, ctx.db(), id).await?;
    let said: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
    let lacking = open.readiness.problems.into_iter();
    problems.extend(lacking.filter(|lack| lack.field.is_empty() || !said.contains(&lack.field)));
    Ok(problems)
}

/// The form with what must be mended. What could be read is stored already; a day that could not is shown as typed.
async fn again(
    ctx: &Ctx,
    id: ApplicationId,
    fields: &Fields,
    problems: Vec<Problem>,
) -> Result<Response, WebError> {
    let open = lists::open(ctx, ctx.db(), id).await?;
    let mut page = template(ctx, open, Problems(problems));
    page.waiver_on = fields.text("waiver_on").to_owned();
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Withdraws a draft or an application.
pub async fn withdraw(ctx: Ctx, Path(id): Path<ApplicationId>, fields: Fields) -> Result<Response, WebError> {
    actions::withdraw(&ctx, id, fields.text("comment")).await?;
    Ok(ctx.done("/applications", "申請を取り下げました。"))
}

/// Takes an upload away.
pub async fn remove_paper(
    ctx: Ctx,
    Path(id): Path<ApplicationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let paper = fields.text("paper").parse().map_err(|_| Error::NotFound)?;
    actions::remove_paper(&ctx, id, paper).await?;
    Ok(ctx.done(&format!("/applications/{id}/edit"), "書類を外しました。"))
}

fn read(fields: &Fields) -> (Draft, Vec<Problem>) {
    let mut problems = Vec::new();
    let typed = fields.text("waiver_on");
    let waiver_on = Day::parse_written(typed).ok();
    if waiver_on.is_none() && !typed.is_empty() {
        problems.push(Problem::at("waiver_on", "修了した日を、2024年9月30日のように入力してください。"));
    }
    let draft = Draft {
        remarks: fields.text("remarks").to_owned(),
        fee_method: FeeMethod::read(fields.text("fee_method")),
        grace: fields.text("grace").parse().ok(),
        waiver: fields.text("waiver").parse().ok(),
        waiver_on,
    };
    (draft, problems)
}

fn uploads(fields: &mut Fields) -> (Vec<(&'static str, attachment::Upload)>, Vec<Problem>) {
    let kind = |field: &str| PAPERS.iter().map(|(kind, _)| *kind).find(|kind| *kind == field);
    let (uploads, untaken) = fields.take_uploads();
    let known = uploads.into_iter().filter_map(|upload| Some((kind(&upload.field)?, file(upload))));
    (known.collect(), untaken)
}

/// An upload for the actions.
pub(crate) fn file(upload: Upload) -> attachment::Upload {
    attachment::Upload { file_name: upload.file_name, media_type: upload.media_type, content: upload.content }
}

fn template(ctx: &Ctx, open: Open, problems: Problems) -> EditTemplate {
    let sent_to = open.sent_to().to_owned();
    let Open { found, home, evidence, standing, papers, deadline, readiness, returned, .. } = open;
    let Readiness { problems: missing, hints } = readiness;
    let lines = if returned.is_some() { paper_lines(&evidence, found.scheme) } else { Vec::new() };
    let today = ctx.today();
    let row = &found.row;
    let desk = home.desk();
    let desk_name = desk.map_or("", |desk| &desk.name).to_owned();
    let expired = standing.held.as_ref().is_some_and(|held| held.on(today) == Standing::Expired);
    let title = format!("{}の申請", procedure(&row.scheme, &row.certification_kind));
    EditTemplate {
        page: Page::new(ctx, title),
        trail: form_trail(ctx),
        id: row.id.to_string(),
        problems,
        missing,
        hints,
        returned: returned.map(|row| Returned {
            at: mamis_app::decision::at(row.decided_at),
            by: row.association.map_or_else(String::new, |id| home.name(id.into()).to_owned()),
            comment: row.comment,
        }),
        deadline: deadline.next.map(|_| date(&deadline, &sent_to, today)),
        desk_contact: contact(desk),
        desk: desk_name,
        bars: standing.bars.clone(),
        waived: standing.waived.clone(),
        lines,
        sums: sums(&evidence, &standing),
        papers: papers.iter().map(paper).collect(),
        non_member: home.is_non_member(),
        activity: asks_activity(found.scheme, found.kind),
        fee: match row.fee_received_on {
            Some(day) => format!("{}は、{}に受け取っています。", Yen(row.fee), Day::from(day).japanese()),
            None => Yen(row.fee).to_string(),
        },
        fee_received: row.fee_received_on.is_some(),
        fee_methods: FeeMethod::ALL.iter().map(|method| Choice::new(method.name(), method.label())).collect(),
        fee_method: row.fee_method.clone(),
        graces: if found.kind == Kind::Renewal && (expired || row.grace_reason.is_some()) {
            Grace::ALL.iter().map(|grace| Choice::new(grace.name(), grace.label())).collect()
        } else {
            Vec::new()
        },
        grace: row.grace_reason.clone().unwrap_or_default(),
        waivers: if found.kind == Kind::Initial {
            waivers(found.scheme, today)
                .iter()
                .map(|waiver| Choice::new(waiver.name(), waiver.label()))
                .collect()
        } else {
            Vec::new()
        },
        waiver: row.waiver.clone().unwrap_or_default(),
        waiver_on: row.waiver_on.map(|day| day.to_string()).unwrap_or_default(),
        remarks: row.remarks.clone(),
        resubmits: row.submitted_at.is_some(),
    }
}

fn contact(desk: Option<&lists::home::Body>) -> String {
    let contact = desk.map(|desk| [desk.phone.clone(), desk.email.clone()]).unwrap_or_default();
    contact.into_iter().flatten().collect::<Vec<_>>().join("　")
}

pub(crate) fn paper(row: &mamis_schema::attachment::Model) -> PaperView {
    PaperView {
        id: row.id.to_string(),
        href: format!("/attachments/{}", row.id),
        kind: paper_label(&row.kind).to_owned(),
        name: row.file_name.clone(),
        at: mamis_app::decision::at(row.created_at),
    }
}

fn sums(evidence: &lists::Evidence, standing: &mamis_app::my::standing::Standing) -> Sums {
    use mamis_app::my::lists::ledger::{Entry, Trust};
    let sum = |of: &dyn Fn(&Entry) -> bool| -> Credits {
        evidence
            .ledger
            .of_scheme(standing.scheme)
            .filter(|entry| standing.counts(entry) && of(entry))
            .map(|entry| entry.amount)
            .sum()
    };
    Sums {
        digital: sum(&|entry| !entry.trust.is_paper()).to_string(),
        paper: sum(&|entry| entry.trust.is_paper()).to_string(),
        paper_confirmed: sum(&|entry| entry.trust == Trust::PaperConfirmed).to_string(),
        total: sum(&|_| true).to_string(),
    }
}
