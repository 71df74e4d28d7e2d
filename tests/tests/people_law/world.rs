//! Gate, desk, approvers and ledger with the list that they are asked about, and beside them what an onlooker writes down:
//! who was let in by the operator and when, what was shown to whom, and what was decided.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lockgate::access::pairing::{Code, Desk, Invite};
use lockgate::access::{
    AccessBook, Account, Audience, Bots, DirectPolicy, Group, Hears, Person, Policy, Role, Unaddressed,
};
use lockgate::model::{Behavior, PermissionRequest, Place as At, UnixMillis};
use lockgate::relay::audience::{self, Approver, Way};
use lockgate::relay::ledger::{Answers, Ledger, Reader};
use lockgate::widening::Approvers;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::crowd::{Act, Place, Who, invitation};

/// The ids of all questions.
pub const IDS: [&str; 5] = ["abcde", "bcdef", "cdefg", "zzzzz", "yyyyy"];
/// A channel that carries answers, one that does not, and one that hears no direct words.
pub const CHANNELS: [&str; 3] = ["chat", "plain", "deaf"];
pub const NETWORK: &str = "net";
const BEGIN: UnixMillis = UnixMillis(1_700_000_000_000);
pub const TTL: Duration = Duration::from_secs(3_600);
/// How long a new approver waits.
pub const WAIT: u64 = 600;

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// The session asks.
    Ask(usize),
    /// Somebody does something over a channel.
    Do {
        who: Who,
        channel: usize,
        place: Place,
        act: Act,
    },
    /// So many seconds go by.
    Wait(u64),
    /// The owner ends, and another one begins with what was written down.
    Restart,
    /// The operator makes an invitation.
    Invite,
    /// The operator types the code that somebody was sent.
    Pair(Who),
    /// Somebody's hand writes the role `approve` into the list.
    Promote(Who),
    /// The operator denies an account.
    Deny(Who),
    /// The operator takes somebody off the list.
    Remove(Who),
}

/// What was shown to somebody in this session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    pub id: usize,
    pub who: Who,
}

/// All that there is, and all that was seen of it.
pub struct World {
    pub desk: Desk,
    pub approvers: Approvers,
    pub ledger: Ledger,
    /// The list: who stands there with which roles.
    pub roles: BTreeMap<Who, BTreeSet<Role>>,
    pub denied: BTreeSet<Who>,
    pub seconds: u64,
    pub count: u64,
    // What the onlooker knows.
    pub codes: BTreeMap<Who, Code>,
    pub tokens: Vec<String>,
    /// Whose button it is, of which question, and what it says.
    pub buttons: Vec<(Shown, Behavior)>,
    pub shown: BTreeSet<Shown>,
    pub asked: BTreeMap<usize, u64>,
    pub decided: BTreeSet<usize>,
    /// Since when somebody stands on the list with the role `approve`.
    pub promoted: BTreeMap<Who, u64>,
    pub invitations: usize,
}

impl World {
    pub fn new() -> World {
        let both = BTreeSet::from([Role::Chat, Role::Approve]);
        let roles = BTreeMap::from([
            (Who::Ann, both.clone()),
            (Who::Abe, BTreeSet::from([Role::Approve])),
            (Who::Ben, BTreeSet::from([Role::Chat])),
            (Who::Bot, both.clone()),
            (Who::Den, both),
        ]);
        let mut approvers = Approvers::default();
        approvers.begin();
        let mut world = World {
            desk: Desk::default(),
            approvers,
            ledger: Ledger::default(),
            roles,
            denied: BTreeSet::from([Who::Den]),
            seconds: 0,
            count: 0,
            codes: BTreeMap::new(),
            tokens: Vec::new(),
            buttons: Vec::new(),
            shown: BTreeSet::new(),
            asked: BTreeMap::new(),
            decided: BTreeSet::new(),
            // Those who stood there when the list was first looked at need not wait.
            promoted: BTreeMap::new(),
            invitations: 0,
        };
        world.observe();
        world
    }

    pub fn now(&self) -> UnixMillis {
        BEGIN.after(Duration::from_secs(self.seconds))
    }

    pub fn book(&self) -> AccessBook {
        let mut book = AccessBook::default();
        for (who, roles) in &self.roles {
            let name = format!("p{}", who.id()).parse().unwrap();
            let (roles, accounts) = (roles.clone(), BTreeSet::from([account(who.id())]).into_iter().collect());
            book.add(Person { name, roles, accounts }).unwrap();
        }
        self.denied.iter().for_each(|who| book.deny(account(who.id())));
        book
    }

    /// Who stands on the list as an approver, in its order.
    fn listed(&self) -> Vec<Approver> {
        let may = |(who, roles): &(&Who, &BTreeSet<Role>)| roles.contains(&Role::Approve) && !self.denied.contains(who);
        let listed = self.roles.iter().filter(may).map(|(who, _)| Approver {
            name: format!("p{}", who.id()).parse().unwrap(),
            account: account(who.id()),
        });
        listed.collect()
    }

    /// As the house does with each look at the list.
    pub fn observe(&mut self) -> Vec<Approver> {
        let (listed, now) = (self.listed(), self.now());
        self.approvers
            .observe(&listed.iter().map(|one| one.account.clone()).collect(), now);
        listed
            .into_iter()
            .filter(|one| self.approvers.counts(&one.account, now))
            .collect()
    }

