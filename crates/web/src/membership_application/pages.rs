//! The progress of a procedure for the physician, and the page of questions that leads to the right one.

use super::forms::day_label;
use super::purpose;
use crate::application::forms::{PaperView, paper, trail};
use crate::application::{LogEntry, Reader, log};
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::response::Response;
use mamis_app::application::tracker::Step;
use mamis_app::association::lists::category::told_on;
use mamis_app::membership_application::Workplace;
use mamis_app::membership_application::lists::{self, Progress};
use mamis_rules::access::application::Kind;
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::any;
use mamis_rules::flow::membership::Command;
use mamis_rules::membership::Field;

/// What the physician and every office see alike.
pub(super) struct View {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) physician: String,
    pub(super) state: &'static str,
    pub(super) badge: &'static str,
    pub(super) sentence: String,
    pub(super) steps: Vec<Step>,
    pub(super) wanted: Vec<(String, String)>,
    pub(super) changes: Vec<ChangeView>,
    pub(super) held: Vec<(String, String)>,
    pub(super) papers: Vec<PaperView>,
    pub(super) log: Vec<LogEntry>,
}

/// A field of a change report.
pub(super) struct ChangeView {
    pub(super) label: &'static str,
    pub(super) before: String,
    pub(super) after: String,
}

#[derive(Template)]
#[template(path = "membership_application/show.html")]
struct ShowTemplate {
    page: Page,
    trail: Vec<Crumb>,
    view: View,
    may_withdraw: bool,
    may_mend: bool,
    /// The joining notice; empty while there is none.
    notice: String,
}

/// The progress, for the physician.
pub async fn page(ctx: &Ctx, id: ApplicationId) -> Result<Response, WebError> {
    let progress = lists::progress(ctx, id).await?;
    let notice = lists::joining_notice(ctx, &progress.found).await?;
    let view = view(&progress, Reader::Physician, ctx.today());
    show(&ShowTemplate {
        page: Page::new(ctx, format!("{}の手続き", view.kind.label())),
        trail: trail(),
        may_withdraw: progress.commands.contains(&Command::Withdraw),
        may_mend: progress.commands.contains(&Command::Resubmit)
            || progress.commands.contains(&Command::Submit),
        notice: notice.map(|id| format!("/documents/{id}.pdf")).unwrap_or_default(),
        view,
    })
}

pub(super) fn view(progress: &Progress, reader: Reader, today: Day) -> View {
    let Progress { found, person, tracker, .. } = progress;
    let row = &found.frame.row;
    let kind = found.frame.kind;
    let running = found.held.iter().filter(|held| held.period.until.is_none_or(|until| until >= today));
    View {
        id: row.id.to_string(),
        kind,
        physician: mamis_rules::base::full_name(&person.row.family_name, &person.row.given_name),
        state: any::state_label(kind, &row.state),
        badge: any::badge(kind, &row.state),
        sentence: tracker.sentence.clone(),
        steps: tracker.steps.clone(),
        wanted: wanted(progress, today),
        changes: changes(progress),
        held: running
            .map(|held| {
                let (from, until) = (held.period.from, held.period.until);
                let day = told_on(from, until, today);
                let category = progress.words.of(held.period.association, held.period.category, day);
                (held.name.clone(), format!("{category}　{}", days(&held.period)))
            })
            .collect(),
        papers: progress.papers.iter().map(paper).collect(),
        log: log(&progress.history, &found.frame.route, reader),
    }
}

fn days(period: &mamis_rules::membership::Period) -> String {
    match period.until {
        None => format!("{}から", period.from.japanese()),
        Some(until) => format!("{}から{}まで", period.from.japanese(), until.japanese()),
    }
}

