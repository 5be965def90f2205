//! One chunk of a run: secrets, accounts where they are missing, mails, and the file of the cards.

use super::{Step, note};
use crate::account::actions::{Code, write_link};
use crate::account::lists::Purpose;
use crate::address::hyphened;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision;
use crate::document::print::told;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::physician::lists::people::workplaces;
use crate::post_letter::lists::destination;
use crate::provisional_credential::folded;
use crate::secret::{random_code, sha256_hex};
use chrono::Duration;
use mamis_documents::{Address, DocumentError, Postcard, PostcardRun};
use mamis_rules::base::{Day, full_name};
use mamis_rules::physician::card::{Act, CARD_DAYS, Way};
use mamis_schema::{
    account, association, credential_file, credential_run, physician, provisional_credential, workplace,
};
use provisional_credential::Column as C;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// How long a mailed link works: whoever is away for a week finds it in time.
const MAIL: Duration = Duration::days(14);

/// A valid hash that no password has: the salt and the hash are all zeros. Somebody without a password logs in with a
/// card or a mailed link only. Making a real one for each would take minutes.
const NO_PASSWORD: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The people of a chunk with what their cards say.
struct People {
    rows: Vec<provisional_credential::Model>,
    persons: HashMap<Uuid, physician::Model>,
    workplaces: HashMap<Uuid, workplace::Model>,
    accounts: HashMap<Uuid, account::Model>,
}

/// What becomes of a person of a chunk, before anything is written.
enum Outcome {
    /// A card with this account.
    Card(Login, Postcard),
    /// A mail with a link.
    Mail(Login),
    /// Neither, and why.
    Neither(String),
}

/// The account that a card opens.
struct Login {
    account: Uuid,
    login_id: String,
    /// Somebody had none yet.
    is_new: bool,
}

/// Makes the next chunk and answers how many people it had. The cards are set before the transaction begins: meanwhile
/// others can write. A file whose transaction fails is removed again, and its secrets were never stored.
pub(super) async fn make(cx: &Cx, run: &credential_run::Model, chunk: u64) -> Result<u64> {
    let people = next(cx, run, chunk).await?;
    let mut outcomes = Vec::with_capacity(people.rows.len());
    for row in &people.rows {
        outcomes.push(outcome(&people, row)?);
    }
    let sender = association::Entity::find_by_id(run.association).one(cx.db()).await?;
    let sender = sender.ok_or(Error::NotFound)?;
    let key = format!("credential/{}/{}", run.id, Uuid::now_v7());
    let has_file = match set(cx, &about(cx, run, &sender), &mut outcomes).await? {
        None => false,
        Some(pdf) => {
            cx.app.files.put(&key, pdf).await?;
            true
        }
    };
    let written = write(cx, run, &people, &outcomes, &sender.name, has_file.then_some(&key)).await;
    if written.is_err() && has_file {
        cx.app.files.remove(&key).await?;
    }
    written.map(|()| people.rows.len() as u64)
}

/// Everything about a chunk in one transaction.
async fn write(
    cx: &Cx,
    run: &credential_run::Model,
    people: &People,
    outcomes: &[Outcome],
    sender: &str,
    key: Option<&String>,
) -> Result<()> {
    let made = run.made + i32::try_from(outcomes.len()).map_err(Error::fault)?;
    let mut tx = cx.begin().await?;
    let act = (made >= run.wanted).then_some(Act::Finish);
    // First of all: whoever is slower stops here, and writes nothing.
    note(&tx, run, &Step { act, wanted: run.wanted, made }).await?;
    for (row, outcome) in people.rows.iter().zip(outcomes) {
        let (login, secret, way) = match outcome {
            Outcome::Card(login, card) => (login, Some(card.secret.as_str()), Way::Post),
            Outcome::Mail(login) => (login, None, Way::Mail),
            Outcome::Neither(why) => {
                neither(&tx, row.id, why).await?;
                continue;
            }
        };
        if login.is_new {
            new_account(cx, &tx, row.physician, login).await?;
        }
        end_older(cx, &tx, login.account, run.id).await?;
        note_made(cx, &tx, row.id, login.account, secret).await?;
        let entry = Entry::new("provisional_credential.make", "account", login.account);
        let detail = json!({"number": run.number, "way": way.name()});
        tx.audit(entry.about(row.physician.into()).with(detail));
        if let (Way::Mail, Some(person)) = (way, people.persons.get(&row.physician)) {
            remind(cx, &mut tx, sender, person, login).await?;
        }
    }
    if let Some(key) = key {
        note_file(&tx, run, outcomes, key).await?;
    }
    let detail = json!({"number": run.number, "people": outcomes.len()});
    tx.audit(Entry::new("provisional_credential.print", "credential_run", run.id).with(detail));
    tx.commit().await
}

