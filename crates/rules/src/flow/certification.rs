//! From the physician's application to the certificate.
//!
//! Member: municipal → prefectural → national; non-member: prefectural (of the workplace) →
//! national [seed]. Each office examines one by one, its board decides over a packet, and the
//! decided applications go up as a batch; the national tier has a committee before its board [seed].

use super::{Desk, Effect, Refusal, Row, Who, Workflow};
use crate::association::Tier;
use crate::named::named;

named! {
    /// The state of an application for certification.
    State {
        Draft = "draft", "下書き";
        MunicipalExamination = "municipal_examination", "郡市区等医師会で審査中";
        MunicipalBoard = "municipal_board", "郡市区等医師会の理事会待ち";
        MunicipalDecided = "municipal_decided", "郡市区等医師会の理事会承認済み・一括申請待ち";
        PrefecturalExamination = "prefectural_examination", "都道府県医師会で審査中";
        PrefecturalBoard = "prefectural_board", "都道府県医師会の理事会待ち";
        PrefecturalDecided = "prefectural_decided", "都道府県医師会の理事会承認済み・一括申請待ち";
        NationalExamination = "national_examination", "日本医師会で審査中";
        NationalCommittee = "national_committee", "日本医師会の運営委員会待ち";
        NationalBoard = "national_board", "日本医師会の理事会待ち";
        NationalDecided = "national_decided", "日本医師会の理事会承認済み・一括承認待ち";
        ReturnedByMunicipal = "returned_by_municipal", "郡市区等医師会から差戻し";
        ReturnedByPrefectural = "returned_by_prefectural", "都道府県医師会から差戻し";
        ReturnedByNational = "returned_by_national", "日本医師会から差戻し";
        Approved = "approved", "認定";
        Rejected = "rejected", "却下";
        Withdrawn = "withdrawn", "取下げ";
    }
}

named! {
    /// What can be done with an application for certification.
    Command {
        Submit = "submit", "申請";
        Resubmit = "resubmit", "再申請";
        Withdraw = "withdraw", "取下げ";
        ExamineOk = "examine_ok", "審査（適）";
        Return = "return", "差戻し";
        Reject = "reject", "却下";
        RecordCommittee = "record_committee", "運営委員会の承認を記録";
        RecordBoard = "record_board", "理事会の承認を記録";
        Defer = "defer", "今回は見送り（審査に戻す）";
        SubmitBatch = "submit_batch", "一括申請";
        Recall = "recall", "引戻し";
        ApproveBatch = "approve_batch", "一括承認";
    }
}

named! {
    /// A condition of a row.
    Guard {
        Member = "member", "会員";
        NonMember = "non_member", "非会員";
        FeeSettled = "fee_settled", "審査登録料を受領済み（医師会が必要とする場合）";
        UpperUntouched = "upper_untouched", "上位の医師会がまだ審査していない";
    }
}

impl State {
    /// The states in which an office has the application.
    pub const UNDER_WAY: &'static [Self] = &[
        Self::MunicipalExamination,
        Self::MunicipalBoard,
        Self::MunicipalDecided,
        Self::PrefecturalExamination,
        Self::PrefecturalBoard,
        Self::PrefecturalDecided,
        Self::NationalExamination,
        Self::NationalCommittee,
        Self::NationalBoard,
        Self::NationalDecided,
    ];
}

/// Which desk the physician applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Belongs to an association: applies to the municipal one.
    Member,
    /// Belongs to none: applies to the prefectural one of the workplace.
    NonMember,
}

/// The registration fee, as far as it matters for going up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fee {
    /// Received, or the association does not make going up depend on it.
    Settled,
    /// Open, and the association makes going up depend on it.
    Open,
}

/// Whether the tier above has already looked at a batch item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpperTier {
    /// No checklist entry, no remark, no decision yet.
    Untouched,
    /// It has acted.
    Acted,
}

/// What the conditions ask about an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// Which desk the physician applied to, from the route fixed at submission.
    pub standing: Standing,
    /// The registration fee at the office that submits the batch.
    pub fee: Fee,
    /// What the tier that holds the application has done.
    pub upper: UpperTier,
}

impl Circumstances {
    /// Whether a condition is met.
    pub fn holds(self, guard: Guard) -> bool {
        match guard {
            Guard::Member => self.standing == Standing::Member,
            Guard::NonMember => self.standing == Standing::NonMember,
            Guard::FeeSettled => self.fee == Fee::Settled,
            Guard::UpperUntouched => self.upper == UpperTier::Untouched,
        }
    }
}

