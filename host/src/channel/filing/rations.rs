//! How many files one call may cause, and how many bytes. Pure: it copies nothing.

use crate::limits;

/// What a call may still have.
#[derive(Debug)]
pub struct Rations {
    copied: usize,
    images: usize,
    bytes: u64,
}

impl Default for Rations {
    fn default() -> Self {
        Self {
            copied: 0,
            images: limits::IMAGES_PER_CALL,
            bytes: limits::INBOX_BYTES_PER_CALL,
        }
    }
}

impl Rations {
    /// The number of the next copy, from 1.
    ///
    /// # Errors
    /// There were as many as a call may cause, or one was too large: nothing more is copied after that.
    pub fn copy(&mut self) -> Result<usize, &'static str> {
        if self.bytes == 0 || self.copied == limits::COPIES_PER_CALL {
            return Err("attachment-too-much");
        }
        self.copied += 1;
        Ok(self.copied)
    }

    /// One image more is fetched before its message is announced.
    ///
    /// # Errors
    /// There were as many as are fetched for a call.
    pub fn image(&mut self) -> Result<(), &'static str> {
        self.images = self.images.checked_sub(1).ok_or("image-too-much")?;
        Ok(())
    }

    /// So many bytes were copied. One file that is named a thousand times is as much as a thousand files.
    ///
    /// # Errors
    /// They are more than were left, so that the copy can't stay.
    pub fn keep(&mut self, bytes: u64) -> Result<(), &'static str> {
        let left = self.bytes.checked_sub(bytes.max(limits::FILE_COSTS));
        self.bytes = left.unwrap_or(0);
        left.map(drop).ok_or("attachment-too-much")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many go, and the next one does not.
    #[track_caller]
    fn check<T>(most: usize, mut next: impl FnMut() -> Result<T, &'static str>, reason: &str) {
        for number in 1..=most {
            assert!(next().is_ok(), "{number}");
        }
        assert_eq!([next().err(), next().err()], [Some(reason); 2]);
    }

    #[test]
    fn copies_images_and_small_files_are_counted() {
        let mut rations = Rations::default();
        check(limits::COPIES_PER_CALL, || rations.copy(), "attachment-too-much");
        check(limits::IMAGES_PER_CALL, || rations.image(), "image-too-much");
        let small = limits::INBOX_BYTES_PER_CALL / limits::FILE_COSTS;
        let mut rations = Rations::default();
        check(small as usize, || rations.keep(0), "attachment-too-much");
    }

    #[test]
    fn bytes_are_bounded_and_nothing_comes_after_what_is_too_much() {
        let most = limits::INBOX_BYTES_PER_CALL;
        for (bytes, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
            let mut rations = Rations::default();
            assert_eq!(rations.keep(bytes).is_ok(), fits, "{bytes}");
            // A byte is left of the first, and the place for a copy with it.
            assert_eq!(rations.copy().is_ok(), bytes < most, "{bytes}");
        }
    }
}
