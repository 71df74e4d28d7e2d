//! What holds for any key, body and header.

use proptest::prelude::*;
use ring::hmac;

use super::*;

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    let bit = bit % (bytes.len() * 8);
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

proptest! {
    #[test]
    fn no_flipped_bit_verifies(
        secret in prop::collection::vec(any::<u8>(), 1..80),
        body in prop::collection::vec(any::<u8>(), 1..300),
        bit in any::<usize>(),
    ) {
        let (rule, secret) = (forge(), Secret::new(secret));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.expose()), &body);
        let call = |tag: &[u8], body: &[u8]| {
            let value = format!("sha256={}", data_encoding::HEXLOWER.encode(tag));
            let headers = [("x-forge-signature-256".to_owned(), value)];
            verify(&rule, &secret, &HookHead { method: "POST", path: "/r", headers: &headers }, body, UnixMillis(0))
        };
        prop_assert!(call(tag.as_ref(), &body).is_ok());
        prop_assert_eq!(call(&flip(tag.as_ref(), bit), &body), Err(Refusal::Mismatch));
        prop_assert_eq!(call(tag.as_ref(), &flip(&body, bit)), Err(Refusal::Mismatch));
    }

    #[test]
    fn no_header_makes_it_panic(value in "\\PC{0,60}", id in "\\PC{0,20}", body in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(pay(&value, SIGNED_AT).is_err());
        let headers = [("webhook-id", id.as_str()), ("webhook-timestamp", &value), ("webhook-signature", &value)];
        prop_assert!(check(&standard(), "whsec_AAAA", &headers, &body, 0).is_err());
    }
}
