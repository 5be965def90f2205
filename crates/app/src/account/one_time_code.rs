//! One-time codes of an authenticator app (TOTP, RFC 6238): six digits, thirty seconds, SHA-1, which is what
//! every app understands.

use crate::error::{Error, Result};
use crate::secret::Secret;
use chrono::{DateTime, Utc};
use mamis_rules::base::AccountId;
use rand::TryRng;
use totp_rs::{Builder, Totp};

/// Seconds a code lasts. One code before and one after are taken as well: phones go wrong by half a minute.
const STEP: i64 = 30;
/// Named by the app beside the code.
const ISSUER: &str = "MAMIS";

/// The code at an instant of the world outside (`Clock::wall`).
///
/// # Errors
/// A fault when the secret cannot be read.
pub fn at(secret: &str, instant: DateTime<Utc>) -> Result<String> {
    Ok(totp(secret, "")?.generate(seconds(instant)).to_string())
}

/// Seconds until the code of this instant ends.
pub fn seconds_left(instant: DateTime<Utc>) -> i64 {
    STEP - instant.timestamp().rem_euclid(STEP)
}

/// The code to type next: that of now, or the following one when that of now is used up; with the seconds
/// until an app would show another. For the demo's page, which plays everybody's phone.
///
/// # Errors
/// A fault when the secret cannot be read.
pub fn unused(secret: &str, last_step: Option<i64>, instant: DateTime<Utc>) -> Result<(String, i64)> {
    let now = instant.timestamp().div_euclid(STEP);
    // Further ahead no code is taken.
    let step = last_step.map_or(now, |last| (last + 1).clamp(now, now + 1));
    let code = totp(secret, "")?.generate(u64::try_from(step * STEP).unwrap_or_default()).to_string();
    Ok((code, seconds_left(instant) + (step - now) * STEP))
}

/// The time step of a right code; none for a wrong one. A step must be taken once only: the caller keeps the
/// last one.
///
/// # Errors
/// A fault when the secret cannot be read.
pub fn step_of(secret: &str, code: &str, instant: DateTime<Utc>) -> Result<Option<i64>> {
    let digits: String = super::plain(code).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let step = totp(secret, "")?.check(&digits, seconds(instant));
    step.map(i64::try_from).transpose().map_err(Error::fault)
}

/// A secret offered to an officer who has none, signed for the account: it comes back with the first code,
/// so that looking at the page writes nothing.
#[derive(Clone, Debug)]
pub struct Offer {
    /// 160 bits in base32.
    pub secret: String,
    /// Says that we offered it to this account.
    pub signature: String,
}

impl Offer {
    /// A new secret for an account.
    ///
    /// # Errors
    /// A fault of the operating system's randomness.
    pub fn new(key: &Secret, account: AccountId) -> Result<Self> {
        let mut bytes = [0_u8; 20];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(Error::fault)?;
        let secret = totp_rs::Secret::from(bytes).to_base32();
        let signature = key.sign("one-time code", &format!("{account} {secret}"));
        Ok(Self { secret, signature })
    }

    /// Whether we offered it to this account.
    pub fn is_ours(&self, key: &Secret, account: AccountId) -> bool {
        key.verifies("one-time code", &format!("{account} {}", self.secret), &self.signature)
    }

    /// What the QR code says to the app.
    ///
    /// # Errors
    /// A fault when the secret cannot be read.
    pub fn address(&self, login_id: &str) -> Result<String> {
        totp(&self.secret, login_id)?.to_url().map_err(Error::fault)
    }

    /// The secret in groups of four, for typing.
    pub fn in_groups(&self) -> String {
        let letters: Vec<char> = self.secret.chars().collect();
        letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }
}

fn totp(secret: &str, login_id: &str) -> Result<Totp> {
    let secret =
        totp_rs::Secret::try_from_base32(secret).map_err(|error| Error::fault(format!("{error:?}")))?;
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(login_id)
        .build()
        .map_err(|error| Error::fault(format!("one-time code: {error}")))
}

fn seconds(instant: DateTime<Utc>) -> u64 {
    u64::try_from(instant.timestamp()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238, appendix B.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn instant(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("in range")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // The last six of the eight digits printed there.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(at(SECRET, instant(seconds)).expect("a code"), code);
        }
    }

    #[test]
    fn a_code_is_right_for_one_step_before_and_after() {
        let check = |seconds| step_of(SECRET, "081804", instant(seconds)).expect("a secret");
        let step = Some(1_111_111_109 / 30);
        assert_eq!(check(1_111_111_109), step);
        assert_eq!(check(1_111_111_109 + 30), step);
        assert_eq!(check(1_111_111_109 - 30), step);
        assert_eq!(check(1_111_111_109 + 60), None);
        assert_eq!(step_of(SECRET, "０８１ ８０４", instant(1_111_111_109)).expect("a secret"), step);
        assert_eq!(step_of(SECRET, "", instant(1_111_111_109)).expect("a secret"), None);
    }

    #[test]
    fn the_rest_of_a_step_is_counted() {
        assert_eq!(seconds_left(instant(60)), 30);
        assert_eq!(seconds_left(instant(89)), 1);
    }

    #[test]
    fn a_used_code_gives_way_to_the_next() {
        let now = instant(1_111_111_109);
        let step = step_of(SECRET, "081804", now).expect("a secret").expect("right");
        assert_eq!(unused(SECRET, None, now).expect("a code"), ("081804".to_owned(), seconds_left(now)));
        assert_eq!(unused(SECRET, Some(step - 1), now).expect("a code").0, "081804");
        let (next, seconds) = unused(SECRET, Some(step), now).expect("a code");
        assert_eq!(step_of(SECRET, &next, now).expect("a secret"), Some(step + 1));
        assert_eq!(seconds, seconds_left(now) + 30);
    }

    #[test]
    fn an_offer_is_for_one_account() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let key = Secret::load("", &folder.path().join("secret")).expect("made");
        let (account, other) = (AccountId(uuid::Uuid::from_u128(1)), AccountId(uuid::Uuid::from_u128(2)));
        let offer = Offer::new(&key, account).expect("random");
        assert!(offer.is_ours(&key, account));
        assert!(!offer.is_ours(&key, other));
        let forged = Offer { secret: SECRET.to_owned(), ..offer.clone() };
        assert!(!forged.is_ours(&key, account));
        assert_eq!(offer.in_groups().len(), 39);
        let address = offer.address("fujisawa-cert").expect("an address");
        assert!(address.starts_with("otpauth://totp/MAMIS:fujisawa-cert?secret="), "{address}");
    }
}
