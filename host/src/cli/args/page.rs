//! Where a channel's page is to be served, as it is typed.

use crate::config::PagePort;

/// `--page`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page(Option<PagePort>);

impl From<Page> for Option<PagePort> {
    fn from(page: Page) -> Self {
        page.0
    }
}

/// What was typed after `--page`.
pub(super) fn page(text: &str) -> Result<Page, String> {
    match text {
        "none" => Ok(Page(None)),
        "any" => Ok(Page(Some(PagePort::Any))),
        port => match port.parse() {
            Ok(port) if port >= 1024 => Ok(Page(Some(PagePort::At(port)))),
            _ => Err("write `any`, `none` or a port from 1024 to 65535".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_any_or_none() {
        let cases = [
            ("none", Some(None)),
            ("any", Some(Some(PagePort::Any))),
            ("1024", Some(Some(PagePort::At(1024)))),
            ("65535", Some(Some(PagePort::At(65_535)))),
            ("1023", None),
            ("65536", None),
            ("-1", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(page(text).ok().map(Option::from), expected, "{text}");
        }
    }
}
