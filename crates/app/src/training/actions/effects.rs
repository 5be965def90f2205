//! What a step of the workflow does besides changing the state.

use super::letters;
use crate::credit;
use crate::cx::{Cx, Tx};
use crate::error::Result;
use crate::signup::actions::hall::Hall;
use crate::training::lists::standing::Standing;
use crate::waiting_offer::actions::{pass_on, withdraw};
use mamis_rules::association::Host;
use mamis_rules::base::AssociationId;
use mamis_rules::flow::Effect;
use mamis_rules::flow::training_approval::{Command, State};
use sea_orm::{ConnectionTrait, Statement};

/// A step that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) command: Command,
    pub(super) to: State,
    pub(super) effects: &'static [Effect],
    pub(super) comment: &'a str,
    /// Who decided; none for hosts outside the tiers.
    pub(super) by: Option<AssociationId>,
}

/// Runs the effects in the step's transaction; `standing` still shows the state before.
///
/// # Errors
/// A fault of the database.
pub(super) async fn run(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, taken: Taken<'_>) -> Result<()> {
    for effect in taken.effects {
        match effect {
            Effect::NotifyHost => notify_host(cx, tx, standing, taken).await?,
            Effect::NotifyNextOffice => notify_next(cx, tx, standing, taken).await?,
            Effect::NotifyRoute => notify_route(cx, tx, standing, taken).await?,
            Effect::NotifySignedUp => notify_signed_up(cx, tx, standing, taken).await?,
            Effect::OpenRecruitment => open(cx, tx, standing).await?,
            Effect::ConfirmCredits => credit::actions::confirm(cx, tx, &standing.row).await?,
            Effect::StopRecruitment => stop(cx, tx, standing, taken).await?,
            // Credits are released by the action that gives the command.
            Effect::ReleaseCredits => (),
            // Of applications of physicians.
            Effect::Admit
            | Effect::GiveMemberId
            | Effect::IssueJoiningNotice
            | Effect::MoveMemberships
            | Effect::EndMemberships
            | Effect::RestoreMemberships
            | Effect::ChangeCategory
            | Effect::TakeBack
            | Effect::TakeChanges
            | Effect::CloseAccess
            | Effect::OpenAccess
            | Effect::NotifyApplicant
            | Effect::AddBatchItem
            | Effect::LeaveBatch
            | Effect::CloseBatchItem
            | Effect::IssueCertificate
            | Effect::IssueNoticeLetter => (),
        }
    }
    if taken.command == Command::Cancel {
        free_seats(cx, tx, standing).await?;
    }
    Ok(())
}

async fn notify_host(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, taken: Taken<'_>) -> Result<()> {
    if taken.to == State::Approved {
        return letters::approved(cx, tx, standing).await;
    }
    let what = sentence(standing, taken);
    letters::progress(cx, tx, standing, standing.host(), &what, taken.comment).await
}

async fn notify_next(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, taken: Taken<'_>) -> Result<()> {
    if matches!(taken.command, Command::Withdraw | Command::WithdrawReport) {
        let Some(office) = standing.row.desk else { return Ok(()) };
        let what = sentence(standing, taken);
        return letters::progress(cx, tx, standing, Host::Association(office.into()), &what, taken.comment)
            .await;
    }
    let Some(office) = standing.desk_in(taken.to, cx.now)? else { return Ok(()) };
    let what = if matches!(taken.to, State::Reported | State::ReportConfirmed) {
        "開催報告の確認"
    } else {
        "承認"
    };
    letters::waiting(cx, tx, standing, office, what).await
}

async fn notify_route(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, taken: Taken<'_>) -> Result<()> {
    let what = sentence(standing, taken);
    let route = standing.route(cx.now)?;
    for office in route.associations().filter(|office| Some(*office) != taken.by) {
        letters::progress(cx, tx, standing, Host::Association(office), &what, taken.comment).await?;
    }
    Ok(())
}

async fn notify_signed_up(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, taken: Taken<'_>) -> Result<()> {
    if taken.command == Command::Cancel {
        letters::cancelled(cx, tx, standing, taken.comment).await
    } else {
        let what = "開催が延期になりました。新しい日程が決まりましたら、お知らせします。";
        letters::to_signed_up(cx, tx, standing, what, taken.comment).await
    }
}

