//! Shows a question: to whoever spoke to the session last, if he may answer, else to all who may; and says what to type if
//! it could be shown to nobody.

use std::sync::Arc;

use ring::rand::SecureRandom;
use tokio::task::JoinSet;

use super::Approvals;
use crate::access::DirectPolicy;
use crate::channel::Channel;
use crate::grant::Grant;
use crate::limits;
use crate::model::{Button, Fate, PermissionRequest, Place, UnixMillis};
use crate::relay::audience::{self, Approver, Asked, Way};
use crate::relay::ledger::{Answers, Offered, Reader};
use crate::relay::prompt;
use crate::relay::record::{Standing, Unshown};
use crate::supervisor::{Entry, Roster};
use crate::voice::{self, Unsaid};

impl Approvals {
    /// Shows a question that was opened.
    pub(super) async fn show(self, request: PermissionRequest) {
        let asked = UnixMillis::now();
        let approvers = match self.approvers().await {
            Ok(approvers) => approvers,
            Err(error) => {
                tracing::error!(%error, "nobody can be asked, because who may approve is not known");
                Vec::new()
            }
        };
        let roster = Arc::clone(&self.around.roster.borrow());
        let ways = ways(&roster, &request.tool);
        let asker = self.around.scope.asker(asked);
        let first = asker
            .as_ref()
            .and_then(|asker| audience::first((&asker.channel, &asker.id), &approvers, &ways));
        let direct = asker.and_then(|asker| asker.direct);
        let mut shown = 0;
        if let Some(first) = &first {
            shown = self.show_all(&request, vec![(first.clone(), direct)]).await;
        }
        if shown == 0 {
            let others = audience::all(&approvers, &ways).into_iter();
            let others = others
                .filter(|other| first.as_ref() != Some(other))
                .map(|other| (other, None));
            shown = self.show_all(&request, others.collect()).await;
        }
        self.publish();
        let unshown = (shown == 0).then(|| Unshown {
            at: asked,
            why: why_nobody(&roster, &approvers, &ways, &request.tool),
        });
        self.record(move |record| {
            record.count(if unshown.is_some() {
                "prompt-unshown"
            } else {
                "prompt-shown"
            });
            record.unshown = unshown;
        })
        .await;
    }

    /// Shows it to all of them at once; to how many who can answer it was. A note that it waits is shown, and not counted.
    async fn show_all(&self, request: &PermissionRequest, to: Vec<(Asked, Option<Place>)>) -> usize {
        let mut sends = JoinSet::new();
        for (asked, place) in to {
            let (this, request, answers) = (self.clone(), request.clone(), asked.way.answers);
            sends.spawn(async move { this.show_one(request, asked, place).await.map(|()| answers) });
        }
        let mut shown = 0;
        while let Some(sent) = sends.join_next().await {
            match sent {
                Ok(Ok(Answers::Taken)) => shown += 1,
                Ok(Ok(Answers::No)) => {}
                Ok(Err(unsaid)) => tracing::warn!(%unsaid, "a question for permission can't be shown"),
                Err(_) => {}
            }
        }
        shown
    }

    async fn show_one(self, request: PermissionRequest, asked: Asked, place: Option<Place>) -> Result<(), Unsaid> {
        let channel = self.callable(&asked).ok_or(Unsaid::NoSink)?;
        let sink = channel.grant().sink().ok_or(Unsaid::NoSink)?;
        let place = match place {
            Some(place) => place,
            None => Place {
                conversation: channel.direct(&asked.account.id).await?,
                thread: None,
            },
        };
        let reader = Reader {
            channel: asked.way.channel,
            account: asked.account,
            place,
        };
        let answers = asked.way.answers;
        let random = self.tokens().ok_or(Unsaid::NoRandom)?;
        // Before it is sent: whoever is quick may press before the send returns to us.
        let offered = self.ledger().offer(&request.id, reader.clone(), answers, random);
        let Some(offered) = offered else { return Ok(()) };
        let (text, buttons) = match answers {
            Answers::Taken => (prompt::question(&request, sink), buttons(&offered)),
            Answers::No => (prompt::note(&request.tool), Vec::new()),
        };
        match voice::say(&channel, &reader.place, &text, buttons).await {
            Ok(messages) => self.shown(&request, &reader, offered.nth, messages).await,
            Err(unsaid) => {
                if unsaid.fate() == Fate::NotSent {
                    self.ledger().withdraw(&request.id, offered.nth);
                }
                channel.count("prompt-unsent");
                return Err(unsaid);
            }
        }
        Ok(())
    }

