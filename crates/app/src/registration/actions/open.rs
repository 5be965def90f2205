//! Opening the mailed link: the account that works at once.

use super::super::Data;
use super::super::lists::{self, Known, Match, Open};
use crate::account::actions::{Change, Opened, open_session, tell};
use crate::account::{Origin, password};
use crate::application::advance::officers;
use crate::attachment::actions::{Owner, Upload, keep};
use crate::audit::Entry;
use crate::cx::{Cx, Tx, Who as Person};
use crate::db::{dialect, number};
use crate::error::{Error, Problem, Result};
use crate::mail::{self, Letter, Recipient};
use crate::physician::actions::record;
use crate::terms;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::base::{AccountId, AssociationId, FiscalYear, PhysicianId, full_name, search_key};
use mamis_rules::flow::registration::{Command, State, step};
use mamis_rules::flow::{Effect, Who};
use mamis_schema::{account, association, physician, physician_link, registration, session, workplace};
use registration::Column as R;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// What somebody types who opens the link.
#[derive(Clone, Debug)]
pub struct NewAccount<'a> {
    /// The new password.
    pub password: &'a str,
    /// Whether they accept the terms of use.
    pub agrees: bool,
}

/// Somebody who has just got an account.
struct Newcomer {
    physician: Uuid,
    account: Uuid,
    name: String,
    /// The association that compares the licence.
    desk: Option<AssociationId>,
    licence: Option<Uuid>,
}

/// Makes the account of a registration, or opens that of the person in the register, and logs in. The register is asked
/// again: of two who register one licence at once, one gets through.
///
/// # Errors
/// [`Error::NotFound`] when the link works no more, [`Error::Invalid`] for what must be mended, [`Error::Refused`] when
/// the person has an account meanwhile.
#[crate::boxed]
pub async fn open(cx: &Cx, token: &str, new: &NewAccount<'_>, origin: &Origin) -> Result<Opened> {
    let open = lists::by_link(cx, token).await?.ok_or(Error::NotFound)?;
    check(&open, new)?;
    let hash = password::hash(new.password).await?;
    let licence = match (&open.row.licence_key, open.is_known) {
        (Some(key), false) => Some(cx.app.files.get(key).await?),
        _ => None,
    };
    let mut tx = cx.begin().await?;
    let matched = lists::matched(tx.db(), &open.data.identity()).await?;
    let state: State = open.row.state.parse().map_err(Error::fault)?;
    let row = step(state, Command::Open, Who::Applicant, matched.found()).map_err(|_| meanwhile())?;
    let newcomer = match &matched {
        Match::Person(known) => claim(cx, &mut tx, &open, known, hash).await?,
        _ => register(cx, &mut tx, &open, hash, licence.map(|bytes| bytes.to_vec())).await?,
    };
    let who = Person {
        account: Some(AccountId(newcomer.account)),
        name: newcomer.name.clone(),
        office: String::new(),
    };
    let acting = Cx { who, ..cx.clone() };
    take_up(&acting, &mut tx, &open, &newcomer, row.to).await?;
    if row.effects.contains(&Effect::NotifyNextOffice) {
        notify_desk(&acting, &mut tx, &newcomer).await?;
    }
    terms::actions::accept(&acting, &mut tx, newcomer.account).await?;
    let (session, token) = open_session(&acting, &tx, newcomer.account, origin).await?;
    tx.audit(Entry::new("account.log_in", "session", session));
    tx.commit().await?;
    if let Some(key) = &open.row.licence_key {
        // The picture is an attachment now. What a crash leaves here goes with the clean-up.
        cx.app.files.remove(key).await?;
    }
    Ok(Opened { token })
}

fn check(open: &Open, new: &NewAccount<'_>) -> Result<()> {
    let mut problems = Vec::new();
    if let Err(text) = password::check_new(new.password, &open.login_id) {
        problems.push(Problem::at("new_password", &text));
    }
    if !new.agrees {
        problems.push(Problem::at("agree", "利用規約を読んで、同意するにチェックを付けてください。"));
    }
    Problem::none_of(problems)
}

/// Said when the register changed between the mail and the link.
fn meanwhile() -> Error {
    Error::refused(
        "この医籍登録番号の方は、先に利用登録をされました。ログインできないときは、所属の医師会（会員でない方は、勤務先のある都道府県の医師会）へご連絡ください。",
    )
}

