//! The life of a training: draft, approval, recruitment, credits, holding report.
//!
//! Host → prefectural → national [seed]; credits and report go back up the same way [seed].
//! Whether a training recruits, is closed or was held follows from dates: [`phase`].

use chrono::{DateTime, Utc};

use super::{Desk, Effect, Refusal, Row, Who, Workflow};
use crate::association::Tier;
use crate::named::named;

named! {
    /// The state of a training that is stored; the rest follows from dates.
    State {
        Draft = "draft", "下書き";
        PrefecturalReview = "prefectural_review", "都道府県医師会で確認中";
        NationalReview = "national_review", "日本医師会で確認中";
        Returned = "returned", "差戻し";
        Rejected = "rejected", "却下";
        Approved = "approved", "承認済み";
        Postponed = "postponed", "延期";
        Cancelled = "cancelled", "中止";
        CreditsReleased = "credits_released", "単位登録済み";
        Reported = "reported", "開催報告を都道府県医師会で確認中";
        ReportConfirmed = "report_confirmed", "開催報告を日本医師会で確認中";
        Done = "done", "完了";
    }
}

named! {
    /// What can be done with a training.
    Command {
        Submit = "submit", "申請";
        Withdraw = "withdraw", "取下げ";
        Approve = "approve", "承認";
        Return = "return", "差戻し";
        Reject = "reject", "却下";
        Amend = "amend", "変更申請（日時・単位など）";
        Postpone = "postpone", "延期";
        Cancel = "cancel", "中止";
        ReleaseCredits = "release_credits", "単位登録";
        Report = "report", "開催報告";
        WithdrawReport = "withdraw_report", "開催報告の取下げ";
        Confirm = "confirm", "開催報告の確認";
        ReturnReport = "return_report", "開催報告の差戻し";
    }
}

named! {
    /// A condition of a row.
    Guard {
        HostBelowPrefectural = "host_below_prefectural", "主催が郡市区等医師会・地区医師会・外部団体";
        HostPrefectural = "host_prefectural", "主催が都道府県医師会";
        HostNational = "host_national", "主催が日本医師会";
        HostPrefecturalOrAbove = "host_prefectural_or_above", "主催が都道府県医師会または日本医師会";
        NationalApproves = "national_approves", "日本医師会の承認が必要な制度";
        PrefecturalApproves = "prefectural_approves", "都道府県医師会の承認までの制度";
        ReportNeeded = "report_needed", "開催報告が必要な制度";
        NoReport = "no_report", "開催報告が不要な制度（健康スポーツ医 再研修会など）";
        Ended = "ended", "研修会が終わっている";
        NotEnded = "not_ended", "研修会がまだ終わっていない";
    }
}

impl State {
    /// The states that follow national approval. Everyone at an association sees these [seed].
    pub const AFTER_APPROVAL: &'static [Self] = &[
        Self::Approved,
        Self::Postponed,
        Self::Cancelled,
        Self::CreditsReleased,
        Self::Reported,
        Self::ReportConfirmed,
        Self::Done,
    ];

    /// The states in which a training recruits or has recruited.
    pub const PUBLISHED: &'static [Self] = &[Self::Approved];

    /// The states in which the host may still change what the credits depend on.
    pub const EDITABLE: &'static [Self] = &[Self::Draft, Self::Returned, Self::Postponed];
}

/// Where the host stands in the tree. External organizers count as below the prefectural tier:
/// their trainings go through the prefectural association of their seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostTier {
    /// Municipal or district association, or external organizer.
    BelowPrefectural,
    /// Prefectural association.
    Prefectural,
    /// The national association.
    National,
}

impl HostTier {
    /// From the tier of the host; an external organizer is in no tier.
    pub const fn of(tier: Option<Tier>) -> Self {
        match tier {
            Some(Tier::National) => Self::National,
            Some(Tier::Prefectural) => Self::Prefectural,
            Some(Tier::Municipal | Tier::District) | None => Self::BelowPrefectural,
        }
    }
}

/// How far up a scheme wants its trainings approved: a setting of the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApprovalPath {
    /// Prefectural, then national [seed].
    ToNational,
    /// Prefectural only (cme where the scheme does not ask for more [assumed]; kakaritsuke [pub]).
    ToPrefectural,
}

