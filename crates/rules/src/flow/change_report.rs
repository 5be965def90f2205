//! Change reports: what a member reports inside the same municipal association.
//!
//! Table: the municipal association receives and the upper tiers are informed; a change of the
//! category is approved by every tier of the membership [seed].

use super::Effect;
use super::membership::{
    Command, DISTRICT, Guard, MUNICIPAL, NATIONAL, ONWARD, PREFECTURAL, Procedure, State, TOLD, row,
};
use super::{Row, Who};

/// The workflow.
pub const WORKFLOW: Procedure = Procedure {
    name: "change_report",
    title: "届出事項の変更の手続き",
    start: State::Draft,
    states: STATES,
    finals: &[State::Approved, State::Rejected, State::Withdrawn],
    rows: ROWS,
};

const STATES: &[State] = &[
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

        row(&[S::DistrictReview], C::Return, DISTRICT, &[], S::ReturnedByDistrict, TOLD),
        row(&[S::MunicipalReview], C::Return, MUNICIPAL, &[], S::ReturnedByMunicipal, TOLD),
        row(&[S::PrefecturalReview], C::Return, PREFECTURAL, &[], S::ReturnedByPrefectural, TOLD),
        row(&[S::NationalReview], C::Return, NATIONAL, &[], S::ReturnedByNational, TOLD),
        row(&[S::DistrictReview], C::Reject, DISTRICT, &[], S::Rejected, TOLD),
        row(&[S::MunicipalReview], C::Reject, MUNICIPAL, &[], S::Rejected, TOLD),
        row(&[S::PrefecturalReview], C::Reject, PREFECTURAL, &[], S::Rejected, TOLD),
        row(&[S::NationalReview], C::Reject, NATIONAL, &[], S::Rejected, TOLD),

        row(&[S::ReturnedByDistrict], C::Resubmit, Who::Applicant, &[], S::DistrictReview, ONWARD),
        row(&[S::ReturnedByMunicipal], C::Resubmit, Who::Applicant, &[], S::MunicipalReview, ONWARD),
        row(&[S::ReturnedByPrefectural], C::Resubmit, Who::Applicant, &[], S::PrefecturalReview, ONWARD),
        row(&[S::ReturnedByNational], C::Resubmit, Who::Applicant, &[], S::NationalReview, ONWARD),
        row(&[S::Draft], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[]),
        row(&[
            S::DistrictReview, S::MunicipalReview, S::PrefecturalReview, S::NationalReview,
            S::ReturnedByDistrict, S::ReturnedByMunicipal, S::ReturnedByPrefectural, S::ReturnedByNational,
        ], C::Withdraw, Who::Applicant, &[], S::Withdrawn, &[Effect::NotifyRoute]),
    ]
};