/// What the physician wants, line by line.
fn wanted(progress: &Progress, today: Day) -> Vec<(String, String)> {
    let found = &progress.found;
    let (row, details) = (&found.frame.row, &found.details);
    let mut lines = vec![("申請番号".to_owned(), row.number.clone().unwrap_or_default())];
    let mut add = |label: &str, value: String| {
        if !value.is_empty() {
            lines.push((label.to_owned(), value));
        }
    };
    add("送った日", row.submitted_at.map(mamis_app::decision::at).unwrap_or_default());
    add("代理入力", row.on_behalf_reason.clone().unwrap_or_default());
    add(
        "きっかけ",
        if details.cause.is_recorded() { details.cause.label().to_owned() } else { String::new() },
    );
    let association = match found.frame.kind {
        Kind::Joining => "入会する医師会",
        Kind::Transfer => "移る先の医師会",
        _ => "医師会",
    };
    add(association, found.chain.first().map(|body| body.name.clone()).unwrap_or_default());
    add("入会する範囲", details.target.map(|tier| format!("{}まで", tier.label())).unwrap_or_default());
    add("退会する範囲", details.scope.map(|scope| scope.label().to_owned()).unwrap_or_default());
    for tier in Tier::ALL.iter().rev() {
        add(&format!("{}の会員区分", tier.label()), progress.wanted(*tier, today).unwrap_or_default());
    }
    // An office that approves sets the day; from then on it is more than a wish.
    let is_set = progress.history.iter().any(|row| row.command == "approve");
    let label =
        if is_set && found.frame.kind == Kind::Joining { "入会日" } else { day_label(found.frame.kind) };
    add(label, details.effective_on.map(Day::japanese).unwrap_or_default());
    let registered = progress.person.workplace.as_ref().map(Workplace::from);
    // A report under way that leaves the workplace as it is says nothing about it.
    let stays =
        found.frame.kind == Kind::ChangeReport && details.workplace == registered && row.decided_at.is_none();
    if let Some(workplace) = details.workplace.as_ref().filter(|_| !stays) {
        let prefecture = Prefecture::name_of(workplace.prefecture);
        let address = workplace.address.strip_prefix(prefecture).unwrap_or(&workplace.address);
        let label = if found.frame.kind == Kind::Joining { "勤務先" } else { "新しい勤務先" };
        add(label, format!("{}（{prefecture}{address}）", workplace.name));
    }
    // An office that writes down a loss writes to itself.
    let remarks = if details.cause.is_recorded() { "記録した理由" } else { "事務局への連絡" };
    add(remarks, row.remarks.clone());
    lines
}

fn changes(progress: &Progress) -> Vec<ChangeView> {
    let line = |(name, change): (&String, &mamis_app::membership_application::Change)| {
        let field: Field = name.parse().ok()?;
        let text = |text: &str| match (field, text) {
            (Field::MailingDestination, "home") => "自宅".to_owned(),
            (Field::MailingDestination, "workplace") => "勤務先".to_owned(),
            (_, "") => "–".to_owned(),
            (_, text) => text.to_owned(),
        };
        let after = text(&change.after);
        let after = if change.already { format!("{after}（登録に反映済み）") } else { after };
        Some(ChangeView { label: field.label(), before: text(&change.before), after })
    };
    progress.found.details.changes.iter().filter_map(line).collect()
}

#[derive(Template)]
#[template(path = "membership_application/procedures.html")]
struct ProceduresTemplate {
    page: Page,
    /// Physicians begin from here; everybody else reads.
    begins: bool,
    kinds: Vec<KindView>,
}

struct KindView {
    href: String,
    label: &'static str,
    purpose: &'static str,
}

/// 「どの手続きが必要ですか」: plain questions, each with its procedure.
pub async fn procedures(ctx: Ctx) -> Result<Response, WebError> {
    let kinds = [Kind::Joining, Kind::ChangeReport, Kind::Transfer, Kind::Leaving];
    show(&ProceduresTemplate {
        page: Page::new(&ctx, "どの手続きが必要ですか"),
        begins: ctx.actor.physician().is_some(),
        kinds: kinds
            .into_iter()
            .map(|kind| KindView {
                href: format!("/applications/new?kind={kind}"),
                label: kind.label(),
                purpose: purpose(kind),
            })
            .collect(),
    })
}
