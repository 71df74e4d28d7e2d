//! Which addresses no channel is sent to: everything that is not the public internet, by the special-purpose registries
//! of RFC 6890 and what has been added to them since. Whatever carries an IPv4 address inside an IPv6 one is refused as a
//! whole, so that nothing has to be unpacked. What is not known is refused, too: only 2000::/3 is handed out.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// No address yet, or this network.
    Unspecified,
    /// This machine.
    Loopback,
    /// A network at home or at work.
    Private,
    /// The same cable.
    LinkLocal,
    /// Where clouds tell a machine its own credentials.
    Metadata,
    /// Shared between a provider's customers.
    CarrierNat,
    /// Many at once.
    Multicast,
    /// All at once.
    Broadcast,
    /// For texts like this one.
    Documentation,
    /// For measuring.
    Benchmarking,
    /// An IPv4 address in an IPv6 one.
    Embedded,
    /// A hash that is no place, or a place that is not on the internet.
    Overlay,
    /// For something else, for later, or for nothing any more.
    Reserved,
}

impl Class {
    /// In a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::CarrierNat => "carrier-grade nat",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "documentation",
            Self::Benchmarking => "benchmarking",
            Self::Embedded => "embedded ipv4",
            Self::Overlay => "overlay",
            Self::Reserved => "reserved",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The class that keeps an address from being connected to; none if it is public.
pub fn blocked(ip: IpAddr) -> Option<Class> {
    match ip {
        IpAddr::V4(ip) => blocked_v4(ip),
        IpAddr::V6(ip) => blocked_v6(ip),
    }
}

/// Networks and their classes; the first that holds an address counts.
const V4: &[([u8; 4], u32, Class)] = &[
    ([169, 254, 169, 254], 32, Class::Metadata),
    ([100, 100, 100, 200], 32, Class::Metadata),
    ([192, 0, 0, 192], 32, Class::Metadata),
    // Public by its number, but answered by the cloud's own host.
    ([168, 63, 129, 16], 32, Class::Metadata),
    ([0, 0, 0, 0], 8, Class::Unspecified),
    ([127, 0, 0, 0], 8, Class::Loopback),
    ([10, 0, 0, 0], 8, Class::Private),
    ([172, 16, 0, 0], 12, Class::Private),
    ([192, 168, 0, 0], 16, Class::Private),
    ([169, 254, 0, 0], 16, Class::LinkLocal),
    ([100, 64, 0, 0], 10, Class::CarrierNat),
    ([192, 0, 2, 0], 24, Class::Documentation),
    ([198, 51, 100, 0], 24, Class::Documentation),
    ([203, 0, 113, 0], 24, Class::Documentation),
    ([198, 18, 0, 0], 15, Class::Benchmarking),
    // Relays of 6to4.
    ([192, 88, 99, 0], 24, Class::Embedded),
    ([192, 0, 0, 0], 24, Class::Reserved),
    ([192, 31, 196, 0], 24, Class::Reserved),
    ([192, 52, 193, 0], 24, Class::Reserved),
    ([192, 175, 48, 0], 24, Class::Reserved),
    ([224, 0, 0, 0], 4, Class::Multicast),
    ([255, 255, 255, 255], 32, Class::Broadcast),
    ([240, 0, 0, 0], 4, Class::Reserved),
];

/// The same for version 6, as far as there is a name for it.
const V6: &[([u16; 8], u32, Class)] = &[
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, Class::Metadata),
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, Class::Unspecified),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, Class::Loopback),
    // Compatible, mapped, translated; NAT64, everywhere and here; Teredo; 6to4.
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, Class::Embedded),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, Class::Embedded),
    ([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, Class::Embedded),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, Class::Embedded),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, Class::Embedded),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, Class::Embedded),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Class::Embedded),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 32, Class::Reserved),
    ([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, Class::Benchmarking),
    ([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, Class::Overlay),
    ([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, Class::Overlay),
    ([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28, Class::Overlay),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Class::Reserved),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, Class::Documentation),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Class::Documentation),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, Class::Reserved),
    ([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16, Class::Reserved),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, Class::Overlay),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, Class::Private),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, Class::LinkLocal),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, Class::Private),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Class::Multicast),
];

fn blocked_v4(ip: Ipv4Addr) -> Option<Class> {
    let bits = ip.to_bits();
    let holds = |net: &[u8; 4], prefix: u32| (bits ^ Ipv4Addr::from(*net).to_bits()) >> (32 - prefix) == 0;
    let found = V4.iter().find(|(net, prefix, _)| holds(net, *prefix));
    found.map(|(_, _, class)| *class)
}

fn blocked_v6(ip: Ipv6Addr) -> Option<Class> {
    let bits = ip.to_bits();
    let holds = |net: &[u16; 8], prefix: u32| (bits ^ Ipv6Addr::from(*net).to_bits()) >> (128 - prefix) == 0;
    if let Some((_, _, class)) = V6.iter().find(|(net, prefix, _)| holds(net, *prefix)) {
        return Some(*class);
    }
    let segments = ip.segments();
    // ISATAP stands under anybody's prefix.
    if matches!(segments[4], 0 | 0x200) && segments[5] == 0x5efe {
        return Some(Class::Embedded);
    }
    (segments[0] >> 13 != 1).then_some(Class::Reserved)
}

#[cfg(test)]
mod tests;
