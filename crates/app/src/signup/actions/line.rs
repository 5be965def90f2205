//! The line in front of the counter: claims that come at the same moment are answered in one transaction.
//!
//! One claim, one commit: that lets a few hundred people a second through the door. Popular trainings fill within
//! minutes while thousands press at once. Whoever comes while a transaction is under way waits in this line, and the
//! next transaction takes them together, in the order in which they came ([`crate::gathered`]).
//!
//! An answer is given after the commit. A process that dies leaves nobody with half a seat, and whoever heard nothing
//! asks again. Several processes each have a line; the database lets one transaction after the other to the seats of
//! a training ([`super::counter`]). Why: docs/decisions/0013-claims-in-line.md.

use super::{Answer, Asked, together};
use crate::error::{Error, Result};
use crate::gathered::Gathered;
use futures::FutureExt;
use tokio::sync::oneshot;

/// Claims in one transaction at the most, so that nobody else who writes waits long for it.
const TOGETHER: usize = 250;

/// The line of one process.
#[derive(Clone, Default)]
pub struct Line(Gathered<Waiting>);

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
        self.0.add(Waiting { asked, tell }, TOGETHER, |waiting| answer(waiting).boxed());
        told.await.unwrap_or_else(|_| Err(Error::fault("a claim was lost before its answer")))
    }
}

/// Answers claims in one transaction; where it fails, each in its own, so that nobody's failure is another's.
async fn answer(waiting: Vec<Waiting>) {
    let (asked, tell): (Vec<_>, Vec<_>) = waiting.into_iter().map(|one| (one.asked, one.tell)).unzip();
    match together(&asked).await {
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
    let answers = together(std::slice::from_ref(asked)).await?;
    answers.into_iter().next().ok_or_else(|| Error::fault("a claim without an answer"))
}

/// Whoever went away needs no answer.
fn say(tell: oneshot::Sender<Result<Answer>>, answer: Result<Answer>) {
    drop(tell.send(answer));
}
