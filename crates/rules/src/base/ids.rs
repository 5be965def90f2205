//! Typed ids. All are UUIDv7 made by the application, so they sort by time of creation and are
//! the same in every database. People see numbers, never these.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meaning:meta])* $name:ident;)*) => {$(
        $(#[$meaning])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// A medical association of any tier (医師会).
    AssociationId;
    /// A list of associations that was checked (医師会の一覧の取込み).
    AssociationImportId;
    /// An external organizer (外部団体).
    OrganizerId;
    /// What an external organizer sent to be registered (外部団体の登録).
    OrganizerRegistrationId;
    /// A physician, member or not (医師).
    PhysicianId;
    /// The account somebody logs in with.
    AccountId;
    /// An officer of an association (職員).
    OfficerId;
    /// A duty of an officer (職務).
    DutyId;
    /// An invitation to become an officer (招待).
    InvitationId;
    /// Documents made for many people at once (書類の一括作成).
    DocumentRunId;
    /// The report when an officer leaves (引継書).
    HandoverId;
    /// A training (研修会).
    TrainingId;
    /// One session of a training (演題).
    TrainingSessionId;
    /// A signup for a training (申込).
    SignupId;
    /// A seat offered to somebody who waited (空席の案内).
    WaitingOfferId;
    /// The attendance of one person at one session (出席).
    AttendanceId;
    /// One credit entry (単位).
    CreditId;
    /// One declared line of paper credits (単位シール).
    PaperCreditId;
    /// An application (申請).
    ApplicationId;
    /// A batch of examined applications (一括申請).
    BatchId;
    /// A round of examination (審査回).
    RoundId;
    /// A certification a physician holds (認定).
    CertificationId;
    /// An issued document.
    DocumentId;
    /// An uploaded file.
    AttachmentId;
    /// A notice of an office to people (お知らせ).
    NoticeId;
    /// Many changes of members from one file (一括変更).
    BulkChangeId;
    /// A search that an officer keeps (保存した検索).
    SavedSearchId;
    /// Two records that may be one person (重複候補).
    DuplicateId;
    /// Two records made one (統合).
    MergeId;
    /// The registration of a person as a user (利用者登録).
    RegistrationId;
    /// A run of provisional credentials (仮ログインIDの発行).
    CredentialRunId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_text_and_json() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        let id: PhysicianId = text.parse().expect("a well-formed UUID");
        assert_eq!(id.to_string(), text);
        let json = serde_json::to_string(&id).expect("an id is plain text in JSON");
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<PhysicianId>(&json).ok(), Some(id));
        assert_eq!(PhysicianId::from(Uuid::from(id)), id);
    }

    #[test]
    fn nonsense_is_no_id() {
        assert!("7".parse::<TrainingId>().is_err());
    }
}
