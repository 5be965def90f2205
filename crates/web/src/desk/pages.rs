//! What waits for the office.

use super::paging::link;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::response::Response;
use mamis_app::desk::lists::applications::EXAMINATIONS;
use mamis_app::desk::lists::trainings::{self, Waiting};
use mamis_app::desk::lists::{Desk, Procedures, Stage, desk_of};
use mamis_rules::association::Tier;
use mamis_rules::base::Day;
use mamis_rules::flow::training_approval::State;

#[derive(Template)]
#[template(path = "desk/page.html")]
struct DeskPage {
    page: Page,
    tiles: Vec<Tile>,
    work: Vec<Work>,
    /// Where all applications under way are, as a picture.
    stages: Vec<Bar>,
    longest: u64,
    procedures: Vec<Work>,
    batches: Vec<Work>,
    /// What the office holds today, with the way to the door.
    trainings_today: Vec<Training>,
    training_work: Vec<Work>,
    /// The first that wait for a decision, and how many wait.
    trainings: Vec<Training>,
    trainings_total: u64,
    deadlines: Vec<Deadline>,
    is_empty: bool,
}

struct Tile {
    label: &'static str,
    value: String,
    unit: &'static str,
    href: String,
    note: String,
    kind: &'static str,
}

struct Work {
    href: String,
    label: String,
    age: String,
    count: String,
}

/// One bar of the picture.
struct Bar {
    label: &'static str,
    value: u64,
    text: String,
}

struct Training {
    href: String,
    title: String,
    task: &'static str,
    host: String,
    held_on: String,
    since: String,
}

struct Deadline {
    association: String,
    round: i32,
    closes_on: String,
    days_left: String,
    soon: bool,
    board_on: String,
}

/// The desk.
pub async fn page(ctx: Ctx) -> Result<Response, WebError> {
    let desk = desk_of(&ctx).await?;
    let today = ctx.today();
    show(&DeskPage {
        page: Page::new(&ctx, "担当中の案件"),
        tiles: tiles(&desk),
        work: desk.stages.iter().filter(|stage| stage.count > 0).map(|stage| work(stage, today)).collect(),
        stages: desk.under_way.iter().map(|(state, count)| bar(*state, *count)).collect(),
        longest: desk.under_way.iter().map(|(_, count)| *count).max().unwrap_or(1),
        procedures: desk.procedures.iter().map(|of_kind| procedures(of_kind, today)).collect(),
        batches: desk.batches.iter().map(batch).collect(),
        trainings_today: desk.trainings_today.iter().map(training).collect(),
        training_work: desk.training_work.iter().map(|work| training_work(work, today)).collect(),
        trainings_total: decisions(&desk),
        deadlines: desk.deadlines.iter().map(deadline).collect(),
        is_empty: desk.stages.iter().all(|stage| stage.count == 0)
            && desk.procedures.is_empty()
            && desk.training_work.is_empty(),
        trainings: desk.trainings.iter().map(training).collect(),
    })
}

fn tiles(desk: &Desk) -> Vec<Tile> {
    let to_examine =
        desk.stages.iter().filter(|stage| EXAMINATIONS.contains(&stage.state)).map(|stage| stage.count).sum();
    let mut tiles = Vec::new();
    if !desk.stages.is_empty() {
        tiles.push(tile("審査を待っている申請", to_examine, "/applications?sort=doubtful", "neutral"));
        let kind = if desk.overdue > 0 { "error" } else { "success" };
        let mut overdue = tile("期限を過ぎた審査", desk.overdue, "/applications?view=overdue", kind);
        overdue.note = "理事会の日までに審査が終わらなかったもの".to_owned();
        tiles.push(overdue);
    }
    if desk.unattended > 0 {
        let mut tile =
            tile("担当者がいない医師会の申請", desk.unattended, "/applications?view=unattended", "warning");
        tile.note = "下位の医師会に認定の担当者がいません".to_owned();
        tiles.push(tile);
    }
    if !desk.procedures.is_empty() {
        let waiting = desk.procedures.iter().map(|of_kind| of_kind.count).sum();
        tiles.push(tile("会員の手続き", waiting, "/membership-applications", "neutral"));
    }
    if desk.procedures_unattended > 0 {
        let count = desk.procedures_unattended;
        let href = "/membership-applications?view=unattended";
        let mut tile = tile("担当者がいない医師会の手続き", count, href, "warning");
        tile.note = "下位の医師会に会員の担当者がいません".to_owned();
        tiles.push(tile);
    }
    if desk.registrations > 0 {
        let mut tile = tile("利用者登録の確認", desk.registrations, "/registration-checks", "neutral");
        tile.note = "医師免許証を見比べます".to_owned();
        tiles.push(tile);
    }
    if decisions(desk) > 0 {
        tiles.push(tile("研修会の承認・開催報告の確認", decisions(desk), "/trainings?tab=decide", "neutral"));
    }
    if desk.organizers > 0 {
        tiles.push(tile("外部団体の登録の申込み", desk.organizers, "/organizers", "warning"));
    }
    if let Some(count) = desk.without_email {
        let mut tile = tile("メールが届かない医師", count, "/physicians?without_email=1", "neutral");
        tile.unit = "人";
        tile.note = "お知らせは「郵送」に入ります".to_owned();
        tiles.push(tile);
    }
    if desk.post_letters > 0 {
        tiles.push(tile("郵送を待っている案内", desk.post_letters, "/post-letters", "warning"));
    }
    tiles
}

