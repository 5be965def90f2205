//! Passwords: Argon2id, and what a new one must be like.

use crate::error::{Error, Result};
use argon2::{ARGON2ID_IDENT, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier};
use rand::TryRng;
use tokio::sync::Semaphore;

/// Fewest characters of a new password.
pub const MIN_LENGTH: usize = 10;
/// What is said when a new password was typed in two ways.
pub const DIFFERENT: &str = "1回目と2回目の入力が違います。同じパスワードを2回入力してください。";
/// Most characters of a new password: far more than anybody types.
const MAX_LENGTH: usize = 128;

/// Each hash takes 19 MiB for some ten milliseconds (the parameters OWASP asks for, the library's default): a
/// flood of logins must wait in a queue rather than take all memory.
static AT_ONCE: Semaphore = Semaphore::const_new(8);

/// How a typed password compares with the stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right,
    /// It is the password, and the hash was made with parameters of another time: hash it anew.
    RightOutdated,
    /// It is not.
    Wrong,
}

/// The hash of a new password in PHC format.
///
/// # Errors
/// A fault of the library or of the operating system's randomness.
#[crate::boxed]
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    aside(move || {
        let mut salt = [0_u8; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut salt).map_err(Error::fault)?;
        hash_with(&password, &salt)
    })
    .await
}

/// Compares a typed password with the hash of an account.
///
/// # Errors
/// A fault when the stored hash cannot be read.
#[crate::boxed]
pub async fn verify(password: &str, stored: &str) -> Result<Verdict> {
    let (password, stored) = (password.to_owned(), stored.to_owned());
    aside(move || {
        let stored =
            PasswordHash::new(&stored).map_err(|error| Error::fault(format!("password hash: {error}")))?;
        Ok(match Argon2::default().verify_password(password.as_bytes(), &stored) {
            Err(_) => Verdict::Wrong,
            Ok(()) if is_outdated(&stored) => Verdict::RightOutdated,
            Ok(()) => Verdict::Right,
        })
    })
    .await
}

/// Does the work of [`verify`] for an account that does not exist, so that the time of the answer does not
/// tell which ids exist.
///
/// # Errors
/// A fault of the library.
#[crate::boxed]
pub async fn verify_nothing(password: &str) -> Result<Verdict> {
    let password = password.to_owned();
    aside(move || hash_with(&password, b"nobody has this!").map(|_| Verdict::Wrong)).await
}

/// Why a new password will not do, as a sentence that says what to do instead.
///
/// # Errors
/// The sentence.
pub fn check_new(password: &str, login_id: &str) -> std::result::Result<(), String> {
    let folded = password.to_lowercase();
    let length = password.chars().count();
    let first = folded.chars().next();
    if length < MIN_LENGTH {
        return Err(format!("パスワードは{MIN_LENGTH}文字以上にしてください。"));
    }
    if length > MAX_LENGTH {
        return Err(format!("パスワードは{MAX_LENGTH}文字までにしてください。"));
    }
    if folded.chars().all(|c| Some(c) == first) || COMMON.iter().any(|common| folded.starts_with(common)) {
        return Err("よく使われるパスワードなので、推測されます。別のものにしてください。".to_owned());
    }
    if !login_id.is_empty() && folded.contains(&login_id.to_lowercase()) {
        return Err("ログインIDを含まないパスワードにしてください。".to_owned());
    }
    Ok(())
}

/// Beginnings of the passwords of ten characters and more that lists of leaked ones name first, and what
/// somebody would try here.
const COMMON: &[&str] = &[
    "0123456789",
    "1234567890",
    "9876543210",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "a123456789",
    "abc12345",
    "abcdefghij",
    "administrator",
    "asdfghjkl",
    "changeme",
    "iloveyou",
    "ishikai1",
    "ishikai2",
    "letmein",
    "mamis123",
    "mamis2",
    "passw0rd",
    "password",
    "q1w2e3r4t5",
    "qwerty",
    "qwertyuiop",
    "sunshine",
    "welcome",
    "zaq12wsx",
    "zxcvbnm",
];

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _turn = AT_ONCE.acquire().await.map_err(Error::fault)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::fault)?
}

fn hash_with(password: &str, salt: &[u8]) -> Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Error::fault(format!("password hash: {error}")))?;
    Ok(hash.to_string())
}

fn is_outdated(stored: &PasswordHash) -> bool {
    let wanted = Params::default();
    Params::try_from(stored).map_or(true, |params| {
        stored.algorithm != ARGON2ID_IDENT
            || (params.m_cost(), params.t_cost(), params.p_cost())
                != (wanted.m_cost(), wanted.t_cost(), wanted.p_cost())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let stored = hash("つくえの上の3冊").await.expect("hashes");
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert_eq!(verify("つくえの上の3冊", &stored).await.expect("verifies"), Verdict::Right);
        assert_eq!(verify("つくえの上の3冊 ", &stored).await.expect("verifies"), Verdict::Wrong);
        assert_eq!(verify_nothing("つくえの上の3冊").await.expect("verifies"), Verdict::Wrong);
        assert_ne!(stored, hash("つくえの上の3冊").await.expect("hashes"), "each hash has its own salt");
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_is_outdated() {
        let weak = Argon2::from(Params::new(8 * 1024, 1, 1, None).expect("valid parameters"));
        let stored: PasswordHash =
            weak.hash_password_with_salt(b"a long password", b"0123456789abcdef").expect("hashes");
        let verdict = verify("a long password", &stored.to_string()).await.expect("verifies");
        assert_eq!(verdict, Verdict::RightOutdated);
    }

    #[test]
    fn a_new_password_is_long_and_not_on_every_list() {
        let check = |password: &str| check_new(password, "p200105");
        assert_eq!(check("本だなの右から4番目"), Ok(()));
        assert_eq!(check("mamis-demo-2026"), Ok(()));
        for (bad, word) in [
            ("short-one", "10文字以上"),
            ("Password2026", "推測"),
            ("1111111111111", "推測"),
            ("xP200105xyz", "ログインID"),
        ] {
            assert!(check(bad).is_err_and(|text| text.contains(word)), "{bad}");
        }
        assert!(check(&"長".repeat(129)).is_err());
    }
}
