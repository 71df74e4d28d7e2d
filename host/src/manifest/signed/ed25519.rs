//! Signatures that only the sender can make: the vectors of RFC 8032, and a scheme with a timestamp before the body.

use ring::signature::{Ed25519KeyPair, KeyPair};

use super::*;

/// Public key, message and signature, all in hex: tests 1 to 3 and SHA(abc) of RFC 8032, 7.1.
const VECTORS: [(&str, &str, &str); 4] = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
];

fn plain(lines: &str) -> HookRule {
    rule(&format!(
        "algorithm='ed25519'\nheader='x-signature-ed25519'\nmessage='{{body}}'\n{lines}"
    ))
}

/// What a chat platform signs: the time, and the body right behind it.
fn stamped() -> HookRule {
    rule(
        "algorithm='ed25519'\nsecret-encoding='hex'\nheader='x-signature-ed25519'\nmessage='{timestamp}:{body}'\n\
         timestamp={header='x-signature-timestamp',unit='s',window='5m'}",
    )
}

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

#[test]
fn the_vectors_of_the_rfc() {
    let in_hex = plain("secret-encoding='hex'");
    let in_base64 = plain("secret-encoding='base64'\nencoding='base64'");
    for (key, message, signature) in VECTORS {
        let body = unhex(message);
        let headers = [("X-Signature-Ed25519", signature)];
        let good = check(&in_hex, key, &headers, &body, 0).unwrap();
        assert_eq!(good.until, None);
        assert_eq!(
            check(&in_hex, &key.to_uppercase(), &headers, &body, 0).unwrap().until,
            None
        );
        let encoded = [key, signature].map(|text| data_encoding::BASE64.encode(&unhex(text)));
        let again = check(
            &in_base64,
            &encoded[0],
            &[("x-signature-ed25519", &encoded[1])],
            &body,
            0,
        );
        assert!(again.is_ok(), "{again:?}");
        let longer = [body, b"!".to_vec()].concat();
        assert_eq!(check(&in_hex, key, &headers, &longer, 0), Err(Refusal::Mismatch));
    }
    let (key, _, _) = VECTORS[0];
    let (_, message, foreign) = VECTORS[1];
    let refusal = check(&in_hex, key, &[("x-signature-ed25519", foreign)], &unhex(message), 0);
    assert_eq!(refusal, Err(Refusal::Mismatch), "another's key");
}

#[test]
fn no_part_of_a_signature_and_no_changed_bit_verifies() {
    let rule = plain("secret-encoding='hex'");
    let (key, message, signature) = VECTORS[2];
    for length in 0..signature.len() {
        let refusal = check(
            &rule,
            key,
            &[("x-signature-ed25519", &signature[..length])],
            &unhex(message),
            0,
        );
        assert!(refusal.is_err(), "{length}");
    }
    for bit in 0..signature.len() * 4 {
        let mut changed = unhex(signature);
        changed[bit / 8] ^= 1 << (bit % 8);
        let header = data_encoding::HEXLOWER.encode(&changed);
        let refusal = check(&rule, key, &[("x-signature-ed25519", &header)], &unhex(message), 0);
        assert_eq!(refusal, Err(Refusal::Mismatch), "{bit}");
    }
}

#[test]
fn a_time_and_a_body_that_were_signed_together() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let key = data_encoding::HEXLOWER.encode(pair.public_key().as_ref());
    let signature = data_encoding::HEXLOWER.encode(pair.sign(br#"1492774577:{"type":1}"#).as_ref());
    let call = |stamp: &str, body: &[u8], now| {
        let headers = [("X-Signature-Timestamp", stamp), ("X-Signature-Ed25519", &*signature)];
        check(&stamped(), &key, &headers, body, now)
    };
    let good = call("1492774577", br#"{"type":1}"#, SIGNED_AT).unwrap();
    assert_eq!(good.until, Some(UnixMillis(SIGNED_AT + 300_000)));
    assert_eq!(call("1492774578", br#"{"type":1}"#, SIGNED_AT), Err(Refusal::Mismatch));
    assert_eq!(call("1492774577", br#"{"type":2}"#, SIGNED_AT), Err(Refusal::Mismatch));
    assert_eq!(
        call("1492774577", br#"{"type":1}"#, SIGNED_AT + 301_000),
        Err(Refusal::StaleTimestamp)
    );
    let again = call("1492774577", br#"{"type":1}"#, SIGNED_AT + 1_000).unwrap();
    assert_eq!(good.replay, again.replay, "the same message is a replay");
}

#[test]
fn a_stranger_has_a_message_checked_twice_at_most() {
    let listed = plain("secret-encoding='hex'\nseparator=','");
    let (key, message, signature) = VECTORS[2];
    let wrong = format!("{},", VECTORS[1].2);
    let call = |count: usize| {
        let header = format!("{}{signature}", wrong.repeat(count));
        check(&listed, key, &[("X-Signature-Ed25519", &header)], &unhex(message), 0).map(drop)
    };
    assert_eq!(call(limits::WHOLE_SIGNATURES_TRIED - 1), Ok(()));
    assert_eq!(call(limits::WHOLE_SIGNATURES_TRIED), Err(Refusal::Mismatch));
}

#[test]
fn a_key_of_another_length_is_told_before_anybody_calls() {
    let rule = plain("secret-encoding='hex'");
    let (key, ..) = VECTORS[0];
    assert_eq!(check_secret(&rule, &Secret::new(key)), Ok(()));
    for wrong in [
        "",
        &key[..62],
        &format!("{key}00"),
        &key[..63],
        "a public key",
        &"zz".repeat(32),
    ] {
        let refusal = check_secret(&rule, &Secret::new(wrong)).unwrap_err();
        assert_eq!(refusal, Refusal::NoPublicKey("s".into()), "{wrong}");
        let text = refusal.to_string();
        assert!(
            text.contains("32 bytes") && (wrong.is_empty() || !text.contains(wrong)),
            "{text}"
        );
    }
}

#[test]
fn a_key_that_can_not_be_written_as_text_is_told_to_the_author() {
    let text = "[channel]\nname='t'\nversion='1'\nsummary='t'\n[hook]\n[[hook.rule]]\nname='r'\npath='/r'\nsecret='s'\n\
                algorithm='ed25519'\nheader='x'\nmessage='{body}'\n[secrets.s]\ntitle='t'";
    let said = Manifest::parse(text).unwrap_err().to_string();
    assert!(said.contains("line 9") && said.contains("secret-encoding"), "{said}");
}
