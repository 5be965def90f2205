//! Transfer to another municipal association, also across prefectures, in one application.
//!
//! Table: the association that is left confirms, the new one approves, then the new prefecture, then
//! national. All tiers move together with the last decision, so that the membership has no gap and
//! a rejection leaves it whole.

use super::Effect;
use super::membership::{
    Command, DISTRICT, Guard, MUNICIPAL, NATIONAL, ONWARD, PREFECTURAL, Procedure, STATES, State, TOLD, back,
    row,
};
use super::{Row, Who};

/// The workflow.
pub const WORKFLOW: Procedure = Procedure {
    name: "transfer",
    title: "異動の手続き",
    start: State::Draft,
    states: &[STATES, FORMER],
    finals: &[State::Approved, State::Rejected, State::Withdrawn],
    rows: &[ROWS, &back(&[])],
};

const FORMER: &[State] = &[State::FormerReview, State::ReturnedByFormer];

const MOVED: &[Effect] =
    &[Effect::MoveMemberships, Effect::TakeChanges, Effect::NotifyApplicant, Effect::NotifyRoute];

#[rustfmt::skip]
const ROWS: &[Row<State, Command, Guard>] = {
    use Command as C;
    use Guard as G;
    use State as S;
    &[
        row(&[S::Draft], C::Submit, Who::Applicant, &[], S::FormerReview, ONWARD),

        row(&[S::FormerReview], C::Confirm, Who::Former, &[G::FirstDistrict], S::DistrictReview, ONWARD),
        row(&[S::FormerReview], C::Confirm, Who::Former, &[G::FirstMunicipal], S::MunicipalReview, ONWARD),
        row(&[S::DistrictReview], C::Approve, DISTRICT, &[G::Continues], S::MunicipalReview, ONWARD),
        row(&[S::DistrictReview], C::Approve, DISTRICT, &[G::Ends], S::Approved, MOVED),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::Continues], S::PrefecturalReview, ONWARD),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::Ends], S::Approved, MOVED),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::Continues], S::NationalReview, ONWARD),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::Ends], S::Approved, MOVED),
        row(&[S::NationalReview], C::Approve, NATIONAL, &[], S::Approved, MOVED),

        row(&[S::FormerReview], C::Return, Who::Former, &[], S::ReturnedByFormer, TOLD),
        row(&[S::FormerReview], C::Reject, Who::Former, &[], S::Rejected, TOLD),

        row(&[S::ReturnedByFormer], C::Resubmit, Who::Applicant, &[], S::FormerReview, ONWARD),
        row(&[S::FormerReview, S::ReturnedByFormer], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[Effect::NotifyRoute]),
    ]
};
