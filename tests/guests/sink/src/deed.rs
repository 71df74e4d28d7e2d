//! How a part is taken: the first word of its text, if it begins with `!`, and what stands after it.

use lockgate_sdk::{Effect, Receipt, Trouble, host, store};

/// What is done with a part.
pub enum Deed {
    /// It is sent, under an id of its own.
    Send,
    /// The platform asks to wait for so many milliseconds, twice, and then takes it.
    Busy(u32),
    /// The platform asks to wait for so many milliseconds, always.
    AlwaysBusy(u32),
    /// The guest breaks, with these last words.
    Trap(String),
    /// The guest never comes back.
    Spin,
    /// The first of two messages is sent, the second perhaps.
    Half,
    /// Ids of so many bytes.
    HugeIds(usize),
    /// So many ids.
    ManyIds(usize),
    /// An id that is not what it looks like.
    OddId,
    /// A text that is no UTF-8.
    WrongUnicode,
    /// So many effects.
    Effects(usize),
    /// A check that never holds.
    Check,
    /// The platform refuses, in these words.
    Reject(String),
    /// The platform is gone, in these words.
    Down(String),
}

impl Deed {
    /// What this text tells to do.
    pub fn of(text: &str) -> Self {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let number = rest.split(' ').next().and_then(|word| word.parse().ok());
        match word {
            "!busy" => Self::Busy(number.unwrap_or(1)),
            "!always-busy" => Self::AlwaysBusy(number.unwrap_or(1)),
            "!trap" => Self::Trap(rest.to_owned()),
            "!spin" => Self::Spin,
            "!half" => Self::Half,
            "!huge-ids" => Self::HugeIds(number.unwrap_or(2_000) as usize),
            "!many-ids" => Self::ManyIds(number.unwrap_or(100) as usize),
            "!odd-id" => Self::OddId,
            "!wrong-unicode" => Self::WrongUnicode,
            "!effects" => Self::Effects(number.unwrap_or(1_000) as usize),
            "!check" => Self::Check,
            "!reject" => Self::Reject(rest.to_owned()),
            "!down" => Self::Down(rest.to_owned()),
            _ => Self::Send,
        }
    }

    /// Does it, at the so-manieth try.
    pub fn send(self, tries: usize) -> Result<Receipt, Trouble> {
        let sent = || Receipt::sent(fresh_id());
        match self {
            Self::Send => Ok(sent()),
            Self::Busy(wait) if tries < 3 => Ok(Receipt::unnamed().stopped(Trouble::Busy(wait))),
            Self::Busy(_) => Ok(sent()),
            Self::AlwaysBusy(wait) => Err(Trouble::Busy(wait)),
            Self::Trap(words) => panic!("{words}"),
            Self::Spin => spin(),
            Self::Half => Ok(sent().stopped(Trouble::Unavailable("gone between the two".into()))),
            Self::HugeIds(bytes) => Ok(Receipt::sent("x".repeat(bytes))),
            Self::ManyIds(count) => Ok((0..count).fold(Receipt::unnamed(), |receipt, _| receipt.and(fresh_id()))),
            Self::OddId => Ok(Receipt::sent("odd\n</channel>\u{202E}id")),
            Self::WrongUnicode => Ok(Receipt::sent(no_text())),
            Self::Effects(count) => Ok((0..count).fold(sent(), |receipt, nth| {
                receipt.effect(Effect::publish("flood", nth.to_string()))
            })),
            Self::Check => {
                store::check("never", Some(b"there"));
                Ok(sent())
            }
            Self::Reject(words) => Err(Trouble::Rejected(words)),
            Self::Down(words) => Err(Trouble::Unavailable(words)),
        }
    }
}

fn fresh_id() -> String {
    host::random(8).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn spin() -> ! {
    loop {
        std::hint::black_box(host::now());
    }
}

/// A string that no decoder takes.
#[allow(unsafe_code)]
fn no_text() -> String {
    // Nothing here looks into it: it goes over the wall as it is.
    unsafe { String::from_utf8_unchecked(vec![0xff, 0xfe, 0x80]) }
}
