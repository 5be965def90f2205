//! Schools, department and clinical training.

use super::{taken, trail};
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::my::actions::{self, Career};
use mamis_app::my::lists::registration as lists;
use mamis_app::{Error, Problem};
use mamis_rules::base::Day;

/// The fields that are days.
const DAYS: [&str; 3] = ["graduated_on", "trains_from", "trains_until"];

#[derive(Template)]
#[template(path = "my/registration/career.html")]
struct CareerPage {
    page: Page,
    trail: Vec<Crumb>,
    typed: Career,
    /// As typed, in the order of [`DAYS`].
    days: [String; 3],
    problems: Problems,
}

/// The form as registered.
pub async fn form(ctx: Ctx) -> Result<Response, WebError> {
    let row = lists::registration(&ctx).await?.row;
    let days = [row.graduated_on, row.trains_from, row.trains_until]
        .map(|day| day.map(|day| day.to_string()).unwrap_or_default());
    let typed = Career {
        former_name: row.former_name.unwrap_or_default(),
        university: row.university.unwrap_or_default(),
        graduate_school: row.graduate_school.unwrap_or_default(),
        department: row.department.unwrap_or_default(),
        trains_at: row.trains_at.unwrap_or_default(),
        ..Career::default()
    };
    show(&template(&ctx, typed, days, Problems::default()))
}

/// Takes the change.
pub async fn save(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let days = DAYS.map(|name| fields.text(name).to_owned());
    let (typed, problems) = read(&fields);
    let outcome = match problems.is_empty() {
        true => actions::save_career(&ctx, &typed).await,
        false => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(saved) => Ok(taken(&ctx, saved)),
        Err(Error::Invalid(problems)) => {
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &template(&ctx, typed, days, Problems(problems)))
        }
        Err(error) => Err(error.into()),
    }
}

fn read(fields: &Fields) -> (Career, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut day = |name: &str| {
        let typed = fields.text(name);
        let day = Day::parse_written(typed).ok();
        if day.is_none() && !typed.is_empty() {
            problems.push(Problem::at(name, "日付を、2026年3月31日のように入力してください。"));
        }
        day
    };
    let [graduated_on, trains_from, trains_until] = DAYS.map(&mut day);
    let typed = Career {
        former_name: fields.raw("former_name").to_owned(),
        university: fields.text("university").to_owned(),
        graduated_on,
        graduate_school: fields.text("graduate_school").to_owned(),
        department: fields.text("department").to_owned(),
        trains_at: fields.text("trains_at").to_owned(),
        trains_from,
        trains_until,
    };
    (typed, problems)
}

fn template(ctx: &Ctx, typed: Career, days: [String; 3], problems: Problems) -> CareerPage {
    CareerPage {
        page: Page::new(ctx, "学歴・診療科・臨床研修の変更"),
        trail: trail(ctx),
        typed,
        days,
        problems,
    }
}
