//! What comes at the same moment, done together: a commit waits for the disk, and one can carry many.
//!
//! Nobody waits for a clock. Something that comes alone is done at once; what comes meanwhile is done next, together.

use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Things of one kind in one process, done in the order in which they came.
pub struct Gathered<T>(Arc<Mutex<Queue<T>>>);

struct Queue<T> {
    waiting: VecDeque<T>,
    /// Whether somebody takes from it.
    served: bool,
}

impl<T> Clone for Gathered<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Queue { waiting: VecDeque::new(), served: false })))
    }
}

impl<T: Send + 'static> Gathered<T> {
    /// Adds one. `run` does up to `most` at once, in a task that belongs to no request: where one goes away, the others
    /// are done all the same.
    pub(crate) fn add(
        &self,
        one: T,
        most: usize,
        run: impl Fn(Vec<T>) -> BoxFuture<'static, ()> + Send + 'static,
    ) {
        if self.push(one) {
            tokio::spawn(self.clone().serve(most, run));
        }
    }

    /// Puts one at the end; true when nobody takes from it yet.
    fn push(&self, one: T) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(one);
        !std::mem::replace(&mut queue.served, true)
    }

    /// The next ones; none, and nobody takes any more.
    fn next(&self, most: usize) -> Vec<T> {
        let mut queue = self.queue();
        queue.served = !queue.waiting.is_empty();
        let many = queue.waiting.len().min(most);
        queue.waiting.drain(..many).collect()
    }

    /// A panic cannot leave the queue half changed: nothing that panics happens under the lock.
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, most: usize, run: impl Fn(Vec<T>) -> BoxFuture<'static, ()>) {
        loop {
            let some = self.next(most);
            if some.is_empty() {
                return;
            }
            // A task of its own: a panic loses these, not those that come after them.
            if let Err(error) = tokio::spawn(run(some)).await {
                tracing::error!(%error, "what was to be done together was lost");
            }
        }
    }
}