    /// It stands there: until it is over, or, if that came first, it says so at once.
    async fn shown(&self, request: &PermissionRequest, reader: &Reader, nth: usize, messages: Vec<String>) {
        let standing = Standing::new(&request.tool, reader, &messages, UnixMillis::now());
        // First, so that whoever ends it from now on finds it.
        self.record(move |record| standing.into_iter().for_each(|it| record.stands(it)))
            .await;
        let outcome = self.ledger().shown(&request.id, nth, messages.clone());
        if let Some(outcome) = outcome {
            let text = prompt::ended(&request.tool, &request.id, &outcome);
            self.rewrite(reader, &messages, &text).await;
        }
    }

    fn callable(&self, asked: &Asked) -> Option<Arc<Channel>> {
        let roster = self.around.roster.borrow();
        roster.channels.get(&asked.way.channel)?.callable().cloned()
    }

    fn tokens(&self) -> Option<[[u8; limits::PROMPT_TOKEN_BYTES]; 2]> {
        let mut random = [[0; limits::PROMPT_TOKEN_BYTES]; 2];
        for token in &mut random {
            self.random.fill(token).ok()?;
        }
        Some(random)
    }
}

fn buttons(offered: &Offered) -> Vec<Button> {
    let button = |label: &str, token: &String| Button {
        label: label.to_owned(),
        token: token.clone(),
    };
    vec![button("Allow", &offered.allow), button("Deny", &offered.deny)]
}

/// The channels that can carry this question now. One that hears nobody directly is none: it would ask for words and drop
/// them.
fn ways(roster: &Roster, tool: &str) -> Vec<Way> {
    let running = roster.channels.values().filter_map(Entry::callable);
    let grants = running
        .map(|channel| channel.grant())
        .filter(|grant| grant.relay() && hears(grant));
    let way = |grant: &Grant| {
        Some(Way {
            channel: grant.channel().clone(),
            network: grant.network()?.to_owned(),
            answers: if grant.relays(tool) {
                Answers::Taken
            } else {
                Answers::No
            },
        })
    };
    grants.filter_map(way).collect()
}

fn hears(grant: &Grant) -> bool {
    grant.policy().direct != DirectPolicy::Disabled
}

/// Why a question reached nobody who can answer it, and what to type.
fn why_nobody(roster: &Roster, approvers: &[Approver], ways: &[Way], tool: &str) -> String {
    if approvers.is_empty() {
        return "nobody may approve, or not yet; run `lockgate access allow NAME NETWORK:ID --role approve`".to_owned();
    }
    let networks = |network: &str| approvers.iter().any(|approver| approver.account.network == network);
    let reaching = ways.iter().filter(|way| networks(&way.network));
    if let Some(Way { channel, answers, .. }) = reaching.min_by_key(|way| way.answers != Answers::Taken) {
        return match answers {
            Answers::Taken => format!("{channel} could not send it; run `lockgate status`"),
            Answers::No => {
                let tool = prompt::shown(tool);
                format!(
                    "{channel} may not carry answers for {tool}; see `relay-tools` of [channel.{channel}] in lockgate.toml"
                )
            }
        };
    }
    let reaching = roster.channels.iter().filter_map(|(name, entry)| {
        let grant = entry.running()?.grant();
        (grant.sink().is_some() && grant.network().is_some_and(networks)).then_some((name, grant))
    });
    match reaching.min_by_key(|(_, grant)| (!grant.relay(), !hears(grant))) {
        Some((name, grant)) if grant.relay() && hears(grant) => {
            format!("{name} takes no calls now; run `lockgate status`")
        }
        Some((name, grant)) if grant.relay() => format!(
            "{name} hears nobody directly, so no answer would come; set `direct` of [channel.{name}] to \"allowlist\" in \
             lockgate.toml"
        ),
        Some((name, _)) => {
            format!("{name} may not carry questions; run `lockgate review {name} --grant relay`")
        }
        None => "no channel that runs reaches anybody who may approve; run `lockgate status`".to_owned(),
    }
}
