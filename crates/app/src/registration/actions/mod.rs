//! Every write about registrations; here: the form and the mailed link.

mod check;
mod forget;
mod open;

pub use check::{Check, check, look};
pub(crate) use forget::forget;
pub use open::{NewAccount, open};

use super::lists::{self, Match, Why};
use super::{Data, Kind};
use crate::account::actions::is_address;
use crate::account::actions::limit::{self, Guess};
use crate::account::{Origin, plain};
use crate::attachment::actions::Upload;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision;
use crate::error::{Error, Problem, Result};
use crate::mail::{self, Letter, Recipient};
use crate::secret::{random_token, sha256_hex};
use chrono::Duration;
use mamis_rules::association::Prefecture;
use mamis_rules::base::Day;
use mamis_rules::flow::Who;
use mamis_rules::flow::registration::{Command, Found, State, step};
use mamis_rules::physician::identity::{Identity, Typed, WithName};
use mamis_schema::registration;
use registration::Column as R;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// How long the link works, and how long a half-filled form keeps its picture.
const LASTS: Duration = Duration::hours(24);

/// The form of a new person, each field as typed.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// Who.
    pub who: Typed,
    /// Day of the licence entry.
    pub registry_on: Option<Day>,
    /// male, female or unknown.
    pub sex: String,
    /// Name of the workplace.
    pub workplace: String,
    /// Its postal code.
    pub postal_code: String,
    /// Its address.
    pub address: String,
    /// Its prefecture, JIS X 0401.
    pub prefecture: String,
    /// Phone.
    pub phone: String,
    /// Where the link goes.
    pub email: String,
}

/// The form of somebody who says to be in the register.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    /// Who, without the written name.
    pub who: Typed,
    /// Where the link goes.
    pub email: String,
}

/// Keeps the picture of a licence while the form is mended: nobody has to choose it again. Answers with what the form
/// carries along; nobody else can guess it.
///
/// # Errors
/// [`Error::TooMany`] for many pictures from one address; a fault of the store.
#[crate::boxed]
pub async fn hold_licence(cx: &Cx, upload: Upload, origin: &Origin) -> Result<String> {
    let (id, token) = (Uuid::now_v7(), random_token());
    limit::begin(cx, Guess::Register(&id.to_string()), &origin.address).await?;
    let key = format!("registration/{id}");
    cx.app.files.put(&key, upload.content).await?;
    let mut tx = cx.begin().await?;
    let row = registration::Model {
        licence_key: Some(key),
        licence_name: upload.file_name,
        licence_type: upload.media_type.to_owned(),
        ..blank(cx, id, Kind::New, &token)
    };
    registration::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.audit(Entry::new("registration.hold", "registration", id));
    tx.commit().await?;
    Ok(token)
}

fn blank(cx: &Cx, id: Uuid, kind: Kind, token: &str) -> registration::Model {
    registration::Model {
        id,
        number: None,
        kind: kind.name().to_owned(),
        state: State::Draft.name().to_owned(),
        email: String::new(),
        token_hash: sha256_hex(token.as_bytes()),
        data: "{}".to_owned(),
        physician: None,
        desk: None,
        licence: None,
        licence_key: None,
        licence_name: String::new(),
        licence_type: String::new(),
        comment: String::new(),
        decided_by: String::new(),
        decided_on: None,
        expires_at: cx.app.clock.wall() + LASTS,
        created_at: cx.now,
        version: 1,
    }
}

/// Takes the form of a new person, with the picture that [`hold_licence`] keeps, and mails the link. Whoever is in the
/// register already gets the link of a claim, or is told by mail why there is none: the page says the same to everybody.
///
/// # Errors
/// [`Error::Invalid`] for what must be mended; [`Error::TooMany`].
#[crate::boxed]
pub async fn begin_new(cx: &Cx, new: &New, held: &str, origin: &Origin) -> Result<()> {
    let (data, email) = check_new(cx, new, held)?;
    limit::begin(cx, Guess::Register(&data.registry_number), &origin.address).await?;
    let mut tx = cx.begin().await?;
    let row = held_row(cx, &tx, held).await?.ok_or_else(|| {
        let text = "選んだファイルは、もう残っていません。医師免許証の写真をもう一度選んでください。";
        Error::invalid("licence", text)
    })?;
    match lists::matched(tx.db(), &data.identity()).await? {
        Match::Other(why) => stop(cx, &mut tx, &data, &email, why).await?,
        found => start(cx, &mut tx, row, &data, &email, &found).await?,
    }
    tx.commit().await
}

