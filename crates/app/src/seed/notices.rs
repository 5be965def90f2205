//! What an office has written: a notice of three days ago with letters that came back and letters by post, and a
//! draft.

use super::Seed;
use super::chance::at;
use crate::error::{Error, Result};
use crate::mail::compose;
use chrono::{DateTime, Duration, Utc};
use mamis_rules::base::full_name;
use mamis_schema::{notice, outbox, physician, unsubscription};
use serde_json::json;
use uuid::Uuid;

/// The office of the story.
const OFFICE: &str = "142051";
/// How many of its members got the notice.
const READERS: usize = 12;
/// Status codes of letters that came back, by the place of the reader.
const BOUNCED: &[(usize, &str, bool)] = &[(3, "5.1.1", true), (7, "5.2.2", false)];

/// Writes them. Comes last: what was drawn before stays as it was.
///
/// # Errors
/// A fault when the office or the template is missing.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let office = &seed.bodies.all[seed.bodies.at(OFFICE)?];
    let (office, name) = (office.id, office.name.clone());
    let sent_at = at(seed.today.plus_days(-3), 10, 0);
    let readers = readers(seed, office);
    let subject = "予防接種委託料の改定について";
    let body = "{氏名} 先生\n\n令和8年度の予防接種委託料が改定されます。単価表は、藤沢市医師会のホームページの会員専用ページに掲載しました。\n\n請求書の様式も変わりますので、12月の請求分からご利用ください。";
    let id = seed.ids.next();
    let mut letters = Vec::with_capacity(readers.len());
    for one in readers.iter().enumerate() {
        letters.push(letter(seed, id, &name, (subject, body), one, sent_at)?);
    }
    let by_post = letters.iter().filter(|row| row.channel == "post" && row.bounced_at.is_none()).count();
    let by_post = i32::try_from(by_post).map_err(Error::fault)?;
    let count = i32::try_from(letters.len()).map_err(Error::fault)?;
    let row = |id: Uuid, subject: &str, body: &str, state: &str| notice::Model {
        id,
        association: office,
        duties: "membership".to_owned(),
        query: format!("association={OFFICE}&category=member"),
        subject: subject.to_owned(),
        body: body.to_owned(),
        obligatory: false,
        state: state.to_owned(),
        send_at: None,
        reached: None,
        by_mail: 0,
        by_post: 0,
        unsubscribed: 0,
        problem: String::new(),
        by_name: "片瀬 由香".to_owned(),
        created_at: sent_at - Duration::minutes(25),
        ended_at: None,
        version: 2,
    };
    seed.rows.notices.push(notice::Model {
        send_at: Some(sent_at),
        ended_at: Some(sent_at + Duration::minutes(1)),
        reached: readers.last().map(|person| person.id),
        by_mail: count - by_post,
        by_post,
        unsubscribed: 1,
        ..row(id, subject, body, "sent")
    });
    let draft = seed.ids.next();
    let text = "{氏名} 先生\n\n藤沢市医師会の事務局は、12月29日から1月3日までお休みします。\n\n急ぎのご用は、休日急患診療所にお願いします。";
    seed.rows.notices.push(notice::Model {
        created_at: at(seed.today.plus_days(-1), 16, 40),
        ..row(draft, "年末年始の事務局のお休み", text, "draft")
    });
    seed.rows.letters.extend(letters);
    if let Some(person) = seed.rows.memberships.iter().rev().find(|row| row.association == office) {
        let (physician, id) = (person.physician, seed.ids.next());
        let created_at = sent_at - Duration::days(200);
        let ended = unsubscription::Model { id, physician, association: office, created_at, ended_at: None };
        seed.rows.unsubscriptions.push(ended);
    }
    Ok(())
}

/// Members who are nobody's part in a story.
fn readers(seed: &Seed, office: Uuid) -> Vec<physician::Model> {
    let crowd = |id: Uuid| {
        let account = seed.rows.accounts.iter().find(|account| account.physician == Some(id));
        account
            .is_none_or(|account| account.login_id.chars().nth(1).is_some_and(|sign| sign.is_ascii_digit()))
    };
    let members =
        seed.rows.memberships.iter().filter(|row| row.association == office && row.valid_until.is_none());
    let ids: Vec<Uuid> = members.map(|row| row.physician).filter(|id| crowd(*id)).take(READERS).collect();
    seed.rows.physicians.iter().filter(|person| ids.contains(&person.id)).cloned().collect()
}

fn letter(
    seed: &mut Seed,
    notice: Uuid,
    office: &str,
    (subject, body): (&str, &str),
    (place, person): (usize, &physician::Model),
    sent_at: DateTime<Utc>,
) -> Result<outbox::Model> {
    let id = seed.ids.next();
    let name = full_name(&person.family_name, &person.given_name);
    let text = body.replace("{氏名}", &name);
    let data = json!({"subject": subject, "text": text, "office": office, "unsubscribe": ""});
    let (subject, body) = compose("notice", &data)?;
    let bounced = BOUNCED.iter().find(|(at, ..)| *at == place && person.email_verified_at.is_some());
    let by_mail = person.email_verified_at.is_some();
    let left = by_mail && bounced.is_none();
    Ok(outbox::Model {
        id,
        kind: "notice".to_owned(),
        channel: if left { "mail" } else { "post" }.to_owned(),
        physician: Some(person.id),
        officer: None,
        address: person.email.clone().filter(|_| by_mail).unwrap_or(name),
        subject,
        body,
        message_id: format!("<{id}@localhost>"),
        state: if left { "sent" } else { "waiting" }.to_owned(),
        attempts: i32::from(by_mail),
        next_attempt_at: sent_at,
        lease_until: None,
        answer: if by_mail { "250 2.0.0 Ok" } else { "" }.to_owned(),
        created_at: sent_at,
        sent_at: by_mail.then(|| sent_at + Duration::seconds(20)),
        posted_on: None,
        posted_by: String::new(),
        notice: Some(notice),
        unsubscribe: String::new(),
        tried_at: by_mail.then_some(sent_at),
        bounced_at: bounced.map(|_| sent_at + Duration::minutes(4)),
        bounce: bounced.map(|(_, status, _)| (*status).to_owned()).unwrap_or_default(),
        address_dead: bounced.is_some_and(|(_, _, dead)| *dead),
    })
}
