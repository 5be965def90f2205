//! People: what is known of them, how their readings are spelt, what they are found by.

pub mod card;
pub mod duplicate;
pub mod field;
pub mod identity;
pub mod kana;
pub mod text;

pub use field::{Field, Owner, Source};

use crate::named::named;

named! {
    /// Who is asked for by membership, today.
    Standing {
        Member = "member", "会員";
        NonMember = "non_member", "非会員";
    }
}

named! {
    /// In which order people are listed.
    By {
        Kana = "", "カナ順";
        Registry = "registry", "医籍登録番号順";
        Association = "association", "医師会順";
        Expiry = "expiry", "認定の期限が近い順";
    }
}