/// Whether a scheme asks for a holding report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldingReport {
    /// occupational_physician and others [seed].
    Needed,
    /// Re-training of sports physicians [seed]; cme enters credits only.
    NotNeeded,
}

/// Whether the last session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holding {
    /// Still to come, or under way.
    Ahead,
    /// Over.
    Ended,
}

/// What the conditions ask about a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// Where the host stands.
    pub host: HostTier,
    /// The longest path among the training's schemes.
    pub path: ApprovalPath,
    /// Needed as soon as one of the schemes needs it.
    pub report: HoldingReport,
    /// Against the instant of the command.
    pub holding: Holding,
}

impl Circumstances {
    /// Whether a condition is met.
    pub fn holds(self, guard: Guard) -> bool {
        match guard {
            Guard::HostBelowPrefectural => self.host == HostTier::BelowPrefectural,
            Guard::HostPrefectural => self.host == HostTier::Prefectural,
            Guard::HostNational => self.host == HostTier::National,
            Guard::HostPrefecturalOrAbove => self.host != HostTier::BelowPrefectural,
            Guard::NationalApproves => self.path == ApprovalPath::ToNational,
            Guard::PrefecturalApproves => self.path == ApprovalPath::ToPrefectural,
            Guard::ReportNeeded => self.report == HoldingReport::Needed,
            Guard::NoReport => self.report == HoldingReport::NotNeeded,
            Guard::Ended => self.holding == Holding::Ended,
            Guard::NotEnded => self.holding == Holding::Ahead,
        }
    }
}

/// The workflow.
pub const WORKFLOW: Workflow<State, Command, Guard> = Workflow {
    name: "training_approval",
    title: "研修会の申請・承認・開催報告",
    start: State::Draft,
    states: &[State::ALL],
    finals: &[State::Rejected, State::Cancelled, State::Done],
    rows: &[ROWS],
};

const TO_SUBMIT: &[State] = &[State::Draft, State::Returned, State::Postponed];
const PREFECTURAL: Who = Who::Office(Tier::Prefectural);
const NATIONAL: Who = Who::Office(Tier::National);

const fn row(
    from: &'static [State],
    command: Command,
    who: Who,
    when: &'static [Guard],
    to: State,
    effects: &'static [Effect],
) -> Row<State, Command, Guard> {
    Row { from, command, who, when, to, effects }
}

