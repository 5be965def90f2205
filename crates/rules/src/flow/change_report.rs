//! Change reports: what a member reports inside the same municipal association.
//!
//! Table: the municipal association receives and the upper tiers are informed; a change of the
//! category is approved by every tier of the membership [seed].

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
    states: &[STATES],
    finals: &[State::Approved, State::Rejected, State::Withdrawn],
    rows: &[ROWS, &back(&[])],
};

const TAKEN: &[Effect] = &[Effect::TakeChanges, Effect::NotifyApplicant, Effect::NotifyRoute];
const CHANGED: &[Effect] =
    &[Effect::ChangeCategory, Effect::TakeChanges, Effect::NotifyApplicant, Effect::NotifyRoute];

#[rustfmt::skip]
const ROWS: &[Row<State, Command, Guard>] = {
    use Command as C;
    use Guard as G;
    use State as S;
    &[
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::FirstDistrict], S::DistrictReview, ONWARD),
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::FirstMunicipal], S::MunicipalReview, ONWARD),

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
