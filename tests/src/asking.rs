//! A session that asks for permission, and a channel full of people that carries the questions: what was shown to whom, and
//! what the session was told.

use anyhow::{Context, Result, bail, ensure};

use crate::crowd::{self, Crowd, Entry, NAME, PEOPLE, Said};
use crate::home::Home;
use crate::wait::PATIENCE;

/// The crowd, with `relay` granted and [`PEOPLE`] on the list: Ann (1) and Cat (3) may approve, Ben (2) may not.
#[derive(Debug)]
pub struct Asking {
    /// Home, session and people.
    pub crowd: Crowd,
}

/// A question as somebody sees it.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// All its parts, in order.
    pub parts: Vec<Entry>,
    /// The token of the button that allows.
    pub allow: String,
    /// The token of the one that denies.
    pub deny: String,
}

impl Prompt {
    /// The id of the message with the buttons.
    #[must_use]
    pub fn message(&self) -> &str {
        self.parts.last().map_or("", |part| part.id.as_str())
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        texts.join("\n")
    }
}

impl Asking {
    /// A session in a new home.
    ///
    /// # Errors
    /// As [`Crowd::open`].
    pub fn open() -> Result<Asking> {
        Asking::open_with(|_| {})
    }

    /// The same, after a change of the channel's table in `lockgate.toml`.
    ///
    /// # Errors
    /// As [`Crowd::open`].
    pub fn open_with(edit: impl FnOnce(&mut toml::Table)) -> Result<Asking> {
        let home = Home::new()?;
        crowd::add(&home, NAME)?;
        grant(&home, NAME)?;
        crowd::configure(&home, NAME, edit)?;
        crowd::people(&home, PEOPLE)?;
        Ok(Asking {
            crowd: Crowd::over(home)?,
        })
    }

    /// Kills the session and begins another one in the same home.
    ///
    /// # Errors
    /// As [`Crowd::again`].
    pub fn again(self) -> Result<Asking> {
        Ok(Asking {
            crowd: self.crowd.again()?,
        })
    }

    /// The session asks whether it may use a tool.
    ///
    /// # Errors
    /// If the server reads no more.
    pub fn ask(&mut self, id: &str, tool: &str) -> Result<()> {
        self.crowd
            .serve
            .client
            .ask_permission(id, tool, "{ \"command\": \"ls\" }")
    }

    /// The account writes something that the session gets, so that it is the last who asked for anything.
    ///
    /// # Errors
    /// If it does not come.
    pub fn speaks(&self, account: &str) -> Result<()> {
        let record = self.crowd.serve.client.record();
        let before = record.seen().events.len();
        self.crowd.say(&Said::direct(account, "please do it"))?;
        record.wait_events(before + 1, PATIENCE)
    }

    /// Waits for the question of this id in the account's own conversation.
    ///
    /// # Errors
    /// If it does not come.
    pub fn prompt(&self, account: &str, id: &str) -> Result<Prompt> {
        let foot = format!("yes {id} / no {id}");
        let what = format!("the question {id} to {account}");
        let waited = self.crowd.wait_sent(&what, |entries| {
            let mine = entries
                .iter()
                .filter(|it| it.what == "sent" && it.conversation == format!("d-{account}"));
            let mut parts: Vec<Entry> = Vec::new();
            for entry in mine {
                if entry.text.starts_with("The session asks") {
                    parts.clear();
                }
                parts.push(entry.clone());
                if entry.text.ends_with(&foot) {
                    let token = |label: &str| {
                        entry
                            .buttons
                            .iter()
                            .find(|it| it.label == label)
                            .map(|it| it.token.clone())
                    };
                    return Some(Prompt {
                        allow: token("Allow").unwrap_or_default(),
                        deny: token("Deny").unwrap_or_default(),
                        parts,
                    });
                }
            }
            None
        });
        waited.with_context(|| {
            format!(
                "questions as the host sees them: {:?}",
                self.crowd.home.status().map(|it| it.relay)
            )
        })
    }

