//! What the four procedures of membership have in common: states, commands, conditions.
//!
//! Their tables stand in [`super::joining`], [`super::transfer`], [`super::leaving`] and
//! [`super::change_report`]. Each association is legally independent and decides for its own tier.

use super::{Desk, Effect, Refusal, Row, Who, Workflow};
use super::{change_report, joining, leaving, transfer};
use crate::access::application::Kind;
use crate::association::Tier;
use crate::named::named;

named! {
    /// The state of a membership procedure. No procedure uses all of them.
    State {
        Draft = "draft", "下書き";
        FormerReview = "former_review", "転出元の医師会で確認中";
        DistrictReview = "district_review", "地区医師会で審査中";
        MunicipalReview = "municipal_review", "郡市区等医師会で審査中";
        PrefecturalReview = "prefectural_review", "都道府県医師会で審査中";
        NationalReview = "national_review", "日本医師会で審査中";
        ReturnedByFormer = "returned_by_former", "転出元の医師会から差戻し";
        ReturnedByDistrict = "returned_by_district", "地区医師会から差戻し";
        ReturnedByMunicipal = "returned_by_municipal", "郡市区等医師会から差戻し";
        ReturnedByPrefectural = "returned_by_prefectural", "都道府県医師会から差戻し";
        ReturnedByNational = "returned_by_national", "日本医師会から差戻し";
        Approved = "approved", "完了";
        Rejected = "rejected", "却下";
        Withdrawn = "withdrawn", "取下げ";
        Undone = "undone", "取消し";
    }
}

named! {
    /// What can be done in a membership procedure.
    Command {
        Submit = "submit", "申請";
        Resubmit = "resubmit", "再申請";
        Withdraw = "withdraw", "取下げ";
        Approve = "approve", "承認";
        Confirm = "confirm", "確認";
        Receive = "receive", "受付";
        PassOn = "pass_on", "進達";
        Return = "return", "差戻し";
        Reject = "reject", "却下";
        Record = "record", "死亡・免許の喪失の記録";
        Enter = "enter", "一括変更による届出";
        Undo = "undo", "取消し";
    }
}

named! {
    /// A condition of a row.
    Guard {
        FirstDistrict = "first_district", "地区医師会から始まる";
        FirstMunicipal = "first_municipal", "郡市区等医師会から始まる";
        Continues = "continues", "上位の医師会の手続きが続く";
        Ends = "ends", "この医師会で終わる";
        NotYetIn = "not_yet_in", "この医師会の会員でない";
        AlreadyIn = "already_in", "すでにこの医師会の会員";
        LeavesEverything = "leaves_everything", "すべての医師会を退会する";
        LeavesUpper = "leaves_upper", "都道府県医師会と日本医師会を退会する";
        LeavesNational = "leaves_national", "日本医師会だけを退会する";
        PlainReport = "plain_report", "会員区分の変更を含まない";
        CategoryChange = "category_change", "会員区分の変更を含む";
        Own = "own", "本人の手続き";
        OfficeRecords = "office_records", "死亡・免許の喪失";
        Entered = "entered", "医師会の一括変更による";
        WithinThirtyDays = "within_thirty_days", "決まった日から30日以内";
    }
}

named! {
    /// What somebody leaves: the decision table of [pub].
    LeavingScope {
        Everything = "everything", "すべての医師会を退会する";
        Upper = "upper", "都道府県医師会と日本医師会を退会する";
        National = "national", "日本医師会だけを退会する";
    }
}

impl LeavingScope {
    /// Whether a membership of this tier ends.
    pub const fn ends(self, tier: Tier) -> bool {
        match self {
            Self::Everything => true,
            Self::Upper => matches!(tier, Tier::Prefectural | Tier::National),
            Self::National => matches!(tier, Tier::National),
        }
    }
}

named! {
    /// Why a procedure was begun.
    Cause {
        Own = "own", "本人の手続き";
        Death = "death", "死亡";
        LicenceLost = "licence_lost", "免許の喪失";
        ResidencyEnd = "residency_end", "研修の修了";
        Bulk = "bulk", "医師会の一括変更";
    }
}

impl Cause {
    /// Whether an office writes down what happened, instead of the physician applying.
    pub const fn is_recorded(self) -> bool {
        matches!(self, Self::Death | Self::LicenceLost)
    }
}

named! {
    /// What a change report says.
    Report {
        Plain = "plain", "届出事項の変更";
        Category = "category", "会員区分の変更";
    }
}

/// The association whose turn comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum First {
    /// A district.
    District,
    /// A municipal association.
    Municipal,
}

/// Whether another association decides after the one that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Above {
    /// Yes.
    Continues,
    /// No: this decision is the last one.
    Ends,
}

