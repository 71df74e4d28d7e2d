//! The key to one page: made when lockgate starts, handed out in a link, compared in constant time, never printed.

use std::net::SocketAddrV4;

use data_encoding::BASE64URL_NOPAD;
use ring::error::Unspecified;
use ring::hmac;
use ring::rand::SecureRandom;

use crate::limits;
use crate::model::Secret;

/// A page's token. It has no `Debug`, and no `==`.
pub struct Token {
    text: Secret,
    key: hmac::Key,
    tag: hmac::Tag,
}

impl Token {
    /// A token that nobody can guess.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(random: &dyn SecureRandom) -> Result<Self, Unspecified> {
        let mut bytes = [0; limits::PAGE_TOKEN_BYTES];
        random.fill(&mut bytes)?;
        let text = BASE64URL_NOPAD.encode(&bytes);
        let key = hmac::Key::generate(hmac::HMAC_SHA256, random)?;
        let tag = hmac::sign(&key, text.as_bytes());
        Ok(Self {
            text: Secret::new(text),
            key,
            tag,
        })
    }

    /// Whether this is it. How long that takes tells nothing of where they differ.
    pub fn is(&self, given: &[u8]) -> bool {
        hmac::verify(&self.key, given, self.tag.as_ref()).is_ok()
    }

    /// The link that opens the page at this address. The fragment is what a browser sends to nobody.
    ///
    /// # Authority
    /// Whoever has the link has the page.
    pub fn link(&self, address: SocketAddrV4) -> String {
        let token = String::from_utf8_lossy(self.text.expose());
        format!("http://{address}/#{token}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    #[test]
    fn a_token_opens_its_own_page_only() {
        let random = SystemRandom::new();
        let (a, b) = (Token::new(&random).unwrap(), Token::new(&random).unwrap());
        let link = a.link(SocketAddrV4::new([127, 0, 0, 1].into(), 8_080));
        let (address, text) = link.split_once('#').unwrap();
        assert_eq!((address, text.len()), ("http://127.0.0.1:8080/", 43));
        assert!(a.is(text.as_bytes()));
        assert!(!b.is(text.as_bytes()));
        for wrong in ["", &text[1..], &format!("{text}="), &text.to_ascii_uppercase()] {
            assert!(!a.is(wrong.as_bytes()), "{wrong}");
        }
    }
}
