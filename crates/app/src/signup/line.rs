//! The line in front of the counter: claims that come at the same moment are answered in one transaction.
//!
//! A commit waits for the disk, so one commit for each claim lets a few hundred people a second through the door.
//! Popular trainings fill within minutes while thousands press at once. Whoever comes while a transaction is under way
//! waits in this line, and the next transaction takes them together, in the order in which they came. Nobody waits for
//! a clock: alone, a claim is answered at once.
//!
//! An answer is given after the commit. A process that dies leaves nobody with half a seat, and whoever heard nothing
//! asks again. Several processes each have a line; the database lets one transaction after the other to the seats of
//! a training ([`super::counter`]).

use super::actions::{self, Answer, Asked};
use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Claims in one transaction at the most, so that nobody else who writes waits long for it.
const TOGETHER: usize = 250;

/// The line of one process.
#[derive(Clone, Default)]
pub struct Line(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether somebody stands behind the counter.
    served: bool,
}

struct Waiting {
    asked: Asked,
    tell: oneshot::Sender<Result<Answer>>,
}

impl Line {
    /// Stands in line with a claim until it is answered; a seat is committed by then.
    ///
    /// # Errors
    /// A fault of the database; a refusal is an answer.
    pub(super) async fn ask(&self, asked: Asked) -> Result<Answer> {
        let (tell, told) = oneshot::channel();
        if self.stand(Waiting { asked, tell }) {
            // A task of its own: the requests of the others do not end with this one.
            tokio::spawn(self.clone().serve());
        }
        told.await
            .unwrap_or_else(|_| Err(Error::fault("the claims of this moment were lost; nothing was written")))
    }

    /// Takes a place at the end; true when nobody serves yet.
    fn stand(&self, waiting: Waiting) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(waiting);
        !std::mem::replace(&mut queue.served, true)
    }

    /// The next claims, the first to come first; none closes the counter.
    fn next(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        queue.served = !queue.waiting.is_empty();
        let many = queue.waiting.len().min(TOGETHER);
        queue.waiting.drain(..many).collect()
    }

    /// A panic cannot leave the queue half changed: nothing that panics happens under the lock.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self) {
        loop {
            let waiting = self.next();
            if waiting.is_empty() {
                return;
            }
            // A task of its own: a panic loses the claims of one transaction, whose people are told so, not the line.
            let served = tokio::spawn(answer(waiting)).await;
            if let Err(error) = served {
                tracing::error!(%error, "claims were lost");
            }
        }
    }
}

/// Answers claims in one transaction; where it fails, each in its own, so that nobody's failure is another's.
async fn answer(waiting: Vec<Waiting>) {
    let (asked, tell): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.asked, one.tell)).unzip();
    match actions::together(&asked).await {
        Ok(answers) => tell.into_iter().zip(answers).for_each(|(tell, answer)| say(tell, Ok(answer))),
        Err(error) => {
            tracing::warn!(%error, claims = asked.len(), "claims are answered one by one");
            for (one, tell) in asked.iter().zip(tell) {
                say(tell, alone(one).await);
            }
        }
    }
}

async fn alone(asked: &Asked) -> Result<Answer> {
    let answers = actions::together(std::slice::from_ref(asked)).await?;
    answers.into_iter().next().ok_or_else(|| Error::fault("a claim without an answer"))
}

/// Whoever went away needs no answer.
fn say(tell: oneshot::Sender<Result<Answer>>, answer: Result<Answer>) {
    drop(tell.send(answer));
}
