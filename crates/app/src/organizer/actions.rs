//! Every write to registrations of external organizers.

use super::lists;
use crate::account::actions::{is_address, limit_mails_to};
use crate::account::{Origin, plain};
use crate::application::advance::officers;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision;
use crate::duty::actions::Appointment;
use crate::error::{Error, Problem, Result};
use crate::invitation::actions::{Invited, send};
use crate::mail::{self, Letter, Recipient};
use crate::secret::{random_token, sha256_hex};
use chrono::Duration;
use mamis_rules::access::Duty;
use mamis_rules::access::association::{Facts, may_approve_organizer};
use mamis_rules::association::{Host, Prefecture};
use mamis_rules::base::{AssociationId, OrganizerId, OrganizerRegistrationId};
use mamis_rules::duty::Span;
use mamis_rules::physician::identity::katakana;
use mamis_rules::physician::kana::is_katakana;
use mamis_schema::{organizer, organizer_registration};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// How long the link that proves the address works [assumed]: over a weekend.
const LASTS: Duration = Duration::hours(72);

/// Letters of a field at most: more is no name.
const LONGEST: usize = 200;

const STALE: &str = "この登録の申込みは、ほかの担当者が先に処理しました。いまの状態を確認してください。";

/// What an organizer says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// Name of the organizer.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// JIS X 0401 code of the seat.
    pub prefecture: i32,
    /// Seat.
    pub address: String,
    /// Phone.
    pub phone: String,
    /// Which trainings it means to hold.
    pub purpose: String,
    /// Who asks.
    pub contact_name: String,
    /// Katakana.
    pub contact_kana: String,
    /// Their mail address.
    pub email: String,
}

/// Keeps what an organizer typed and mails the link that proves the address. Nobody sees it before.
///
/// # Errors
/// [`Error::Invalid`] for what must be mended; [`Error::TooMany`] after too many mails.
#[crate::boxed]
pub async fn register(cx: &Cx, asked: &Registration, origin: &Origin) -> Result<()> {
    let email = plain(&asked.email);
    let asked = &Registration {
        kana: katakana(&asked.kana),
        contact_kana: katakana(&asked.contact_kana),
        phone: plain(&asked.phone).replace(['ー', '−', '‐'], "-"),
        ..asked.clone()
    };
    let problems = problems(asked, &email);
    Problem::none_of(problems)?;
    limit_mails_to(cx, &email, origin).await?;
    let token = random_token();
    let expires_at = cx.app.clock.wall() + LASTS;
    let row = organizer_registration::Model {
        id: Uuid::now_v7(),
        name: asked.name.clone(),
        kana: asked.kana.clone(),
        prefecture: asked.prefecture,
        address: asked.address.clone(),
        phone: asked.phone.clone(),
        purpose: asked.purpose.clone(),
        contact_name: asked.contact_name.clone(),
        contact_kana: asked.contact_kana.clone(),
        email: email.clone(),
        token_hash: sha256_hex(token.as_bytes()),
        expires_at,
        verified_at: None,
        state: "unverified".to_owned(),
        reason: String::new(),
        decided_at: None,
        decided_by: String::new(),
        organizer: None,
        created_at: cx.now,
        version: 1,
    };
    let mut tx = cx.begin().await?;
    let data = json!({
        "name": row.contact_name, "organizer": row.name, "expires": decision::at(expires_at),
        "link": format!("{}/organizer-verifications/{token}", cx.app.settings.public_url),
    });
    let letter = Letter::new("organizer_verification", Recipient::Invited(email), &data)?;
    mail::queue(cx, &mut tx, letter).await?;
    tx.audit(Entry::new("organizer.register", "organizer_registration", row.id));
    organizer_registration::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.commit().await
}

fn problems(asked: &Registration, email: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut need = |is_there: bool, field: &str, text: &str| {
        if !is_there {
            problems.push(Problem::at(field, text));
        }
    };
    need(!asked.name.is_empty(), "name", "団体の名称を入力してください。");
    need(!asked.kana.is_empty(), "kana", "団体のフリガナを入力してください。");
    let known = u8::try_from(asked.prefecture).is_ok_and(|code| Prefecture::new(code).is_ok());
    need(known, "prefecture", "所在地の都道府県を選んでください。");
    need(!asked.address.is_empty(), "address", "所在地を入力してください。");
    let has_digits = asked.phone.chars().filter(char::is_ascii_digit).count() >= 9;
    need(has_digits, "phone", "電話番号を、0466-00-0000 のように入力してください。");
    need(!asked.purpose.is_empty(), "purpose", "どのような研修会を開くかを入力してください。");
    need(!asked.contact_name.is_empty(), "contact_name", "担当者の氏名を入力してください。");
    let is_kana = is_katakana(&asked.contact_kana);
    need(is_kana, "contact_kana", "担当者のフリガナを、全角のカタカナで入力してください。");
    need(is_address(email), "email", "メールアドレスを name@example.jp のような形で入力してください。");
    for (field, text, most) in [
        ("name", &asked.name, LONGEST),
        ("kana", &asked.kana, LONGEST),
        ("address", &asked.address, LONGEST),
        ("phone", &asked.phone, 40),
        ("purpose", &asked.purpose, 2_000),
        ("contact_name", &asked.contact_name, 100),
        ("contact_kana", &asked.contact_kana, 100),
    ] {
        if text.chars().count() > most {
            problems.push(Problem::at(field, &format!("{most}文字までで入力してください。")));
        }
    }
    problems
}

