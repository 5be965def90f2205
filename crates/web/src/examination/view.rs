//! What the screen shows, made from the case.

use super::pages::Typed;
use crate::application::{LogEntry, Reader, log};
use crate::ctx::Ctx;
use mamis_app::application::draft::{FeeMethod, paper_label};
use mamis_app::application::tracker::Step;
use mamis_app::examination::Checklist;
use mamis_app::examination::lists::{Case, meeting_of};
use mamis_app::my::standing::Bar;
use mamis_rules::base::{Credits, Day, Yen, full_name};
use mamis_rules::credit::{WaiverKind, item_label};
use mamis_rules::flow::certification::Command;
use mamis_schema::paper_credit;

/// The left side.
pub(super) struct Evidence {
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) findings: Vec<Finding>,
    pub(super) bars: Vec<Bar>,
    /// What is claimed instead of credits.
    pub(super) waived: String,
    pub(super) paper: Vec<PaperLine>,
    pub(super) credits: Vec<CreditLine>,
    pub(super) uploads: Vec<Upload>,
    pub(super) steps: Vec<Step>,
    pub(super) log: Vec<LogEntry>,
    pub(super) others: Vec<Other>,
}

/// Something to look at first.
pub(super) struct Finding {
    pub(super) class: &'static str,
    pub(super) icon: &'static str,
    pub(super) text: String,
}

/// A declared paper line, to be ticked off against the original.
pub(super) struct PaperLine {
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) what: String,
    pub(super) amount: String,
    pub(super) day: String,
    pub(super) title: String,
    pub(super) sticker: String,
    pub(super) photo: Option<String>,
    pub(super) state: &'static str,
    pub(super) badge: &'static str,
    pub(super) comment: String,
    pub(super) open: bool,
}

/// A credit that counts or not, with its source.
pub(super) struct CreditLine {
    pub(super) day: String,
    pub(super) title: String,
    pub(super) what: String,
    pub(super) amount: String,
    pub(super) source: &'static str,
    pub(super) trust: &'static str,
    pub(super) badge: &'static str,
    pub(super) counts: String,
}

/// An uploaded paper.
pub(super) struct Upload {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) name: String,
}

/// What an office before found.
pub(super) struct Other {
    pub(super) office: String,
    pub(super) points: String,
    pub(super) remarks: String,
}

/// The right side.
pub(super) struct Decision {
    pub(super) version: i64,
    pub(super) turn: bool,
    /// To which meeting it goes from here.
    pub(super) meeting: &'static str,
    pub(super) remarks_label: String,
    pub(super) remarks_hint: String,
    pub(super) desk: String,
    pub(super) points: Vec<Point>,
    pub(super) remarks: String,
    pub(super) comment: String,
    pub(super) ok: bool,
    pub(super) returns: bool,
    pub(super) rejects: bool,
    pub(super) recall: bool,
    pub(super) record_fee: bool,
    pub(super) fee_received: bool,
    pub(super) fee: String,
    pub(super) fee_received_on: String,
    pub(super) fee_receipt: String,
    pub(super) move_handbook: bool,
    pub(super) handbook: String,
    pub(super) handbook_on: String,
    pub(super) handbook_received: bool,
    pub(super) today: String,
}

/// A point of the checklist.
pub(super) struct Point {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) checked: bool,
}

pub(super) fn evidence(case: &Case) -> Evidence {
    let progress = &case.progress;
    Evidence {
        facts: facts(case),
        findings: findings(case),
        bars: progress.standing.bars.clone(),
        waived: progress.standing.waived.clone(),
        paper: case.paper.iter().map(paper_line).collect(),
        credits: credits(case),
        uploads: progress
            .papers
            .iter()
            .map(|file| Upload {
                href: format!("/attachments/{}", file.id),
                label: paper_label(&file.kind).to_owned(),
                name: file.file_name.clone(),
            })
            .collect(),
        steps: progress.tracker.steps.clone(),
        log: log(&progress.history, &progress.found.route, Reader::Office),
        others: case.others.iter().map(other).collect(),
    }
}

