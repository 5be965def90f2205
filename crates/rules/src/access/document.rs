//! Issued documents: certificates, statements, packets, letters.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Refusal, Scope, scope_of};
use crate::association::Host;
use crate::base::ids::{AssociationId, OrganizerId, PhysicianId};
use crate::named::named;

named! {
    /// The kind of a document.
    Kind {
        Certificate = "certificate", "認定証・修了証";
        CreditStatement = "credit_statement", "学習単位取得証・単位取得証明書";
        AttendanceCertificate = "attendance_certificate", "受講証明書";
        JoiningNotice = "joining_notice", "入会登録完了のお知らせ";
        ProvisionalCredentials = "provisional_credentials", "仮ログインIDのはがき";
        NoticeLetter = "notice_letter", "承認通知書";
        BoardPacket = "board_packet", "理事会用資料";
        CoverLetter = "cover_letter", "鑑文";
        ExpiryNotice = "expiry_notice", "有効期限のお知らせ";
        DuesStatement = "dues_statement", "会費納入明細書";
        SummarySheet = "summary_sheet", "総括表";
    }
}

impl Kind {
    /// The duty that handles it.
    pub const fn duty(self) -> Duty {
        match self {
            Self::JoiningNotice | Self::ProvisionalCredentials => Duty::Membership,
            Self::CreditStatement | Self::AttendanceCertificate => Duty::Training,
            Self::Certificate
            | Self::NoticeLetter
            | Self::BoardPacket
            | Self::CoverLetter
            | Self::ExpiryNotice => Duty::Certification,
            Self::DuesStatement | Self::SummarySheet => Duty::Dues,
        }
    }

    /// The kinds that this duty handles.
    pub const fn of(duty: Duty) -> &'static [Self] {
        match duty {
            Duty::Membership => &[Self::JoiningNotice, Self::ProvisionalCredentials],
            Duty::Training => &[Self::CreditStatement, Self::AttendanceCertificate],
            Duty::Certification => &[
                Self::Certificate,
                Self::NoticeLetter,
                Self::BoardPacket,
                Self::CoverLetter,
                Self::ExpiryNotice,
            ],
            Duty::Dues => &[Self::DuesStatement, Self::SummarySheet],
            Duty::Administration => &[],
        }
    }

    /// The kinds that a physician finds on my page. The postcard is sealed: it is posted only.
    pub const PERSONAL: &'static [Self] = &[
        Self::Certificate,
        Self::CreditStatement,
        Self::AttendanceCertificate,
        Self::JoiningNotice,
        Self::ExpiryNotice,
        Self::DuesStatement,
    ];
}

/// What a scope can ask about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The subject is this physician.
    Own(PhysicianId),
    /// This association issued it.
    IssuedBy(AssociationId),
    /// This external organizer issued it.
    IssuedByOrganizer(OrganizerId),
    /// It is addressed to this association.
    AddressedTo(AssociationId),
    /// The subject belongs today to this association or to one below it.
    SubjectBelongsAtOrBelow(AssociationId),
    /// The kind is one of these.
    KindIn(&'static [Kind]),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(_) => "本人の書類",
            Self::IssuedBy(_) => "自医師会が発行した書類",
            Self::IssuedByOrganizer(_) => "自団体が発行した書類",
            Self::AddressedTo(_) => "自医師会あての書類",
            Self::SubjectBelongsAtOrBelow(_) => "その医師会または下位の医師会に所属する医師の書類",
            Self::KindIn(kinds) => {
                let labels: Vec<&str> = kinds.iter().map(|kind| kind.label()).collect();
                return write!(f, "種類が{}", labels.join("・"));
            }
        })
    }
}

/// A document as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind.
    pub kind: Kind,
    /// The physician it is about.
    pub subject: Option<PhysicianId>,
    /// The associations of the subject's memberships today and all above them.
    pub subject_belongs_at_or_below: Vec<AssociationId>,
    /// Who issued it; an external organizer can issue attendance certificates.
    pub issued_by: Host,
    /// The association it goes to.
    pub addressed_to: Option<AssociationId>,
}

impl Facts {
    /// Whether this document has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Own(physician) => self.subject == Some(*physician),
            Fact::IssuedBy(id) => self.issued_by == Host::Association(*id),
            Fact::IssuedByOrganizer(id) => self.issued_by == Host::Organizer(*id),
            Fact::AddressedTo(id) => self.addressed_to == Some(*id),
            Fact::SubjectBelongsAtOrBelow(id) => self.subject_belongs_at_or_below.contains(id),
            Fact::KindIn(kinds) => kinds.contains(&self.kind),
        }
    }
}

/// The documents that the actor sees. A packet is about many people, so it follows its issuer and
/// never its subjects.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(
        actor,
        |physician| Scope::every_fact([Fact::Own(physician), Fact::KindIn(Kind::PERSONAL)]),
        of_duty,
    )
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    let kinds = Kind::of(held.duty);
    match held.at {
        Office::Association { id, .. } if !kinds.is_empty() => {
            let mut near = vec![Fact::IssuedBy(id), Fact::AddressedTo(id)];
            // Certificates of the own physicians. Not the postcards: they carry a password.
            if held.duty == Duty::Certification {
                near.push(Fact::SubjectBelongsAtOrBelow(id));
            }
            Scope::every([Scope::Fact(Fact::KindIn(kinds)), Scope::any_fact(near)])
        }
        Office::Organizer { id, .. } if !kinds.is_empty() => {
            Scope::every_fact([Fact::KindIn(kinds), Fact::IssuedByOrganizer(id)])
        }
        Office::Association { .. } | Office::Organizer { .. } => Scope::Nothing,
    }
}

/// Whether the actor sees this document: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const VERIFY: Command = Command {
    name: "document.verify",
    noun: Noun::Document,
    label: "認定証・証明書の確認（公開ページ：番号と生年月）",
    who: &[Grant::Anyone],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&VERIFY];

/// Who may ask whether a certificate or a statement is good: everyone. The answer is one word.
///
/// # Errors
/// Never; the rule is written here because the page is reached without login.
pub fn may_verify(actor: &Actor) -> Result<(), Refusal> {
    VERIFY.check(actor, &Ground::default())
}
