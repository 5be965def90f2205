//! Addresses by postal code and readings by spelling, offered while a form is filled in. Nothing asked is kept.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::Fields;
use axum::Json;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use mamis_app::address::{Place, look_up};
use mamis_rules::physician::kana;
use serde::Deserialize;
use serde_json::json;

/// What is asked.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    postal_code: String,
    #[serde(default)]
    text: String,
}

/// The places of a postal code, for the script of a form.
pub async fn places(_ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    Ok(Json(json!({"places": look_up(&asked.postal_code)})).into_response())
}

/// The reading in katakana, for the script of a form.
pub async fn reading(_ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    Ok(Json(json!({"proposal": kana::propose(&asked.text)})).into_response())
}

/// What a look-up without scripts came to.
#[derive(Clone, Debug, Default)]
pub(crate) enum Taken {
    /// Nothing was filled in.
    #[default]
    Nothing,
    /// This place was filled in.
    Place(Place),
}

/// The look-up as a form shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// What was filled in.
    pub(crate) taken: Taken,
    /// Places to choose from, where there are several.
    pub(crate) places: Vec<Place>,
    /// What to know; empty for nothing.
    pub(crate) note: &'static str,
}

impl Found {
    /// The answer to the button 「住所を入れる」, or to the choice of one of several places. None when the form was sent
    /// for something else.
    pub(crate) fn asked(fields: &Fields, postal_code: &str) -> Option<Self> {
        let chosen = fields.text("place").parse::<usize>().ok();
        if chosen.is_none() && fields.text("look_up").is_empty() {
            return None;
        }
        let mut places = look_up(postal_code);
        let one = match (chosen, places.len()) {
            (Some(at), _) if at < places.len() => Some(places.swap_remove(at)),
            (_, 1) => places.pop(),
            _ => None,
        };
        Some(match one {
            Some(place) => Self {
                taken: Taken::Place(place),
                places: Vec::new(),
                note: "住所を入れました。番地・建物名を続けて入力してください。",
            },
            None if places.is_empty() => Self {
                note: "この郵便番号は見つかりませんでした。住所をそのまま入力してください。",
                ..Self::default()
            },
            None => Self {
                places,
                note: "この郵便番号には、いくつかの住所があります。下から選ぶか、そのまま入力してください。",
                ..Self::default()
            },
        })
    }
}
