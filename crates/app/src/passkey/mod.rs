//! Passkeys: a login without a password for everybody, and a second factor of officers. The device asks for the finger,
//! the face or its own code before it answers, so that a passkey alone is two factors.

pub mod actions;
pub mod lists;

use crate::error::{Error, Result};
use std::net::IpAddr;
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// What devices show beside a passkey.
const SITE: &str = "医師会 会員・研修システム";
/// Passkeys of one account at most.
pub const MOST: u64 = 10;
/// Letters of a name at most.
pub const LONGEST_NAME: usize = 40;

/// The address at which passkeys work. A passkey belongs to a host name for ever.
#[derive(Clone, Debug)]
pub struct Place {
    /// The host name.
    pub host: String,
    /// The beginning of every address there.
    pub origin: String,
    webauthn: Webauthn,
}

impl Place {
    /// The place for the public address of an installation; none where that is a number, since browsers take names only
    /// (Web Authentication, "relying party identifier"). A trial on this machine is meant by its name, `localhost`.
    ///
    /// # Errors
    /// A fault when the public address cannot be read.
    pub fn of(public_url: &str) -> Result<Option<Self>> {
        let mut url = Url::parse(public_url).map_err(Error::fault)?;
        let number = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        match number {
            Some(number) if number.is_loopback() => url.set_host(Some("localhost")).map_err(Error::fault)?,
            Some(_) => return Ok(None),
            None => {}
        }
        let host = url.domain().unwrap_or_default().to_owned();
        let webauthn = WebauthnBuilder::new(&host, &url)
            .and_then(|builder| builder.rp_name(SITE).build())
            .map_err(Error::fault)?;
        Ok(Some(Self { host, origin: url.origin().ascii_serialization(), webauthn }))
    }

    /// The same where it must be there to go on.
    fn needed(public_url: &str) -> Result<Self> {
        Self::of(public_url)?.ok_or_else(|| {
            Error::refused(
                "このシステムのアドレスでは、パスキーを使えません。パスワードでログインしてください。",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_name() {
        let check = |url: &str, wanted: Option<(&str, &str)>| {
            let place = Place::of(url).expect("an address");
            let found = place.as_ref().map(|place| (place.host.as_str(), place.origin.as_str()));
            assert_eq!(found, wanted, "{url}");
        };
        check("https://mamis.example", Some(("mamis.example", "https://mamis.example")));
        check("https://mamis.example:8443", Some(("mamis.example", "https://mamis.example:8443")));
        check("http://127.0.0.1:8080", Some(("localhost", "http://localhost:8080")));
        check("http://[::1]:8080", Some(("localhost", "http://localhost:8080")));
        check("http://localhost:8080", Some(("localhost", "http://localhost:8080")));
        check("http://192.168.0.4:8080", None);
        assert!(Place::of("mamis").is_err());
    }
}
