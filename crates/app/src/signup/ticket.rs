//! Tickets: what a QR code says and the number beneath it, both signed and bound to one signup.

use crate::secret::Secret;
use mamis_rules::base::SignupId;

const PURPOSE: &str = "ticket";

/// The text of the QR code.
pub fn text(secret: &Secret, signup: SignupId) -> String {
    let id = signup.0.simple();
    format!("MT1.{id}.{}", secret.sign(PURPOSE, &signup.to_string()))
}

/// The signup a QR code stands for; none when the code is not ours.
pub fn read(secret: &Secret, text: &str) -> Option<SignupId> {
    let (id, signature) = text.trim().strip_prefix("MT1.")?.split_once('.')?;
    let signup: SignupId = id.parse().ok()?;
    secret.verifies(PURPOSE, &signup.to_string(), signature).then_some(signup)
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

    #[test]
    fn a_ticket_stands_for_one_signup() {
        let (one, other) = (SignupId(uuid::Uuid::from_u128(1)), SignupId(uuid::Uuid::from_u128(2)));
        let written = text(&secret(), one);
        assert_eq!(read(&secret(), &written), Some(one));
        let forged = written.replace(&one.0.simple().to_string(), &other.0.simple().to_string());
        assert_eq!(read(&secret(), &forged), None, "the signature belongs to another signup");
        assert_eq!(read(&secret(), "MT1.x.y"), None);
        assert_eq!(read(&secret(), "https://example.com"), None);
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
