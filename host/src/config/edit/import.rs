//! What another plugin's list adds to a channel's table: who may write directly, groups, patterns, and comments for what
//! can't be expressed. Nothing that stands there is taken away, and a group that stands there otherwise is a clash.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use super::{EditError, child, put, read};
use crate::access::DirectPolicy;
use crate::model::ChannelName;

/// What is to stand in a channel's table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Additions {
    /// Who may write directly.
    pub direct: Option<DirectPolicy>,
    /// Groups that are heard.
    pub groups: Vec<GroupLine>,
    /// What counts as a mention.
    pub patterns: Vec<String>,
    /// Whole lines that begin with `#`; none is written twice.
    pub comments: Vec<String>,
}

/// A group, and who is heard in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLine {
    /// Its id.
    pub id: String,
    /// Only what addresses us.
    pub mention: bool,
    /// Names of people; `None`: everyone.
    pub people: Option<Vec<String>>,
}

impl GroupLine {
    fn people(&self) -> Value {
        match &self.people {
            None => "everyone".into(),
            Some(names) => Array::from_iter(names).into(),
        }
    }

    fn stands(&self, item: &Item) -> bool {
        let Some(table) = item.as_table_like() else {
            return false;
        };
        let mention = table.get("mention").and_then(Item::as_bool).unwrap_or(true);
        let people = table.get("people").and_then(Item::as_value);
        let words = |value: &Value| match value {
            Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            one => vec![one.as_str().unwrap_or_default().to_owned()],
        };
        mention == self.mention && people.is_some_and(|people| words(people) == words(&self.people()))
    }

    fn value(&self) -> Value {
        let mut table = InlineTable::new();
        table.insert("mention", self.mention.into());
        table.insert("people", self.people());
        Value::InlineTable(table)
    }
}

/// Writes them into the table of a channel.
///
/// # Errors
/// There is no such channel, or a group stands there with other words.
pub fn import(text: &str, name: &ChannelName, additions: &Additions) -> Result<String, EditError> {
    let mut document = read(text)?;
    let is_there = document
        .get("channel")
        .and_then(|channels| channels.get(name.as_str()))
        .is_some();
    if !is_there {
        return Err(EditError::NoChannel(name.clone()));
    }
    let table = child(
        child(document.as_table_mut(), "channel", "channel")?,
        name.as_str(),
        name.as_str(),
    )?;
    if let Some(direct) = additions.direct {
        put(table, "direct", Some(value(direct.as_str())));
    }
    groups(table, &additions.groups)?;
    patterns(table, &additions.patterns)?;
    comment(&mut document, text, name, &additions.comments);
    Ok(document.to_string())
}

fn groups(table: &mut Table, groups: &[GroupLine]) -> Result<(), EditError> {
    if groups.is_empty() {
        return Ok(());
    }
    if !table.contains_key("groups") {
        let mut new = Table::new();
        // A line of its own for each: `groups."id" = …`.
        new.set_dotted(true);
        table.insert("groups", Item::Table(new));
    }
    let there = table.get_mut("groups").and_then(Item::as_table_like_mut);
    let there = there.ok_or_else(|| EditError::NoTable("groups".into()))?;
    for group in groups {
        match there.get(&group.id) {
            Some(item) if group.stands(item) => {}
            Some(_) => return Err(EditError::OtherGroup(group.id.clone())),
            None => drop(there.insert(&group.id, Item::Value(group.value()))),
        }
    }
    Ok(())
}

fn patterns(table: &mut Table, patterns: &[String]) -> Result<(), EditError> {
    if patterns.is_empty() {
        return Ok(());
    }
    let there = table.entry("mention-patterns").or_insert_with(|| value(Array::new()));
    let there = there
        .as_array_mut()
        .ok_or_else(|| EditError::NoTable("mention-patterns".into()))?;
    for pattern in patterns {
        if !there.iter().any(|one| one.as_str() == Some(pattern.as_str())) {
            there.push(pattern.as_str());
        }
    }
    Ok(())
}

