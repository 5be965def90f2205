//! RSS 2.0 and JSON Feed 1.1, readable by everybody and by scripts of other sites.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::training::{held, offered};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mamis_app::Error;
use mamis_app::secret::sha256_hex;
use mamis_app::training_feed::lists::{self, Feed, Item};
use mamis_rules::association::Prefecture;
use serde_json::{Value, json};

/// How long others may keep a copy: seats fill within minutes.
const CACHE: &str = "public, max-age=300";

/// The feed of an association: `/feeds/142051.rss`, `/feeds/142051.json`.
pub async fn feed(ctx: Ctx, headers: HeaderMap, Path(file): Path<String>) -> Result<Response, WebError> {
    let (code, kind) = file.split_once('.').ok_or(Error::NotFound)?;
    let (body, kind): (fn(&Ctx, &Feed) -> String, _) = match kind {
        "rss" => (rss, "application/rss+xml; charset=utf-8"),
        "json" => (json_feed, "application/feed+json; charset=utf-8"),
        _ => return Err(Error::NotFound.into()),
    };
    let body = body(&ctx, &lists::feed(&ctx, code).await?);
    let tag = format!("\"{}\"", &sha256_hex(body.as_bytes())[..32]);
    let tag = HeaderValue::from_str(&tag).map_err(Error::fault)?;
    let is_known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response(),
    };
    let with = response.headers_mut();
    with.insert(header::ETAG, tag);
    with.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    with.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

fn title(feed: &Feed) -> String {
    format!("{}　募集している研修会", feed.association.name)
}

fn link(ctx: &Ctx, item: &Item) -> String {
    format!("{}/trainings/{}", ctx.app.settings.public_url, item.id)
}

fn place(item: &Item) -> String {
    match item.mode.as_str() {
        "web" => "Web開催".to_owned(),
        _ => [Prefecture::name_of(item.prefecture), &item.venue].join(" ").trim().to_owned(),
    }
}

/// The training in a few lines for readers.
fn about(item: &Item) -> String {
    let seats = if item.is_free() { "残席あり" } else { "満席" };
    let mut lines = vec![
        format!("日時：{}", held(item.starts_at, item.ends_at)),
        format!("会場：{}", place(item)),
        format!("主催：{}", item.host_name),
        format!("単位：{}", offered(&item.offers).join("、")),
        format!("定員：{}名（{seats}）", item.capacity),
    ];
    lines.push(item.summary.clone());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn rss(ctx: &Ctx, feed: &Feed) -> String {
    let home = &ctx.app.settings.public_url;
    let own = format!("{home}/feeds/{}.rss", feed.association.code);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str("<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\n");
    for (name, value) in [
        ("title", title(feed).as_str()),
        ("link", home.as_str()),
        ("description", "募集している、またはこれから募集する研修会です。"),
        ("language", "ja"),
    ] {
        element(&mut text, name, value);
    }
    text.push_str(&format!(
        "<atom:link href=\"{}\" rel=\"self\" type=\"application/rss+xml\"/>\n",
        marked(&own)
    ));
    for item in &feed.trainings {
        text.push_str("<item>\n");
        element(&mut text, "title", &item.title);
        element(&mut text, "link", &link(ctx, item));
        text.push_str(&format!("<guid isPermaLink=\"false\">{}</guid>\n", marked(&item.number)));
        element(&mut text, "pubDate", &item.recruits_from.to_rfc2822());
        element(&mut text, "description", &about(item));
        text.push_str("</item>\n");
    }
    text.push_str("</channel></rss>\n");
    text
}

fn element(text: &mut String, name: &str, value: &str) {
    text.push_str(&format!("<{name}>{}</{name}>\n", marked(value)));
}

/// Text of XML 1.0: markup is marked, what XML cannot hold is left out.
fn marked(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

fn json_feed(ctx: &Ctx, feed: &Feed) -> String {
    let home = &ctx.app.settings.public_url;
    let item = |item: &Item| -> Value {
        json!({
            "id": item.number,
            "url": link(ctx, item),
            "title": item.title,
            "content_text": about(item),
            "date_published": item.recruits_from.to_rfc3339(),
            "authors": [{ "name": item.host_name }],
            "_training": {
                "starts_at": item.starts_at.to_rfc3339(),
                "ends_at": item.ends_at.to_rfc3339(),
                "recruits_from": item.recruits_from.to_rfc3339(),
                "recruits_until": item.recruits_until.to_rfc3339(),
                "place": place(item),
                "credits": offered(&item.offers),
                "capacity": item.capacity,
                "has_free_seats": item.is_free(),
            },
        })
    };
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title(feed),
        "home_page_url": home,
        "feed_url": format!("{home}/feeds/{}.json", feed.association.code),
        "language": "ja",
        "items": feed.trainings.iter().map(item).collect::<Vec<_>>(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn markup_of_a_title_stays_text() {
        assert_eq!(marked("<script>&\"𠮷\u{0}\n"), "&lt;script&gt;&amp;&quot;𠮷\n");
    }
}
