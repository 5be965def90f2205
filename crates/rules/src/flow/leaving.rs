//! Leaving: the decision table of [pub], and what an office records itself.
//!
//! Table: whoever leaves everything is approved by the municipal association and confirmed by the
//! prefectural one; who leaves the prefecture and national is approved by the prefectural
//! association; who leaves national only by the national one. The association that decided takes a
//! leaving back within thirty days.

use super::Effect;
use super::membership::{
    Command, DISTRICT, Guard, MUNICIPAL, NATIONAL, ONWARD, PREFECTURAL, Procedure, STATES, State, back, row,
};
use super::{Row, Who};

/// The workflow. A finished leaving can be taken back, so `approved` is no final state; it lies on
/// nobody's desk all the same.
pub const WORKFLOW: Procedure = Procedure {
    name: "leaving",
    title: "退会の手続き",
    start: State::Draft,
    states: &[STATES, &[State::Undone]],
    finals: &[State::Rejected, State::Withdrawn, State::Undone],
    rows: &[ROWS, &back(&[Guard::Own])],
};

const LEFT: &[Effect] = &[Effect::EndMemberships, Effect::NotifyApplicant, Effect::NotifyRoute];
const BACK: &[Effect] =
    &[Effect::RestoreMemberships, Effect::OpenAccess, Effect::NotifyApplicant, Effect::NotifyRoute];

#[rustfmt::skip]
const ROWS: &[Row<State, Command, Guard>] = {
    use Command as C;
    use Effect as E;
    use Guard as G;
    use State as S;
    &[
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::Own, G::FirstDistrict], S::DistrictReview, ONWARD),
        row(&[S::Draft], C::Submit, Who::Applicant, &[G::Own, G::FirstMunicipal], S::MunicipalReview, ONWARD),

        // Whoever belongs to a district only leaves it there.
        row(&[S::DistrictReview], C::Approve, DISTRICT, &[G::LeavesEverything], S::Approved, LEFT),
        // Leave everything: municipal approves, prefectural confirms.
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::LeavesEverything, G::Continues], S::PrefecturalReview, ONWARD),
        row(&[S::MunicipalReview], C::Approve, MUNICIPAL, &[G::LeavesEverything, G::Ends], S::Approved, LEFT),
        row(&[S::PrefecturalReview], C::Confirm, PREFECTURAL, &[G::LeavesEverything], S::Approved, LEFT),
        // Leave prefectural and national: municipal receives, prefectural approves.
        row(&[S::MunicipalReview], C::Receive, MUNICIPAL, &[G::LeavesUpper], S::PrefecturalReview, ONWARD),
        row(&[S::PrefecturalReview], C::Approve, PREFECTURAL, &[G::LeavesUpper], S::Approved, LEFT),
        // Leave national only: municipal receives, it passes through prefectural, national approves.
        row(&[S::MunicipalReview], C::Receive, MUNICIPAL, &[G::LeavesNational], S::PrefecturalReview, ONWARD),
        row(&[S::PrefecturalReview], C::PassOn, PREFECTURAL, &[G::LeavesNational], S::NationalReview, ONWARD),
        row(&[S::NationalReview], C::Approve, NATIONAL, &[G::LeavesNational], S::Approved, LEFT),

        // Entered in bulk by the office, which acts in the same step as the decision table says.
        row(&[S::Draft], C::Enter, DISTRICT, &[G::Entered, G::LeavesEverything, G::FirstDistrict], S::Approved, &[E::EndMemberships, E::NotifyApplicant]),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::LeavesEverything, G::FirstMunicipal, G::Continues], S::PrefecturalReview, &[E::NotifyApplicant]),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::LeavesEverything, G::FirstMunicipal, G::Ends], S::Approved, &[E::EndMemberships, E::NotifyApplicant]),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::LeavesUpper], S::PrefecturalReview, &[E::NotifyApplicant]),
        row(&[S::Draft], C::Enter, MUNICIPAL, &[G::Entered, G::LeavesNational], S::PrefecturalReview, &[E::NotifyApplicant]),
        row(&[S::PrefecturalReview, S::ReturnedByPrefectural], C::Undo, MUNICIPAL, &[G::Entered], S::Withdrawn, &[E::NotifyApplicant]),

        // Death and loss of the licence are written down by the office.
        row(&[S::Draft], C::Record, DISTRICT, &[G::OfficeRecords, G::FirstDistrict], S::Approved, &[E::CloseAccess, E::EndMemberships, E::NotifyRoute]),
        row(&[S::Draft], C::Record, MUNICIPAL, &[G::OfficeRecords, G::FirstMunicipal, G::Continues], S::PrefecturalReview, &[E::CloseAccess, E::NotifyNextOffice]),
        row(&[S::Draft], C::Record, MUNICIPAL, &[G::OfficeRecords, G::FirstMunicipal, G::Ends], S::Approved, &[E::CloseAccess, E::EndMemberships, E::NotifyRoute]),

        row(&[S::PrefecturalReview], C::Reject, PREFECTURAL, &[G::OfficeRecords], S::Rejected, &[E::OpenAccess, E::NotifyRoute]),

        row(&[S::Approved], C::Undo, DISTRICT, &[G::LeavesEverything, G::FirstDistrict, G::WithinThirtyDays], S::Undone, BACK),
        row(&[S::Approved], C::Undo, MUNICIPAL, &[G::LeavesEverything, G::FirstMunicipal, G::WithinThirtyDays], S::Undone, BACK),
        row(&[S::Approved], C::Undo, PREFECTURAL, &[G::LeavesUpper, G::WithinThirtyDays], S::Undone, BACK),
        row(&[S::Approved], C::Undo, NATIONAL, &[G::LeavesNational, G::WithinThirtyDays], S::Undone, BACK),
    ]
};
