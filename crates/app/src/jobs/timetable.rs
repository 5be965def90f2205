//! The whole timetable, in one table.

use super::{Report, Worker, actions};
use crate::error::{Error, Result};
use crate::{
    association, bulk_change, certification, document, duplicate, head_count, mail, membership_application,
    notice, provisional_credential, terms, waiting_offer,
};
use chrono::{DateTime, FixedOffset, Utc};
use cron::Schedule;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::str::FromStr;
use std::time::Duration;

/// One row of the timetable.
#[derive(Debug)]
pub struct Row {
    /// Name of the job, as in `job_run`.
    pub job: &'static str,
    /// When.
    pub when: When,
    /// What it does, for the operator.
    pub what: &'static str,
    /// The job.
    pub run: fn(Worker) -> BoxFuture<'static, Result<Report>>,
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Again and again on every node, with such a pause when there is nothing to do.
    Every(Duration),
    /// At the slots of a cron expression (second minute hour day month weekday), Asia/Tokyo, each slot once for
    /// all nodes together.
    At(&'static str),
}

/// All jobs.
pub const ROWS: &[Row] = &[
    Row {
        job: "mail",
        when: When::Every(Duration::from_secs(5)),
        what: "Sends the letters that are due.",
        run: |worker| send_letters(worker).boxed(),
    },
    Row {
        job: "documents",
        when: When::Every(Duration::from_secs(60)),
        what: "Makes the files of certificates and letters before anybody opens them.",
        run: |worker| async move { document::jobs::render_pending(&worker.cx("documents")).await }.boxed(),
    },
    Row {
        job: "document_runs",
        when: When::Every(Duration::from_secs(20)),
        what: "Makes the attendance certificates of everybody at a training, some hundred at a time.",
        run: |worker| {
            async move { document::jobs::attendance_run::make(&worker.cx("document_runs")).await }.boxed()
        },
    },
    Row {
        job: "provisional_credentials",
        when: When::Every(Duration::from_secs(30)),
        what: "Makes the cards with provisional credentials that an office asked for, some hundred at a time.",
        run: |worker| {
            async move { provisional_credential::jobs::make(&worker.cx("provisional_credentials")).await }
                .boxed()
        },
    },
    Row {
        job: "notices",
        when: When::Every(Duration::from_secs(20)),
        what: "Writes the letters of notices whose time has come.",
        run: |worker| async move { notice::jobs::send_due(&worker.cx("notices")).await }.boxed(),
    },
    Row {
        job: "waiting_offers",
        when: When::Every(Duration::from_secs(60)),
        what: "Ends offers of seats that nobody answered in time, and offers the seats to those who come next.",
        run: |worker| {
            async move { waiting_offer::jobs::expire_due(&worker.cx("waiting_offers")).await }.boxed()
        },
    },
    Row {
        job: "terms_letters",
        when: When::Every(Duration::from_secs(60)),
        what: "Tells everybody whom a mail reaches of new terms of use, some hundred at a time.",
        run: |worker| async move { terms::jobs::tell(&worker.cx("terms_letters")).await }.boxed(),
    },
    Row {
        job: "bulk_changes",
        when: When::Every(Duration::from_secs(60)),
        what: "Carries out bulk changes line by line.",
        run: |worker| async move { bulk_change::jobs::carry_out(&worker.cx("bulk_changes")).await }.boxed(),
    },
    Row {
        job: "association_changes",
        when: When::At("0 5 0 * * *"),
        what: "Carries out changes of associations whose day has come.",
        run: |worker| {
            async move { association::jobs::carry_out_changes(&worker.cx("association_changes")).await }
                .boxed()
        },
    },
    Row {
        job: "expiry_notices",
        when: When::At("0 0 6 * * *"),
        what: "Tells certified physicians a year, four, two and one month before the validity ends.",
        run: |worker| {
            async move { certification::jobs::expiry_notices(&worker.cx("expiry_notices")).await }.boxed()
        },
    },
    Row {
        job: "head_counts",
        when: When::At("0 20 2 * * *"),
        what: "Counts the members of every association on the first days of the months.",
        run: |worker| async move { head_count::actions::count(&worker.cx("head_counts")).await }.boxed(),
    },
    Row {
        job: "residency_proposals",
        when: When::At("0 0 7 * * *"),
        what: "Lays the next category ready for residents whose training ends, and takes old proposals away.",
        run: |worker| {
            async move {
                membership_application::jobs::residency_proposals(&worker.cx("residency_proposals")).await
            }
            .boxed()
        },
    },
    Row {
        job: "duplicates",
        when: When::At("0 40 2 * * *"),
        what: "Looks for people who are registered twice and lays the pairs before the offices.",
        run: |worker| async move { duplicate::jobs::find(&worker.cx("duplicates")).await }.boxed(),
    },
    Row {
        job: "clean_up",
        when: When::At("0 30 3 * * *"),
        what: "Deletes ended sessions, old login attempts, dead links, unused bulk changes and old runs of jobs.",
        run: |worker| async move { actions::clean_up(&worker.cx("clean_up")).await }.boxed(),
    },
];

async fn send_letters(worker: Worker) -> Result<Report> {
    let delivery = mail::deliver(&worker.app, &worker.transport).await?;
    Ok(Report {
        done: delivery.total().into(),
        sentence: format!("{} sent, {} put off, {} failed", delivery.sent, delivery.put_off, delivery.failed),
    })
}

impl Row {
    /// The row of a job.
    pub fn find(job: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.job == job)
    }

    /// The last slot at or before `now`; none for repeated jobs.
    ///
    /// # Errors
    /// [`Error::Fault`] when the cron expression cannot be read.
    pub fn last_slot(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let When::At(expression) = self.when else {
            return Ok(None);
        };
        let schedule = Schedule::from_str(expression)
            .map_err(|error| Error::fault(format!("timetable: {}: {error}", self.job)))?;
        let tokyo = FixedOffset::east_opt(9 * 3600).expect("nine hours are less than a day");
        // Slots are whole seconds, and `next_back` is strictly before its start.
        let after = (now + chrono::Duration::seconds(1)).with_timezone(&tokyo);
        Ok(schedule.after(&after).next_back().map(|slot| slot.with_timezone(&Utc)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn every_row_can_be_read_and_has_its_own_name() {
        for row in ROWS {
            row.last_slot(instant("2026-11-22T00:00:00Z")).expect(row.job);
            assert_eq!(Row::find(row.job).expect("found").what, row.what, "two rows named {}", row.job);
        }
    }

    #[test]
    fn slots_are_hours_of_tokyo() {
        let row = Row::find("clean_up").expect("on the timetable");
        let slot = |now| row.last_slot(instant(now)).expect("readable").expect("timed");
        for (now, last) in [
            ("2026-11-22T18:29:59Z", "2026-11-21T18:30:00Z"),
            ("2026-11-22T18:30:00Z", "2026-11-22T18:30:00Z"),
            ("2026-11-22T18:30:00.5Z", "2026-11-22T18:30:00Z"),
            ("2026-11-23T03:00:00Z", "2026-11-22T18:30:00Z"),
        ] {
            assert_eq!(slot(now), instant(last), "at {now}");
        }
    }
}