async fn next(cx: &Cx, run: &credential_run::Model, chunk: u64) -> Result<People> {
    let rows = provisional_credential::Entity::find()
        .filter(C::CredentialRun.eq(run.id))
        .filter(C::Position.gt(run.made))
        .order_by_asc(C::Position)
        .limit(chunk)
        .all(cx.db())
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.physician).collect();
    let persons =
        physician::Entity::find().filter(physician::Column::Id.is_in(ids.clone())).all(cx.db()).await?;
    let workplaces = workplaces(cx.db(), &ids, cx.today()).await?;
    let accounts = account::Entity::find().filter(account::Column::Physician.is_in(ids)).all(cx.db()).await?;
    Ok(People {
        rows,
        persons: persons.into_iter().map(|row| (row.id, row)).collect(),
        workplaces,
        accounts: accounts.into_iter().filter_map(|row| Some((row.physician?, row))).collect(),
    })
}

/// What becomes of one person.
fn outcome(people: &People, row: &provisional_credential::Model) -> Result<Outcome> {
    let Some(person) = people.persons.get(&row.physician) else {
        return Ok(Outcome::Neither("登録がありません。".to_owned()));
    };
    let way: Way = row.way.parse().map_err(Error::fault)?;
    let known = people.accounts.get(&person.id);
    if known.is_some_and(|account| account.state != "active" || account.first_used_at.is_some()) {
        let why = "作るまでのあいだに、ログインされたか、利用できなくなりました。";
        return Ok(Outcome::Neither(why.to_owned()));
    }
    let login = match known {
        Some(account) => Login { account: account.id, login_id: account.login_id.clone(), is_new: false },
        None => Login { account: Uuid::now_v7(), login_id: login_id(person), is_new: true },
    };
    if way == Way::Mail {
        return Ok(Outcome::Mail(login));
    }
    let to = destination(person, people.workplaces.get(&person.id)).filter(|_| way == Way::Post);
    let Some(to) = to else {
        return Ok(Outcome::Neither("送付先の住所がありません。".to_owned()));
    };
    let name = format!("{}　{}", person.family_name, person.given_name).trim().to_owned();
    let card = Postcard {
        to: Address { postcode: to.postcode, lines: to.lines, name },
        position: row.position.unsigned_abs(),
        login_id: login.login_id.clone(),
        secret: grouped(&random_code(12).to_lowercase()),
    };
    Ok(Outcome::Card(login, card))
}

fn login_id(person: &physician::Model) -> String {
    match &person.registry_number {
        Some(number) => format!("p{number}"),
        None => format!("d{}", random_code(8).to_lowercase()),
    }
}

fn grouped(code: &str) -> String {
    [&code[..4], &code[4..8], &code[8..]].join("-")
}