fn facts(case: &Case) -> Vec<(&'static str, String)> {
    let (person, row) = (&case.person, &case.progress.found.row);
    let day = |day: chrono::NaiveDate| Day::from(day).japanese();
    let mut facts = vec![
        ("申請番号", row.number.clone().unwrap_or_default()),
        (
            "氏名",
            format!(
                "{}（{}）",
                full_name(&person.family_name, &person.given_name),
                full_name(&person.family_kana, &person.given_kana)
            ),
        ),
        ("生年月日", day(person.birth_on)),
        ("医籍登録番号", person.registry_number.clone().unwrap_or_else(|| "未登録".to_owned())),
        ("医籍登録年月日", person.registry_on.map(day).unwrap_or_else(|| "未登録".to_owned())),
        (
            "勤務先",
            case.workplace.as_ref().map(|row| row.name.clone()).unwrap_or_else(|| "未登録".to_owned()),
        ),
        ("申請先", case.progress.found.route.first().map(|stop| stop.name.clone()).unwrap_or_default()),
    ];
    if let Some(held) = &case.progress.standing.held {
        facts.push(("現在の認定", format!("第{}号　{}まで", held.number, held.expires_on().japanese())));
    }
    if let Some(kind) = row.waiver.as_deref().and_then(|name| name.parse::<WaiverKind>().ok()) {
        facts.push(("単位に代わるもの", kind.label().to_owned()));
    }
    if !row.remarks.is_empty() {
        facts.push(("申請者からの連絡", row.remarks.clone()));
    }
    if let Some(reason) = &row.on_behalf_reason {
        facts.push(("代理入力", reason.clone()));
    }
    facts
}

fn findings(case: &Case) -> Vec<Finding> {
    let evaluation = &case.progress.standing.evaluation;
    let finding = |class, icon, text: String| Finding { class, icon, text };
    let mut found: Vec<Finding> = evaluation
        .missing
        .iter()
        .map(|text| finding("finding finding-error", "error", format!("{text}。")))
        .collect();
    if !case.progress.standing.waived.is_empty() {
        let text = if case.progress.papers.iter().any(|paper| paper.kind == "completion_certificate") {
            "単位に代わる課程の修了認定書が添付されています。氏名、課程、修了した日を確かめてください。"
        } else {
            "単位に代わる課程の修了認定書が添付されていません。差し戻して添付を求めるか、原本で確かめてください。"
        };
        found.push(finding("finding finding-warning", "warning", text.to_owned()));
    }
    let open = case.paper.iter().filter(|line| line.state == "declared").count();
    if open > 0 {
        let text = format!("紙の単位{open}件が、まだ原本と照合されていません。");
        found.push(finding("finding finding-warning", "warning", text));
    }
    let without = case.paper.iter().filter(|line| line.state == "declared" && line.photo.is_none()).count();
    if without > 0 {
        let text = format!("紙の単位{without}件には、写真が添付されていません。原本で確認してください。");
        found.push(finding("finding finding-warning", "warning", text));
    }
    if case.person.registry_number.is_none() {
        let text = "医籍登録番号が登録されていません。本人の確認書類で確かめてください。".to_owned();
        found.push(finding("finding finding-warning", "warning", text));
    }
    if evaluation.eligible && found.is_empty() {
        found.push(finding("finding", "success", "必要な単位をすべて満たしています。".to_owned()));
    }
    found
}

fn paper_line(line: &paper_credit::Model) -> PaperLine {
    let (state, badge) = match line.state.as_str() {
        "confirmed" => ("原本と一致", "success"),
        "refused" => ("原本と合わない", "error"),
        _ => ("未照合", "warning"),
    };
    PaperLine {
        id: line.id.to_string(),
        version: line.version,
        what: words(&[&line.category, &item_label(&line.scheme, &line.item)]),
        amount: format!("{}単位", Credits::from_hundredths(line.amount)),
        day: Day::from(line.earned_on).japanese(),
        title: words(&[&line.title, &line.host_name]),
        sticker: line.sticker_number.clone().unwrap_or_else(|| "なし".to_owned()),
        photo: line.photo.map(|id| format!("/attachments/{id}")),
        state,
        badge,
        comment: line.comment.clone(),
        open: line.state == "declared",
    }
}

