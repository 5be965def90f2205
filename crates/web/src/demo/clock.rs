//! Moving the demo's business time, so that a training can be held and a board can meet within minutes.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::Fields;
use axum::response::Response;
use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use mamis_app::decision::at;
use mamis_app::{Error, World};
use mamis_rules::access::system;

/// Ahead of this the calendars of the made-up world end.
const FARTHEST: Duration = Duration::days(400);

/// Takes `now`, a time in Japan as a browser's field gives it; forwards only: what has happened stays.
pub async fn move_on(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    if ctx.app.world != World::Demo {
        return Err(Error::NotFound.into());
    }
    system::may_see_demo(&ctx.actor)?;
    let now = target(fields.text("now"), ctx.now)?;
    ctx.app.clock.set(now);
    ctx.app.wake.call();
    Ok(ctx.done("/demo#clock", &format!("デモの中の時刻を {} に進めました。", at(now))))
}

fn target(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let japan = chrono::FixedOffset::east_opt(9 * 3600).expect("nine hours is a valid offset");
    let typed = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .ok()
        .and_then(|local| japan.from_local_datetime(&local).single())
        .map(|local| local.to_utc())
        .ok_or_else(|| Error::invalid("now", "日付と時刻を選んでください。"))?;
    if typed < now {
        return Err(Error::invalid("now", "いまより後の日時を選んでください。時刻を戻すことはできません。"));
    }
    if typed > now + FARTHEST {
        return Err(Error::invalid("now", "400日先までの日時を選んでください。"));
    }
    Ok(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_forwards_and_within_the_calendars() {
        let now = "2026-11-22T01:00:00Z".parse().expect("an instant");
        let check = |text: &str| target(text, now).map_err(|error| format!("{error:?}"));
        assert_eq!(check("2026-11-22T10:30"), Ok("2026-11-22T01:30:00Z".parse().expect("an instant")));
        assert!(check("2026-11-22T09:59").is_err_and(|error| error.contains("戻す")));
        assert!(check("2029-01-01T00:00").is_err_and(|error| error.contains("400日")));
        assert!(check("tomorrow").is_err());
    }
}
