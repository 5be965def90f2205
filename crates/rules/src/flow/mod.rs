//! What happens next: every workflow is a table that an officer can read.
//!
//! A row says: from these states, this command, by this party, under these conditions, leads to
//! that state and has these effects. [`step`] reads the table and nothing else decides; the
//! diagrams in `docs/flows/` are printed from the same rows by [`print`].
//! Whether a person may act for the party is asked of [`crate::access`].

pub mod any;
pub mod certification;
pub mod change_report;
pub mod check;
pub mod joining;
pub mod leaving;
pub mod membership;
pub mod print;
pub mod registration;
pub mod route;
pub mod training_approval;
pub mod transfer;

use std::fmt;

use crate::association::Tier;
use crate::named::{Word, named};

/// One row of a workflow.
#[derive(Clone, Copy, Debug)]
pub struct Row<S: 'static, C: 'static, G: 'static> {
    /// The states in which the row applies.
    pub from: &'static [S],
    /// What is done.
    pub command: C,
    /// The party whose act it is.
    pub who: Who,
    /// The conditions, all of which must hold.
    pub when: &'static [G],
    /// The state afterwards.
    pub to: S,
    /// What else happens, in the same transaction.
    pub effects: &'static [Effect],
}

/// A workflow: its rows and the frame that the checks need.
#[derive(Clone, Copy, Debug)]
pub struct Workflow<S: 'static, C: 'static, G: 'static> {
    /// File name of the printed diagram.
    pub name: &'static str,
    /// Title in Japanese.
    pub title: &'static str,
    /// Where everything begins.
    pub start: S,
    /// Every state; several lists, since workflows share some.
    pub states: &'static [&'static [S]],
    /// The states in which nothing more happens.
    pub finals: &'static [S],
    /// The rows; several tables, since workflows share some.
    pub rows: &'static [&'static [Row<S, C, G>]],
}

impl<S: Copy, C, G> Workflow<S, C, G> {
    /// Every state.
    pub fn states(&self) -> impl Iterator<Item = S> + use<S, C, G> {
        self.states.iter().copied().flatten().copied()
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &'static Row<S, C, G>> + use<S, C, G> {
        self.rows.iter().copied().flatten()
    }
}

/// A party of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// The physician who applies (or an officer who enters on behalf).
    Applicant,
    /// The association or organizer that holds the training.
    Host,
    /// The office of the route at this tier.
    Office(Tier),
    /// The association that a member leaves by a transfer.
    Former,
}

impl Who {
    /// The party in the words of the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applicant => "申請者",
            Self::Host => "主催者",
            Self::Office(tier) => tier.label(),
            Self::Former => "転出元の医師会",
        }
    }
}

/// On whose desk an item lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Desk {
    /// With the physician.
    Applicant,
    /// With the host of the training.
    Host,
    /// With the office of the route at this tier.
    Tier(Tier),
    /// With the association that a member leaves by a transfer.
    Former,
    /// Nobody has to do anything.
    Nobody,
}

impl Desk {
    /// The desk in the words of the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applicant => "申請者",
            Self::Host => "主催者",
            Self::Tier(tier) => tier.label(),
            Self::Former => "転出元の医師会",
            Self::Nobody => "なし（手続きは終わっています）",
        }
    }
}

named! {
    /// What else happens with a change of state, in the same transaction.
    Effect {
        NotifyApplicant = "notify_applicant", "申請者に知らせる";
        NotifyHost = "notify_host", "主催者に知らせる";
        NotifyNextOffice = "notify_next_office", "次の医師会に知らせる";
        NotifyRoute = "notify_route", "経由した医師会に知らせる";
        NotifySignedUp = "notify_signed_up", "申込者に知らせる";
        OpenRecruitment = "open_recruitment", "募集できるようにする";
        StopRecruitment = "stop_recruitment", "募集を止める";
        ReleaseCredits = "release_credits", "単位を受講者に見せる（確認中）";
        ConfirmCredits = "confirm_credits", "単位を確定する";
        AddBatchItem = "add_batch_item", "次の理事会の一括に加える";
        LeaveBatch = "leave_batch", "一括から外す";
        CloseBatchItem = "close_batch_item", "一括の結果を記録する";
        IssueCertificate = "issue_certificate", "認定証を発行する";
        IssueNoticeLetter = "issue_notice_letter", "都道府県医師会あての通知書を発行する";
        Admit = "admit", "会員にする";
        GiveMemberId = "give_member_id", "日医会員IDを発行する（まだないとき）";
        IssueJoiningNotice = "issue_joining_notice", "入会登録完了のお知らせを発行する";
        MoveMemberships = "move_memberships", "所属を移す";
        EndMemberships = "end_memberships", "所属を終える";
        RestoreMemberships = "restore_memberships", "所属を戻す";
        ChangeCategory = "change_category", "会員区分を変える";
        TakeChanges = "take_changes", "届け出た内容を登録に反映する";
        TakeBack = "take_back", "反映した内容と会員区分を元に戻す";
        CloseAccess = "close_access", "本人のログインを止める";
        OpenAccess = "open_access", "止めたログインを元に戻す";
    }
}