#[rustfmt::skip]
const ROWS: &[Row<State, Command, Guard>] = {
    use Command as C;
    use Effect as E;
    use Guard as G;
    use State as S;
    &[
        // A host from the prefectural tier up submits straight to the next tier above itself; where
        // no tier above has to approve, its own office does, so that two people always look.
        row(TO_SUBMIT, C::Submit, Who::Host, &[G::HostBelowPrefectural], S::PrefecturalReview, &[E::NotifyNextOffice]),
        row(TO_SUBMIT, C::Submit, Who::Host, &[G::HostPrefectural, G::NationalApproves], S::NationalReview, &[E::NotifyNextOffice]),
        row(TO_SUBMIT, C::Submit, Who::Host, &[G::HostPrefectural, G::PrefecturalApproves], S::PrefecturalReview, &[E::NotifyNextOffice]),
        row(TO_SUBMIT, C::Submit, Who::Host, &[G::HostNational], S::NationalReview, &[E::NotifyNextOffice]),
        row(&[S::PrefecturalReview, S::NationalReview], C::Withdraw, Who::Host, &[], S::Draft, &[E::NotifyNextOffice]),

        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::NationalApproves], S::NationalReview, &[E::NotifyHost, E::NotifyNextOffice]),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::PrefecturalApproves], S::Approved, &[E::NotifyHost, E::OpenRecruitment]),
        row(&[S::PrefecturalReview], C::Return, PREFECTURAL, &[], S::Returned, &[E::NotifyHost]),
        row(&[S::PrefecturalReview], C::Reject, PREFECTURAL, &[], S::Rejected, &[E::NotifyHost]),
        row(&[S::NationalReview], C::Approve, NATIONAL, &[], S::Approved, &[E::NotifyHost, E::NotifyRoute, E::OpenRecruitment]),
        row(&[S::NationalReview], C::Return, NATIONAL, &[], S::Returned, &[E::NotifyHost, E::NotifyRoute]),
        row(&[S::NationalReview], C::Reject, NATIONAL, &[], S::Rejected, &[E::NotifyHost, E::NotifyRoute]),

        // A change of a credit-bearing field after approval needs approval again.
        row(&[S::Approved], C::Amend, Who::Host, &[G::NotEnded, G::HostBelowPrefectural], S::PrefecturalReview, &[E::NotifyNextOffice, E::StopRecruitment]),
        row(&[S::Approved], C::Amend, Who::Host, &[G::NotEnded, G::HostPrefectural, G::NationalApproves], S::NationalReview, &[E::NotifyNextOffice, E::StopRecruitment]),
        row(&[S::Approved], C::Amend, Who::Host, &[G::NotEnded, G::HostPrefectural, G::PrefecturalApproves], S::PrefecturalReview, &[E::NotifyNextOffice, E::StopRecruitment]),
        row(&[S::Approved], C::Amend, Who::Host, &[G::NotEnded, G::HostNational], S::NationalReview, &[E::NotifyNextOffice, E::StopRecruitment]),
        row(&[S::Approved], C::Postpone, Who::Host, &[G::NotEnded], S::Postponed, &[E::StopRecruitment, E::NotifySignedUp, E::NotifyRoute]),
        row(&[S::Approved, S::Postponed], C::Cancel, Who::Host, &[], S::Cancelled, &[E::StopRecruitment, E::NotifySignedUp, E::NotifyRoute]),

        row(&[S::Approved], C::ReleaseCredits, Who::Host, &[G::Ended, G::ReportNeeded], S::CreditsReleased, &[E::ReleaseCredits]),
        row(&[S::Approved], C::ReleaseCredits, Who::Host, &[G::Ended, G::NoReport], S::Done, &[E::ReleaseCredits, E::ConfirmCredits]),

        row(&[S::CreditsReleased], C::Report, Who::Host, &[G::HostBelowPrefectural], S::Reported, &[E::NotifyNextOffice]),
        row(&[S::CreditsReleased], C::Report, Who::Host, &[G::HostPrefectural, G::PrefecturalApproves], S::Reported, &[E::NotifyNextOffice]),
        row(&[S::CreditsReleased], C::Report, Who::Host, &[G::HostPrefectural, G::NationalApproves], S::ReportConfirmed, &[E::NotifyNextOffice]),
        row(&[S::CreditsReleased], C::Report, Who::Host, &[G::HostNational], S::ReportConfirmed, &[E::NotifyNextOffice]),
        row(&[S::Reported], C::WithdrawReport, Who::Host, &[], S::CreditsReleased, &[E::NotifyNextOffice]),
        row(&[S::ReportConfirmed], C::WithdrawReport, Who::Host, &[G::HostPrefecturalOrAbove], S::CreditsReleased, &[E::NotifyNextOffice]),
        row(&[S::Reported], C::Confirm, PREFECTURAL, &[G::NationalApproves], S::ReportConfirmed, &[E::NotifyHost, E::NotifyNextOffice]),
        row(&[S::Reported], C::Confirm, PREFECTURAL, &[G::PrefecturalApproves], S::Done, &[E::NotifyHost, E::ConfirmCredits]),
        row(&[S::Reported], C::ReturnReport, PREFECTURAL, &[], S::CreditsReleased, &[E::NotifyHost]),
        row(&[S::ReportConfirmed], C::Confirm, NATIONAL, &[], S::Done, &[E::NotifyHost, E::NotifyRoute, E::ConfirmCredits]),
        row(&[S::ReportConfirmed], C::ReturnReport, NATIONAL, &[], S::CreditsReleased, &[E::NotifyHost, E::NotifyRoute]),
    ]
};

/// The row that applies to this command.
///
/// # Errors
/// A [`Refusal`] in the words of the screen.
pub fn step(
    from: State,
    command: Command,
    who: Who,
    circumstances: Circumstances,
) -> Result<&'static Row<State, Command, Guard>, Refusal> {
    super::step(&WORKFLOW, from, command, who, |guard| circumstances.holds(guard))
}

