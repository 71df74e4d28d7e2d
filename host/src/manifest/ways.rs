//! The ways of a channel to a person: how it answers, and the page that it asks for. What stands here is what its author
//! says; what of it holds is the grant's business.

use std::time::Duration;

use serde::Deserialize;

use super::Wrong;
use super::lower::{Result, Source};
use super::raw::{RawPage, RawSink};
use crate::limits;

/// How a channel answers: what its platform takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkTraits {
    /// The longest text of one message, in `text_unit`.
    pub text_limit: usize,
    /// What the platform counts.
    pub text_unit: TextUnit,
    /// How often a sign of typing has to be renewed; without one there is none.
    pub typing: Option<Duration>,
    /// Whether messages that were sent can be changed.
    pub edit: bool,
    /// Whether messages can be reacted to.
    pub react: bool,
    /// Whether messages can have buttons.
    pub buttons: bool,
    /// Which files can be sent, if any.
    pub files: Option<SinkFiles>,
}

/// Which files a platform takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkFiles {
    /// Files of one message.
    pub count: usize,
    /// Bytes of one file.
    pub size: u64,
}

/// What a platform counts when it limits a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextUnit {
    /// Unicode scalar values.
    #[default]
    Chars,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl TextUnit {
    /// How many of these a character has.
    pub fn of(self, c: char) -> usize {
        match self {
            Self::Chars => 1,
            Self::Utf16 => c.len_utf16(),
            Self::Bytes => c.len_utf8(),
        }
    }

    /// For people: `400 characters`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chars => "characters",
            Self::Utf16 => "UTF-16 units",
            Self::Bytes => "bytes",
        }
    }
}

/// A page of its own, which a channel asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAsk {
    /// What a person is told it is.
    pub title: String,
    /// Bytes of one request's body; over `limits::HOOK_BODY_BYTES` it is a file of the call.
    pub upload: u64,
}

impl Source<'_> {
    pub(super) fn sink(&self, raw: &RawSink) -> Result<SinkTraits> {
        let text_limit = self.count(&raw.text_limit, limits::TEXT_BYTES)?;
        let typing = raw.typing.as_ref();
        let typing = typing
            .map(|text| self.duration(text, limits::TYPING_MOST))
            .transpose()?;
        let files = raw.files.as_ref().map(|files| {
            Ok(SinkFiles {
                count: self.count(&files.count, limits::SINK_FILES)?,
                size: self.size(&files.size, limits::FILE_BYTES)?,
            })
        });
        Ok(SinkTraits {
            text_limit,
            text_unit: raw.text_unit,
            typing,
            edit: raw.edit,
            react: raw.react,
            buttons: raw.buttons,
            files: files.transpose()?,
        })
    }

    pub(super) fn page(&self, raw: &RawPage) -> Result<PageAsk> {
        let upload = raw.upload.as_ref().map(|text| self.size(text, limits::FILE_BYTES));
        Ok(PageAsk {
            title: self.line(&raw.title)?,
            upload: upload.transpose()?.unwrap_or(limits::HOOK_BODY_BYTES as u64),
        })
    }

    fn count(&self, number: &toml::Spanned<i64>, most: usize) -> Result<usize> {
        match usize::try_from(*number.as_ref()) {
            Ok(count) if (1..=most).contains(&count) => Ok(count),
            _ => self.wrong(number.span(), Wrong::Count(most)),
        }
    }
}