    /// Whom this question was shown to so far.
    ///
    /// # Errors
    /// If the channel does not answer.
    pub fn shown_to(&self, id: &str) -> Result<Vec<String>> {
        let foot = format!("yes {id} / no {id}");
        let entries = self.crowd.sent()?.into_iter();
        let shown = entries.filter(|it| it.what == "sent" && it.text.ends_with(&foot));
        let mut shown: Vec<String> = shown
            .map(|it| it.conversation.trim_start_matches("d-").to_owned())
            .collect();
        shown.sort();
        Ok(shown)
    }

    /// Somebody presses in his own conversation; gives what he is told.
    ///
    /// # Errors
    /// If he is told nothing.
    pub fn press(&self, account: &str, token: &str) -> Result<String> {
        let handle = self.crowd.press(account, &format!("d-{account}"), token)?;
        self.answered(&handle)
    }

    /// What the one who pressed is told.
    ///
    /// # Errors
    /// If he is told nothing.
    pub fn answered(&self, handle: &str) -> Result<String> {
        self.crowd.wait_sent("the answer to the press", |entries| {
            let found = entries.iter().find(|it| it.what == "answered" && it.id == handle);
            found.map(|it| it.text.clone())
        })
    }

    /// Waits until the message of a question was changed, and gives to what.
    ///
    /// # Errors
    /// If it was not.
    pub fn edited(&self, message: &str) -> Result<String> {
        self.crowd.wait_sent("the end of the question", |entries| {
            let found = entries.iter().rev().find(|it| it.what == "edited" && it.id == message);
            found.map(|it| it.text.clone())
        })
    }

    /// Waits until the account was told this.
    ///
    /// # Errors
    /// If it was not.
    pub fn told(&self, account: &str, text: &str) -> Result<()> {
        self.crowd.wait_sent(text, |entries| {
            let conversation = format!("d-{account}");
            let mut all = entries.iter();
            all.any(|it| it.conversation == conversation && it.text.contains(text))
                .then_some(())
        })
    }

    /// The verdicts that the session got so far.
    #[must_use]
    pub fn verdicts(&self) -> Vec<(String, String)> {
        self.crowd.serve.client.record().seen().verdicts()
    }

    /// Waits for the verdict on a question; gives its behaviour.
    ///
    /// # Errors
    /// If it does not come.
    pub fn verdict(&self, id: &str) -> Result<String> {
        let record = self.crowd.serve.client.record();
        record.wait(PATIENCE, &format!("the verdict on {id}"), |seen| {
            let mut verdicts = seen.verdicts().into_iter();
            verdicts.find(|(found, _)| found == id).map(|(_, behavior)| behavior)
        })
    }

    /// Waits for a line of the host's own in the session.
    ///
    /// # Errors
    /// If it does not come.
    pub fn line(&self, text: &str) -> Result<()> {
        let record = self.crowd.serve.client.record();
        record.wait(PATIENCE, text, |seen| {
            let mut events = seen.events.iter().filter_map(|line| line.parse().ok());
            let told = |event: &crate::client::Pushed| {
                event.meta.get("channel").map(String::as_str) == Some("lockgate") && event.content.contains(text)
            };
            events.find(told).map(drop)
        })
    }

    /// All that was asked and answered before has been dealt with: a question of its own, answered by Ann, is the last.
    ///
    /// # Errors
    /// If that does not work.
    pub fn settle(&mut self, id: &str) -> Result<()> {
        self.ask(id, "Settle")?;
        let prompt = self.prompt("1", id)?;
        let told = self.press("1", &prompt.deny)?;
        if !told.contains("denied") {
            bail!("the last question was not answered: {told}");
        }
        self.verdict(id).map(drop).context("of the last question")
    }
}

/// Lets a channel carry questions.
///
/// # Errors
/// If `review` refuses.
pub fn grant(home: &Home, name: &str) -> Result<()> {
    let ran = home.run(&["review", name, "--grant", "relay"])?;
    ensure!(
        ran.ok(),
        "review ended with {:?}:\n{}{}",
        ran.code,
        ran.stdout,
        ran.stderr
    );
    Ok(())
}