/// Takes the form of somebody who says to be in the register, and mails the link or why there is none.
///
/// # Errors
/// As [`begin_new`].
#[crate::boxed]
pub async fn begin_claim(cx: &Cx, claim: &Claim, origin: &Origin) -> Result<()> {
    let mut problems = Vec::new();
    let identity = identity(cx, &claim.who, WithName::NotAsked, &mut problems);
    let email = address(&claim.email, &mut problems);
    let Some(identity) = identity.filter(|_| problems.is_empty()) else {
        return Err(Error::Invalid(problems));
    };
    limit::begin(cx, Guess::Register(&identity.registry_number), &origin.address).await?;
    let data = data_of(identity, &New::default());
    let mut tx = cx.begin().await?;
    match lists::matched(tx.db(), &data.identity()).await? {
        // Nobody with this number, or with other data: the same words for both.
        Match::Nobody => stop(cx, &mut tx, &data, &email, Why::Differs).await?,
        Match::Other(why) => stop(cx, &mut tx, &data, &email, why).await?,
        found @ Match::Person(_) => {
            let row = blank(cx, Uuid::now_v7(), Kind::Claim, &random_token());
            registration::ActiveModel::from(row.clone()).reset_all().insert(tx.db()).await?;
            start(cx, &mut tx, row, &data, &email, &found).await?;
        }
    }
    tx.commit().await
}

fn check_new(cx: &Cx, new: &New, held: &str) -> Result<(Data, String)> {
    let mut problems = Vec::new();
    // In the order of the page.
    let identity = identity(cx, &new.who, WithName::Asked, &mut problems);
    let mut need = |is_right: bool, field: &str, text: &str| {
        if !is_right {
            problems.push(Problem::at(field, text));
        }
    };
    let past = new.registry_on.is_some_and(|day| day <= cx.today());
    need(past, "registry_on", "医籍の登録年月日を、医師免許証のとおりに入力してください。");
    need(!held.is_empty(), "licence", "医師免許証の写真、またはPDFを選んでください。");
    need(!new.workplace.trim().is_empty(), "workplace", "勤務先の名前を入力してください。");
    need(prefecture(&new.prefecture).is_some(), "prefecture", "勤務先の都道府県を選んでください。");
    let postal_code = plain(&new.postal_code).replace('-', "");
    let is_code = postal_code.len() == 7 && postal_code.bytes().all(|byte| byte.is_ascii_digit());
    need(
        postal_code.is_empty() || is_code,
        "postal_code",
        "郵便番号を7桁の数字で入力してください。例：251-0052",
    );
    let email = address(&new.email, &mut problems);
    match identity.filter(|_| problems.is_empty()) {
        Some(identity) => Ok((data_of(identity, new), email)),
        None => Err(Error::Invalid(problems)),
    }
}

fn identity(cx: &Cx, typed: &Typed, with_name: WithName, problems: &mut Vec<Problem>) -> Option<Identity> {
    match typed.check(with_name, cx.today()) {
        Ok(identity) => Some(identity),
        Err(found) => {
            problems.extend(found.into_iter().map(|(field, text)| Problem::at(field, text)));
            None
        }
    }
}

fn address(typed: &str, problems: &mut Vec<Problem>) -> String {
    let email = plain(typed).to_lowercase();
    if !is_address(&email) {
        let text = "メールアドレスを、name@example.jp の形で入力してください。";
        problems.push(Problem::at("email", text));
    }
    email
}

fn prefecture(typed: &str) -> Option<i32> {
    let code = typed.parse::<u8>().ok()?;
    Prefecture::new(code).ok().map(|found| found.code().into())
}

