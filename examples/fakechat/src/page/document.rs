//! The page as one document: its style and scripts stand inside, so that it needs nothing from anywhere.

const INDEX: &str = include_str!("../../page/index.html");

/// What `index.html` names in a comment of its own, as `/* style.css */`.
const PARTS: [(&str, &str); 11] = [
    ("style.css", include_str!("../../page/style.css")),
    ("script/dom.js", include_str!("../../page/script/dom.js")),
    ("script/markdown.js", include_str!("../../page/script/markdown.js")),
    ("script/inline.js", include_str!("../../page/script/inline.js")),
    ("script/server.js", include_str!("../../page/script/server.js")),
    ("script/log.js", include_str!("../../page/script/log.js")),
    ("script/files.js", include_str!("../../page/script/files.js")),
    ("script/message.js", include_str!("../../page/script/message.js")),
    ("script/history.js", include_str!("../../page/script/history.js")),
    ("script/composer.js", include_str!("../../page/script/composer.js")),
    ("script/main.js", include_str!("../../page/script/main.js")),
];

/// The whole document.
pub fn html() -> String {
    let mut html = String::with_capacity(INDEX.len() + PARTS.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = INDEX;
    while let Some((before, after)) = rest.split_once("/* ") {
        html.push_str(before);
        let (name, after) = after.split_once(" */").unwrap_or((after, ""));
        html.push_str(
            PARTS
                .iter()
                .find(|(part, _)| *part == name)
                .map_or("", |(_, text)| text),
        );
        rest = after;
    }
    html.push_str(rest);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_part_and_nothing_from_elsewhere() {
        let html = html();
        for (name, text) in PARTS {
            assert!(html.contains(text), "{name} is not in the document");
            assert!(
                !text.contains("</script") && !text.contains("</style"),
                "{name} ends its own element"
            );
        }
        assert!(html.ends_with("</html>\n"));
        assert_eq!(html.matches("<script").count(), 1);
        for mark in ["src=\"", "href=\"http", "url(", "@import", "innerHTML =", "eval("] {
            assert!(!html.contains(mark), "the document has {mark}");
        }
    }
}
