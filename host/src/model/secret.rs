//! A secret as a value: it can be used, and it can't be printed.

use std::fmt;

/// The bytes of a secret. `Debug` and `Display` print `[secret]`, and there is no `Serialize`, so that it can't
/// slip into a log, an error or a file; nor is there an `==`, which would stop at the first byte that differs.
/// Whoever needs the bytes says so with [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into_boxed_slice())
    }

    /// The bytes themselves.
    ///
    /// # Authority
    /// Every use of a secret is a call of this function.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether it begins or ends with a blank, a tab or the end of a line. Many a receiver takes those away: what it repeats
    /// is then not what was sent, and nobody finds it.
    pub fn is_between_blanks(&self) -> bool {
        self.0.trim_ascii().len() < self.0.len()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
