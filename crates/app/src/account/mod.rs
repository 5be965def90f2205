//! Accounts: login, second factor, sessions, terms of use, e-mail verification, password reset.

pub mod actions;
pub mod lists;
pub mod one_time_code;
pub mod password;

/// Version of the terms of use that comes with the program, in force until the national office publishes another
/// ([`crate::terms`]).
pub const TERMS_VERSION: &str = "2026-04";

/// From where somebody knocks: shown in the list of sessions, counted by the limit.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Network address of the client.
    pub address: String,
    /// The browser, in its own words.
    pub user_agent: String,
}

/// Folds what was typed with a Japanese keyboard in the wrong mode: full-width letters, digits and signs
/// become plain ones, blanks around go. For login ids, codes and mail addresses; never for names or passwords.
pub fn plain(typed: &str) -> String {
    let fold = |c: char| match c {
        '\u{3000}' => ' ',
        // The full-width forms stand in the order of ASCII, 0xFEE0 further up.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    typed.chars().map(fold).collect::<String>().trim().to_owned()
}

/// A login id as it is stored: [`plain`], in small letters.
pub fn login_id(typed: &str) -> String {
    plain(typed).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_keyboard_mode_does_no_harm() {
        assert_eq!(login_id("　Ｐ２００１０５ "), "p200105");
        assert_eq!(login_id("Fujisawa-Cert"), "fujisawa-cert");
        assert_eq!(plain("１２３　４５６"), "123 456");
    }
}
