//! Questions for permission, as the client writes them.

use super::*;

fn asks(id: &str, tool: &str) -> String {
    let params = json!({"request_id": id, "tool_name": tool, "description": "Run", "input_preview": "{ }"});
    let method = "notifications/claude/channel/permission_request";
    format!("{}\n", json!({"jsonrpc": "2.0", "method": method, "params": params}))
}

#[tokio::test]
async fn questions_reach_the_desk_in_their_order_and_a_broken_one_ends_nothing() {
    let mut client = Recorder::start(ToolSet::Full);
    // Before the greeting nobody asks.
    client.say(&asks("aaaaa", "Bash")).await;
    client.ask(INITIALIZE).await;
    client.say(INITIALIZED).await;
    client.session.initialized().await.unwrap();
    let three = [asks("abcde", "Bash"), asks("abcle", "Bash"), asks("fghij", "Edit")];
    client.say(&three.concat()).await;
    let pong = client.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").await;
    assert_eq!(pong["id"], 1, "a notification is not answered");
    let asked = client.desk.prompts.lock().unwrap();
    let asked: Vec<_> = asked
        .iter()
        .map(|asked| asked.as_ref().map(|it| (it.id.as_str(), it.tool.as_str())))
        .collect();
    assert_eq!(asked, [Ok(("abcde", "Bash")), Err(&Unreadable), Ok(("fghij", "Edit"))]);
}
