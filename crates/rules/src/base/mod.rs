//! The small types everything else is made of: ids, credits, money, days, names.
//!
//! None of them asks for the time: a function that depends on today takes a [`Day`].

pub mod credits;
pub mod day;
mod era;
pub mod ids;
pub mod money;
pub mod names;
mod written;

pub use credits::{Credits, NotCredits};
pub use day::{Day, FiscalYear, NotADay, Period};
pub use ids::{
    AccountId, ApplicationId, AssociationId, AssociationImportId, AttachmentId, AttendanceId, BatchId,
    BulkChangeId, CertificationId, CredentialRunId, CreditId, DocumentId, DocumentRunId, DuplicateId, DutyId,
    HandoverId, InvitationId, MergeId, NoticeId, OfficerId, OrganizerId, OrganizerRegistrationId,
    PaperCreditId, PhysicianId, RegistrationId, RoundId, SavedSearchId, SignupId, TrainingId,
    TrainingSessionId, WaitingOfferId,
};
pub use money::Yen;
pub use names::{full_name, search_key};
pub use written::plain;