fn taken(error: DbErr) -> Error {
    if dialect::is_unique_violation(&error) { meanwhile() } else { error.into() }
}

/// Marks the link as used, if it works still.
async fn take_up(cx: &Cx, tx: &mut Tx<'_>, open: &Open, newcomer: &Newcomer, to: State) -> Result<()> {
    let number = match to {
        State::Checking => Some(next_number(cx, tx).await?),
        _ => None,
    };
    let used = registration::Entity::update_many()
        .col_expr(R::State, Expr::value(to.name()))
        .col_expr(R::Number, Expr::value(number))
        .col_expr(R::Physician, Expr::value(newcomer.physician))
        .col_expr(R::Desk, Expr::value(newcomer.desk.map(Uuid::from)))
        .col_expr(R::Licence, Expr::value(newcomer.licence))
        // What was typed is in the register now, or was there before.
        .col_expr(R::Data, Expr::value("{}"))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .filter(R::Id.eq(open.row.id))
        .filter(R::State.eq(State::Started.name()))
        .filter(R::ExpiresAt.gt(cx.app.clock.wall()))
        .exec(tx.db())
        .await?;
    if used.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    let person = PhysicianId::from(newcomer.physician);
    tx.audit(Entry::new("registration.open", "registration", open.row.id).about(person));
    Ok(())
}

async fn next_number(cx: &Cx, tx: &Tx<'_>) -> Result<String> {
    let year = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("registration/{year}")).await?;
    Ok(format!("N{year}-{count:04}"))
}

/// Writes the new person, the workplace, the tie to the prefectural association and the account.
async fn register(
    cx: &Cx,
    tx: &mut Tx<'_>,
    open: &Open,
    hash: String,
    licence: Option<Vec<u8>>,
) -> Result<Newcomer> {
    let (data, id) = (&open.data, Uuid::now_v7());
    let desk = lists::desk_of(tx.db(), data.prefecture).await?;
    physician::ActiveModel::from(person_of(cx, open, id)).reset_all().insert(tx.db()).await.map_err(taken)?;
    workplace::ActiveModel::from(workplace_of(cx, data, id)).reset_all().insert(tx.db()).await?;
    if let Some(desk) = desk {
        let link = physician_link::Model {
            id: Uuid::now_v7(),
            physician: id,
            association: desk.into(),
            reason: "registered".to_owned(),
            created_at: cx.now,
        };
        physician_link::ActiveModel::from(link).reset_all().insert(tx.db()).await?;
    }
    let account = new_account(cx, tx, id, &open.login_id, hash).await?;
    let name = full_name(&data.family_name, &data.given_name);
    let who = Person { account: Some(AccountId(account)), name: name.clone(), office: String::new() };
    let acting = Cx { who, ..cx.clone() };
    let licence = match licence {
        None => None,
        Some(content) => {
            let upload = Upload {
                file_name: open.row.licence_name.clone(),
                media_type: media_type(&open.row.licence_type)?,
                content,
            };
            Some(keep(&acting, tx, Owner::Physician(id.into()), "licence", upload).await?.into())
        }
    };
    tx.audit(Entry::new("physician.register", "physician", id).about(id.into()));
    Ok(Newcomer { physician: id, account, name, desk, licence })
}

fn media_type(stored: &str) -> Result<&'static str> {
    ["application/pdf", "image/jpeg", "image/png", "image/heic"]
        .into_iter()
        .find(|known| *known == stored)
        .ok_or_else(|| Error::fault(format!("a licence of the type {stored}")))
}

fn person_of(cx: &Cx, open: &Open, id: Uuid) -> physician::Model {
    let data = &open.data;
    physician::Model {
        id,
        registry_number: Some(data.registry_number.clone()),
        registry_on: data.registry_on.map(|day| day.date()),
        family_name: data.family_name.clone(),
        given_name: data.given_name.clone(),
        family_kana: data.family_kana.clone(),
        given_kana: data.given_kana.clone(),
        former_name: None,
        name_key: search_key(&full_name(&data.family_name, &data.given_name)),
        kana_key: search_key(&full_name(&data.family_kana, &data.given_kana)),
        birth_on: data.birth_on.date(),
        sex: data.sex.clone(),
        email: Some(open.row.email.clone()),
        email_verified_at: Some(cx.now),
        phone: some(&data.phone),
        // The home address is not asked for here.
        mailing_destination: "workplace".to_owned(),
        home_postal_code: None,
        home_address: None,
        university: None,
        graduated_on: None,
        national_member_id: None,
        deceased_on: None,
        merged_into: None,
        graduate_school: None,
        department: None,
        trains_at: None,
        trains_from: None,
        trains_until: None,
        created_at: cx.now,
        version: 1,
    }
}

