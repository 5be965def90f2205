//! How the tree may change: an association under another parent, one that goes into another, one that closes.
//!
//! Tiers stay, nobody is left without an association, and what has begun ends where it can end. Asked when a change is
//! entered, and again on its day.

use crate::association::{Prefecture, Tier};
use crate::base::Day;
use crate::base::ids::AssociationId;
use crate::named::named;

named! {
    /// What becomes of an association from a day on.
    Fate {
        Move = "moved", "別の医師会の下への移管";
        Merge = "merged", "合併";
        Close = "closed", "閉鎖";
    }
}

/// An association as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The association.
    pub id: AssociationId,
    /// Its tier.
    pub tier: Tier,
    /// The one above it; none for the national association.
    pub parent: Option<AssociationId>,
    /// Where it is; none for the national association.
    pub prefecture: Option<Prefecture>,
    /// First day.
    pub opened: Day,
    /// Last day; none while it stands.
    pub closed: Option<Day>,
    /// A change of its own lies ahead, or one that leads to it.
    pub awaits: Awaits,
}

/// What lies ahead of an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// Nothing.
    Nothing,
    /// Others come to it; it stays where it is.
    Others,
    /// It moves, goes into another or closes itself.
    Change,
}

/// What hangs on an association from the day of the change on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burden {
    /// Associations directly below it.
    pub below: u64,
    /// Members from the day on.
    pub members: u64,
    /// Members whose periods begin or end on or after the day.
    pub changing: u64,
    /// Joinings and transfers under way that pass through it.
    pub entering: u64,
    /// Applications of any kind under way that pass through it.
    pub waiting: u64,
    /// Trainings that it holds on or after the day.
    pub trainings: u64,
}

/// Why the tree does not change so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The association itself is closed.
    #[error("この医師会は閉じています。")]
    Closed,
    /// It was not there yet on the day.
    #[error("この医師会が始まる日より後の日にしてください。")]
    NotYetOpen,
    /// A change of its own, or one that leads to it, lies ahead.
    #[error(
        "この医師会には、これからの変更が登録されています。その日を過ぎてから登録するか、先にそれを取り消してください。"
    )]
    Awaited,
    /// The national association and the prefectural ones stay.
    #[error("移管・合併・閉鎖ができるのは、郡市区等医師会と地区医師会だけです。")]
    Fixed,
    /// No target was chosen.
    #[error("医師会を選んでください。")]
    TargetMissing,
    /// The target is not open on the day, or changes itself.
    #[error("その日に開いていて、移管・合併・閉鎖の予定がない医師会を選んでください。")]
    TargetUnsteady,
    /// A move leads to another parent of the same tier.
    #[error("いまの上位の医師会と同じ階層の、別の医師会を選んでください。")]
    NoParent,
    /// A district stays within its prefecture.
    #[error("地区医師会は、同じ都道府県の郡市区等医師会の下に移してください。")]
    OtherPrefecture,
    /// A merger leads to another association of the same tier under the same parent.
    #[error("同じ上位の医師会に属する、同じ階層の別の医師会を選んでください。")]
    NoHeir,
    /// Others stand below it.
    #[error("下位の医師会が{0}あります。先に、別の医師会の下に移すか、合併するか、閉じてください。")]
    Below(u64),
    /// Members remain.
    #[error("会員の所属が{0}件あります。合併を選び、引き継ぐ医師会を指定してください。")]
    Members(u64),
    /// Days of members are decided already.
    #[error("異動・退会・入会の日が決まっている会員が{0}件あります。その日より後に移してください。")]
    Changing(u64),
    /// Joinings and transfers know their way.
    #[error("この医師会を通る入会・異動の手続きが{0}件あります。終わってから移してください。")]
    Entering(u64),
    /// Applications wait.
    #[error("この医師会を通る進行中の手続きが{0}件あります。終わってから閉じてください。")]
    Waiting(u64),
    /// Trainings are still to be held.
    #[error("終わっていない研修会が{0}件あります。終わってから閉じてください。")]
    Trainings(u64),
    /// Prefectural associations are 47.
    #[error("都道府県医師会は増やせません。都道府県医師会の下に作ってください。")]
    Prefectures,
    /// Nothing stands below a district.
    #[error("地区医師会の下には、医師会を作れません。")]
    Lowest,
    /// The parent is not open on the day, or goes.
    #[error("上位の医師会は、その日に開いていないか、合併・閉鎖の予定があります。")]
    ParentUnsteady,
}

