//! Which kind of event a delivery is, which kinds machines alone write, and what the well-known ones say. Pure.
//!
//! A text under a machine's name holds only what machines wrote. Names of branches, jobs, commits and titles are not
//! among that: whoever opens a pull request chooses them.

use crate::Settings;
use crate::delivery::Delivery;
use crate::line::flat;

/// Headers in which a forge names the kind. Only kinds of theirs are well known: elsewhere the same name may mean another thing,
/// written by another hand.
pub const FORGE_HEADERS: [&str; 2] = ["x-github-event", "x-gitea-event"];
/// Where else a kind is looked for if the setting `kind` does not say.
const PATHS: [&str; 2] = ["type", "event"];
/// The most characters of a kind.
const KIND_CHARS: usize = 64;

/// The kind of a delivery; empty if it names none.
pub fn kind(delivery: &Delivery<'_>, settings: Settings<'_>) -> String {
    let named = match settings("kind") {
        Some(place) => delivery.value(&place),
        None => forge_kind(delivery)
            .map(flat)
            .or_else(|| PATHS.iter().find_map(|path| delivery.value(path))),
    };
    // It becomes a part of a setting's key, so it may be no more than a name.
    let nameable = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    named
        .filter(|kind| kind.len() <= KIND_CHARS && kind.chars().all(nameable))
        .unwrap_or_default()
}

/// The kind as a forge names it.
fn forge_kind<'a>(delivery: &Delivery<'a>) -> Option<&'a str> {
    FORGE_HEADERS.iter().find_map(|name| delivery.request.header(name))
}

/// Whether all that our text says of this delivery was written by a machine.
pub fn is_machine_made(kind: &str, delivery: &Delivery<'_>) -> bool {
    match kind {
        _ if forge_kind(delivery) != Some(kind) => false,
        "workflow_job" | "check_run" | "check_suite" | "status" | "deployment_status" | "ping" => true,
        // The workflow of a fork is named by whoever made the fork.
        "workflow_run" => delivery.at("workflow_run.head_repository.id") == delivery.at("repository.id"),
        _ => false,
    }
}

/// What a well-known kind says.
pub fn text(kind: &str, delivery: &Delivery<'_>) -> Option<&'static str> {
    Some(match kind {
        _ if forge_kind(delivery) != Some(kind) => return None,
        "workflow_run" => {
            "{repository.full_name}: {workflow_run.name} {workflow_run.status} {workflow_run.conclusion} {workflow_run.html_url}"
        }
        "workflow_job" => {
            "{repository.full_name}: job {workflow_job.status} {workflow_job.conclusion} {workflow_job.html_url}"
        }
        "check_run" => "{repository.full_name}: check {check_run.status} {check_run.conclusion} {check_run.html_url}",
        "check_suite" => {
            "{repository.full_name}: checks of {check_suite.app.slug} {check_suite.status} {check_suite.conclusion}"
        }
        "status" => "{repository.full_name}: {context} {state} {target_url}",
        "deployment_status" => {
            "{repository.full_name}: deployment {deployment_status.state} {deployment_status.target_url}"
        }
        "ping" => "{repository.full_name}: the hook is connected",
        "push" => "{repository.full_name}: push to {ref}, now {after} {compare}",
        "issues" => "{repository.full_name}#{issue.number} {action}: {issue.title} {issue.html_url}",
        "issue_comment" => "{repository.full_name}#{issue.number} comment {action}: {comment.body} {comment.html_url}",
        "pull_request" => {
            "{repository.full_name}#{pull_request.number} {action}: {pull_request.title} {pull_request.html_url}"
        }
        "pull_request_review" => {
            "{repository.full_name}#{pull_request.number} {review.state}: {review.body} {review.html_url}"
        }
        "pull_request_review_comment" => {
            "{repository.full_name}#{pull_request.number} comment {action}: {comment.body} {comment.html_url}"
        }
        "commit_comment" => "{repository.full_name}: comment on {comment.commit_id}: {comment.body} {comment.html_url}",
        "release" => "{repository.full_name}: release {release.tag_name} {action} {release.html_url}",
        _ => return None,
    })
}