fn data_of(identity: Identity, new: &New) -> Data {
    let sex = ["male", "female"].into_iter().find(|known| *known == new.sex).unwrap_or("unknown");
    Data {
        family_name: identity.family_name,
        given_name: identity.given_name,
        family_kana: identity.family_kana,
        given_kana: identity.given_kana,
        birth_on: identity.birth_on,
        registry_number: identity.registry_number,
        registry_on: new.registry_on,
        sex: sex.to_owned(),
        workplace: new.workplace.trim().to_owned(),
        postal_code: plain(&new.postal_code).replace('-', ""),
        address: new.address.trim().to_owned(),
        prefecture: prefecture(&new.prefecture).unwrap_or_default(),
        phone: plain(&new.phone),
    }
}

/// The half-filled form that carries this picture, of the last day.
async fn held_row(cx: &Cx, tx: &Tx<'_>, held: &str) -> Result<Option<registration::Model>> {
    Ok(registration::Entity::find()
        .filter(R::TokenHash.eq(sha256_hex(held.as_bytes())))
        .filter(R::State.eq(State::Draft.name()))
        .filter(R::ExpiresAt.gt(cx.app.clock.wall()))
        .one(tx.db())
        .await?)
}

/// Mails the link. It gets a value of its own: the one before was written into a page.
async fn start(
    cx: &Cx,
    tx: &mut Tx<'_>,
    row: registration::Model,
    data: &Data,
    email: &str,
    found: &Match,
) -> Result<()> {
    let to = step(State::Draft, Command::Send, Who::Applicant, Found::Other)?.to;
    let (token, expires_at) = (random_token(), cx.app.clock.wall() + LASTS);
    let kind = if found.found() == Found::Person { Kind::Claim } else { Kind::New };
    let changed = registration::Entity::update_many()
        .col_expr(R::State, Expr::value(to.name()))
        .col_expr(R::Kind, Expr::value(kind.name()))
        .col_expr(R::Email, Expr::value(email))
        .col_expr(R::TokenHash, Expr::value(sha256_hex(token.as_bytes())))
        .col_expr(R::Data, Expr::value(serde_json::to_string(data)?))
        .col_expr(R::ExpiresAt, Expr::value(expires_at))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .filter(R::Id.eq(row.id))
        .filter(R::State.eq(State::Draft.name()))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::refused("この内容は、すでに送信されています。届いたメールを開いてください。"));
    }
    let letter = json!({
        "name": data.shown_name(),
        "login_id": found.login_id(&data.registry_number),
        "expires": decision::at(expires_at),
        "link": format!("{}/registrations/{token}", cx.app.settings.public_url),
    });
    let to = Recipient::Invited(email.to_owned());
    mail::queue(cx, tx, Letter::new("registration_started", to, &letter)?).await?;
    tx.audit(Entry::new("registration.begin", "registration", row.id));
    Ok(())
}

/// Says by mail why there is no link.
async fn stop(cx: &Cx, tx: &mut Tx<'_>, data: &Data, email: &str, why: Why) -> Result<()> {
    let (reason, next, path) = match why {
        Why::Differs => (
            "入力された医籍登録番号・生年月日・カナの組合せを、確認できませんでした。",
            "入力した内容を確かめて、もう一度お試しください。それでも進めないときは、所属の医師会（会員でない方は、勤務先のある都道府県の医師会）へご連絡ください。",
            "/claims/new",
        ),
        Why::InUse => (
            "この方は、すでに利用登録をされています。",
            "パスワードを忘れたときは、下のページで再設定できます。ログインIDやメールアドレスがわからないときは、所属の医師会（会員でない方は、勤務先のある都道府県の医師会）へご連絡ください。",
            "/password-resets/new",
        ),
    };
    let letter = json!({
        "name": data.shown_name(), "reason": reason, "next": next,
        "link": format!("{}{path}", cx.app.settings.public_url),
    });
    let to = Recipient::Invited(email.to_owned());
    mail::queue(cx, tx, Letter::new("registration_stopped", to, &letter)?).await?;
    let why = if why == Why::InUse { "in_use" } else { "differs" };
    tx.audit(Entry::of_list("registration.stop", "registration").with(json!({"why": why})));
    Ok(())
}