    /// Takes a step, and says in a word what came of it.
    ///
    /// # Errors
    /// What must not have come of it.
    pub fn take(&mut self, step: &Step) -> Result<&'static str, String> {
        match *step {
            Step::Ask(id) => self.ask(id),
            Step::Do {
                who,
                channel,
                place,
                act,
            } => return self.happen(who, channel, place, act),
            Step::Wait(seconds) => {
                self.seconds += seconds;
                self.ledger.expire(self.now());
            }
            Step::Restart => self.restart(),
            Step::Invite => {
                let invite = Invite {
                    person: "nan".parse().unwrap(),
                    roles: BTreeSet::from([Role::Chat]),
                    found: None,
                    since: self.now(),
                    good: TTL,
                };
                // All invitations here have one code: as long as one is open, there is no other.
                if self.desk.invites(self.now()).count() == 0 {
                    self.desk.invite(invite, invitation(), self.now()).unwrap();
                    self.invitations += 1;
                }
            }
            Step::Pair(who) => return self.pair(who),
            Step::Promote(who) => self.promote(who),
            Step::Deny(who) => drop(self.denied.insert(who)),
            Step::Remove(who) => {
                self.roles.remove(&who);
                self.promoted.remove(&who);
            }
        }
        self.observe();
        Ok("")
    }

    fn promote(&mut self, who: Who) {
        if let Some(roles) = self.roles.get_mut(&who)
            && roles.insert(Role::Approve)
        {
            self.promoted.insert(who, self.seconds);
        }
    }

    fn ask(&mut self, id: usize) {
        let request = PermissionRequest {
            id: IDS[id].to_owned(),
            tool: "Bash".to_owned(),
            description: "List the files".to_owned(),
            preview: "ls".to_owned(),
        };
        let now = self.now();
        if self.ledger.open(&request, now, TTL).is_err() {
            return;
        }
        self.asked.insert(id, self.seconds);
        self.decided.remove(&id);
        self.shown.retain(|shown| shown.id != id);
        let way = |channel: &str, answers| Way {
            channel: channel.parse().unwrap(),
            network: NETWORK.to_owned(),
            answers,
        };
        let ways = [way("plain", Answers::No), way("chat", Answers::Taken)];
        for asked in audience::all(&self.observe(), &ways) {
            let who = whose(&asked.account.id).unwrap();
            let reader = Reader {
                channel: asked.way.channel,
                account: asked.account,
                place: At {
                    conversation: who.own(),
                    thread: None,
                },
            };
            self.count += 1;
            let random = [0_u8, 1].map(|last| {
                let mut bytes = [last; 16];
                bytes[..8].copy_from_slice(&self.count.to_be_bytes());
                bytes
            });
            let offered = self.ledger.offer(IDS[id], reader, asked.way.answers, random).unwrap();
            self.shown.insert(Shown { id, who });
            for (token, behavior) in [(offered.allow, Behavior::Allow), (offered.deny, Behavior::Deny)] {
                self.tokens.push(token);
                self.buttons.push((Shown { id, who }, behavior));
            }
        }
    }

    fn restart(&mut self) {
        self.desk = again(&self.desk);
        self.approvers = again(&self.approvers);
        // The ledger ends with its session.
        self.ledger = Ledger::default();
        self.shown.clear();
        self.asked.clear();
        self.decided.clear();
    }

    fn pair(&mut self, who: Who) -> Result<&'static str, String> {
        let Some(code) = self.codes.get(&who) else {
            return Ok("no code");
        };
        match self.desk.pair(&code.to_string().to_lowercase(), self.now()) {
            Ok(stranger) if stranger.account.id != who.id() => Err(format!("{} was let in", stranger.account)),
            Ok(_) => {
                self.roles.entry(who).or_default().insert(Role::Chat);
                self.codes.remove(&who);
                Ok("paired")
            }
            Err(_) => Ok("not paired"),
        }
    }
}

pub fn account(id: &str) -> Account {
    Account {
        network: NETWORK.to_owned(),
        id: id.to_owned(),
    }
}

fn whose(id: &str) -> Option<Who> {
    Who::ALL.into_iter().find(|who| who.id() == id)
}

/// The first channel knows both groups, the second one keeps what is not said to us and hears programs, the third none.
pub fn policy(channel: usize) -> Policy {
    let open = Group {
        audience: Audience::Everyone,
        hears: Hears::Everything,
        ..Group::default()
    };
    let digest = Group {
        unaddressed: Unaddressed::Kept,
        ..Group::default()
    };
    let groups = match channel {
        0 => vec![("open", open), ("team", Group::default())],
        1 => vec![("team", digest)],
        _ => Vec::new(),
    };
    Policy {
        network: Some(NETWORK.to_owned()),
        direct: [DirectPolicy::Pairing, DirectPolicy::Pairing, DirectPolicy::Disabled][channel],
        bots: [Bots::Refused, Bots::Listed, Bots::Refused][channel],
        groups: groups.into_iter().map(|(id, group)| (id.to_owned(), group)).collect(),
        ..Policy::default()
    }
}

/// As the journal keeps it over a restart.
fn again<T: Serialize + DeserializeOwned>(document: &T) -> T {
    serde_json::from_str(&serde_json::to_string(document).unwrap()).unwrap()
}
