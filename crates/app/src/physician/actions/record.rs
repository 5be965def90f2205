//! The one way in which a registration is written: the row, its search keys and its history stand or fall together.

use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use mamis_rules::access::Actor;
use mamis_rules::base::names::search_key;
use mamis_rules::base::{Day, full_name};
use mamis_rules::physician::{Field, Source};
use mamis_schema::{physician, physician_change};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Where a change comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    source: Source,
    application: Option<Uuid>,
}

impl Origin {
    /// Whoever acts in this context.
    pub(crate) fn of(cx: &Cx) -> Self {
        let source = match (&cx.actor, cx.on_behalf()) {
            (_, Some(_)) => Source::OnBehalf,
            (Actor::Physician { .. }, None) => Source::Own,
            (Actor::Officer { .. }, None) => Source::Office,
            (Actor::Guest | Actor::System, None) => Source::System,
        };
        Self { source, application: None }
    }

    /// A decided application.
    pub(crate) fn application(id: Uuid) -> Self {
        Self { source: Source::Application, application: Some(id) }
    }
}

/// A field of the row as people read it; empty for none, and for fields that stand elsewhere.
pub(crate) fn shown(row: &physician::Model, field: Field) -> String {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| Day::from(day).japanese()).unwrap_or_default();
    match field {
        Field::FamilyName => row.family_name.clone(),
        Field::GivenName => row.given_name.clone(),
        Field::FamilyKana => row.family_kana.clone(),
        Field::GivenKana => row.given_kana.clone(),
        Field::FormerName => some(&row.former_name),
        Field::BirthOn => day(Some(row.birth_on)),
        Field::Sex => match row.sex.as_str() {
            "male" => "男性".to_owned(),
            "female" => "女性".to_owned(),
            _ => String::new(),
        },
        Field::RegistryNumber => some(&row.registry_number),
        Field::RegistryOn => day(row.registry_on),
        Field::NationalMemberId => some(&row.national_member_id),
        Field::Email => match (&row.email, row.email_verified_at) {
            (Some(email), None) => format!("{email}（確認前）"),
            (email, _) => some(email),
        },
        Field::Phone => some(&row.phone),
        Field::HomePostalCode => some(&row.home_postal_code),
        Field::HomeAddress => some(&row.home_address),
        Field::MailingDestination => destination(&row.mailing_destination).to_owned(),
        Field::University => some(&row.university),
        Field::GraduatedOn => day(row.graduated_on),
        Field::GraduateSchool => some(&row.graduate_school),
        Field::Department => some(&row.department),
        Field::TrainsAt => some(&row.trains_at),
        Field::TrainsFrom => day(row.trains_from),
        Field::TrainsUntil => day(row.trains_until),
        Field::DeceasedOn => day(row.deceased_on),
        Field::MainWorkplace | Field::Workplace | Field::JointUse => String::new(),
    }
}

/// 自宅 or 勤務先.
fn destination(name: &str) -> &'static str {
    if name == "home" { "自宅" } else { "勤務先" }
}

/// Writes a row that was changed in memory, unless somebody was faster, and one line of history for each field that
/// differs. The caller notes the audit entry. Answers with these fields.
///
/// # Errors
/// [`Error::Stale`]; a fault of the database.
pub(crate) async fn write(
    cx: &Cx,
    tx: &Tx<'_>,
    before: &physician::Model,
    mut after: physician::Model,
    origin: Origin,
) -> Result<Vec<Field>> {
    after.name_key = search_key(&full_name(&after.family_name, &after.given_name));
    after.kana_key = search_key(&full_name(&after.family_kana, &after.given_kana));
    after.version = before.version + 1;
    let mut row = physician::ActiveModel::from(after.clone()).reset_all();
    row.id = ActiveValue::NotSet;
    let done = physician::Entity::update_many()
        .set(row)
        .filter(physician::Column::Id.eq(before.id))
        .filter(physician::Column::Version.eq(before.version))
        .exec(tx.db())
        .await?;
    if done.rows_affected == 0 {
        return Err(Error::Stale(
            "ほかの画面で先に登録情報が変更されています。開き直して、もう一度入力してください。".to_owned(),
        ));
    }
    let mut fields = Vec::new();
    for field in Field::ALL {
        let (from, to) = (shown(before, *field), shown(&after, *field));
        if from != to {
            note(cx, tx, before.id, Line { field: *field, before: from, after: to, origin }).await?;
            fields.push(*field);
        }
    }
    Ok(fields)
}

/// One line of history.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What changed.
    pub(crate) field: Field,
    /// As people read it.
    pub(crate) before: String,
    /// As people read it.
    pub(crate) after: String,
    /// Where it comes from.
    pub(crate) origin: Origin,
}

/// Adds a line of history about something that stands outside the row: a workplace, a consent.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn note(cx: &Cx, tx: &Tx<'_>, physician: Uuid, line: Line) -> Result<()> {
    // The name of whoever stands in for a physician has the office in it already.
    let by_name = cx.on_behalf().map_or_else(|| cx.who.signed(), str::to_owned);
    let row = physician_change::Model {
        id: Uuid::now_v7(),
        physician,
        field: line.field.name().to_owned(),
        before: line.before,
        after: line.after,
        source: line.origin.source.name().to_owned(),
        application: line.origin.application,
        by_name,
        changed_at: cx.now,
    };
    physician_change::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}
