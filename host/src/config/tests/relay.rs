//! Questions for permission: how long, over which channels, for which tools.

use super::*;
use crate::limits;

#[track_caller]
fn channel(lines: &str) -> ChannelConfig {
    let text = format!("[channel.chat]\ncomponent = \"/opt/chat.wasm\"\n{lines}");
    parse(&text).unwrap().channels[&name("chat")].clone()
}

#[test]
fn relay_is_off_unless_it_is_written_and_then_for_all_tools() {
    let none = channel("");
    assert_eq!((none.relay, none.relay_tools), (false, None));
    let all = channel("relay = true");
    assert_eq!((all.relay, all.relay_tools), (true, None));
    let two = channel("relay = true\nrelay-tools = [\"Bash\", \"mcp__x__y\"]");
    let tools = two.relay_tools.unwrap();
    assert_eq!(tools.iter().collect::<Vec<_>>(), ["Bash", "mcp__x__y"]);
    assert_eq!(channel("relay-tools = []").relay_tools.unwrap().len(), 0);
}

#[test]
fn a_time_or_a_tool_that_makes_no_sense_is_an_error_where_it_stands() {
    let ttl = |text: &str| parse(&format!("relay-ttl = {text}"));
    assert_eq!(ttl("\"90s\"").unwrap().relay_ttl.as_secs(), 90);
    assert_eq!(parse("").unwrap().relay_ttl, limits::CODE_TTL);
    for wrong in ["\"\"", "\"0s\"", "\"900ms\"", "\"25h\"", "\"soon\"", "\"-1h\""] {
        let error = ttl(wrong).unwrap_err().to_string();
        assert!(error.starts_with("lockgate.toml:1:13: `relay-ttl`"), "{error}");
    }
    for wrong in ["\"\"", "\"a b\"", "\"ä\""] {
        let text = format!("[channel.chat]\ncomponent = \"/x\"\nrelay-tools = [{wrong}]");
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.starts_with("lockgate.toml:3:16: `relay-tools`"), "{error}");
    }
    let tools = |count: usize| {
        let list = vec!["Bash"; count];
        parse(&format!("[channel.chat]\ncomponent = \"/x\"\nrelay-tools = {list:?}"))
    };
    assert!(tools(limits::RELAY_TOOLS).is_ok() && tools(limits::RELAY_TOOLS + 1).is_err());
    assert!(ttl("\"1s\"").is_ok() && ttl("\"24h\"").is_ok());
}

#[test]
fn what_is_written_is_read_again() {
    let text = "# mine\n[channel.chat]\ncomponent = \"/opt/chat.wasm\"\nrelay-tools = [\"Bash\"] # only\n";
    let mut config = channel("relay-tools = [\"Bash\"]");
    config.relay = true;
    let written = crate::config::edit::put_channel(text, &name("chat"), &config).unwrap();
    assert!(
        written.contains("# mine") && written.contains("[\"Bash\"] # only"),
        "{written}"
    );
    assert_eq!(parse(&written).unwrap().channels[&name("chat")], config);
}
