//! Every write to invitations.

use super::lists::{self, Open};
use crate::account::actions::{Opened, is_address, open_session};
use crate::account::lists::Current;
use crate::account::{Origin, login_id, password, plain};
use crate::audit::Entry;
use crate::cx::{Cx, Tx, Who};
use crate::db::dialect;
use crate::duty::actions::{self as duties, Appointment, by, needs_reason};
use crate::duty::lists::{administrators, seat_to_fill};
use crate::error::{Error, Problem, Result};
use crate::mail::{self, Letter, Recipient};
use crate::secret::{random_token, sha256_hex};
use crate::{decision, officer as person};
use chrono::Duration;
use mamis_rules::access::Actor;
use mamis_rules::base::{AccountId, Day, InvitationId, OfficerId};
use mamis_rules::duty as rule;
use mamis_schema::{account, invitation, officer};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// How long the link of an invitation works [assumed]: over a weekend.
const LASTS: Duration = Duration::hours(72);

/// Somebody to invite.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Exactly as typed.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// Where the link goes.
    pub email: String,
    /// What for.
    pub appointment: Appointment,
}

/// Mails an invitation to become an officer.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Refused`] for offices that are not the actor's, [`Error::Invalid`] for what must be
/// mended, and for somebody who is an officer already and gets the duty directly.
#[crate::boxed]
pub async fn invite(cx: &Cx, invited: &Invited) -> Result<InvitationId> {
    let appointment = &invited.appointment;
    Problem::none_of(problems(invited))?;
    rule::check_new(appointment.span, &[], None, cx.today())?;
    let mut tx = cx.begin().await?;
    let (seat, hand) = seat_to_fill(cx, tx.db(), appointment.at).await?;
    needs_reason(hand, &appointment.reason)?;
    refuse_known(cx, &tx, &plain(&invited.email)).await?;
    let id = send(cx, &mut tx, invited, &seat.name, by(cx, hand)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Writes an invitation and mails its link; the caller has asked who may.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn send(
    cx: &Cx,
    tx: &mut Tx<'_>,
    invited: &Invited,
    office: &str,
    by: String,
) -> Result<InvitationId> {
    let appointment = &invited.appointment;
    let (token, expires_at) = (random_token(), cx.app.clock.wall() + LASTS);
    let row = new_row(cx, invited, &token, expires_at, by.clone())?;
    let (id, offered) = (row.id, duties::in_words(&appointment.duties, appointment.span));
    let email = row.email.clone();
    invitation::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let data = json!({
        "name": invited.name.trim(), "office": office, "duties": offered, "by": by,
        "expires": decision::at(expires_at),
        "link": format!("{}/invitation-acceptances/{token}", cx.app.settings.public_url),
    });
    mail::queue(cx, tx, Letter::new("officer_invitation", Recipient::Invited(email), &data)?).await?;
    let detail = json!({"office": appointment.at.id(), "reason": appointment.reason, "duties": offered});
    tx.audit(Entry::new("invitation.send", "invitation", id).with(detail));
    Ok(id.into())
}

fn problems(invited: &Invited) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut need = |is_there: bool, field: &str, text: &str| {
        if !is_there {
            problems.push(Problem::at(field, text));
        }
    };
    need(!invited.name.trim().is_empty(), "name", "氏名を入力してください。");
    need(!invited.kana.trim().is_empty(), "kana", "フリガナを入力してください。");
    need(
        is_address(&plain(&invited.email)),
        "email",
        "メールアドレスを name@example.jp のような形で入力してください。",
    );
    need(!invited.appointment.duties.is_empty(), "duties", "職務を1つ以上選んでください。");
    problems
}

/// Whom the actor sees gets the duty on their own page; whoever works elsewhere gets the mail like anybody, so that
/// nobody learns here who is an officer of which office.
async fn refuse_known(cx: &Cx, tx: &Tx<'_>, email: &str) -> Result<()> {
    let Some(known) = lists::with_email(tx.db(), email).await? else { return Ok(()) };
    match person::lists::find(cx, tx.db(), known).await {
        Ok(line) => {
            let name = line.row.name;
            let text = format!(
                "このメールアドレスは、職員の{name}さんのものです。「職員」で{name}さんを開いて、職務を加えてください。"
            );
            Err(Error::invalid("email", &text))
        }
        Err(Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

fn new_row(
    cx: &Cx,
    invited: &Invited,
    token: &str,
    expires_at: chrono::DateTime<chrono::Utc>,
    invited_by: String,
) -> Result<invitation::Model> {
    let Appointment { at, duties, span, .. } = &invited.appointment;
    let (association, organizer) = at.columns();
    let names: Vec<&str> = duties.iter().map(|duty| duty.name()).collect();
    Ok(invitation::Model {
        id: Uuid::now_v7(),
        association,
        organizer,
        name: invited.name.trim().to_owned(),
        kana: invited.kana.trim().to_owned(),
        email: plain(&invited.email),
        duties: serde_json::to_string(&names)?,
        valid_from: span.from.date(),
        valid_until: span.until.map(Day::date),
        token_hash: sha256_hex(token.as_bytes()),
        expires_at,
        invited_by,
        officer: None,
        accepted_at: None,
        revoked_at: None,
        created_at: cx.app.clock.wall(),
    })
}

/// Takes an invitation back: its link works no more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices and when it was accepted or taken back already.
#[crate::boxed]
pub async fn revoke(cx: &Cx, id: InvitationId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let row = lists::find(cx, tx.db(), id).await?;
    seat_to_fill(cx, tx.db(), lists::host_of(&row)?).await?;
    let revoked = invitation::Entity::update_many()
        .col_expr(invitation::Column::RevokedAt, Expr::value(cx.app.clock.wall()))
        .filter(invitation::Column::Id.eq(row.id))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    if revoked.rows_affected == 0 {
        return Err(Error::refused("この招待は、すでに受けられたか、取り消されています。"));
    }
    tx.audit(Entry::new("invitation.revoke", "invitation", row.id));
    tx.commit().await
}

/// What an invited person types.
#[derive(Clone, Debug)]
pub struct NewOfficer<'a> {
    /// What to log in with.
    pub login_id: &'a str,
    /// The new password.
    pub password: &'a str,
    /// Whether they accept the terms of use.
    pub agrees: bool,
}

/// Makes the officer of an invitation, with account, duties and consent, and opens a session that still owes the second
/// factor: the page that registers it comes next.
///
/// # Errors
/// [`Error::NotFound`] when the link works no more, [`Error::Invalid`] for what must be mended, [`Error::Refused`] when
/// the address belongs to an officer already.
#[crate::boxed]
pub async fn accept(cx: &Cx, token: &str, new: &NewOfficer<'_>, origin: &Origin) -> Result<Opened> {
    let open = lists::by_link(cx, token).await?.ok_or(Error::NotFound)?;
    if open.known.is_some() {
        return Err(Error::refused(
            "このメールアドレスの職員は登録済みです。ログインしてから、招待を受けてください。",
        ));
    }
    let login = login_id(new.login_id);
    Problem::none_of(account_problems(&login, new))?;
    let hash = password::hash(new.password).await?;
    let account = Uuid::now_v7();
    let officer_id = OfficerId(Uuid::now_v7());
    let who = Who {
        account: Some(AccountId(account)),
        name: open.row.name.clone(),
        office: open.seat.name.clone(),
    };
    let cx = Cx { who, ..cx.clone() };
    let mut tx = cx.begin().await?;
    write_officer(&cx, &tx, &open, officer_id).await?;
    write_account(&cx, &mut tx, account, officer_id, &login, hash).await?;
    take_up(&cx, &mut tx, &open, officer_id).await?;
    let (session, token) = open_session(&cx, &tx, account, origin).await?;
    tx.audit(Entry::new("account.log_in", "session", session));
    tx.commit().await?;
    Ok(Opened { token })
}

fn account_problems(login: &str, new: &NewOfficer<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if !(4..=40).contains(&login.len()) || !login.chars().all(fits) {
        let text = "ログインIDは、半角の英数字と . _ - を使って、4文字以上40文字までで入力してください。";
        problems.push(Problem::at("login_id", text));
    }
    if let Err(text) = password::check_new(new.password, login) {
        problems.push(Problem::at("new_password", &text));
    }
    if !new.agrees {
        problems.push(Problem::at("agree", "利用規約を読んで、同意するにチェックを付けてください。"));
    }
    problems
}

async fn write_officer(cx: &Cx, tx: &Tx<'_>, open: &Open, id: OfficerId) -> Result<()> {
    let row = officer::Model {
        id: id.into(),
        name: open.row.name.clone(),
        kana: open.row.kana.clone(),
        email: open.row.email.clone(),
        created_at: cx.now,
    };
    officer::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}

async fn write_account(
    cx: &Cx,
    tx: &mut Tx<'_>,
    id: Uuid,
    officer: OfficerId,
    login: &str,
    password_hash: String,
) -> Result<()> {
    let row = account::Model {
        id,
        login_id: login.to_owned(),
        password_hash,
        physician: None,
        officer: Some(officer.into()),
        state: "active".to_owned(),
        first_used_at: None,
        created_at: cx.now,
        version: 1,
    };
    account::ActiveModel::from(row).reset_all().insert(tx.db()).await.map_err(|error| {
        if dialect::is_unique_violation(&error) {
            Error::invalid("login_id", "このログインIDは使われています。別のものを入力してください。")
        } else {
            error.into()
        }
    })?;
    crate::terms::actions::accept(cx, tx, id).await?;
    Ok(())
}

/// Gives the duties of an invitation to an officer who is logged in: somebody who works at another office already.
///
/// # Errors
/// [`Error::NotFound`] when the link works no more, [`Error::Refused`] for somebody else.
#[crate::boxed]
pub async fn accept_as(cx: &Cx, token: &str, current: Option<&Current>) -> Result<()> {
    let open = lists::by_link(cx, token).await?.ok_or(Error::NotFound)?;
    let logged_in = match current.map(|current| &current.actor) {
        Some(Actor::Officer { officer, .. }) => Some(*officer),
        _ => None,
    };
    let Some(officer) = logged_in.filter(|officer| open.known == Some(*officer)) else {
        return Err(Error::refused("招待のメールが届いた職員の方がログインして、受けてください。"));
    };
    let mut tx = cx.begin().await?;
    take_up(cx, &mut tx, &open, officer).await?;
    tx.commit().await
}

/// Uses the link up, gives the duties, and tells the administrators who is new. Of two who open the link at once, one
/// gets through.
async fn take_up(cx: &Cx, tx: &mut Tx<'_>, open: &Open, officer: OfficerId) -> Result<()> {
    let at = lists::host_of(&open.row)?;
    duties::hold(tx, at).await?;
    let used = invitation::Entity::update_many()
        .col_expr(invitation::Column::AcceptedAt, Expr::value(cx.app.clock.wall()))
        .col_expr(invitation::Column::Officer, Expr::value(Uuid::from(officer)))
        .filter(invitation::Column::Id.eq(open.row.id))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .filter(invitation::Column::ExpiresAt.gt(cx.app.clock.wall()))
        .exec(tx.db())
        .await?;
    if used.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    for kind in &open.duties {
        let held = duties::spans(tx, officer, at, *kind).await?;
        // Meanwhile an administrator may have entered the same duty by hand: it is not given twice.
        if held.iter().any(|span| span.overlaps(open.span())) {
            continue;
        }
        let row = duties::new_row(cx, officer, at, *kind, open.span(), &open.row.invited_by);
        duties::note(tx, "duty.appoint", &row, "invitation");
        duties::insert(tx, row).await?;
    }
    tx.audit(Entry::new("invitation.accept", "invitation", open.row.id));
    tell_administrators(cx, tx, open, officer).await
}

async fn tell_administrators(cx: &Cx, tx: &mut Tx<'_>, open: &Open, officer: OfficerId) -> Result<()> {
    let what = format!("招待を受けて、職員になりました：{}", duties::in_words(&open.duties, open.span()));
    for (id, name) in administrators(tx.db(), open.seat.works_for.at, cx.today()).await? {
        if id == officer {
            continue;
        }
        let data = json!({
            "name": name, "office": open.seat.name, "officer": open.row.name, "what": what,
            "by": open.row.invited_by, "at": decision::at(cx.now),
            "link": format!("{}/officers/{officer}", cx.app.settings.public_url),
        });
        mail::queue(cx, tx, Letter::new("officer_duty_changed", Recipient::Officer(id), &data)?).await?;
    }
    Ok(())
}