/// What happened, in a sentence that names the office.
fn sentence(standing: &Standing, taken: Taken<'_>) -> String {
    let by = match taken.by {
        Some(id) => standing.name_of(id),
        None => standing.row.host_name.as_str(),
    };
    let what = match taken.command {
        Command::Submit => "申請しました",
        Command::Amend => "変更を申請しました",
        Command::Withdraw => "申請を取り下げました",
        Command::Approve => "申請を承認しました",
        Command::Return => "申請を差し戻しました。内容を直して、もう一度申請してください",
        Command::Reject => "申請を却下しました",
        Command::Postpone => "延期しました",
        Command::Cancel => "中止しました",
        Command::ReleaseCredits => "単位を登録しました",
        Command::Report => "開催報告を提出しました",
        Command::WithdrawReport => "開催報告を取り下げました",
        Command::Confirm => "開催報告を確認しました",
        Command::ReturnReport => "開催報告を差し戻しました。内容を直して、もう一度提出してください",
    };
    format!("{by} が{what}。")
}

/// Makes the seats, or after a change follows its capacity and times; who is signed up already is told.
async fn open(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing) -> Result<()> {
    let row = &standing.row;
    let run = |sql: &str, values: Vec<sea_orm::Value>| {
        Statement::from_sql_and_values(tx.db().get_database_backend(), sql, values)
    };
    let seats = run(
        "insert into seat_count (training, capacity, taken, last_order) values ($1, $2, 0, 0)
         on conflict (training) do update set capacity = excluded.capacity",
        vec![row.id.into(), row.capacity.into()],
    );
    tx.db().execute_raw(seats).await?;
    let mut moved = 0;
    for alive in ALIVE {
        let sql =
            format!("update signup set starts_at = $2, ends_at = $3 where training = $1 and state {alive}");
        let times = run(&sql, vec![row.id.into(), row.starts_at.into(), row.ends_at.into()]);
        moved += tx.db().execute_raw(times).await?.rows_affected();
    }
    if moved > 0 {
        letters::to_signed_up(
            cx,
            tx,
            standing,
            "日時またはプログラムが変わりました。内容を確認してください。",
            "",
        )
        .await?;
    }
    let mut hall = Hall::lock(tx, row.id).await?;
    pass_on(cx, tx, &mut hall).await
}

/// Recruitment follows from the state; what was offered is withdrawn, and offered again when it recruits again.
async fn stop(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, taken: Taken<'_>) -> Result<()> {
    let mut hall = Hall::lock(tx, standing.row.id).await?;
    let people = withdraw(cx, tx, &mut hall).await?;
    // Of a training that is cancelled everybody hears anyway.
    if people.is_empty() || taken.command == Command::Cancel {
        return Ok(());
    }
    let what = "空席の案内をいったん取り消しました。変更の手続きが済むと、キャンセル待ちの順番どおりに、もう一度ご案内します。";
    letters::to_people(cx, tx, standing, &people, what).await
}

/// Who is signed up, in two looks: each is what an index holds.
const ALIVE: [&str; 2] = ["= 'confirmed'", "in ('waiting', 'offered')"];

/// A cancelled training gives every seat back.
async fn free_seats(cx: &Cx, tx: &Tx<'_>, standing: &Standing) -> Result<()> {
    let id = standing.row.id;
    let of_signups: [(String, Vec<sea_orm::Value>); 2] = ALIVE.map(|alive| {
        let sql = format!(
            "update signup set state = 'cancelled', cancelled_at = $2, version = version + 1
              where training = $1 and state {alive}"
        );
        (sql, vec![id.into(), cx.now.into()])
    });
    let of_seats = ("update seat_count set taken = 0 where training = $1".to_owned(), vec![id.into()]);
    for (sql, values) in of_signups.into_iter().chain([of_seats]) {
        tx.db()
            .execute_raw(Statement::from_sql_and_values(tx.db().get_database_backend(), sql, values))
            .await?;
    }
    Ok(())
}