/// Proves the address: the prefectural association of the seat sees the registration from now on.
///
/// # Errors
/// [`Error::NotFound`] when the link works no more.
#[crate::boxed]
pub async fn verify(cx: &Cx, token: &str) -> Result<String> {
    use organizer_registration::Column as R;
    let row = lists::by_link(cx, token).await?.ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    let used = organizer_registration::Entity::update_many()
        .col_expr(R::State, Expr::value("waiting"))
        .col_expr(R::VerifiedAt, Expr::value(cx.now))
        .filter(R::Id.eq(row.id))
        .filter(R::State.eq("unverified"))
        .exec(tx.db())
        .await?;
    if used.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    let (desk, office) = lists::desk(tx.db(), row.prefecture).await?;
    tell_desk(cx, &mut tx, desk, &office, &row).await?;
    tx.audit(Entry::new("organizer.verify", "organizer_registration", row.id));
    tx.commit().await?;
    Ok(office)
}

async fn tell_desk(
    cx: &Cx,
    tx: &mut Tx<'_>,
    desk: AssociationId,
    office: &str,
    row: &organizer_registration::Model,
) -> Result<()> {
    for (id, name) in officers(tx.db(), Duty::Training, cx.today(), desk).await? {
        let data = json!({
            "name": name, "office": office, "what": "外部団体の登録の申込み", "number": row.name,
            "since": cx.today().japanese(), "from": row.contact_name,
            "link": format!("{}/organizers/{}", cx.app.settings.public_url, row.id),
        });
        let letter = Letter::new("office_waiting", Recipient::Officer(id.into()), &data)?;
        mail::queue(cx, tx, letter).await?;
    }
    Ok(())
}

/// What the prefectural association decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The organizer may ask for trainings.
    Approve,
    /// It may not.
    Reject,
}

/// Decides about a registration. Approved, it becomes an organizer, and whoever asked is invited to be its first
/// officer; rejected, they read the reason.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for other offices and twice; [`Error::Invalid`] for a rejection without a
/// reason; [`Error::Stale`].
#[crate::boxed]
pub async fn decide(
    cx: &Cx,
    id: OrganizerRegistrationId,
    version: i64,
    choice: Choice,
    reason: &str,
) -> Result<()> {
    use organizer_registration::Column as R;
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    may_approve_organizer(&cx.actor, &Facts { association: found.desk, above: Vec::new() })?;
    if choice == Choice::Reject && reason.is_empty() {
        return Err(Error::invalid("reason", "承認しない理由を入力してください。申し込んだ方に届きます。"));
    }
    let organizer = match choice {
        Choice::Approve => Some(admit(cx, &mut tx, &found).await?),
        Choice::Reject => None,
    };
    let (state, action) = match choice {
        Choice::Approve => ("approved", "organizer.approve"),
        Choice::Reject => ("rejected", "organizer.reject"),
    };
    let done = organizer_registration::Entity::update_many()
        .col_expr(R::State, Expr::value(state))
        .col_expr(R::Reason, Expr::value(reason))
        .col_expr(R::DecidedAt, Expr::value(cx.now))
        .col_expr(R::DecidedBy, Expr::value(cx.who.signed()))
        .col_expr(R::Organizer, Expr::value(organizer.map(Uuid::from)))
        .col_expr(R::Version, Expr::value(version + 1))
        .filter(R::Id.eq(found.row.id))
        .filter(R::Version.eq(version))
        .filter(R::State.eq("waiting"))
        .exec(tx.db())
        .await?;
    if done.rows_affected == 0 {
        return Err(Error::Stale(STALE.to_owned()));
    }
    if choice == Choice::Reject {
        let data = json!({
            "name": found.row.contact_name, "organizer": found.row.name, "office": found.office,
            "reason": reason,
        });
        let to = Recipient::Invited(found.row.email.clone());
        mail::queue(cx, &mut tx, Letter::new("organizer_rejected", to, &data)?).await?;
    }
    tx.audit(Entry::new(action, "organizer_registration", id).with(json!({"name": found.row.name})));
    tx.commit().await
}

/// The organizer, and the invitation of its first officer.
async fn admit(cx: &Cx, tx: &mut Tx<'_>, found: &lists::Found) -> Result<OrganizerId> {
    let id = OrganizerId(Uuid::now_v7());
    let row = organizer::Model {
        id: id.into(),
        name: found.row.name.clone(),
        kana: found.row.kana.clone(),
        prefecture: found.row.prefecture,
        approved_by: Some(found.desk.into()),
        created_at: cx.now,
        version: 1,
    };
    organizer::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let invited = Invited {
        name: found.row.contact_name.clone(),
        kana: found.row.contact_kana.clone(),
        email: found.row.email.clone(),
        appointment: Appointment {
            at: Host::Organizer(id),
            // Its first officer can invite the others.
            duties: vec![Duty::Training, Duty::Administration],
            span: Span { from: cx.today(), until: None },
            deputy_of: None,
            reason: String::new(),
        },
    };
    let by = cx.who.signed();
    send(cx, tx, &invited, &found.row.name, by).await?;
    Ok(id)
}

/// Deletes forms whose link has ended: whoever did not open it has not given us their data.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn forget(cx: &Cx) -> Result<u64> {
    use organizer_registration::Column as R;
    let mut tx = cx.begin().await?;
    let gone = organizer_registration::Entity::delete_many()
        .filter(R::State.eq("unverified"))
        .filter(R::ExpiresAt.lt(cx.app.clock.wall()))
        .exec(tx.db())
        .await?
        .rows_affected;
    if gone > 0 {
        let entry = Entry::of_list("organizer.forget", "organizer_registration");
        tx.audit(entry.with(json!({"rows": gone})));
        tx.commit().await?;
    }
    Ok(gone)
}