/// The workflow.
pub const WORKFLOW: Workflow<State, Command, Guard> = Workflow {
    name: "certification",
    title: "認定の申請・審査・認定証",
    start: State::Draft,
    states: &[State::ALL],
    finals: &[State::Approved, State::Rejected, State::Withdrawn],
    rows: &[ROWS],
};

const MUNICIPAL: Who = Who::Office(Tier::Municipal);
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
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::Member], S::MunicipalExamination, &[E::NotifyApplicant, E::NotifyNextOffice]),
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::NonMember], S::PrefecturalExamination, &[E::NotifyApplicant, E::NotifyNextOffice]),
        // A returned item goes back to the tier that returned it, not to the beginning.
        row(&[S::ReturnedByMunicipal], C::Resubmit, Who::Applicant, &[], S::MunicipalExamination, &[E::NotifyNextOffice]),
        row(&[S::ReturnedByPrefectural], C::Resubmit, Who::Applicant, &[], S::PrefecturalExamination, &[E::NotifyNextOffice]),
        row(&[S::ReturnedByNational], C::Resubmit, Who::Applicant, &[], S::NationalExamination, &[E::NotifyNextOffice]),
        // The applicant may withdraw until the last decision, which is the national board's.
        row(&[S::Draft, S::ReturnedByMunicipal, S::ReturnedByPrefectural, S::ReturnedByNational], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[]),
        row(&[
            S::MunicipalExamination, S::MunicipalBoard, S::MunicipalDecided,
            S::PrefecturalExamination, S::PrefecturalBoard, S::PrefecturalDecided,
            S::NationalExamination, S::NationalCommittee, S::NationalBoard,
        ], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[E::LeaveBatch, E::NotifyRoute]),

        row(&[S::MunicipalExamination], C::ExamineOk, MUNICIPAL, &[], S::MunicipalBoard, &[E::AddBatchItem]),
        row(&[S::MunicipalBoard], C::RecordBoard, MUNICIPAL, &[], S::MunicipalDecided, &[]),
        row(&[S::MunicipalBoard, S::MunicipalDecided], C::Defer, MUNICIPAL, &[], S::MunicipalExamination, &[E::LeaveBatch]),
        row(&[S::MunicipalDecided], C::SubmitBatch, MUNICIPAL, &[G::FeeSettled], S::PrefecturalExamination, &[E::CloseBatchItem, E::NotifyApplicant, E::NotifyNextOffice]),
        row(&[S::PrefecturalExamination], C::Recall, MUNICIPAL, &[G::Member, G::UpperUntouched], S::MunicipalDecided, &[E::NotifyNextOffice]),
        row(&[S::MunicipalExamination, S::MunicipalBoard, S::MunicipalDecided], C::Return, MUNICIPAL, &[], S::ReturnedByMunicipal, &[E::LeaveBatch, E::NotifyApplicant]),
        row(&[S::MunicipalExamination, S::MunicipalBoard], C::Reject, MUNICIPAL, &[], S::Rejected, &[E::LeaveBatch, E::NotifyApplicant]),

        row(&[S::PrefecturalExamination], C::ExamineOk, PREFECTURAL, &[], S::PrefecturalBoard, &[E::AddBatchItem]),
        row(&[S::PrefecturalBoard], C::RecordBoard, PREFECTURAL, &[], S::PrefecturalDecided, &[]),
        row(&[S::PrefecturalBoard, S::PrefecturalDecided], C::Defer, PREFECTURAL, &[], S::PrefecturalExamination, &[E::LeaveBatch]),
        row(&[S::PrefecturalDecided], C::SubmitBatch, PREFECTURAL, &[G::FeeSettled], S::NationalExamination, &[E::CloseBatchItem, E::NotifyApplicant, E::NotifyNextOffice]),
        row(&[S::NationalExamination], C::Recall, PREFECTURAL, &[G::UpperUntouched], S::PrefecturalDecided, &[E::NotifyNextOffice]),
        row(&[S::PrefecturalExamination, S::PrefecturalBoard, S::PrefecturalDecided], C::Return, PREFECTURAL, &[], S::ReturnedByPrefectural, &[E::LeaveBatch, E::NotifyApplicant, E::NotifyRoute]),
        row(&[S::PrefecturalExamination, S::PrefecturalBoard], C::Reject, PREFECTURAL, &[], S::Rejected, &[E::LeaveBatch, E::NotifyApplicant, E::NotifyRoute]),

        row(&[S::NationalExamination], C::ExamineOk, NATIONAL, &[], S::NationalCommittee, &[E::AddBatchItem]),
        row(&[S::NationalCommittee], C::RecordCommittee, NATIONAL, &[], S::NationalBoard, &[]),
        row(&[S::NationalBoard], C::RecordBoard, NATIONAL, &[], S::NationalDecided, &[]),
        row(&[S::NationalCommittee, S::NationalBoard, S::NationalDecided], C::Defer, NATIONAL, &[], S::NationalExamination, &[E::LeaveBatch]),
        row(&[S::NationalDecided], C::ApproveBatch, NATIONAL, &[], S::Approved, &[E::CloseBatchItem, E::IssueCertificate, E::IssueNoticeLetter, E::NotifyApplicant, E::NotifyRoute]),
        row(&[S::NationalExamination, S::NationalCommittee, S::NationalBoard, S::NationalDecided], C::Return, NATIONAL, &[], S::ReturnedByNational, &[E::LeaveBatch, E::NotifyApplicant, E::NotifyRoute]),
        row(&[S::NationalExamination, S::NationalCommittee, S::NationalBoard], C::Reject, NATIONAL, &[], S::Rejected, &[E::LeaveBatch, E::NotifyApplicant, E::NotifyRoute]),
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