/// Whether the physician belongs to the acting association already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Yes: it only receives.
    AlreadyIn,
    /// Not yet.
    NotYetIn,
}

/// Whether what was decided can still be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Undo {
    /// Within thirty days of the decision.
    Open,
    /// Too late.
    Over,
}

/// Days within which a leaving, or what an office entered in bulk, can be taken back by the association that decided it.
pub const UNDO_DAYS: i64 = 30;

/// What the conditions ask about a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// Where it begins.
    pub first: First,
    /// What comes after the acting association.
    pub above: Above,
    /// The physician and the acting association.
    pub standing: Standing,
    /// What is left; none for the other procedures.
    pub leaving: Option<LeavingScope>,
    /// What is reported.
    pub report: Report,
    /// Why.
    pub cause: Cause,
    /// Whether what was decided can be taken back.
    pub undo: Undo,
}

impl Circumstances {
    /// Whether a condition is met.
    pub fn holds(self, guard: Guard) -> bool {
        match guard {
            Guard::FirstDistrict => self.first == First::District,
            Guard::FirstMunicipal => self.first == First::Municipal,
            Guard::Continues => self.above == Above::Continues,
            Guard::Ends => self.above == Above::Ends,
            Guard::NotYetIn => self.standing == Standing::NotYetIn,
            Guard::AlreadyIn => self.standing == Standing::AlreadyIn,
            Guard::LeavesEverything => self.leaving == Some(LeavingScope::Everything),
            Guard::LeavesUpper => self.leaving == Some(LeavingScope::Upper),
            Guard::LeavesNational => self.leaving == Some(LeavingScope::National),
            Guard::PlainReport => self.report == Report::Plain,
            Guard::CategoryChange => self.report == Report::Category,
            Guard::Own => !self.cause.is_recorded(),
            Guard::OfficeRecords => self.cause.is_recorded(),
            Guard::Entered => self.cause == Cause::Bulk,
            Guard::WithinThirtyDays => self.undo == Undo::Open,
        }
    }
}

/// A workflow of membership.
pub type Procedure = Workflow<State, Command, Guard>;

/// The workflow of a kind of application; none for kinds that are no procedure of membership.
pub const fn workflow(kind: Kind) -> Option<&'static Procedure> {
    match kind {
        Kind::Joining => Some(&joining::WORKFLOW),
        Kind::Transfer => Some(&transfer::WORKFLOW),
        Kind::Leaving => Some(&leaving::WORKFLOW),
        Kind::ChangeReport => Some(&change_report::WORKFLOW),
        Kind::TrainingApproval
        | Kind::HoldingReport
        | Kind::Certification
        | Kind::CmeSelfReport
        | Kind::DuesReduction => None,
    }
}

/// The row that applies, or why none does.
///
/// # Errors
/// As [`super::step`].
pub fn step(
    workflow: &Procedure,
    from: State,
    command: Command,
    who: Who,
    circumstances: Circumstances,
) -> Result<&'static Row<State, Command, Guard>, Refusal> {
    super::step(workflow, from, command, who, |guard| circumstances.holds(guard))
}

/// The commands that this party can give now.
pub fn commands(workflow: &Procedure, from: State, who: Who, circumstances: Circumstances) -> Vec<Command> {
    super::commands(workflow, from, who, |guard| circumstances.holds(guard))
}

/// On whose desk a procedure in this state lies.
pub const fn desk(state: State) -> Desk {
    match state {
        State::Draft
        | State::ReturnedByFormer
        | State::ReturnedByDistrict
        | State::ReturnedByMunicipal
        | State::ReturnedByPrefectural
        | State::ReturnedByNational => Desk::Applicant,
        State::FormerReview => Desk::Former,
        State::DistrictReview => Desk::Tier(Tier::District),
        State::MunicipalReview => Desk::Tier(Tier::Municipal),
        State::PrefecturalReview => Desk::Tier(Tier::Prefectural),
        State::NationalReview => Desk::Tier(Tier::National),
        State::Approved | State::Rejected | State::Withdrawn | State::Undone => Desk::Nobody,
    }
}

/// The desk that returned a procedure; none in every other state.
pub const fn returned_by(state: State) -> Option<Desk> {
    match state {
        State::ReturnedByFormer => Some(Desk::Former),
        State::ReturnedByDistrict => Some(Desk::Tier(Tier::District)),
        State::ReturnedByMunicipal => Some(Desk::Tier(Tier::Municipal)),
        State::ReturnedByPrefectural => Some(Desk::Tier(Tier::Prefectural)),
        State::ReturnedByNational => Some(Desk::Tier(Tier::National)),
        _ => None,
    }
}