impl Refusal {
    /// Whether another target would do: the sentence stands beside the choice.
    pub const fn is_of_target(self) -> bool {
        matches!(
            self,
            Self::TargetMissing
                | Self::TargetUnsteady
                | Self::NoParent
                | Self::OtherPrefecture
                | Self::NoHeir
        )
    }
}

/// The tier of a new association below another.
///
/// # Errors
/// [`Refusal::Prefectures`], [`Refusal::Lowest`], [`Refusal::ParentUnsteady`].
pub fn opens(parent: &Place, on: Day) -> Result<Tier, Refusal> {
    let tier = match parent.tier {
        Tier::National => return Err(Refusal::Prefectures),
        Tier::Prefectural => Tier::Municipal,
        Tier::Municipal => Tier::District,
        Tier::District => return Err(Refusal::Lowest),
    };
    let is_open = parent.opened <= on && parent.closed.is_none() && parent.awaits != Awaits::Change;
    if is_open { Ok(tier) } else { Err(Refusal::ParentUnsteady) }
}

/// Whether an association may have this fate.
///
/// # Errors
/// What stands against it: see [`Refusal`].
pub fn check(fate: Fate, own: &Place, to: Option<&Place>, on: Day) -> Result<(), Refusal> {
    if own.closed.is_some() {
        return Err(Refusal::Closed);
    }
    if !matches!(own.tier, Tier::Municipal | Tier::District) {
        return Err(Refusal::Fixed);
    }
    if own.opened >= on {
        return Err(Refusal::NotYetOpen);
    }
    if own.awaits != Awaits::Nothing {
        return Err(Refusal::Awaited);
    }
    if fate == Fate::Close {
        return Ok(());
    }
    let to = to.ok_or(Refusal::TargetMissing)?;
    if to.closed.is_some() || to.opened > on || to.awaits == Awaits::Change {
        return Err(Refusal::TargetUnsteady);
    }
    match fate {
        Fate::Move if own.tier.above() != Some(to.tier) || Some(to.id) == own.parent => {
            Err(Refusal::NoParent)
        }
        // A transfer of people across prefectures is theirs to ask for.
        Fate::Move if own.tier == Tier::District && own.prefecture != to.prefecture => {
            Err(Refusal::OtherPrefecture)
        }
        Fate::Merge if own.tier != to.tier || own.parent != to.parent || own.id == to.id => {
            Err(Refusal::NoHeir)
        }
        Fate::Move | Fate::Merge | Fate::Close => Ok(()),
    }
}

/// Whether what hangs on the association lets it go.
///
/// # Errors
/// What must be settled first, with its number.
pub fn settled(fate: Fate, burden: &Burden) -> Result<(), Refusal> {
    let none =
        |count: u64, refusal: fn(u64) -> Refusal| if count == 0 { Ok(()) } else { Err(refusal(count)) };
    match fate {
        Fate::Move => {
            none(burden.changing, Refusal::Changing)?;
            none(burden.entering, Refusal::Entering)
        }
        Fate::Merge => none(burden.below, Refusal::Below),
        Fate::Close => {
            none(burden.below, Refusal::Below)?;
            none(burden.members, Refusal::Members)?;
            none(burden.waiting, Refusal::Waiting)?;
            none(burden.trainings, Refusal::Trainings)
        }
    }
}