async fn neither(tx: &Tx<'_>, row: Uuid, why: &str) -> Result<()> {
    provisional_credential::Entity::update_many()
        .col_expr(C::Problem, Expr::value(why))
        .col_expr(C::Way, Expr::value(Way::None.name()))
        .filter(C::Id.eq(row))
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn note_made(cx: &Cx, tx: &Tx<'_>, row: Uuid, account: Uuid, secret: Option<&str>) -> Result<()> {
    let now = cx.app.clock.wall();
    provisional_credential::Entity::update_many()
        .col_expr(C::Account, Expr::value(account))
        .col_expr(C::SecretHash, Expr::value(secret.map(|secret| sha256_hex(folded(secret).as_bytes()))))
        .col_expr(C::ExpiresAt, Expr::value(now + Duration::days(CARD_DAYS)))
        .col_expr(C::MadeAt, Expr::value(now))
        .filter(C::Id.eq(row))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Older cards of the same person open nothing any more.
async fn end_older(cx: &Cx, tx: &Tx<'_>, account: Uuid, run: Uuid) -> Result<()> {
    provisional_credential::Entity::update_many()
        .col_expr(C::RevokedAt, Expr::value(cx.app.clock.wall()))
        .filter(C::Account.eq(account))
        .filter(C::CredentialRun.ne(run))
        .filter(C::UsedAt.is_null())
        .filter(C::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

async fn new_account(cx: &Cx, tx: &Tx<'_>, physician: Uuid, login: &Login) -> Result<()> {
    let row = account::Model {
        id: login.account,
        login_id: login.login_id.clone(),
        password_hash: NO_PASSWORD.to_owned(),
        physician: Some(physician),
        officer: None,
        state: "active".to_owned(),
        first_used_at: None,
        created_at: cx.now,
        version: 1,
    };
    account::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}

/// Mails a link by which a password is set.
async fn remind(
    cx: &Cx,
    tx: &mut Tx<'_>,
    sender: &str,
    person: &physician::Model,
    login: &Login,
) -> Result<()> {
    let expires_at = cx.app.clock.wall() + MAIL;
    let email = person.email.clone().unwrap_or_default();
    let token =
        write_link(cx, tx, login.account, Purpose::FirstLogin, &email, expires_at, Code::Long).await?;
    let data = json!({
        "name": full_name(&person.family_name, &person.given_name), "office": sender,
        "login_id": login.login_id, "expires": decision::at(expires_at),
        "link": format!("{}/first-logins/{token}", cx.app.settings.public_url),
    });
    let to = Recipient::Physician(person.id.into());
    mail::queue(cx, tx, Letter::new("first_login_reminder", to, &data)?).await
}

/// Sets the cards. Whoever has a character that no font shows is left out and named.
async fn set(cx: &Cx, about: &PostcardRun, outcomes: &mut [Outcome]) -> Result<Option<Vec<u8>>> {
    loop {
        let cards: Vec<Postcard> = cards(outcomes).cloned().collect();
        if cards.is_empty() {
            return Ok(None);
        }
        let (app, about) = (cx.app.clone(), about.clone());
        let print = move || app.printer.postcards(&about, &cards);
        match tokio::task::spawn_blocking(print).await.map_err(Error::fault)? {
            Ok(pdf) => return Ok(Some(pdf)),
            Err(DocumentError::MissingGlyph { character, .. }) => leave_out(outcomes, &character)?,
            Err(error) => return Err(told(error)),
        }
    }
}

fn cards(outcomes: &[Outcome]) -> impl Iterator<Item = &Postcard> {
    outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Card(_, card) => Some(card),
        Outcome::Mail(_) | Outcome::Neither(_) => None,
    })
}

fn leave_out(outcomes: &mut [Outcome], character: &str) -> Result<()> {
    let mut found = false;
    for outcome in outcomes {
        let has = match outcome {
            Outcome::Card(_, card) => {
                card.to.name.contains(character) || card.to.lines.iter().any(|line| line.contains(character))
            }
            Outcome::Mail(_) | Outcome::Neither(_) => false,
        };
        if has {
            *outcome = Outcome::Neither(format!("「{character}」を印刷できる書体がありません。"));
            found = true;
        }
    }
    if found { Ok(()) } else { Err(Error::fault(format!("「{character}」 is on no card"))) }
}

/// The file, behind those made before.
async fn note_file(tx: &Tx<'_>, run: &credential_run::Model, outcomes: &[Outcome], key: &str) -> Result<()> {
    let of_run = credential_file::Column::CredentialRun.eq(run.id);
    let before = credential_file::Entity::find().filter(of_run).count(tx.db()).await?;
    let postcode = |card: Option<&Postcard>| card.map(|card| card.to.postcode.clone()).unwrap_or_default();
    let row = credential_file::Model {
        credential_run: run.id,
        position: i32::try_from(before).map_err(Error::fault)? + 1,
        file_key: Some(key.to_owned()),
        first_postal_code: postcode(cards(outcomes).next()),
        last_postal_code: postcode(cards(outcomes).last()),
        cards: i32::try_from(cards(outcomes).count()).map_err(Error::fault)?,
    };
    credential_file::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}

fn about(cx: &Cx, run: &credential_run::Model, sender: &association::Model) -> PostcardRun {
    let postcode = sender.postal_code.as_ref().map(|code| format!("〒{}", hyphened(code)));
    let address: Vec<String> =
        [postcode, sender.address.clone()].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let phone = sender.phone.as_ref().filter(|phone| !phone.is_empty()).map(|phone| format!("電話 {phone}"));
    let lines = [Some(sender.name.clone()), Some(address.join("　")), phone];
    PostcardRun {
        number: run.number.clone(),
        sender: lines.into_iter().flatten().filter(|line| !line.is_empty()).collect(),
        address: format!("{}/login", cx.app.settings.public_url),
        until: Day::of(cx.app.clock.wall() + Duration::days(CARD_DAYS)),
        date: cx.today(),
    }
}