fn workplace_of(cx: &Cx, data: &Data, physician: Uuid) -> workplace::Model {
    workplace::Model {
        id: Uuid::now_v7(),
        physician,
        name: data.workplace.clone(),
        postal_code: some(&data.postal_code),
        address: some(&data.address),
        prefecture: data.prefecture,
        main: true,
        valid_from: cx.today().date(),
        valid_until: None,
        created_at: cx.now,
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

async fn new_account(
    cx: &Cx,
    tx: &Tx<'_>,
    physician: Uuid,
    login_id: &str,
    password_hash: String,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let row = account::Model {
        id,
        login_id: login_id.to_owned(),
        password_hash,
        physician: Some(physician),
        officer: None,
        state: "active".to_owned(),
        first_used_at: None,
        created_at: cx.now,
        version: 1,
    };
    account::ActiveModel::from(row).reset_all().insert(tx.db()).await.map_err(taken)?;
    Ok(id)
}

/// Opens the account of a person in the register. A verified address of before hears of it: whoever did not do it learns
/// of it there.
async fn claim(cx: &Cx, tx: &mut Tx<'_>, open: &Open, known: &Known, hash: String) -> Result<Newcomer> {
    let person = &known.person;
    let name = full_name(&person.family_name, &person.given_name);
    let account = match &known.account {
        None => new_account(cx, tx, person.id, &open.login_id, hash).await?,
        Some(row) => {
            let changed = account::Entity::update_many()
                .col_expr(account::Column::PasswordHash, Expr::value(hash))
                .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
                .filter(account::Column::Id.eq(row.id))
                .filter(account::Column::Version.eq(row.version))
                .exec(tx.db())
                .await?;
            if changed.rows_affected == 0 {
                return Err(meanwhile());
            }
            session::Entity::delete_many().filter(session::Column::Account.eq(row.id)).exec(tx.db()).await?;
            row.id
        }
    };
    let before = person.email.clone().filter(|_| person.email_verified_at.is_some());
    if let Some(address) = before.filter(|address| *address != open.row.email) {
        let to = Recipient::Address { physician: person.id.into(), address };
        tell(cx, tx, &to, &name, Change::Claimed).await?;
    }
    let after = physician::Model {
        email: Some(open.row.email.clone()),
        email_verified_at: Some(cx.now),
        ..person.clone()
    };
    let who = Person { account: Some(AccountId(account)), name: name.clone(), office: String::new() };
    let own = Actor::Physician { account: AccountId(account), physician: person.id.into() };
    let acting = Cx { who, actor: own, ..cx.clone() };
    record::write(&acting, tx, person, after, record::Origin::of(&acting)).await?;
    Ok(Newcomer { physician: person.id, account, name, desk: None, licence: None })
}

/// Tells the officers of the association that compares the licence.
async fn notify_desk(cx: &Cx, tx: &mut Tx<'_>, newcomer: &Newcomer) -> Result<()> {
    let Some(desk) = newcomer.desk else { return Ok(()) };
    let at = association::Entity::find_by_id(Uuid::from(desk)).one(tx.db()).await?.ok_or(Error::NotFound)?;
    for (officer, name) in officers(tx.db(), Duty::Membership, cx.today(), desk).await? {
        let data = json!({
            "name": name, "office": at.name, "what": "利用者登録の医師免許証の確認", "number": "-",
            "since": cx.today().japanese(), "from": newcomer.name,
            "link": format!("{}/registration-checks", cx.app.settings.public_url),
        });
        mail::queue(cx, tx, Letter::new("office_waiting", Recipient::Officer(officer.into()), &data)?)
            .await?;
    }
    Ok(())
}
