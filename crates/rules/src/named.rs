//! One list for a closed set of words: the name in code and tables, and the word on the screen.

/// Declares an enum whose variants have a stored name and a Japanese label.
///
/// A macro, because no function can write the `Display`, `FromStr` and serde implementations that
/// keep the stored name the same in the database, in URLs and in JSON.
macro_rules! named {
    ($(#[$meta:meta])* $kind:ident { $($variant:ident = $name:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $kind {
            $(#[doc = $label] $variant,)+
        }

        impl $kind {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in code, URLs and tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The word on the screen.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl $crate::named::Word for $kind {
            fn name(self) -> &'static str {
                Self::name(self)
            }

            fn label(self) -> &'static str {
                Self::label(self)
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $kind {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name() == name)
                    .ok_or_else(|| $crate::named::UnknownName {
                        kind: stringify!($kind),
                        name: name.to_owned(),
                    })
            }
        }

        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                name.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use named;

/// What every such value can say about itself.
pub trait Word: Copy + PartialEq + std::fmt::Debug + 'static {
    /// The name in code, URLs and tables.
    fn name(self) -> &'static str;
    /// The word on the screen.
    fn label(self) -> &'static str;
}

/// A stored name that no value of the enum carries: the row was written by something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {kind} is named {name:?}")]
pub struct UnknownName {
    /// The enum.
    pub kind: &'static str,
    /// What was found.
    pub name: String,
}
