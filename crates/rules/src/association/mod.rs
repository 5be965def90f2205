//! Associations: the tiers, the prefectures, the categories of membership.

pub mod category;
pub mod change;
pub mod import;
mod prefecture;
pub mod setting;

pub use prefecture::{Prefecture, UnknownPrefecture};

use crate::base::ids::{AssociationId, OrganizerId};
use crate::named::named;
use uuid::Uuid;

named! {
    /// The tier of an association. A university association counts as municipal [seed];
    /// a district exists only where a municipal association is divided again [seed].
    Tier {
        National = "national", "日本医師会";
        Prefectural = "prefectural", "都道府県医師会";
        Municipal = "municipal", "郡市区等医師会";
        District = "district", "地区医師会";
    }
}

impl Tier {
    /// 1 for the national tier, 4 for the district tier.
    pub const fn level(self) -> u8 {
        match self {
            Self::National => 1,
            Self::Prefectural => 2,
            Self::Municipal => 3,
            Self::District => 4,
        }
    }

    /// The next tier upward; the national tier has none.
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::National => None,
            Self::Prefectural => Some(Self::National),
            Self::Municipal => Some(Self::Prefectural),
            Self::District => Some(Self::Municipal),
        }
    }

    /// The next tier downward; the district tier has none.
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::National => Some(Self::Prefectural),
            Self::Prefectural => Some(Self::Municipal),
            Self::Municipal => Some(Self::District),
            Self::District => None,
        }
    }

    /// Whether this tier stands above `other` in the tree.
    pub const fn is_above(self, other: Self) -> bool {
        self.level() < other.level()
    }
}

named! {
    /// The national categories of membership. Each association maps its own categories to these.
    MembershipCategory {
        A1 = "a1", "A①";
        A2b = "a2b", "A②(B)";
        A2c = "a2c", "A②(C)";
        B = "b", "B";
        C = "c", "C";
    }
}

/// Who holds a training: an association of any tier, or an external organizer, which is in no tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// A medical association.
    Association(AssociationId),
    /// 外部団体: holds trainings, is no association.
    Organizer(OrganizerId),
}

impl Host {
    /// The id of either.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Association(id) => id.0,
            Self::Organizer(id) => id.0,
        }
    }

    /// The two columns of a table, of which one is filled: the association and the organizer.
    pub const fn columns(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Association(id) => (Some(id.0), None),
            Self::Organizer(id) => (None, Some(id.0)),
        }
    }

    /// Reads the two columns back; none where neither is filled.
    pub fn stored(association: Option<Uuid>, organizer: Option<Uuid>) -> Option<Self> {
        let organizer = organizer.map(|id| Self::Organizer(id.into()));
        association.map(|id| Self::Association(id.into())).or(organizer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_ordered_from_the_top() {
        for tier in Tier::ALL {
            if let Some(above) = tier.above() {
                assert!(above.is_above(*tier));
                assert_eq!(above.below(), Some(*tier));
            }
        }
        assert_eq!(Tier::National.above(), None);
        assert_eq!(Tier::District.below(), None);
    }

    #[test]
    fn stored_names_read_back() {
        for tier in Tier::ALL {
            assert_eq!(tier.to_string().parse::<Tier>().as_ref(), Ok(tier));
            let json = serde_json::to_string(tier).expect("a string");
            assert_eq!(json, format!("\"{tier}\""));
            assert_eq!(serde_json::from_str::<Tier>(&json).expect("the same"), *tier);
        }
        assert!("state".parse::<Tier>().is_err());
        for host in [Host::Association(Uuid::from_u128(1).into()), Host::Organizer(Uuid::from_u128(1).into())]
        {
            let (association, organizer) = host.columns();
            assert_eq!(Host::stored(association, organizer), Some(host));
        }
        assert_eq!(Host::stored(None, None), None);
        assert_eq!("a2b".parse::<MembershipCategory>().map(MembershipCategory::label), Ok("A②(B)"));
    }
}
