//! Database, jobs, mail and files: every write is an action here, every question a list.
//!
//! Nothing in this crate knows HTTP. A page, the API, an import row and a night job call the same action.

pub mod account;
pub mod address;
pub mod application;
pub mod association;
pub mod attachment;
pub mod attendance;
pub mod audit;
pub mod batch;
pub mod bulk_change;
pub mod calendar_feed;
pub mod certification;
pub mod clock;
pub mod credit;
pub mod cx;
pub mod db;
pub mod decision;
pub mod desk;
pub mod document;
pub mod duplicate;
pub mod duty;
pub mod error;
pub mod examination;
pub mod files;
pub mod gathered;
pub mod handover;
pub mod head_count;
pub mod invitation;
pub mod jobs;
pub mod mail;
pub mod mail_text;
pub mod membership;
pub mod membership_application;
pub mod my;
pub mod notice;
pub mod officer;
pub mod organizer;
pub mod paper_credit;
pub mod passkey;
pub mod physician;
pub mod post_letter;
pub mod provisional_credential;
pub mod reception;
pub mod registration;
pub mod saved_search;
pub mod secret;
pub mod seed;
pub mod settings;
pub mod signup;
pub mod terms;
#[cfg(feature = "testing")]
pub mod testing;
pub mod training;
pub mod training_feed;
pub mod unsubscription;
pub mod waiting_offer;

/// Puts the future of an action or a list into a box, see docs/decisions/0012-boxed-futures.md.
pub(crate) use async_recursion::async_recursion as boxed;
pub use clock::Clock;
pub use cx::{Cx, Tx, Who};
pub use error::{Error, Problem, Result};
pub use settings::Settings;

use db::Db;
use files::Files;
use gathered::Gathered;
use jobs::{Stopping, Wake};
use mamis_documents::{FontFolder, Printer, Sample};
use secret::Secret;
use signup::Line;
use std::sync::Arc;
use uuid::Uuid;

/// Everything one process shares between requests.
pub struct App {
    /// Settings in force.
    pub settings: Settings,
    /// Database.
    pub db: Db,
    /// Uploaded and printed files.
    pub files: Files,
    /// Time.
    pub clock: Clock,
    /// Signs tickets and links.
    pub secret: Secret,
    /// Makes documents.
    pub printer: Printer,
    /// True for the demo world: pages say so and documents carry 見本.
    pub world: World,
    /// Wakes the jobs of this process after a commit that queued work.
    pub wake: Wake,
    /// Where claims on seats wait for each other.
    pub line: Line,
    /// Sessions that were used and are to be noted.
    pub seen: Gathered<Uuid>,
    /// Whether the process was asked to stop: long jobs end between two items.
    pub stopping: Stopping,
}

/// What the database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Real people.
    Real,
    /// The made-up people of the demo.
    Demo,
}

impl App {
    /// Opens database and files.
    ///
    /// # Errors
    /// A fault that says what could not be opened.
    #[crate::boxed]
    pub async fn open(settings: Settings, clock: Clock, world: World) -> Result<Arc<Self>> {
        std::fs::create_dir_all(&settings.data).map_err(|error| {
            Error::fault(format!("the data folder {} cannot be made: {error}", settings.data.display()))
        })?;
        let db = Db::open(&settings).await?;
        let files = Files::folder(&settings.data.join("files"))?;
        let secret = Secret::load(&settings.secret, &settings.data.join("secret"))?;
        let fonts = match settings.documents.fonts.as_path() {
            folder if folder.as_os_str().is_empty() => FontFolder::None,
            folder => FontFolder::At(folder.to_owned()),
        };
        let sample = if world == World::Demo { Sample::Watermark } else { Sample::None };
        let printer = Printer::new(&fonts, sample).map_err(Error::fault)?;
        Ok(Arc::new(Self {
            settings,
            db,
            files,
            clock,
            secret,
            printer,
            world,
            wake: Wake::default(),
            line: Line::default(),
            seen: Gathered::default(),
            stopping: Stopping::default(),
        }))
    }
}
