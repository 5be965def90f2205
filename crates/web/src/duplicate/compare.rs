//! Two records side by side: what is right, what stays, or that they are two people.

use super::pages::signs;
use crate::ctx::{Ctx, see_other};
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use crate::physician::list::or;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::address::hyphened;
use mamis_app::duplicate::actions::{self, Choice};
use mamis_app::duplicate::lists::{self, Compared, Record};
use mamis_app::duplicate::moves::FIELDS;
use mamis_app::physician::actions as looks;
use mamis_app::{Error, Problem};
use mamis_rules::base::{Day, DuplicateId, full_name};
use mamis_rules::membership::head_count::Sex;
use mamis_rules::physician::duplicate::Side;

#[derive(Template)]
#[template(path = "duplicate/compare.html")]
struct ComparePage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    signs: String,
    score: i32,
    names: [String; 2],
    /// Nothing but names is shown before a reason is given.
    asks_reason: bool,
    judged: String,
    obstacles: Vec<String>,
    refusal: String,
    fields: Vec<FieldView>,
    /// What is not chosen: it belongs to the record or moves as a whole.
    facts: Vec<(&'static str, [String; 2])>,
    kept: &'static str,
    login: &'static str,
    /// Both have a login, so one of them is chosen.
    logins: Option<[String; 2]>,
    versions: [i64; 2],
    reason: String,
    different_reason: String,
    problems: Problems,
}

struct FieldView {
    name: String,
    label: &'static str,
    texts: [String; 2],
    /// Which record is right; empty where both say the same.
    chosen: &'static str,
}

/// The pair.
pub async fn page(ctx: Ctx, Path(id): Path<DuplicateId>) -> Result<Response, WebError> {
    let pair = lists::compare(&ctx, id).await?;
    look(&ctx, &pair).await?;
    show(&view(&ctx, &pair, &Fields::default(), Problems::default()))
}

/// Both are looked at in full, unless a reason is asked first.
async fn look(ctx: &Ctx, pair: &Compared) -> Result<(), WebError> {
    if pair.asks_reason.is_empty() {
        for record in &pair.records {
            looks::note_look(ctx, record.facts.physician, "duplicate").await?;
        }
    }
    Ok(())
}

/// The form once more, with what was typed.
async fn again(
    ctx: &Ctx,
    id: DuplicateId,
    typed: &Fields,
    problems: Vec<Problem>,
) -> Result<Response, WebError> {
    let pair = lists::compare(ctx, id).await?;
    look(ctx, &pair).await?;
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &view(ctx, &pair, typed, Problems(problems)))
}

