//! Commands as data: the same rows answer "may I?" and print `docs/access.md`.

use std::fmt;

use super::{Actor, Duty};
use crate::association::{Host, Tier};
use crate::base::ids::PhysicianId;
use crate::named::named;

named! {
    /// What a rule is about.
    Noun {
        Training = "training", "研修会";
        Attendance = "attendance", "受講者";
        Physician = "physician", "医師";
        SavedSearch = "saved_search", "保存した検索";
        Registration = "registration", "利用者登録";
        ProvisionalCredential = "provisional_credential", "仮ログインID";
        Terms = "terms", "利用規約";
        Application = "application", "申請";
        Batch = "batch", "一括申請・一括承認";
        Certification = "certification", "認定";
        Document = "document", "書類";
        Association = "association", "医師会";
        Notice = "notice", "お知らせ";
        MailText = "mail_text", "メールの文面";
        BulkChange = "bulk_change", "一括変更";
        PostLetter = "post_letter", "郵送する案内";
        Officer = "officer", "職員";
        System = "system", "システム";
    }
}

named! {
    /// Which office, seen from the thing that the command is about.
    Place {
        Host = "host", "主催者";
        PendingStep = "pending_step", "順番になっている医師会";
        OnRoute = "on_route", "経由する医師会";
        Home = "home", "所属または窓口の医師会";
        Itself = "itself", "その医師会";
        Above = "above", "その上位の医師会";
    }
}

/// One way to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// Everyone, logged in or not.
    Anyone,
    /// The physician concerned.
    Own,
    /// An officer with this duty at that office.
    Duty(Duty, Place),
    /// An officer with the duty that the kind (of application or document) asks for, at that office.
    DutyOfKind(Place),
    /// An officer with this duty at an association of this tier.
    Tier(Duty, Tier),
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("だれでも"),
            Self::Own => f.write_str("本人"),
            Self::Duty(duty, place) => write!(f, "{}の「{}」担当", place.label(), duty.label()),
            Self::DutyOfKind(place) => write!(f, "{}でその種類を受け持つ担当", place.label()),
            Self::Tier(duty, tier) => write!(f, "{}の「{}」担当", tier.label(), duty.label()),
        }
    }
}

/// Something that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// `noun.verb`, unique.
    pub name: &'static str,
    /// What it is about.
    pub noun: Noun,
    /// The word on the button.
    pub label: &'static str,
    /// The ways to be allowed; one is enough.
    pub who: &'static [Grant],
}

/// What a command is about, reduced to what the grants ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// The physician concerned.
    pub own: Option<PhysicianId>,
    /// The offices and what they are to the thing.
    pub offices: Vec<(Place, Host)>,
    /// The duty that the kind of application or document asks for.
    pub kind_duty: Option<Duty>,
}

impl Command {
    /// Whether the actor may.
    ///
    /// # Errors
    /// A [`Refusal`] that says who may instead.
    pub fn check(&self, actor: &Actor, ground: &Ground) -> Result<(), Refusal> {
        let allowed =
            matches!(actor, Actor::System) || self.who.iter().any(|grant| grant.covers(actor, ground));
        if allowed {
            return Ok(());
        }
        Err(match actor {
            Actor::Guest => Refusal::NotLoggedIn { command: self.label },
            _ => Refusal::NotAllowed { command: self.label, who: self.who() },
        })
    }

    /// Who may, in one phrase.
    pub fn who(&self) -> String {
        let ways: Vec<String> = self.who.iter().map(Grant::to_string).collect();
        ways.join("、または")
    }
}

impl Grant {
    fn covers(&self, actor: &Actor, ground: &Ground) -> bool {
        match *self {
            Self::Anyone => true,
            Self::Own => ground.own.is_some() && actor.physician() == ground.own,
            Self::Duty(duty, place) => ground.has(actor, duty, place),
            Self::DutyOfKind(place) => ground.kind_duty.is_some_and(|duty| ground.has(actor, duty, place)),
            Self::Tier(duty, tier) => actor.holds_at_tier(duty, tier),
        }
    }
}

impl Ground {
    fn has(&self, actor: &Actor, duty: Duty, place: Place) -> bool {
        self.offices.iter().any(|(is, office)| *is == place && actor.holds(duty, *office))
    }
}

/// Why somebody who sees a thing may not do this with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is logged in.
    #[error("「{command}」にはログインが必要です。")]
    NotLoggedIn {
        /// Label of the command.
        command: &'static str,
    },
    /// The actor is somebody else.
    #[error("「{command}」ができるのは、{who}です。")]
    NotAllowed {
        /// Label of the command.
        command: &'static str,
        /// Who may.
        who: String,
    },
}

/// Every command of every noun.
pub fn commands() -> impl Iterator<Item = &'static Command> {
    [
        super::training::COMMANDS,
        super::attendance::COMMANDS,
        super::physician::COMMANDS,
        super::saved_search::COMMANDS,
        super::registration::COMMANDS,
        super::provisional_credential::COMMANDS,
        super::terms::COMMANDS,
        super::application::COMMANDS,
        super::batch::COMMANDS,
        super::certification::COMMANDS,
        super::document::COMMANDS,
        super::association::COMMANDS,
        super::notice::COMMANDS,
        super::mail_text::COMMANDS,
        super::bulk_change::COMMANDS,
        super::post_letter::COMMANDS,
        super::officer::COMMANDS,
        super::system::COMMANDS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
