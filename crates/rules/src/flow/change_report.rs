//! Change reports: what a member reports inside the same municipal association.
//!
//! Table: the municipal association receives and the upper tiers are informed; a change of the
//! category is approved by every tier of the membership [seed]. What an office enters in bulk it has received
//! itself; it takes it back while no upper tier has decided, or within thirty days where none decides.

use super::Effect;
use super::membership::{
    Command, DISTRICT, Guard, MUNICIPAL, NATIONAL, ONWARD, PREFECTURAL, Procedure, STATES, State, back, row,
};
use super::{Row, Who};

/// The workflow.
pub const WORKFLOW: Procedure = Procedure {
    name: "change_report",
    title: "届出事項の変更の手続き",
    start: State::Draft,
    states: &[STATES, &[State::Undone]],
    finals: &[State::Rejected, State::Withdrawn, State::Undone],
    rows: &[ROWS, &back(&[])],
};

const TAKEN: &[Effect] = &[Effect::TakeChanges, Effect::NotifyApplicant, Effect::NotifyRoute];
const CHANGED: &[Effect] =
    &[Effect::ChangeCategory, Effect::TakeChanges, Effect::NotifyApplicant, Effect::NotifyRoute];

const ENTERED: &[Effect] = &[Effect::TakeChanges, Effect::NotifyApplicant];
const ENTERED_CATEGORY: &[Effect] = &[Effect::ChangeCategory, Effect::TakeChanges, Effect::NotifyApplicant];
const BACK: &[Effect] = &[Effect::TakeBack, Effect::NotifyApplicant];

#[rustfmt::skip]
const ROWS: &[Row<State, Command, Guard>] = {
    use Command as C;
    use Guard as G;
    use State as S;
    &[
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::FirstDistrict], S::DistrictReview, ONWARD),
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::FirstMunicipal], S::MunicipalReview, ONWARD),

        // Entered by the office for its own members: it hears and decides in the same act.
        row(&[S::Draft], C::Enter, DISTRICT, &[G::Entered, G::PlainReport, G::FirstDistrict], S::Approved, ENTERED),
        row(&[S::Draft], C::Enter, DISTRICT, &[G::Entered, G::CategoryChange, G::FirstDistrict], S::Approved, ENTERED_CATEGORY),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::PlainReport, G::FirstMunicipal], S::Approved, ENTERED),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::CategoryChange, G::FirstMunicipal, G::Continues], S::PrefecturalReview, &[Effect::NotifyApplicant]),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::CategoryChange, G::FirstMunicipal, G::Ends], S::Approved, ENTERED_CATEGORY),

        row(&[S::PrefecturalReview, S::ReturnedByPrefectural], C::Undo, MUNICIPAL, &[G::Entered], S::Withdrawn, &[Effect::NotifyApplicant]),
        row(&[S::Approved], C::Undo, DISTRICT, &[G::Entered, G::FirstDistrict, G::WithinThirtyDays], S::Undone, BACK),
        row(&[S::Approved], C::Undo, MUNICIPAL, &[G::Entered, G::FirstMunicipal, G::Ends, G::WithinThirtyDays], S::Undone, BACK),

        row(&[S::DistrictReview], C::Receive, DISTRICT, &[G::PlainReport], S::Approved, TAKEN),
        row(&[S::DistrictReview], C::Approve, DISTRICT, &[G::CategoryChange], S::Approved, CHANGED),
        row(&[S::MunicipalReview], C::Receive, MUNICIPAL, &[G::PlainReport], S::Approved, TAKEN),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::CategoryChange, G::Continues], S::PrefecturalReview, ONWARD),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::CategoryChange, G::Ends], S::Approved, CHANGED),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::Continues], S::NationalReview, ONWARD),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::Ends], S::Approved, CHANGED),
        row(&[S::NationalReview], C::Approve, NATIONAL, &[], S::Approved, CHANGED),
    ]
};
