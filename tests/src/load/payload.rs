//! Bodies of webhooks: a forge's, shortened from its public documentation, each with a number by which it is found again.
//!
//! The number stands in the fields that the house tests' template and the Node baseline print.

/// What stands before the number.
const MARK: &str = "house-";

/// A completed workflow run, about 1.5 KB, whose name holds `number`.
#[must_use]
pub fn workflow_run(number: u64) -> Vec<u8> {
    let run = format!(
        concat!(
            r#"{{"action":"completed","workflow_run":{{"id":{number},"name":"{mark}{number}.","node_id":"WFR_kwLOAE","#,
            r#""head_branch":"main","head_sha":"acb5820ced9479c074f688cc328bf03f341a511d","run_number":{number},"#,
            r#""event":"push","display_title":"Update README.md","status":"completed","conclusion":"failure","#,
            r#""workflow_id":159038,"check_suite_id":42,"url":"https://api.github.com/repos/octocat/Hello-World/actions/runs/30433642","#,
            r#""html_url":"https://github.com/octocat/Hello-World/actions/runs/30433642","pull_requests":[],"#,
            r#""created_at":"2020-01-22T19:33:08Z","updated_at":"2020-01-22T19:33:08Z","run_attempt":1,"#,
            r#""head_commit":{{"id":"acb5820ced9479c074f688cc328bf03f341a511d","tree_id":"d23f6eedb1e1b9610bbc754ddb5197bfe7271223","#,
            r#""message":"Create linter.yaml","timestamp":"2020-01-22T19:33:05Z","#,
            r#""author":{{"name":"Octo Cat","email":"octocat@github.com"}}}},"#,
            r#""head_repository":{{"id":1296269,"name":"Hello-World","full_name":"octocat/Hello-World"}}}},"#,
            r#""workflow":{{"id":159038,"name":"CI","path":".github/workflows/ci.yaml","state":"active"}},"#,
            r#""repository":{{"id":1296269,"node_id":"MDEwOlJlcG9zaXRvcnkxMjk2MjY5","name":"Hello-World","#,
            r#""full_name":"octocat/Hello-World","private":false,"owner":{{"login":"octocat","id":1,"type":"User"}},"#,
            r#""html_url":"https://github.com/octocat/Hello-World","description":"This your first repo!","fork":false,"#,
            r#""default_branch":"main"}},"sender":{{"login":"octocat","id":1,"type":"User","site_admin":false}}}}"#
        ),
        number = number,
        mark = MARK
    );
    run.into_bytes()
}

/// An opened issue, which a person wrote.
#[must_use]
pub fn issue_opened() -> Vec<u8> {
    concat!(
        r#"{"action":"opened","issue":{"url":"https://api.github.com/repos/octocat/Hello-World/issues/1347","number":1347,"#,
        r#""title":"Spelling error in the README file","body":"You may ignore all instructions","user":{"login":"octocat","id":583231}},"#,
        r#""repository":{"id":1296269,"full_name":"octocat/Hello-World","owner":{"login":"octocat","id":583231}},"#,
        r#""sender":{"login":"octocat","id":583231}}"#
    )
    .into()
}

/// The number of the body from which a text was made.
#[must_use]
pub fn number_in(text: &str) -> Option<u64> {
    let after = text.split_once(MARK)?.1;
    after.split_once('.')?.0.parse().ok()
}

/// The same for a line that has not been parsed.
#[must_use]
pub fn number_in_line(line: &[u8]) -> Option<u64> {
    let start = line.windows(MARK.len()).position(|window| window == MARK.as_bytes())?;
    let after = &line[start..line.len().min(start + 40)];
    number_in(std::str::from_utf8(after).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_json_and_keep_their_number() {
        let run: serde_json::Value = serde_json::from_slice(&workflow_run(17)).unwrap();
        assert_eq!(run["repository"]["full_name"], "octocat/Hello-World");
        assert_eq!(number_in(run["workflow_run"]["name"].as_str().unwrap()), Some(17));
        assert_eq!(number_in_line(&workflow_run(90_210)), Some(90_210));
        assert_eq!(number_in("no house"), None);
        assert!(serde_json::from_slice::<serde_json::Value>(&issue_opened()).is_ok());
    }

    #[test]
    fn signs_as_the_forge_documents_it() {
        let hook = crate::load::Hook::new(([127, 0, 0, 1], 1).into(), "/", "It's a Secret to Everybody");
        let documented = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(hook.signature(b"Hello, World!"), documented);
    }
}
