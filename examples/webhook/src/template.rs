//! Templates of the operator: text with `{placeholders}`. A placeholder without a value renders as nothing, `{{` and `}}`
//! stand for braces, and a brace that is not closed stands for itself. Pure.

/// Renders a template; `value` gives what stands for a placeholder.
pub fn render(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..];
        let taken = if brace.starts_with("{{") || brace.starts_with("}}") {
            text.push_str(&brace[..1]);
            2
        } else if let Some(end) = brace
            .strip_prefix('{')
            .and_then(|inside| inside.find(['{', '}']))
            .filter(|end| brace[1 + end..].starts_with('}'))
        {
            text.push_str(&value(brace[1..=end].trim()).unwrap_or_default());
            end + 2
        } else {
            text.push_str(&brace[..1]);
            1
        };
        rest = &brace[taken..];
    }
    text.push_str(rest);
    tidy(&text)
}

/// Takes away the spaces that placeholders without a value leave.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| {
        line.split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_braces_and_gaps() {
        let value = |path: &str| match path {
            "a.b" => Some("one".to_owned()),
            "c" => Some("{a.b}".to_owned()),
            _ => None,
        };
        let check = |template: &str, expected: &str| assert_eq!(render(template, value), expected, "{template}");
        check("plain", "plain");
        check("{a.b}: {missing} {a.b}", "one: one");
        check("{ a.b }", "one");
        check("{c}", "{a.b}");
        check("{{a.b}} {{{a.b}}}", "{a.b} {one}");
        check("open {a.b", "open {a.b");
        check("{ open {a.b}", "{ open one");
        check("close } {a.b}", "close } one");
        check("{}{a.b}", "one");
        check("{missing}\n{a.b}", "one");
        check("é{a.b}é", "éoneé");
        check("", "");
    }
}