fn credits(case: &Case) -> Vec<CreditLine> {
    let evaluation = &case.progress.standing.evaluation;
    let entries = case.progress.evidence.ledger.of_scheme(case.progress.found.scheme);
    entries
        .map(|entry| {
            let id = entry.id.to_string();
            let reason = evaluation.not_counted.iter().find(|found| found.id == id);
            CreditLine {
                day: entry.earned_on.japanese(),
                title: words(&[&entry.title, &entry.host_name]),
                what: words(&[&entry.category, &item_label(entry.scheme.name(), &entry.item)]),
                amount: entry.amount.to_string(),
                source: entry.source.label(),
                trust: entry.trust.label(),
                badge: entry.trust.badge(),
                counts: reason.map_or_else(|| "数えます".to_owned(), |found| found.message.clone()),
            }
        })
        .collect()
}

/// The words that are there, side by side.
fn words(parts: &[&str]) -> String {
    let there: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    there.join("　")
}

fn other((office, row): &(String, mamis_schema::examination::Model)) -> Other {
    let list = Checklist::read(&row.checklist).unwrap_or_default();
    let ticked: Vec<&str> =
        Checklist::POINTS.iter().filter(|(name, _)| list.has(name)).map(|(_, label)| *label).collect();
    Other { office: office.clone(), points: ticked.join("、"), remarks: row.remarks.clone() }
}

pub(super) fn decision(ctx: &Ctx, case: &Case, typed: Typed) -> Decision {
    let row = &case.progress.found.row;
    let kept = case.own.as_ref();
    let list = typed.checklist.unwrap_or_else(|| {
        let kept = kept.and_then(|kept| Checklist::read(&kept.checklist).ok()).unwrap_or_default();
        // What was recorded after the points were kept is a point as well.
        Checklist {
            handbook: kept.handbook || row.handbook_received_on.is_some(),
            fee: kept.fee || row.fee_received_on.is_some(),
            ..kept
        }
    });
    let meeting = meeting_of(&case.progress.found).label();
    let today = ctx.today().to_string();
    let iso = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    Decision {
        version: row.version,
        turn: !case.may.commands.is_empty(),
        meeting,
        remarks_label: format!("{meeting}への備考"),
        remarks_hint: format!("{meeting}用資料の備考欄に載ります。"),
        desk: case.desk.clone(),
        points: Checklist::POINTS
            .iter()
            .map(|(value, label)| Point { value, label, checked: list.has(value) })
            .collect(),
        remarks: typed.remarks.unwrap_or_else(|| kept.map(|kept| kept.remarks.clone()).unwrap_or_default()),
        comment: typed.comment,
        ok: case.may.commands.contains(&Command::ExamineOk),
        returns: case.may.commands.contains(&Command::Return),
        rejects: case.may.commands.contains(&Command::Reject),
        recall: case.may.recall,
        record_fee: case.may.record_fee,
        fee_received: row.fee_received_on.is_some(),
        fee: fee(row),
        fee_received_on: typed.fee_received_on.or(iso(row.fee_received_on)).unwrap_or_else(|| today.clone()),
        fee_receipt: typed.fee_receipt.or(row.fee_receipt.clone()).unwrap_or_default(),
        move_handbook: case.may.move_handbook,
        handbook: handbook(row),
        handbook_on: typed.handbook_on.unwrap_or_else(|| today.clone()),
        handbook_received: row.handbook_received_on.is_some(),
        today,
    }
}

fn fee(row: &mamis_schema::application::Model) -> String {
    match row.fee_received_on {
        Some(day) => format!(
            "{}　{}に受領（領収番号 {}）",
            Yen(row.fee),
            Day::from(day).japanese(),
            row.fee_receipt.as_deref().unwrap_or("なし")
        ),
        None => {
            let method = FeeMethod::read(&row.fee_method).map_or("納め方は未定", FeeMethod::label);
            format!("{}　まだ受領していません（{method}）", Yen(row.fee))
        }
    }
}

fn handbook(row: &mamis_schema::application::Model) -> String {
    let day = |day: chrono::NaiveDate| Day::from(day).japanese();
    match (row.handbook_received_on, row.handbook_returned_on) {
        (Some(came), Some(went)) => format!("{}に受領、{}に返却", day(came), day(went)),
        (Some(came), None) => format!("{}に受領。まだ返却していません", day(came)),
        _ => "まだ受領していません".to_owned(),
    }
}
