//! Under which names the listener may be asked: those of loopback, its own address, and what the operator wrote for a
//! tunnel or a proxy. A browser that was led here by a name that was rebound names another one. Pure.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use hyper::header::{HOST, HeaderMap};

/// Whether a request was meant for this listener. There is one Host, of one reading; a target with an authority of its own
/// would count for more, so it is none of ours.
pub fn is_ours(uri: &Uri, headers: &HeaderMap, listen: SocketAddr, hosts: &BTreeSet<String>) -> bool {
    let mut given = headers.get_all(HOST).iter();
    let (Some(host), None) = (given.next(), given.next()) else {
        return false;
    };
    let name = host.to_str().ok().and_then(name);
    uri.authority().is_none() && name.is_some_and(|name| answers_to(&name, listen.ip(), hosts))
}

/// The name in a Host, in lower case, without its port: which one a tunnel has outside is its own affair.
fn name(host: &str) -> Option<String> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']')?;
            name.parse::<std::net::Ipv6Addr>().ok()?;
            (name, port.strip_prefix(':').or(port.is_empty().then_some("0"))?)
        }
        None => host.split_once(':').unwrap_or((host, "0")),
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_port.then(|| name.to_ascii_lowercase())
}

/// An address can't be rebound as a name can, so one that stands for itself is as good as `localhost`.
fn answers_to(name: &str, listen: IpAddr, hosts: &BTreeSet<String>) -> bool {
    let address = |ip: IpAddr| ip.is_loopback() || ip == listen || listen.is_unspecified();
    name == "localhost" || hosts.contains(name) || name.parse().is_ok_and(address)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(target: &str, headers: &[&[u8]], listen: &str) -> bool {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(HOST, hyper::header::HeaderValue::from_bytes(value).unwrap());
        }
        let hosts = BTreeSet::from(["hooks.example.org".to_owned()]);
        is_ours(&target.parse().unwrap(), &map, listen.parse().unwrap(), &hosts)
    }

    #[track_caller]
    fn check(host: &str, listen: &str, expected: bool) {
        assert_eq!(asked("/ci/forge", &[host.as_bytes()], listen), expected, "{host}");
    }

    #[test]
    fn loopback_and_what_the_operator_wrote() {
        for host in [
            "127.0.0.1:8650",
            "127.0.0.1",
            "127.0.0.2:1",
            "localhost",
            "LocalHost:8650",
            "[::1]:8650",
            "[::1]",
            "hooks.example.org",
            "Hooks.Example.ORG:443",
        ] {
            check(host, "127.0.0.1:8650", true);
        }
    }

    #[test]
    fn all_other_names_and_odd_ones() {
        for host in [
            "",
            ":8650",
            "rebound.example",
            "rebound.example:8650",
            "hooks.example.org.",
            "localhost.",
            "x.hooks.example.org",
            "hooks.example.org@127.0.0.1",
            "user@localhost",
            "127.0.0.1:",
            "127.0.0.1:x",
            "127.0.0.1:+1",
            "127.0.0.1:65536",
            "127.0.0.1:1:2",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "0.0.0.0:8650",
            "10.0.0.1",
            "::1",
            "[::1",
            "[::1]8650",
            "[127.0.0.1]",
            "[localhost]",
            "local host",
            "localhost, hooks.example.org",
        ] {
            check(host, "127.0.0.1:8650", false);
        }
    }

    #[test]
    fn beyond_loopback_the_address_itself_counts_and_no_name() {
        check("10.0.0.1:8650", "10.0.0.1:8650", true);
        check("10.0.0.2:8650", "10.0.0.1:8650", false);
        check("10.0.0.2:8650", "0.0.0.0:8650", true);
        check("[2001:db8::1]:8650", "[::]:8650", true);
        check("rebound.example:8650", "0.0.0.0:8650", false);
    }

    #[test]
    fn one_host_and_no_other_authority() {
        let (good, here) = (b"localhost".as_slice(), "127.0.0.1:8650");
        assert!(!asked("/ci/forge", &[], here));
        assert!(!asked("/ci/forge", &[good, good], here));
        assert!(!asked("/ci/forge", &[good, b"rebound.example"], here));
        assert!(!asked("/ci/forge", &[b"local\xffhost"], here));
        assert!(!asked("http://rebound.example/ci/forge", &[good], here));
        assert!(!asked("http://localhost/ci/forge", &[good], here));
        assert!(!asked("localhost:8650", &[good], here));
        assert!(asked("*", &[good], here), "what is no path is answered with 404");
    }
}