fn tile(label: &'static str, count: u64, href: &str, kind: &'static str) -> Tile {
    Tile { label, value: count.to_string(), unit: "件", href: href.to_owned(), note: String::new(), kind }
}

/// Since when the oldest of them waits.
fn age(oldest: Option<Day>, today: Day) -> String {
    match oldest.map_or(0, |day| day.days_until(today)) {
        0 => "今日届きました".to_owned(),
        days => format!("いちばん古いもの：{days}日前から"),
    }
}

fn work(stage: &Stage, today: Day) -> Work {
    Work {
        href: link("/applications", &[("state", stage.state.name())]),
        label: stage.state.label().to_owned(),
        age: age(stage.oldest, today),
        count: format!("{}件", stage.count),
    }
}

fn bar(state: mamis_rules::flow::certification::State, count: u64) -> Bar {
    Bar { label: state.label(), value: count, text: format!("{count}件") }
}

fn procedures(of_kind: &Procedures, today: Day) -> Work {
    Work {
        href: link("/membership-applications", &[("kind", of_kind.kind.name())]),
        label: of_kind.kind.label().to_owned(),
        age: age(of_kind.oldest, today),
        count: format!("{}件", of_kind.count),
    }
}

fn batch(batch: &mamis_app::desk::lists::OpenBatch) -> Work {
    let task = match (batch.state.as_str(), batch.body.as_str(), batch.tier) {
        (_, "committee", _) => "運営委員会の資料を作り、結果を記録する",
        ("collecting", _, _) => "理事会の資料を作り、結果を記録する",
        (_, _, Tier::National) => "理事会が終わりました。一括承認をする",
        _ => "理事会が終わりました。一括申請をする",
    };
    Work {
        href: format!("/batches/{}", batch.id),
        label: format!("{}　{task}", batch.number),
        age: String::new(),
        count: format!("{}件", batch.open),
    }
}

/// Trainings and reports that wait for a decision.
fn decisions(desk: &Desk) -> u64 {
    desk.training_work.iter().filter(|work| work.is_decision()).map(|work| work.count).sum()
}

fn training_work(work: &trainings::Work, today: Day) -> Work {
    let state = work.state;
    let (task, tab) = match state {
        State::PrefecturalReview | State::NationalReview => ("研修会の承認", "decide"),
        State::Reported | State::ReportConfirmed => ("開催報告の確認", "decide"),
        State::Returned => ("差し戻された研修会を直す", "own"),
        State::CreditsReleased => ("開催報告を提出する", "own"),
        State::Postponed => ("延期した研修会の日程を決める", "own"),
        State::Draft => ("下書きを仕上げて申請する", "own"),
        _ => ("出席を確認して単位を登録する", "own"),
    };
    let days = work.oldest.map_or(0, |day| day.days_until(today));
    // Only trainings that are over wait for their credits; the list is asked for the same.
    let until = if state == State::Approved { today.to_string() } else { String::new() };
    Work {
        href: link("/trainings", &[("tab", tab), ("state", state.name()), ("until", &until)]),
        label: task.to_owned(),
        age: match (state, days) {
            (State::Approved, 0) => "今日終わりました".to_owned(),
            (State::Approved, _) => format!("いちばん古いもの：{days}日前に開催"),
            (_, 0) => "今日から".to_owned(),
            _ => format!("いちばん古いもの：{days}日前から"),
        },
        count: format!("{}件", work.count),
    }
}

fn training(row: &Waiting) -> Training {
    Training {
        href: format!("/trainings/{}", row.training()),
        title: row.title.clone(),
        task: row.task(),
        host: row.host_name.clone(),
        held_on: Day::from(row.held_on).japanese(),
        since: row.waiting_since.map(|at| Day::of(at).japanese()).unwrap_or_default(),
    }
}

fn deadline(deadline: &mamis_app::desk::lists::rounds::Deadline) -> Deadline {
    Deadline {
        association: deadline.association.clone(),
        round: deadline.round,
        closes_on: deadline.closes_on.japanese(),
        days_left: if deadline.days_left == 0 {
            "今日まで".to_owned()
        } else {
            format!("あと{}日", deadline.days_left)
        },
        soon: deadline.days_left <= 7,
        board_on: deadline.board_on.map(Day::japanese).unwrap_or_default(),
    }
}
