//! Who signs up, who comes, and the credits that follow from it.

use super::Seed;
use super::offices::At;
use super::people::Person;
use super::trainings::{Training, report};
use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::access::Duty;
use mamis_rules::flow::training_approval::State;
use mamis_schema::{attendance, credit, credit_event, physician_link, seat_count, signup};
use uuid::Uuid;

/// Signs people up as long as there are seats, and lets them attend what is over.
///
/// Who is busy at that hour is left out, so nobody sits in two rooms. The first `sure` of the chosen
/// neither cancel nor stay away: the story counts on them.
pub(super) fn fill(
    seed: &mut Seed,
    training: &Training,
    people: &mut [Person],
    chosen: &[usize],
    sure: usize,
) {
    let over =
        training.ends_at <= seed.began && !matches!(training.state, State::Cancelled | State::Postponed);
    let (mut order, mut taken, mut attendees, mut members) = (0, 0, 0, 0);
    let room = usize::try_from(training.capacity).unwrap_or_default();
    let free: Vec<usize> = chosen
        .iter()
        .copied()
        .filter(|at| people[*at].is_free(training.starts_at, training.ends_at))
        .take(room)
        .collect();
    let window = (training.recruits_until.min(seed.began) - training.recruits_from).num_seconds();
    let between = TimeDelta::seconds(window / (free.len() as i64 + 2));
    for (rank, at) in free.into_iter().enumerate() {
        order += 1;
        let person = &mut people[at];
        let cancelled = seed.chance.percent(4) && rank >= sure;
        let created_at = training.recruits_from + between * i32::try_from(order).unwrap_or_default();
        let cancelled_at = cancelled.then(|| created_at + between / 2);
        sign_up(seed, training, person, order, created_at, cancelled_at);
        if cancelled {
            continue;
        }
        taken += 1;
        person.busy.push((training.starts_at, training.ends_at));
        if over && (seed.chance.percent(95) || rank < sure) {
            attendees += 1;
            members += i32::from(person.home.is_some());
            let person = person.clone();
            attend(seed, training, &person, Events::All);
        }
    }
    seed.rows.seat_counts.push(seat_count::Model {
        training: training.id,
        capacity: training.capacity,
        taken,
        last_order: order,
        last_waiting: 0,
    });
    report(seed, training, attendees, members);
}

/// Writes a signup.
pub(super) fn sign_up(
    seed: &mut Seed,
    training: &Training,
    person: &Person,
    order_number: i64,
    created_at: DateTime<Utc>,
    cancelled_at: Option<DateTime<Utc>>,
) {
    let cancelled = cancelled_at.is_some();
    seed.rows.signups.push(signup::Model {
        id: seed.ids.next(),
        training: training.id,
        physician: person.id,
        state: if cancelled { "cancelled" } else { "confirmed" }.to_owned(),
        order_number,
        starts_at: training.starts_at,
        ends_at: training.ends_at,
        created_at,
        cancelled_at,
        version: if cancelled { 2 } else { 1 },
        waiting_number: None,
        priority: 0,
        priority_reason: String::new(),
    });
}

/// Which steps of a credit are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Events {
    /// Every one.
    All,
    /// The last one only, as after a takeover: the load world would otherwise hold twice as many.
    Latest,
}

/// Attendance of one person, and the credits once the host has released them.
pub(super) fn attend(seed: &mut Seed, training: &Training, person: &Person, events: Events) {
    let host = seed.offices.of(training.at, Duty::Training).map(|officer| officer.account);
    let checked = training.has_credits();
    let source = ["scan", "number", "office"][seed.chance.weighted(&[80, 15, 5])];
    seed.rows.attendances.push(attendance::Model {
        id: seed.ids.next(),
        training: training.id,
        physician: person.id,
        in_at: Some(training.starts_at - TimeDelta::minutes(seed.chance.between(2, 25))),
        out_at: Some(training.ends_at + TimeDelta::minutes(seed.chance.between(0, 12))),
        source: source.to_owned(),
        corrected_at: None,
        checked_by: host.filter(|_| checked),
        checked_at: checked.then_some(training.released_at),
        remark: String::new(),
        created_at: training.starts_at,
        version: 1,
    });
    if checked {
        for line in 0..training.lines.len() {
            credit(seed, training, line, person.id, events);
        }
    }
    if let (None, At::Body(body)) = (person.home, training.at) {
        link(seed, person.id, body, "attended");
    }
}

/// One credit, in the state the training has reached, with the events that led there.
fn credit(seed: &mut Seed, training: &Training, line: usize, physician: Uuid, events: Events) {
    let line = &training.lines[line];
    let done = training.state == State::Done;
    let id = seed.ids.next();
    let state = if done { "confirmed" } else { "released" };
    seed.rows.credits.push(credit::Model {
        id,
        physician,
        scheme: line.row.scheme.clone(),
        course: line.row.course.clone(),
        category: line.row.category.clone(),
        item: line.row.item.clone(),
        curriculum_code: line.row.curriculum_code,
        amount: line.row.amount,
        earned_on: line.earned_on.date(),
        title: format!("{}「{}」", training.title, line.title),
        host_name: training.host_name.clone(),
        source: "training".to_owned(),
        training: Some(training.id),
        credit_line: Some(line.row.id),
        state: state.to_owned(),
        created_at: training.released_at,
    });
    let account = |at| seed.offices.of(at, Duty::Training).map(|officer| officer.account);
    let released = ("released", training.released_at, account(training.at));
    let confirmed = ("confirmed", training.done_at, account(At::Body(0)));
    let written = match (done, events) {
        (true, Events::All) => vec![released, confirmed],
        (true, Events::Latest) => vec![confirmed],
        (false, _) => vec![released],
    };
    for (state, at, account) in written {
        seed.rows.credit_events.push(credit_event::Model {
            id: seed.ids.next(),
            credit: id,
            state: state.to_owned(),
            at,
            account,
            reason: String::new(),
        });
    }
}

/// Links a non-member to the association that knows the person, once.
pub(super) fn link(seed: &mut Seed, physician: Uuid, body: usize, reason: &str) {
    if seed.linked.insert((physician, body)) {
        seed.rows.links.push(physician_link::Model {
            id: seed.ids.next(),
            physician,
            association: seed.bodies.all[body].id,
            reason: reason.to_owned(),
            created_at: seed.began,
        });
    }
}
