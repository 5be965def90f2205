//! Transfer to another municipal association, also across prefectures, in one application.
//!
//! Table: the association that is left confirms, the new one approves, then the new prefecture, then
//! national. All tiers move together with the last decision, so that the membership has no gap and
//! a rejection leaves it whole.

use super::Effect;
use super::membership::{
    Command, DISTRICT, Guard, MUNICIPAL, NATIONAL, ONWARD, PREFECTURAL, Procedure, State, TOLD, row,
};
use super::{Row, Who};

/// The workflow.
pub const WORKFLOW: Procedure = Procedure {
    name: "transfer",
    title: "異動の手続き",
    start: State::Draft,
    states: STATES,
    finals: &[State::Approved, State::Rejected, State::Withdrawn],
    rows: ROWS,
};

const STATES: &[State] = &[
    State::Draft,
    State::FormerReview,
    State::DistrictReview,
    State::MunicipalReview,
    State::PrefecturalReview,
    State::NationalReview,
    State::ReturnedByFormer,
    State::ReturnedByDistrict,
    State::ReturnedByMunicipal,
    State::ReturnedByPrefectural,
    State::ReturnedByNational,
    State::Approved,
    State::Rejected,
    State::Withdrawn,
];

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
        row(&[S::DistrictReview], C::Return, DISTRICT, &[], S::ReturnedByDistrict, TOLD),
        row(&[S::MunicipalReview], C::Return, MUNICIPAL, &[], S::ReturnedByMunicipal, TOLD),
        row(&[S::PrefecturalReview], C::Return, PREFECTURAL, &[], S::ReturnedByPrefectural, TOLD),
        row(&[S::NationalReview], C::Return, NATIONAL, &[], S::ReturnedByNational, TOLD),
        row(&[S::FormerReview], C::Reject, Who::Former, &[], S::Rejected, TOLD),
        row(&[S::DistrictReview], C::Reject, DISTRICT, &[], S::Rejected, TOLD),
        row(&[S::MunicipalReview], C::Reject, MUNICIPAL, &[], S::Rejected, TOLD),
        row(&[S::PrefecturalReview], C::Reject, PREFECTURAL, &[], S::Rejected, TOLD),
        row(&[S::NationalReview], C::Reject, NATIONAL, &[], S::Rejected, TOLD),

        row(&[S::ReturnedByFormer], C::Resubmit, Who::Applicant, &[], S::FormerReview, ONWARD),
        row(&[S::ReturnedByDistrict], C::Resubmit, Who::Applicant, &[], S::DistrictReview, ONWARD),
        row(&[S::ReturnedByMunicipal], C::Resubmit, Who::Applicant, &[], S::MunicipalReview, ONWARD),
        row(&[S::ReturnedByPrefectural], C::Resubmit, Who::Applicant, &[], S::PrefecturalReview, ONWARD),
        row(&[S::ReturnedByNational], C::Resubmit, Who::Applicant, &[], S::NationalReview, ONWARD),
        row(&[S::Draft], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[]),
        row(&[
            S::FormerReview, S::DistrictReview, S::MunicipalReview, S::PrefecturalReview, S::NationalReview,
            S::ReturnedByFormer, S::ReturnedByDistrict, S::ReturnedByMunicipal, S::ReturnedByPrefectural, S::ReturnedByNational,
        ], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[Effect::NotifyRoute]),
    ]
};
