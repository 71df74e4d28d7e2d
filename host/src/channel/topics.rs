//! Topics of a running channel: who listens to which, and what waits for him. They live as long as the channel does, and
//! nothing of them is kept: what is published while nobody listens is nobody's loss.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;

use super::Channel;
use crate::limits;
use crate::model::Effect;

/// The subscribers of one channel.
#[derive(Default)]
pub struct Topics {
    subscribers: Mutex<Vec<Subscriber>>,
}

struct Subscriber {
    topic: String,
    queue: mpsc::Sender<Arc<str>>,
    bytes: Arc<AtomicUsize>,
}

/// One subscriber's end. Dropping it unsubscribes.
pub struct Subscription {
    queue: mpsc::Receiver<Arc<str>>,
    bytes: Arc<AtomicUsize>,
}

/// A text for every subscriber of a topic.
pub struct Publication {
    topic: String,
    text: Arc<str>,
}

/// What of these effects is to be published, in order.
pub fn publications(effects: &[Effect]) -> Vec<Publication> {
    let published = effects.iter().filter_map(|effect| match effect {
        Effect::Publish { topic, text } => Some(Publication {
            topic: topic.clone(),
            text: text.as_str().into(),
        }),
        _ => None,
    });
    published.collect()
}

impl Channel {
    /// Listens to a topic of this channel; `None` if too many listen already.
    pub fn subscribe(&self, topic: &str) -> Option<Subscription> {
        self.lasting.topics.subscribe(topic)
    }

    /// Hands out what a committed call published. A subscriber that does not keep up is closed and counted.
    pub(super) fn publish(&self, publications: &[Publication]) {
        for publication in publications {
            for _ in 0..self.lasting.topics.publish(publication) {
                self.count("page-subscriber-slow");
            }
        }
    }
}

impl Topics {
    fn subscribe(&self, topic: &str) -> Option<Subscription> {
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| !subscriber.queue.is_closed());
        if subscribers.len() >= limits::SUBSCRIBERS {
            return None;
        }
        let (sender, queue) = mpsc::channel(limits::PUBLICATIONS_WAITING);
        let bytes = Arc::new(AtomicUsize::new(0));
        subscribers.push(Subscriber {
            topic: topic.to_owned(),
            queue: sender,
            bytes: Arc::clone(&bytes),
        });
        Some(Subscription { queue, bytes })
    }

    /// Says how many subscribers were closed because too much waited for them.
    fn publish(&self, publication: &Publication) -> usize {
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| !subscriber.queue.is_closed());
        let before = subscribers.len();
        subscribers.retain(|subscriber| subscriber.topic != publication.topic || subscriber.takes(&publication.text));
        before - subscribers.len()
    }
}

impl Subscriber {
    fn takes(&self, text: &Arc<str>) -> bool {
        let waiting = self.bytes.fetch_add(text.len(), Ordering::Relaxed) + text.len();
        waiting <= limits::PUBLICATION_BYTES_WAITING && self.queue.try_send(Arc::clone(text)).is_ok()
    }
}

impl Subscription {
    /// The next text; `None` when the channel was stopped or replaced, or this subscriber did not keep up and has had
    /// what waited for it.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Arc<str>>> {
        let text = ready!(self.queue.poll_recv(context));
        if let Some(text) = &text {
            self.bytes.fetch_sub(text.len(), Ordering::Relaxed);
        }
        Poll::Ready(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn publication(topic: &str, text: &str) -> Publication {
        Publication {
            topic: topic.into(),
            text: text.into(),
        }
    }

    async fn next(subscription: &mut Subscription) -> Option<String> {
        poll_fn(|context| subscription.poll_next(context))
            .await
            .map(|text| text.to_string())
    }

    #[tokio::test]
    async fn each_hears_its_topic_in_order() {
        let topics = Topics::default();
        let (mut a, mut b) = (topics.subscribe("a").unwrap(), topics.subscribe("b").unwrap());
        for text in ["1", "2", "3"] {
            assert_eq!(topics.publish(&publication("a", text)), 0);
        }
        topics.publish(&publication("b", "other"));
        topics.publish(&publication("c", "nobody's loss"));
        drop(topics);
        for text in ["1", "2", "3"] {
            assert_eq!(next(&mut a).await.as_deref(), Some(text));
        }
        assert_eq!(
            (next(&mut a).await, next(&mut b).await.as_deref()),
            (None, Some("other"))
        );
    }

    #[test]
    fn so_many_listen_and_a_place_comes_free() {
        let topics = Topics::default();
        let mut all: Vec<_> = (0..limits::SUBSCRIBERS)
            .map(|_| topics.subscribe("a").unwrap())
            .collect();
        assert!(topics.subscribe("b").is_none());
        all.pop();
        assert!(topics.subscribe("b").is_some());
    }

    #[tokio::test]
    async fn who_does_not_keep_up_has_what_waited_and_is_closed() {
        let topics = Topics::default();
        let (mut slow, mut quick) = (topics.subscribe("a").unwrap(), topics.subscribe("a").unwrap());
        for number in 0..limits::PUBLICATIONS_WAITING {
            assert_eq!(topics.publish(&publication("a", &number.to_string())), 0);
            next(&mut quick).await.unwrap();
        }
        assert_eq!(topics.publish(&publication("a", "one too many")), 1);
        for number in 0..limits::PUBLICATIONS_WAITING {
            assert_eq!(next(&mut slow).await, Some(number.to_string()));
        }
        assert_eq!(next(&mut slow).await, None);
        assert_eq!(next(&mut quick).await.as_deref(), Some("one too many"));
    }

    #[test]
    fn bytes_that_wait_are_bounded() {
        let topics = Topics::default();
        let _slow = topics.subscribe("a").unwrap();
        let large = publication("a", &"x".repeat(limits::TEXT_BYTES));
        let closed: usize = (0..=limits::PUBLICATION_BYTES_WAITING / limits::TEXT_BYTES)
            .map(|_| topics.publish(&large))
            .sum();
        assert_eq!(closed, 1);
    }
}
