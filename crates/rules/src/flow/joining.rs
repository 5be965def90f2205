//! Joining: one application up to the tier that the physician wants [seed].
//!
//! Table: every association admits to its own tier, so what the tiers below have decided stands
//! when an upper tier rejects [assumed]. Where the physician belongs already, the association only
//! receives. A tier is never skipped.

use super::Effect;
use super::membership::{
    Command, DISTRICT, Guard, MUNICIPAL, NATIONAL, ONWARD, PREFECTURAL, Procedure, STATES, State, back, row,
};
use super::{Row, Who};

/// The workflow.
pub const WORKFLOW: Procedure = Procedure {
    name: "joining",
    title: "入会の手続き",
    start: State::Draft,
    states: &[STATES],
    finals: &[State::Approved, State::Rejected, State::Withdrawn],
    rows: &[ROWS, &back(&[])],
};

const ADMITTED: &[Effect] = &[Effect::Admit, Effect::NotifyApplicant, Effect::NotifyNextOffice];
const COMPLETE: &[Effect] =
    &[Effect::Admit, Effect::IssueJoiningNotice, Effect::NotifyApplicant, Effect::NotifyRoute];
const NATIONAL_COMPLETE: &[Effect] = &[
    Effect::Admit,
    Effect::GiveMemberId,
    Effect::IssueJoiningNotice,
    Effect::NotifyApplicant,
    Effect::NotifyRoute,
];

#[rustfmt::skip]
const ROWS: &[Row<State, Command, Guard>] = {
    use Command as C;
    use Guard as G;
    use State as S;
    &[
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::FirstDistrict], S::DistrictReview, ONWARD),
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::FirstMunicipal], S::MunicipalReview, ONWARD),

        row(&[S::DistrictReview], C::Approve, DISTRICT, &[G::NotYetIn, G::Continues], S::MunicipalReview, ADMITTED),
        row(&[S::DistrictReview], C::Approve, DISTRICT, &[G::NotYetIn, G::Ends], S::Approved, COMPLETE),
        row(&[S::DistrictReview], C::Receive, DISTRICT, &[G::AlreadyIn, G::Continues], S::MunicipalReview, ONWARD),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::NotYetIn, G::Continues], S::PrefecturalReview, ADMITTED),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::NotYetIn, G::Ends], S::Approved, COMPLETE),
        row(&[S::MunicipalReview], C::Receive, MUNICIPAL, &[G::AlreadyIn, G::Continues], S::PrefecturalReview, ONWARD),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::NotYetIn, G::Continues], S::NationalReview, ADMITTED),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::NotYetIn, G::Ends], S::Approved, COMPLETE),
        row(&[S::PrefecturalReview], C::Receive, PREFECTURAL, &[G::AlreadyIn, G::Continues], S::NationalReview, ONWARD),
        row(&[S::NationalReview], C::Approve, NATIONAL, &[G::NotYetIn], S::Approved, NATIONAL_COMPLETE),
    ]
};
