//! The vectors, and what holds for any address.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// An address and its class in each line, and where it is written.
const VECTORS: &str = include_str!("vectors.txt");

#[test]
fn every_vector_has_its_class() {
    let lines: Vec<_> = VECTORS.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 80, "{}", lines.len());
    for line in lines {
        let (address, rest) = line.split_once("  ").unwrap();
        let class = rest.trim_start().split("  ").next().unwrap();
        let found = blocked(address.parse().unwrap()).map_or("public", Class::as_str);
        assert_eq!(found, class, "{line}");
    }
}

#[test]
fn every_class_has_a_vector() {
    for (_, _, class) in V4 {
        assert!(VECTORS.contains(class.as_str()), "{class}");
    }
    for (_, _, class) in V6 {
        assert!(VECTORS.contains(class.as_str()), "{class}");
    }
}

proptest! {
    /// Nothing that the standard library calls special gets by.
    #[test]
    fn no_special_v4_is_public(bits in any::<u32>(), prefix in prop::sample::select(vec![0_u32, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 255])) {
        for ip in [Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(prefix << 24 | bits >> 8)] {
            let special = ip.is_unspecified() || ip.is_loopback() || ip.is_private() || ip.is_link_local()
                || ip.is_multicast() || ip.is_broadcast() || ip.is_documentation();
            prop_assert!(!special || blocked(ip.into()).is_some(), "{ip}");
        }
    }

    /// However an IPv4 address is put into an IPv6 one, the whole is refused.
    #[test]
    fn no_embedded_v4_is_public(v4 in any::<u32>(), low in any::<u64>()) {
        let v4 = u128::from(v4);
        let low = u128::from(low);
        let forms = [
            v4,
            0xffff << 32 | v4,
            0xffff << 48 | v4,
            0x64_ff9b << 96 | v4,
            0x64_ff9b_0001 << 80 | low << 16,
            0x2001 << 112 | v4 << 64 | low,
            0x2002 << 112 | v4 << 80 | low,
            0x2a00 << 112 | 0x5efe << 32 | v4,
        ];
        for bits in forms {
            let ip = Ipv6Addr::from_bits(bits);
            prop_assert!(blocked(ip.into()).is_some(), "{ip}");
        }
    }
}