/// What this party can do now.
pub fn commands(from: State, who: Who, circumstances: Circumstances) -> Vec<Command> {
    super::commands(&WORKFLOW, from, who, |guard| circumstances.holds(guard))
}

/// On whose desk a training lies.
pub const fn desk(state: State) -> Desk {
    match state {
        State::Draft | State::Returned | State::Postponed | State::Approved | State::CreditsReleased => {
            Desk::Host
        }
        State::PrefecturalReview | State::Reported => Desk::Tier(Tier::Prefectural),
        State::NationalReview | State::ReportConfirmed => Desk::Tier(Tier::National),
        State::Rejected | State::Cancelled | State::Done => Desk::Nobody,
    }
}

/// One sentence that says where the training stands.
pub const fn tracker(state: State) -> &'static str {
    match state {
        State::Draft => "まだ申請していません。",
        State::PrefecturalReview => "都道府県医師会が申請の内容を確認しています。",
        State::NationalReview => "日本医師会が申請の内容を確認しています。",
        State::Returned => "差戻しになりました。コメントを確認し、直してからもう一度申請してください。",
        State::Rejected => "却下されました。理由を確認してください。",
        State::Approved => "承認されました。開催後に出席を確認し、単位を登録してください。",
        State::Postponed => "延期しました。新しい日程でもう一度申請してください。",
        State::Cancelled => "中止になりました。",
        State::CreditsReleased => "単位を登録しました。開催報告を提出してください。",
        State::Reported => "都道府県医師会が開催報告を確認しています。",
        State::ReportConfirmed => "日本医師会が開催報告を確認しています。",
        State::Done => "すべての手続きが終わりました。",
    }
}

named! {
    /// Where a training stands for a reader: the stored state and the dates together.
    Phase {
        Draft = "draft", "下書き";
        Review = "review", "承認待ち";
        Returned = "returned", "差戻し";
        Rejected = "rejected", "却下";
        Announced = "announced", "募集前";
        Recruiting = "recruiting", "募集中";
        Closed = "closed", "募集終了";
        InProgress = "in_progress", "開催中";
        Held = "held", "開催済み・単位登録前";
        Postponed = "postponed", "延期";
        Cancelled = "cancelled", "中止";
        CreditsEntered = "credits_entered", "単位登録済み";
        ReportReview = "report_review", "開催報告の確認中";
        Done = "done", "完了";
    }
}

/// The window in which physicians can sign up: from `opens_at` until just before `closes_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecruitmentWindow {
    /// The first instant.
    pub opens_at: DateTime<Utc>,
    /// The first instant at which it is over.
    pub closes_at: DateTime<Utc>,
}

/// When a training is held: from the first session's start to the last session's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldAt {
    /// Start of the first session.
    pub starts_at: DateTime<Utc>,
    /// End of the last session.
    pub ends_at: DateTime<Utc>,
}

impl HeldAt {
    /// Whether the last session is over.
    pub fn holding(self, now: DateTime<Utc>) -> Holding {
        if now < self.ends_at { Holding::Ahead } else { Holding::Ended }
    }
}

/// The phase at an instant. A training without a window is announced until it begins: its host
/// takes the names in another way.
pub fn phase(
    state: State,
    recruitment: Option<RecruitmentWindow>,
    held: HeldAt,
    now: DateTime<Utc>,
) -> Phase {
    match state {
        State::Draft => Phase::Draft,
        State::PrefecturalReview | State::NationalReview => Phase::Review,
        State::Returned => Phase::Returned,
        State::Rejected => Phase::Rejected,
        State::Postponed => Phase::Postponed,
        State::Cancelled => Phase::Cancelled,
        State::CreditsReleased => Phase::CreditsEntered,
        State::Reported | State::ReportConfirmed => Phase::ReportReview,
        State::Done => Phase::Done,
        State::Approved if now >= held.ends_at => Phase::Held,
        State::Approved if now >= held.starts_at => Phase::InProgress,
        State::Approved => match recruitment {
            None => Phase::Announced,
            Some(window) if now < window.opens_at => Phase::Announced,
            Some(window) if now < window.closes_at => Phase::Recruiting,
            Some(_) => Phase::Closed,
        },
    }
}
