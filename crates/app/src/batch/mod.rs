//! Batches: examined applications that a meeting decides together and that go up in one act.

pub mod actions;
pub mod lists;
pub mod packet;

/// A word of a table column.
macro_rules! words {
    ($(#[$meta:meta])* $kind:ident { $($variant:ident = $name:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $(#[doc = $label] $variant,)+
        }

        impl $kind {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the table.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The word on the screen.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// The value behind a name in the table.
            ///
            /// # Errors
            /// A fault when the row was written by something else.
            pub fn read(name: &str) -> $crate::error::Result<Self> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name() == name)
                    .ok_or_else(|| $crate::error::Error::fault(format!("no {} is named {name:?}", stringify!($kind))))
            }
        }
    };
}

words! {
    /// Which meeting decides.
    Body {
        Board = "board", "理事会";
        Committee = "committee", "運営委員会";
    }
}

words! {
    /// How far a batch is.
    State {
        Collecting = "collecting", "受付中";
        Decided = "decided", "会議の結果を記録済み";
        Submitted = "submitted", "一括申請済み";
    }
}

words! {
    /// What became of one application of a batch.
    ItemResult {
        Waiting = "waiting", "会議待ち";
        Approved = "approved", "承認";
        Deferred = "deferred", "見送り";
        Submitted = "submitted", "一括申請済み";
        Failed = "failed", "できませんでした";
        Left = "left", "一括から外れました";
    }
}

impl Body {
    /// The letter in front of a batch's number: 理-14-2026-003.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Board => "理",
            Self::Committee => "運",
        }
    }
}
