//! Where calls arrive: token, faults, then the method. It waits where the API would wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fault::{Cut, Fault};
use super::reply::Reply;
use super::request::{Asked, Params};
use super::world::{Called, World};
use crate::platform::{Answer, Seen};

/// How long a call that hangs waits at most, so that no thread outlives its test for long.
const HANGS_AT_MOST: Duration = Duration::from_secs(120);

/// The world, and a bell for those who wait for it to change.
#[derive(Debug)]
pub struct Desk {
    world: Mutex<World>,
    pub changed: Condvar,
}

impl Desk {
    /// One for this world.
    pub fn new(world: World) -> Desk {
        Desk {
            world: Mutex::new(world),
            changed: Condvar::new(),
        }
    }

    /// The world, for as long as the guard lives.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the world go until it changes, or for so long.
    pub fn wait<'w>(&self, world: MutexGuard<'w, World>, limit: Duration) -> MutexGuard<'w, World> {
        let woken = self.changed.wait_timeout(world, limit);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Changes the world, and wakes who waits for it.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.world());
        self.changed.notify_all();
        result
    }

    /// What a request gets.
    pub fn answer(&self, seen: &Seen) -> Answer {
        let asked = Asked::of(seen.target());
        let params = Params::of(seen);
        let (method, fault) = {
            let mut world = self.world();
            if world.down {
                return Reply::Nothing.answer(None);
            }
            let method = match &asked {
                Asked::Method(_, method) => method.clone(),
                Asked::File(..) => "file".to_owned(),
                Asked::Nothing => "nothing".to_owned(),
            };
            world.calls.push(Called {
                method: method.clone(),
                params: params.clone(),
                at: Instant::now(),
            });
            let fault = world.faults.take(&method);
            (method, fault)
        };
        self.changed.notify_all();
        let answer = match fault {
            None => self.reply(&asked, &method, &params).answer(None),
            Some(Fault::Lose(cut)) => self.reply(&asked, &method, &params).answer(Some(cut)),
            Some(Fault::Hang) => self.hang(),
            Some(Fault::Drop) => Reply::Nothing.answer(Some(Cut::Whole)),
            Some(fault) => Reply::from(fault).answer(None),
        };
        self.changed.notify_all();
        answer
    }

    fn hang(&self) -> Answer {
        let end = Instant::now() + HANGS_AT_MOST;
        let mut world = self.world();
        let before = (world.released, world.epoch);
        world.hanging += 1;
        while (world.released, world.epoch) == before && Instant::now() < end {
            world = self.wait(world, HANGS_AT_MOST);
        }
        world.hanging -= 1;
        Reply::Nothing.answer(None)
    }

    fn reply(&self, asked: &Asked, method: &str, params: &Params) -> Reply {
        let token = match asked {
            Asked::Method(token, _) | Asked::File(token, _) => token,
            Asked::Nothing => return Reply::no(404, "Not Found"),
        };
        {
            let world = self.world();
            if *token != world.token || !world.token_is_valid {
                return Reply::no(401, "Unauthorized");
            }
        }
        if let Asked::File(_, path) = asked {
            return self.world().file_bytes(path);
        }
        if method == "getUpdates" {
            return self.get_updates(params);
        }
        self.change(|world| world.call(method, params))
    }
}

impl World {
    /// Does what a method asks for; none of these wait.
    fn call(&mut self, method: &str, params: &Params) -> Reply {
        match method {
            "getMe" => Reply::done(&self.me()),
            "sendMessage" => self.send_message(params),
            "sendPhoto" => self.send_file("sendPhoto", "photo", params),
            "sendDocument" => self.send_file("sendDocument", "document", params),
            "editMessageText" => self.edit_message(params),
            "setMessageReaction" => self.react(params),
            "sendChatAction" => self.chat_action(params),
            "answerCallbackQuery" => self.answer_press(params),
            "getFile" => self.get_file(params),
            "setMyCommands" => self.set_commands(params),
            "deleteWebhook" => {
                self.webhook = false;
                Reply::done(&Value::Bool(true))
            }
            _ => Reply::no(404, "Not Found: method not found"),
        }
    }

    fn me(&self) -> Value {
        let mut me = self.bot();
        let more =
            json!({"can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false});
        super::world::merge(&mut me, &more);
        me
    }
}