/// On whose desk an application lies.
pub const fn desk(state: State) -> Desk {
    match state {
        State::Draft
        | State::ReturnedByMunicipal
        | State::ReturnedByPrefectural
        | State::ReturnedByNational => Desk::Applicant,
        State::MunicipalExamination | State::MunicipalBoard | State::MunicipalDecided => {
            Desk::Tier(Tier::Municipal)
        }
        State::PrefecturalExamination | State::PrefecturalBoard | State::PrefecturalDecided => {
            Desk::Tier(Tier::Prefectural)
        }
        State::NationalExamination
        | State::NationalCommittee
        | State::NationalBoard
        | State::NationalDecided => Desk::Tier(Tier::National),
        State::Approved | State::Rejected | State::Withdrawn => Desk::Nobody,
    }
}

/// The state in which this tier examines one by one; the district tier does not.
pub const fn examination_at(tier: Tier) -> Option<State> {
    match tier {
        Tier::National => Some(State::NationalExamination),
        Tier::Prefectural => Some(State::PrefecturalExamination),
        Tier::Municipal => Some(State::MunicipalExamination),
        Tier::District => None,
    }
}

/// One sentence for the progress line that physician and all tiers see alike.
pub const fn tracker(state: State) -> &'static str {
    match state {
        State::Draft => "まだ申請していません。",
        State::MunicipalExamination => "郡市区等医師会が書類と単位を確認しています。",
        State::MunicipalBoard => "確認が終わり、郡市区等医師会の理事会を待っています。",
        State::MunicipalDecided => {
            "郡市区等医師会の理事会で承認されました。まもなく都道府県医師会に送られます。"
        }
        State::PrefecturalExamination => "都道府県医師会が書類と単位を確認しています。",
        State::PrefecturalBoard => "確認が終わり、都道府県医師会の理事会を待っています。",
        State::PrefecturalDecided => {
            "都道府県医師会の理事会で承認されました。まもなく日本医師会に送られます。"
        }
        State::NationalExamination => "日本医師会が書類と単位を確認しています。",
        State::NationalCommittee => "確認が終わり、日本医師会の運営委員会を待っています。",
        State::NationalBoard => "運営委員会で承認され、日本医師会の理事会を待っています。",
        State::NationalDecided => "日本医師会の理事会で承認されました。まもなく認定されます。",
        State::ReturnedByMunicipal => {
            "郡市区等医師会から差戻しになりました。コメントを確認し、直してから再申請してください。"
        }
        State::ReturnedByPrefectural => {
            "都道府県医師会から差戻しになりました。コメントを確認し、直してから再申請してください。"
        }
        State::ReturnedByNational => {
            "日本医師会から差戻しになりました。コメントを確認し、直してから再申請してください。"
        }
        State::Approved => "認定されました。認定証はマイページから見ることができます。",
        State::Rejected => "却下されました。理由を確認してください。",
        State::Withdrawn => "取り下げました。",
    }
}
