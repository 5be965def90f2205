//! The tables: one entity a file, and the migrations that make them.
//!
//! The SQL in `migrations/` is the source; an entity says the same in Rust. A test in `app` reads every
//! entity on both databases, so the two cannot drift apart.

pub mod account;
pub mod account_token;
pub mod application;
pub mod application_step;
pub mod association;
pub mod association_ancestor;
pub mod association_category;
pub mod association_change;
pub mod association_import;
pub mod association_setting;
pub mod attachment;
pub mod attendance;
pub mod audit_entry;
pub mod batch;
pub mod batch_item;
pub mod bulk_change;
pub mod bulk_change_row;
pub mod bulk_change_run;
pub mod calendar_feed;
pub mod certification;
pub mod consent;
pub mod credential;
pub mod credential_file;
pub mod credential_run;
pub mod credit;
pub mod credit_event;
pub mod credit_line;
pub mod decision;
pub mod document;
pub mod document_run;
pub mod duplicate;
pub mod duty;
pub mod examination;
pub mod handover;
pub mod head_count;
pub mod holding_report;
pub mod instance;
pub mod invitation;
pub mod job_run;
pub mod login_attempt;
pub mod mail_text;
pub mod membership;
pub mod membership_application;
pub mod notice;
pub mod number_series;
pub mod officer;
pub mod organizer;
pub mod organizer_registration;
pub mod outbox;
pub mod paper_credit;
pub mod passkey;
pub mod passkey_challenge;
pub mod physician;
pub mod physician_change;
pub mod physician_link;
pub mod physician_merge;
pub mod physician_text;
pub mod provisional_credential;
pub mod reception_event;
pub mod recovery_code;
pub mod registration;
pub mod round;
pub mod saved_search;
pub mod seat_count;
pub mod session;
pub mod signup;
pub mod special_measure;
pub mod terms;
pub mod terms_consent;
pub mod training;
pub mod training_draft;
pub mod training_session;
pub mod unsubscription;
pub mod waiting_offer;
pub mod workplace;

/// The migrations, embedded: the same text for SQLite and PostgreSQL.
///
/// The job queue keeps its own migrations in the same ledger, hence versions unknown here are ignored.
pub fn migrations() -> sqlx::migrate::Migrator {
    let mut migrator = sqlx::migrate!();
    migrator.set_ignore_missing(true);
    migrator
}