/// Puts comments above the channel's header, or, where it has none of its own, at the file's end.
fn comment(document: &mut DocumentMut, before: &str, name: &ChannelName, comments: &[String]) {
    let new = comments
        .iter()
        .filter(|comment| !before.lines().any(|line| line == *comment));
    let lines: String = new.map(|comment| format!("{comment}\n")).collect();
    if lines.is_empty() {
        return;
    }
    let table = document
        .get_mut("channel")
        .and_then(|channels| channels.get_mut(name.as_str()));
    match table
        .and_then(Item::as_table_mut)
        .filter(|table| !table.is_implicit() && !table.is_dotted())
    {
        Some(table) => {
            let above = table
                .decor()
                .prefix()
                .and_then(|prefix| prefix.as_str())
                .unwrap_or("\n")
                .to_owned();
            table.decor_mut().set_prefix(format!("{above}{lines}"));
        }
        None => {
            let end = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(format!("{end}{lines}"));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = "# Mine.\nalways-on = true\n\n# My chat.\n[channel.chat]\ncomponent = \"/c.wasm\" # here\n\
        groups.\"-1\" = { people = [\"ann\"], mention = false } # ours\n\n[channel.other]\ncomponent = \"/o.wasm\"\n";

    fn additions() -> Additions {
        let group = |id: &str, mention, people: Option<&str>| GroupLine {
            id: id.into(),
            mention,
            people: people.map(|name| vec![name.to_owned()]),
        };
        Additions {
            direct: Some(DirectPolicy::Pairing),
            groups: vec![group("-1", false, Some("ann")), group("-2", true, None)],
            patterns: vec!["(?i)bot".into()],
            comments: vec!["# access.json had a = 1 (no)".into()],
        }
    }

    fn chat() -> ChannelName {
        "chat".parse().unwrap()
    }

    #[test]
    fn what_stands_around_stays() {
        let expected = "# Mine.\nalways-on = true\n\n# My chat.\n# access.json had a = 1 (no)\n[channel.chat]\n\
            component = \"/c.wasm\" # here\ngroups.\"-1\" = { people = [\"ann\"], mention = false } # ours\n\
            groups.-2 = { mention = true, people = \"everyone\" }\ndirect = \"pairing\"\n\
            mention-patterns = [\"(?i)bot\"]\n\n[channel.other]\ncomponent = \"/o.wasm\"\n";
        let once = import(TEXT, &chat(), &additions()).unwrap();
        assert_eq!(once, expected);
        assert_eq!(
            import(&once, &chat(), &additions()).unwrap(),
            once,
            "a second time changes nothing"
        );
    }

    #[test]
    fn a_group_that_stands_there_otherwise_is_a_clash() {
        let other = TEXT.replace("mention = false", "mention = true");
        let refused = import(&other, &chat(), &additions()).unwrap_err();
        assert!(matches!(refused, EditError::OtherGroup(_)), "{refused}");
        let nobody = import(TEXT, &"nobody".parse().unwrap(), &additions()).unwrap_err();
        assert!(matches!(nobody, EditError::NoChannel(_)));
    }

    #[test]
    fn every_form_of_a_table_is_written() {
        for text in [
            "channel.chat = { component = \"/c.wasm\" }\n",
            "[channel]\nchat = { component = \"/c.wasm\" }\n",
            "[channel.chat]\ncomponent = \"/c.wasm\"\n[channel.chat.groups.\"-1\"]\nmention = false\npeople = [\"ann\"]\n",
            "channel.chat.component = \"/c.wasm\"\n",
        ] {
            let new = import(text, &chat(), &additions()).unwrap();
            let read: toml::Table = new.parse().unwrap();
            let table = &read["channel"]["chat"];
            assert_eq!(table["direct"].as_str(), Some("pairing"), "{new}");
            assert_eq!(table["groups"]["-2"]["people"].as_str(), Some("everyone"), "{new}");
            assert_eq!(table["groups"]["-1"]["mention"].as_bool(), Some(false), "{new}");
            assert!(new.contains("# access.json had a = 1 (no)\n"), "{new}");
        }
    }
}