/// One sentence for the progress line that physician and all tiers see alike.
pub const fn tracker(state: State) -> &'static str {
    match state {
        State::Draft => "まだ送っていません。",
        State::FormerReview => "いま所属している医師会が、転出を確認しています。",
        State::DistrictReview => "地区医師会が内容を確認しています。",
        State::MunicipalReview => "郡市区等医師会が内容を確認しています。",
        State::PrefecturalReview => "都道府県医師会が内容を確認しています。",
        State::NationalReview => "日本医師会が内容を確認しています。",
        State::ReturnedByFormer
        | State::ReturnedByDistrict
        | State::ReturnedByMunicipal
        | State::ReturnedByPrefectural
        | State::ReturnedByNational => {
            "差戻しになりました。コメントを確認し、直してからもう一度送ってください。"
        }
        State::Approved => "手続きが終わりました。",
        State::Rejected => "却下されました。理由を確認してください。",
        State::Withdrawn => "取り下げました。",
        State::Undone => "取り消しました。手続きの前の登録に戻っています。",
    }
}

/// The states of every procedure.
pub(super) const STATES: &[State] = &[
    State::Draft,
    State::DistrictReview,
    State::MunicipalReview,
    State::PrefecturalReview,
    State::NationalReview,
    State::ReturnedByDistrict,
    State::ReturnedByMunicipal,
    State::ReturnedByPrefectural,
    State::ReturnedByNational,
    State::Approved,
    State::Rejected,
    State::Withdrawn,
];

/// How every procedure goes back to the applicant: returned and sent again, rejected, withdrawn.
/// `when`: what must hold for it, beside the state.
#[rustfmt::skip]
pub(super) const fn back(when: &'static [Guard]) -> [Row<State, Command, Guard>; 14] {
    use Command as C;
    use State as S;
    [
        row(&[S::DistrictReview], C::Return, DISTRICT, when, S::ReturnedByDistrict, TOLD),
        row(&[S::MunicipalReview], C::Return, MUNICIPAL, when, S::ReturnedByMunicipal, TOLD),
        row(&[S::PrefecturalReview], C::Return, PREFECTURAL, when, S::ReturnedByPrefectural, TOLD),
        row(&[S::NationalReview], C::Return, NATIONAL, when, S::ReturnedByNational, TOLD),
        row(&[S::DistrictReview], C::Reject, DISTRICT, when, S::Rejected, TOLD),
        row(&[S::MunicipalReview], C::Reject, MUNICIPAL, when, S::Rejected, TOLD),
        row(&[S::PrefecturalReview], C::Reject, PREFECTURAL, when, S::Rejected, TOLD),
        row(&[S::NationalReview], C::Reject, NATIONAL, when, S::Rejected, TOLD),

        // A returned item goes back to the tier that returned it, not to the beginning.
        row(&[S::ReturnedByDistrict], C::Resubmit, Who::Applicant, &[], S::DistrictReview, ONWARD),
        row(&[S::ReturnedByMunicipal], C::Resubmit, Who::Applicant, &[], S::MunicipalReview, ONWARD),
        row(&[S::ReturnedByPrefectural], C::Resubmit, Who::Applicant, &[], S::PrefecturalReview, ONWARD),
        row(&[S::ReturnedByNational], C::Resubmit, Who::Applicant, &[], S::NationalReview, ONWARD),
        // The applicant may withdraw until the last decision.
        row(&[S::Draft], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[]),
        row(&[
            S::DistrictReview, S::MunicipalReview, S::PrefecturalReview, S::NationalReview,
            S::ReturnedByDistrict, S::ReturnedByMunicipal, S::ReturnedByPrefectural, S::ReturnedByNational,
        ], C::Withdraw, Who::Applicant, when, S::Withdrawn, &[Effect::NotifyRoute]),
    ]
}

pub(super) const DISTRICT: Who = Who::Office(Tier::District);
pub(super) const MUNICIPAL: Who = Who::Office(Tier::Municipal);
pub(super) const PREFECTURAL: Who = Who::Office(Tier::Prefectural);
pub(super) const NATIONAL: Who = Who::Office(Tier::National);

pub(super) const fn row(
    from: &'static [State],
    command: Command,
    who: Who,
    when: &'static [Guard],
    to: State,
    effects: &'static [Effect],
) -> Row<State, Command, Guard> {
    Row { from, command, who, when, to, effects }
}

/// Who hears of a return or a rejection: the applicant, and the associations that have acted already.
pub(super) const TOLD: &[Effect] = &[Effect::NotifyApplicant, Effect::NotifyRoute];
/// The next association has it now.
pub(super) const ONWARD: &[Effect] = &[Effect::NotifyApplicant, Effect::NotifyNextOffice];
