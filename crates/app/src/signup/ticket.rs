//! Tickets: what a QR code says and the number beneath it, both bound to one signup of one training.
//!
//! A code is signed with Ed25519, so that a tablet without a line can tell a true one by the public key alone
//! (RFC 8032). On the screen it carries the minute in which it was made and is good for [`FRESH_MINUTES`]: a picture of
//! it that is passed on is worth nothing an hour later. On paper it carries no minute.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::base::{SignupId, TrainingId};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use uuid::Uuid;

const PURPOSE: &[u8] = b"mamis ticket 2";
const PREFIX: &str = "MT2.";
/// Signup, minute, medium.
const PAYLOAD: usize = 16 + 4 + 1;

/// How long the code on a screen is good for. The page makes a new one every half minute; without a script it asks the
/// reader to, and a phone in a basement may have no line for a while.
pub const FRESH_MINUTES: i64 = 10;

/// Where somebody shows a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// On a screen, made at this instant.
    Screen(DateTime<Utc>),
    /// On paper.
    Paper,
}

/// What a code that is ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose seat.
    pub signup: SignupId,
    /// Where it is shown.
    pub medium: Medium,
}

impl Ticket {
    /// Whether the code is good at an instant: on a screen it must have been made shortly before, by clocks that may
    /// differ by as much.
    pub fn is_fresh(&self, at: DateTime<Utc>) -> bool {
        match self.medium {
            Medium::Screen(made) => (at - made).abs() <= TimeDelta::minutes(FRESH_MINUTES),
            Medium::Paper => true,
        }
    }
}

fn key(secret: &Secret) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&secret.derive("ticket-key")).expect("a seed has 32 bytes")
}

/// The public key, for tablets without a line.
pub fn public_key(secret: &Secret) -> Vec<u8> {
    key(secret).public_key().as_ref().to_vec()
}

/// What is signed. The training is part of it and not of the code: a door knows its own.
fn signed(training: TrainingId, payload: &[u8]) -> Vec<u8> {
    [PURPOSE, Uuid::from(training).as_bytes(), payload].concat()
}

/// The text of the QR code.
pub fn text(secret: &Secret, training: TrainingId, signup: SignupId, medium: Medium) -> String {
    let (minute, kind) = match medium {
        Medium::Screen(made) => (u32::try_from(made.timestamp() / 60).unwrap_or(u32::MAX), 0),
        Medium::Paper => (0, 1),
    };
    let mut payload = Uuid::from(signup).as_bytes().to_vec();
    payload.extend(minute.to_be_bytes());
    payload.push(kind);
    let signature = key(secret).sign(&signed(training, &payload));
    format!("{PREFIX}{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(signature))
}

/// The ticket a QR code is at the door of a training; none when the code is not ours, or of another training.
pub fn read(secret: &Secret, training: TrainingId, text: &str) -> Option<Ticket> {
    let (payload, signature) = text.trim().strip_prefix(PREFIX)?.split_once('.')?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = UnparsedPublicKey::new(&ED25519, public_key(secret));
    key.verify(&signed(training, &payload), &signature).ok()?;
    let payload: &[u8; PAYLOAD] = payload.as_slice().try_into().ok()?;
    let (id, rest) = payload.split_first_chunk::<16>()?;
    let (minute, kind) = rest.split_first_chunk::<4>()?;
    let made = DateTime::from_timestamp(i64::from(u32::from_be_bytes(*minute)) * 60, 0)?;
    let medium = if kind == [1] { Medium::Paper } else { Medium::Screen(made) };
    Some(Ticket { signup: SignupId(Uuid::from_bytes(*id)), medium })
}

/// The number typed when the camera cannot read: four digits that prove it, then the order number.
///
/// Ten thousand guesses for each order number at a reception where an officer sees each of them are enough.
pub fn number(secret: &Secret, signup: SignupId, order: i64) -> String {
    format!("{:04}-{order:04}", proof(secret, signup))
}

/// The order number of a typed ticket number, and whether a signup proves it.
pub fn read_number(typed: &str) -> Option<(u32, i64)> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if !(8..=9).contains(&digits.len()) {
        return None;
    }
    let (proof, order) = digits.split_at(4);
    Some((proof.parse().ok()?, order.parse().ok()?))
}

/// The four digits of a signup.
pub fn proof(secret: &Secret, signup: SignupId) -> u32 {
    let signature = secret.sign("ticket-number", &signup.to_string());
    signature.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::load("0123456789abcdef0123456789abcdef", std::path::Path::new("")).expect("long enough")
    }

    fn noon() -> DateTime<Utc> {
        "2026-12-04T12:00:00+09:00".parse().expect("a moment")
    }

    const HERE: TrainingId = TrainingId(Uuid::from_u128(10));
    const SEAT: SignupId = SignupId(Uuid::from_u128(1));

    #[test]
    fn a_ticket_stands_for_one_signup_of_one_training() {
        let written = text(&secret(), HERE, SEAT, Medium::Screen(noon()));
        assert!(written.len() <= 122, "a QR code of version 7 at level M: {}", written.len());
        let expected = Ticket { signup: SEAT, medium: Medium::Screen(noon()) };
        assert_eq!(read(&secret(), HERE, &format!(" {written}\n")), Some(expected));
        assert_eq!(read(&secret(), TrainingId(Uuid::from_u128(11)), &written), None, "another training");
        let other = Secret::load("fedcba9876543210fedcba9876543210", std::path::Path::new("")).expect("long");
        assert_eq!(read(&other, HERE, &written), None, "another server");
        for nothing in ["MT2.x.y", "MT2.", "https://example.com", ""] {
            assert_eq!(read(&secret(), HERE, nothing), None, "{nothing}");
        }
    }

    #[test]
    fn no_letter_of_a_ticket_can_be_changed() {
        for medium in [Medium::Screen(noon()), Medium::Paper] {
            let written = text(&secret(), HERE, SEAT, medium);
            let (payload, signature) = (4..written.find('.').map_or(0, |_| 32), 33..written.len() - 1);
            for at in payload.chain(signature) {
                let mut forged = written.clone().into_bytes();
                forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
                let forged = String::from_utf8(forged).expect("letters");
                assert_eq!(read(&secret(), HERE, &forged), None, "{at}: {forged}");
            }
        }
    }

    #[test]
    fn a_code_on_a_screen_grows_old_and_one_on_paper_does_not() {
        let screen = Ticket { signup: SEAT, medium: Medium::Screen(noon()) };
        let minutes = |count: i64| noon() + TimeDelta::minutes(count);
        for (at, fresh) in
            [(0, true), (FRESH_MINUTES, true), (FRESH_MINUTES + 1, false), (-3, true), (-60, false)]
        {
            assert_eq!(screen.is_fresh(minutes(at)), fresh, "{at}");
        }
        assert!(Ticket { signup: SEAT, medium: Medium::Paper }.is_fresh(minutes(60 * 24 * 30)));
    }

    #[test]
    fn a_number_is_typed_with_or_without_the_line() {
        let id = SignupId(uuid::Uuid::from_u128(7));
        let number = number(&secret(), id, 93);
        assert!(number.ends_with("-0093"), "{number}");
        let expected = Some((proof(&secret(), id), 93));
        assert_eq!(read_number(&number), expected);
        assert_eq!(read_number(&number.replace('-', "")), expected);
        assert_eq!(read_number("123456"), None, "a registry number is shorter");
        assert_eq!(read_number("3000000001"), None, "a member id is longer");
    }
}
