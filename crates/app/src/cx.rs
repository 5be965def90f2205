//! What an action is given: who asks, when, and a transaction that audits itself.

use crate::App;
use crate::audit::{self, Entry};
use crate::db::search;
use crate::error::{Error, Result};
use crate::mail::{self, Letter};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use mamis_rules::access::Actor;
use mamis_rules::base::{AccountId, Day};
use sea_orm::{DatabaseConnection, DatabaseTransaction};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// The names that decisions and the audit show for an actor.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Account; none for the system and for guests.
    pub account: Option<AccountId>,
    /// Name shown.
    pub name: String,
    /// Office acted for; empty for physicians.
    pub office: String,
}

impl Who {
    /// The name with the office in brackets, as it is written beside what was done.
    pub fn signed(&self) -> String {
        match self.office.as_str() {
            "" => self.name.clone(),
            office => format!("{}（{office}）", self.name),
        }
    }
}

/// The context of one request, import row or job.
#[derive(Clone)]
pub struct Cx {
    /// The application.
    pub app: Arc<App>,
    /// Who asks, for the rules.
    pub actor: Actor,
    /// Who asks, for people.
    pub who: Who,
    /// The instant of the request: one request has one time.
    pub now: DateTime<Utc>,
    /// Joins log, audit and error pages.
    pub request_id: String,
}

impl Cx {
    /// The context of a job.
    pub fn system(app: &Arc<App>, job: &str) -> Self {
        Self {
            app: app.clone(),
            actor: Actor::System,
            who: Who { account: None, name: "システム".to_owned(), office: String::new() },
            now: app.clock.now(),
            request_id: format!("job-{job}"),
        }
    }

    /// The officer who fills in a physician's forms, in words; none when physicians do it themselves.
    pub fn on_behalf(&self) -> Option<&str> {
        let stands_in = self.actor.physician().is_some() && !self.who.office.is_empty();
        stands_in.then_some(self.who.name.as_str())
    }

    /// The civil day in Japan.
    pub fn today(&self) -> Day {
        Day::of(self.now)
    }

    /// The database for reading.
    pub fn db(&self) -> &DatabaseConnection {
        self.app.db.read()
    }

    /// Opens the transaction of an action.
    ///
    /// # Errors
    /// A fault of the database.
    #[crate::boxed]
    pub async fn begin<'a>(&'a self) -> Result<Tx<'a>> {
        Ok(Tx { cx: self, inner: self.app.db.begin().await?, entries: Vec::new(), gathered: None })
    }

    /// Opens the transaction of an action about many people: its letters are queued together at the commit, and the
    /// name of an association is asked for once.
    ///
    /// # Errors
    /// A fault of the database.
    #[crate::boxed]
    pub async fn begin_many<'a>(&'a self) -> Result<Tx<'a>> {
        Ok(Tx { gathered: Some(Gathered::default()), ..self.begin().await? })
    }
}

/// A writing transaction. Dropped without [`Tx::commit`], it leaves no trace; without an entry it cannot be
/// committed, so that no action writes unnoticed.
pub struct Tx<'a> {
    cx: &'a Cx,
    inner: DatabaseTransaction,
    entries: Vec<Entry>,
    gathered: Option<Gathered>,
}

/// What a transaction about many people keeps instead of asking for each of them.
#[derive(Default)]
struct Gathered {
    /// Letters, queued together at the commit.
    letters: Vec<Letter>,
    /// Names of associations.
    names: Mutex<HashMap<Uuid, String>>,
}

impl<'a> Tx<'a> {
    /// The transaction for statements.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Notes what the action does; written at the commit.
    pub fn audit(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Whether nothing was noted yet. Such a transaction has written nothing that should stay: drop it.
    pub fn is_silent(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keeps a letter for the commit, where this transaction gathers them; else gives it back.
    pub(crate) fn gather(&mut self, letter: Letter) -> Option<Letter> {
        match &mut self.gathered {
            None => Some(letter),
            Some(gathered) => {
                gathered.letters.push(letter);
                None
            }
        }
    }

    /// The name of an association, where this transaction gathers and has read it before.
    pub(crate) fn known_name(&self, id: Uuid) -> Option<String> {
        self.gathered.as_ref()?.names.lock().ok()?.get(&id).cloned()
    }

    /// Keeps the name of an association, where this transaction gathers.
    pub(crate) fn keep_name(&self, id: Uuid, name: &str) {
        if let Some(Ok(mut names)) = self.gathered.as_ref().map(|gathered| gathered.names.lock()) {
            names.insert(id, name.to_owned());
        }
    }

    /// Brings the search for the people concerned up to date, writes the audit entries, commits, and wakes the jobs:
    /// a letter may be waiting.
    ///
    /// # Errors
    /// A fault when there is no entry: a write without one is a mistake of the action, and is undone. A fault of
    /// the database; nothing of the transaction remains then.
    pub fn commit(mut self) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if self.is_silent() {
                return Err(Error::fault("a transaction without an audit entry is not committed"));
            }
            let letters = self.gathered.take().map(|gathered| gathered.letters).unwrap_or_default();
            mail::queue_all(self.cx, &mut self, letters).await?;
            let mut people: Vec<Uuid> = self.entries.iter().flat_map(Entry::people).collect();
            people.sort_unstable();
            people.dedup();
            search::refresh(&self.inner, &people).await?;
            audit::append(self.cx, &self.inner, &self.entries).await?;
            self.inner.commit().await?;
            self.cx.app.wake.call();
            Ok(())
        })
    }
}