/// Opens both records to the keeper of the register.
pub async fn give_reason(
    ctx: Ctx,
    Path(id): Path<DuplicateId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let pair = lists::compare(&ctx, id).await?;
    for person in pair.asks_reason {
        match looks::give_reason(&ctx, person, fields.text("look_reason")).await {
            Ok(()) => {}
            Err(Error::Invalid(mut problems)) => {
                problems.iter_mut().for_each(|problem| "look_reason".clone_into(&mut problem.field));
                return again(&ctx, id, &fields, problems).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(see_other(&format!("/duplicates/{id}")))
}

/// Merges.
pub async fn merge(ctx: Ctx, Path(id): Path<DuplicateId>, fields: Fields) -> Result<Response, WebError> {
    match actions::merge(&ctx, id, &choice(&fields)).await {
        Ok(merge) => Ok(ctx.done(&format!("/merges/{merge}"), "2つの記録を統合しました。")),
        Err(Error::Invalid(problems)) => again(&ctx, id, &fields, problems).await,
        Err(error) => Err(error.into()),
    }
}

/// Judges that they are two people.
pub async fn refuse(ctx: Ctx, Path(id): Path<DuplicateId>, fields: Fields) -> Result<Response, WebError> {
    match actions::refuse(&ctx, id, fields.text("different_reason")).await {
        Ok(()) => Ok(ctx.done("/duplicates", "「別の人」と記録しました。")),
        Err(Error::Invalid(problems)) => again(&ctx, id, &fields, problems).await,
        Err(error) => Err(error.into()),
    }
}

fn choice(fields: &Fields) -> Choice {
    let side = |name: &str| fields.text(name).parse().unwrap_or(Side::First);
    let chosen = |field: &mamis_app::duplicate::moves::Field| {
        let side = fields.text(&format!("field.{}", field.name)).parse().ok()?;
        Some((field.name.to_owned(), side))
    };
    let version = |name: &str| fields.text(name).parse().unwrap_or_default();
    Choice {
        kept: side("kept"),
        fields: FIELDS.iter().filter_map(chosen).collect(),
        login: side("login"),
        reason: fields.text("reason").to_owned(),
        versions: [version("first_version"), version("second_version")],
    }
}

/// The record that is proposed to stay: the member of the national association, then the one of which more is known.
fn proposed(pair: &Compared) -> Side {
    let weight = |record: &Record| {
        let row = &record.row;
        (row.national_member_id.is_some(), row.registry_number.is_some(), !record.association.is_empty())
    };
    if weight(&pair.records[1]) > weight(&pair.records[0]) { Side::Second } else { Side::First }
}

fn view(ctx: &Ctx, pair: &Compared, typed: &Fields, problems: Problems) -> ComparePage {
    let kept = typed.text("kept").parse().unwrap_or_else(|_| proposed(pair));
    let names = [0, 1].map(|at| {
        let row = &pair.records[at].row;
        full_name(&row.family_name, &row.given_name)
    });
    let open = pair.asks_reason.is_empty();
    let logins = match (&pair.records[0].account, &pair.records[1].account) {
        (Some(first), Some(second)) if open => Some([first.login_id.clone(), second.login_id.clone()]),
        _ => None,
    };
    let row = &pair.row;
    let judged = match row.state.as_str() {
        "open" => String::new(),
        _ => format!("{}が「別の人」と判断しました。理由：{}", row.decided_by, row.reason),
    };
    ComparePage {
        page: Page::new(ctx, "2つの記録を見比べる"),
        trail: vec![Crumb::to("/physicians", "医師"), Crumb::to("/duplicates", "重複登録の確認")],
        own: format!("/duplicates/{}", row.id),
        signs: signs(&pair.signs),
        score: row.score,
        names,
        asks_reason: !open,
        judged,
        obstacles: pair.obstacles.clone(),
        refusal: pair.refusal.as_ref().map(ToString::to_string).unwrap_or_default(),
        fields: if open { fields(pair, typed, kept) } else { Vec::new() },
        facts: if open { facts(pair) } else { Vec::new() },
        kept: kept.name(),
        login: typed.text("login").parse().unwrap_or(kept).name(),
        logins,
        versions: [0, 1].map(|at| pair.records[at].row.version),
        reason: typed.text("reason").to_owned(),
        different_reason: typed.text("different_reason").to_owned(),
        problems,
    }
}

fn fields(pair: &Compared, typed: &Fields, kept: Side) -> Vec<FieldView> {
    let field = |field: &mamis_app::duplicate::moves::Field| {
        let texts = [0, 1].map(|at| text(&pair.records[at], field.name));
        let own = usize::from(kept == Side::Second);
        // What only the other record knows is proposed from there.
        let other = if kept == Side::First { Side::Second } else { Side::First };
        let proposed = if texts[own].is_empty() { other } else { kept };
        let name = format!("field.{}", field.name);
        let chosen = typed.text(&name).parse().unwrap_or(proposed);
        let same = texts[0] == texts[1];
        FieldView { name, label: field.label, chosen: if same { "" } else { chosen.name() }, texts }
    };
    FIELDS.iter().map(field).filter(|field| field.texts.iter().any(|text| !text.is_empty())).collect()
}

/// What a record says in a field, as people read it.
fn text(record: &Record, field: &str) -> String {
    let row = &record.row;
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| Day::from(day).japanese()).unwrap_or_default();
    let both = |one: String, other: String| {
        [one, other].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("　")
    };
    match field {
        "name" => {
            both(full_name(&row.family_name, &row.given_name), full_name(&row.family_kana, &row.given_kana))
        }
        "former_name" => or_empty(&row.former_name),
        "birth" => day(Some(row.birth_on)),
        "sex" => row.sex.parse().unwrap_or(Sex::Unknown).label().to_owned(),
        "registry" => both(or_empty(&row.registry_number), day(row.registry_on)),
        "member_id" => or_empty(&row.national_member_id),
        "email" => match (&row.email, row.email_verified_at) {
            (Some(email), Some(_)) => format!("{email}（確認済み）"),
            (email, _) => or_empty(email),
        },
        "phone" => or_empty(&row.phone),
        "home" => both(hyphened(&or_empty(&row.home_postal_code)), or_empty(&row.home_address)),
        "destination" => if row.mailing_destination == "home" { "自宅" } else { "勤務先" }.to_owned(),
        "university" => both(or_empty(&row.university), day(row.graduated_on)),
        "graduate_school" => or_empty(&row.graduate_school),
        "department" => or_empty(&row.department),
        "clinical_training" => both(or_empty(&row.trains_at), day(row.trains_until)),
        "deceased" => day(row.deceased_on),
        _ => String::new(),
    }
}

fn facts(pair: &Compared) -> Vec<(&'static str, [String; 2])> {
    let both = |of: fn(&Record) -> String| [0, 1].map(|at| of(&pair.records[at]));
    vec![
        ("所属", both(|record| or(&record.association, "非会員"))),
        ("勤務先", both(|record| record.workplaces.join("、"))),
        (
            "ログインID",
            both(|record| record.account.as_ref().map(|one| one.login_id.clone()).unwrap_or_default()),
        ),
        ("登録した日", both(|record| Day::of(record.row.created_at).japanese())),
        (
            "この記録にあるもの",
            both(|record| {
                let held = record.holds.iter().map(|(label, count)| format!("{label} {count}件"));
                held.collect::<Vec<_>>().join("、")
            }),
        ),
    ]
}
