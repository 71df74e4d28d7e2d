//! The lines of a channel's way outward.

use crate::cli::print::{Cell, Table, bytes, counted};
use crate::limits;
use crate::status::OutwardReport;

/// Those that there is something to say of.
pub(super) fn notes(table: &mut Table, name: &str, outward: &OutwardReport) {
    for (host, to) in &outward.upstreams {
        table.note(Cell::bad(format!(
            "requests to {host} go to {to}, because lockgate.toml has an upstream for it"
        )));
    }
    if outward.requests > 0 {
        let requests = counted(outward.requests, "request", "requests");
        let (sent, received) = (bytes(outward.sent), bytes(outward.received));
        table.note(format!("{requests} sent, {sent} out and {received} in"));
    }
    if !outward.withheld.is_empty() {
        let hosts: Vec<&str> = outward.withheld.iter().map(String::as_str).collect();
        table.note(format!(
            "asks for and was not granted: {}; `hosts` of [channel.{name}] in lockgate.toml would grant it",
            hosts.join(", ")
        ));
    }
    for secret in &outward.missing_secrets {
        table.note(format!(
            "some of its requests wait for the secret {secret}, which it is not given"
        ));
    }
    for secret in &outward.short_secrets {
        table.note(Cell::bad(format!(
            "its secret {secret} has less than {} bytes, too little to be told from other text in answers; \
             `lockgate secret set {name}.{secret}` sets another",
            limits::SECRET_SHORT
        )));
    }
}