/// Why a command is refused, as a sentence for the person who tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The item is in a state in which nobody can do this.
    #[error("いまは「{state}」のため、「{command}」はできません。{hint}")]
    WrongState {
        /// Label of the state.
        state: &'static str,
        /// Label of the command.
        command: &'static str,
        /// What the item waits for.
        hint: Hint,
    },
    /// The command exists here, but it is another party's.
    #[error("「{command}」ができるのは{whose}です。いまは「{state}」です。")]
    NotYourTurn {
        /// Label of the state.
        state: &'static str,
        /// Label of the command.
        command: &'static str,
        /// Label of the party.
        whose: &'static str,
    },
    /// The right party in the right state, but a condition fails.
    #[error("「{command}」には次の条件が必要です：{condition}。")]
    ConditionMissing {
        /// Label of the command.
        command: &'static str,
        /// Label of the condition that fails.
        condition: &'static str,
    },
}

/// What the person can expect instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The item is finished.
    Finished,
    /// The item waits for this party.
    WaitsFor(&'static str),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("手続きは終わっています。"),
            Self::WaitsFor(whose) => write!(f, "{whose}の操作を待っています。"),
        }
    }
}

/// The printed pages of all workflows: file name without ending, and text.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        (
            training_approval::WORKFLOW.name,
            print::page(&training_approval::WORKFLOW, training_approval::desk),
        ),
        (certification::WORKFLOW.name, print::page(&certification::WORKFLOW, certification::desk)),
        (joining::WORKFLOW.name, print::page(&joining::WORKFLOW, membership::desk)),
        (transfer::WORKFLOW.name, print::page(&transfer::WORKFLOW, membership::desk)),
        (leaving::WORKFLOW.name, print::page(&leaving::WORKFLOW, membership::desk)),
        (change_report::WORKFLOW.name, print::page(&change_report::WORKFLOW, membership::desk)),
        (registration::WORKFLOW.name, print::page(&registration::WORKFLOW, registration::desk)),
    ]
}

/// The row that applies, or the reason why none does.
///
/// `holds` answers for each condition whether it is met.
///
/// # Errors
/// A [`Refusal`], worst reason first: wrong state, then wrong party, then a missing condition.
pub fn step<S: Word, C: Word, G: Word>(
    workflow: &Workflow<S, C, G>,
    from: S,
    command: C,
    who: Who,
    holds: impl Fn(G) -> bool,
) -> Result<&'static Row<S, C, G>, Refusal> {
    let mut of_others = None;
    let mut failed = None;
    for row in workflow.rows().filter(|row| row.command == command && row.from.contains(&from)) {
        if row.who != who {
            of_others = of_others.or(Some(row.who));
            continue;
        }
        match row.when.iter().copied().find(|condition| !holds(*condition)) {
            None => return Ok(row),
            Some(condition) => failed = failed.or(Some(condition)),
        }
    }
    Err(match (failed, of_others) {
        (Some(condition), _) => {
            Refusal::ConditionMissing { command: command.label(), condition: condition.label() }
        }
        (None, Some(whose)) => {
            Refusal::NotYourTurn { state: from.label(), command: command.label(), whose: whose.label() }
        }
        (None, None) => {
            Refusal::WrongState { state: from.label(), command: command.label(), hint: hint(workflow, from) }
        }
    })
}

/// The commands that this party can give now: what the page offers.
pub fn commands<S: Word, C: Word, G: Word>(
    workflow: &Workflow<S, C, G>,
    from: S,
    who: Who,
    holds: impl Fn(G) -> bool,
) -> Vec<C> {
    let mut commands = Vec::new();
    for row in workflow.rows() {
        let applies =
            row.who == who && row.from.contains(&from) && row.when.iter().all(|condition| holds(*condition));
        if applies && !commands.contains(&row.command) {
            commands.push(row.command);
        }
    }
    commands
}

fn hint<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>, from: S) -> Hint {
    workflow
        .rows()
        .find(|row| row.from.contains(&from))
        .map_or(Hint::Finished, |row| Hint::WaitsFor(row.who.label()))
}
