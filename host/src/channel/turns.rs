//! Who speaks in a conversation: one answer at a time, so that nothing comes between its parts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The conversations in which somebody speaks or waits to; at most as many as calls of tools are under way.
#[derive(Debug, Default)]
pub struct Turns {
    conversations: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The right to speak in one conversation, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _guard: OwnedMutexGuard<()>,
}

impl Turns {
    /// Waits until nobody else speaks there, in the order of asking.
    pub async fn take(&self, conversation: &str) -> Turn {
        let lock = {
            let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
            // Whom nobody holds or waits for.
            conversations.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(conversations.entry(conversation.to_owned()).or_default())
        };
        Turn {
            _guard: lock.lock_owned().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_speaks_and_the_others_wait_in_their_order() {
        let turns = Turns::default();
        let said = Mutex::new(Vec::new());
        let say = async |who: &'static str| {
            let _turn = turns.take("room").await;
            for part in 1..=3 {
                tokio::task::yield_now().await;
                said.lock().unwrap_or_else(PoisonError::into_inner).push((who, part));
            }
        };
        tokio::join!(say("a"), say("b"), say("c"));
        let expected: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .flat_map(|who| [(who, 1), (who, 2), (who, 3)])
            .collect();
        assert_eq!(said.into_inner().unwrap_or_default(), expected);
    }

    #[tokio::test]
    async fn conversations_do_not_wait_for_each_other_and_are_forgotten() {
        let turns = Turns::default();
        let first = turns.take("one").await;
        let second = turns.take("two").await;
        assert_eq!(turns.conversations.lock().map(|all| all.len()).unwrap_or_default(), 2);
        drop((first, second));
        let _third = turns.take("three").await;
        assert_eq!(turns.conversations.lock().map(|all| all.len()).unwrap_or_default(), 1);
    }
}
