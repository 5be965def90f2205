//! Letters by post to physicians whom no mail reaches: each waits at one office, the one that knows the
//! address or, of a notice, the one that wrote it.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Prefecture, Tier};
use crate::base::ids::AssociationId;

/// The letters of the certification duty. The rest, which has passwords and attendance in it, is for membership.
pub const CERTIFICATION: &[&str] = &[
    "application_received",
    "application_returned",
    "application_forwarded",
    "application_rejected",
    "certification_approved",
    "certification_ended",
    "expiry_notice",
];

/// What a scope can ask about a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The recipient belongs today to this association; a municipal one, or a district of people who belong to no
    /// municipal one.
    ToMemberOf(AssociationId),
    /// As [`Fact::ToMemberOf`], for a district: only those who belong to no municipal association.
    ToMemberOfDistrict(AssociationId),
    /// The recipient belongs to no municipal or district association and has the main workplace in this prefecture.
    ToNonMemberWorkingIn(Prefecture),
    /// The recipient belongs to no municipal or district association and has no main workplace.
    ToNobodysPhysician,
    /// It belongs to a notice of this association: whoever writes also posts.
    NoticeOf(AssociationId),
    /// The letter is one of these.
    KindIn(&'static [&'static str]),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoticeOf(_) => "その医師会が書いたお知らせ",
            Self::ToMemberOf(_) => "その医師会の会員あて",
            Self::ToMemberOfDistrict(_) => "その医師会だけに所属する会員あて",
            Self::ToNonMemberWorkingIn(_) => "都道府県内に勤務先がある非会員あて",
            Self::ToNobodysPhysician => "所属も勤務先もない医師あて",
            Self::KindIn(_) => "認定についての案内",
        })
    }
}

/// A letter as far as the rules ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The name of its template.
    pub kind: String,
    /// The association whose notice it belongs to.
    pub notice_of: Option<AssociationId>,
    /// The municipal associations of the recipient, today.
    pub municipal: Vec<AssociationId>,
    /// The district associations of the recipient, today.
    pub districts: Vec<AssociationId>,
    /// The prefecture of the main workplace, today; none without one.
    pub works_in: Vec<Prefecture>,
}

impl Facts {
    /// Whether this letter has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        let non_member = self.municipal.is_empty() && self.districts.is_empty();
        // Of the letters that no office has written by itself, the one posts that knows the address.
        let own = self.notice_of.is_none();
        match fact {
            Fact::ToMemberOf(id) => own && self.municipal.contains(id),
            Fact::ToMemberOfDistrict(id) => own && self.municipal.is_empty() && self.districts.contains(id),
            Fact::ToNonMemberWorkingIn(prefecture) => own && non_member && self.works_in.contains(prefecture),
            Fact::ToNobodysPhysician => own && non_member && self.works_in.is_empty(),
            Fact::NoticeOf(id) => self.notice_of == Some(*id),
            Fact::KindIn(kinds) => kinds.contains(&self.kind.as_str()),
        }
    }
}

/// The letters that wait at the actor's office, and those it has posted.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |_| Scope::Nothing, of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    let Office::Association { id, tier, prefecture } = held.at else { return Scope::Nothing };
    let own = match (tier, prefecture) {
        (Tier::Municipal, _) => Scope::Fact(Fact::ToMemberOf(id)),
        (Tier::District, _) => Scope::Fact(Fact::ToMemberOfDistrict(id)),
        (Tier::Prefectural, Some(prefecture)) => Scope::Fact(Fact::ToNonMemberWorkingIn(prefecture)),
        (Tier::Prefectural, None) => Scope::Nothing,
        (Tier::National, _) => Scope::Fact(Fact::ToNobodysPhysician),
    };
    let notices = Scope::Fact(Fact::NoticeOf(id));
    match held.duty {
        Duty::Membership => Scope::any([own, notices]),
        Duty::Certification => {
            Scope::any([Scope::every([own, Scope::Fact(Fact::KindIn(CERTIFICATION))]), notices])
        }
        Duty::Training | Duty::Dues | Duty::Administration => Scope::Nothing,
    }
}

/// The kinds of letters to a physician seen in full of which the actor reads that they were sent; none for all.
pub fn kinds_read_by(actor: &Actor) -> Option<&'static [&'static str]> {
    let membership = actor.duties().iter().any(|held| held.duty == Duty::Membership);
    let own = actor.physician().is_some();
    (!membership && !own).then_some(CERTIFICATION)
}

/// Whether the actor sees this letter: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const POST: Command = Command {
    name: "post_letter.post",
    noun: Noun::PostLetter,
    label: "郵送する案内の印刷・発送の記録",
    who: &[Grant::Duty(Duty::Membership, Place::Itself), Grant::Duty(Duty::Certification, Place::Itself)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&POST];

/// Who may print the letters that they see and record that they were posted.
///
/// # Errors
/// A [`Refusal`] when the actor has neither duty.
pub fn may_post(actor: &Actor) -> Result<(), Refusal> {
    let offices = actor.duties().iter().map(|held| (Place::Itself, held.at.host())).collect();
    POST.check(actor, &Ground { offices, ..Ground::default() })
}
