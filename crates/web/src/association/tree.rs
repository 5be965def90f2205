//! The forms that change the tree: a new association, another parent, a merger, a closing.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::duty::day;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::association::actions::tree::{self, New, Wanted};
use mamis_app::association::{actions, lists};
use mamis_app::{Error, Problem};
use mamis_rules::access::association as access;
use mamis_rules::association::change::Fate;
use mamis_rules::base::AssociationId;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "association/new.html")]
struct NewPage {
    page: Page,
    trail: Vec<Crumb>,
    parent: String,
    parent_name: String,
    back: String,
    code: String,
    name: String,
    kana: String,
    is_university: bool,
    on: String,
    reason: String,
    problems: Problems,
}

/// Below which association.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Below {
    parent: String,
}

/// The form of a new association.
pub async fn new(ctx: Ctx, Query(below): Query<Below>) -> Result<Response, WebError> {
    new_page(&ctx, &below.parent, &Fields::default(), Problems::default()).await
}

async fn new_page(
    ctx: &Ctx,
    parent: &str,
    fields: &Fields,
    problems: Problems,
) -> Result<Response, WebError> {
    let id: AssociationId = parent.parse().map_err(|_| Error::NotFound)?;
    let above = lists::find(ctx, ctx.db(), id).await?;
    access::may_change_tree(&ctx.actor, &lists::below(&above.facts)).map_err(|_| Error::NotFound)?;
    let status = problems.status();
    let text = |name: &str| fields.text(name).to_owned();
    let back = format!("/associations/{id}");
    let page = NewPage {
        page: Page::new(ctx, "医師会を新しく作る"),
        trail: vec![Crumb::to("/associations", "医師会の一覧"), Crumb::to(&back, &above.row.name)],
        parent: parent.to_owned(),
        parent_name: above.row.name,
        back,
        code: text("code"),
        name: text("name"),
        kana: text("kana"),
        is_university: fields.text("is_university") == "1",
        on: match text("on") {
            empty if empty.is_empty() => ctx.today().to_string(),
            typed => typed,
        },
        reason: text("reason"),
        problems,
    };
    show_with(status, &page)
}

/// Enters a new association.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let mut unread = Vec::new();
    let text = |name: &str| fields.text(name).to_owned();
    let new = New {
        parent: fields.text("parent").parse().ok(),
        code: text("code"),
        name: text("name"),
        kana: text("kana"),
        is_university: fields.text("is_university") == "1",
        on: day(&fields, "on", "", &mut unread),
        reason: text("reason"),
    };
    match tree::create(&ctx, &new).await {
        Ok(id) => Ok(ctx.done(&format!("/associations/{id}"), "医師会を作りました。")),
        Err(Error::Invalid(told)) => {
            let problems = Problems::read_and_told(unread, told);
            new_page(&ctx, fields.text("parent"), &fields, problems).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "association/tree.html")]
struct TreePage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    /// What happens, sentence by sentence.
    effects: &'static [&'static str],
    members: u64,
    target_label: &'static str,
    targets: Vec<Choice>,
    target: String,
    on: String,
    on_hint: &'static str,
    reason: String,
    button: &'static str,
    problems: Problems,
}

/// What the form of a fate says.
struct Words {
    title: &'static str,
    path: &'static str,
    effects: &'static [&'static str],
    target_label: &'static str,
    button: &'static str,
    done: &'static str,
}

const fn words(fate: Fate) -> Words {
    match fate {
        Fate::Move => Words {
            title: "別の医師会の下に移す",
            path: "moves",
            effects: &[
                "移る日から、この医師会と、その下の医師会が、新しい上位の医師会に属します。",
                "会員の所属のうち、上位の医師会のものが、同じ会員区分のまま新しい上位の医師会に移ります。間は空きません。",
                "すでに送られた申請は、送られたときの経路のまま進みます。",
            ],
            target_label: "新しい上位の医師会",
            button: "移すことを登録する",
            done: "移すことを登録しました。",
        },
        Fate::Merge => Words {
            title: "別の医師会に合併する",
            path: "mergers",
            effects: &[
                "合併の日から、会員の所属は、同じ会員区分のまま引き継ぐ医師会に移ります。間は空きません。",
                "進んでいる申請、理事会の一括、受付期間、研修会は、引き継ぐ医師会のものになります。",
                "この医師会の職員は、合併の日から、引き継ぐ医師会で同じ職務を持ちます。要らない職務は、引き継ぐ医師会の管理の担当者が終わらせます。",
                "これまでの記録と、発行した文書は、この医師会の名前のまま残ります。",
            ],
            target_label: "引き継ぐ医師会",
            button: "合併を登録する",
            done: "合併を登録しました。",
        },
        Fate::Close => Words {
            title: "医師会を閉じる",
            path: "closings",
            effects: &[
                "会員、進んでいる手続き、これからの研修会がない医師会だけを閉じられます。会員がいるときは、合併を選んでください。",
                "職員の職務は、前の日で終わります。",
                "これまでの記録は残り、だれでも読めます。",
            ],
            target_label: "",
            button: "閉じることを登録する",
            done: "閉じることを登録しました。",
        },
    }
}

/// The form of another parent.
pub async fn new_move(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    tree_page(&ctx, id, Fate::Move, &Fields::default(), Problems::default()).await
}

/// The form of a merger.
pub async fn new_merger(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    tree_page(&ctx, id, Fate::Merge, &Fields::default(), Problems::default()).await
}

/// The form of a closing.
pub async fn new_closing(ctx: Ctx, Path(id): Path<AssociationId>) -> Result<Response, WebError> {
    tree_page(&ctx, id, Fate::Close, &Fields::default(), Problems::default()).await
}

async fn tree_page(
    ctx: &Ctx,
    id: AssociationId,
    fate: Fate,
    fields: &Fields,
    problems: Problems,
) -> Result<Response, WebError> {
    let found = lists::find(ctx, ctx.db(), id).await?;
    access::may_change_tree(&ctx.actor, &found.facts).map_err(|_| Error::NotFound)?;
    let (words, back) = (words(fate), format!("/associations/{id}"));
    let targets = lists::targets(ctx, &found.row, fate).await?;
    let status = problems.status();
    let page = TreePage {
        page: Page::new(ctx, words.title),
        trail: vec![Crumb::to("/associations", "医師会の一覧"), Crumb::to(&back, &found.row.name)],
        action: format!("{back}/{}", words.path),
        back,
        effects: words.effects,
        members: lists::members(ctx, id).await?,
        target_label: words.target_label,
        targets: targets.iter().map(|(id, name)| Choice::new(&id.to_string(), name)).collect(),
        target: fields.text("target").to_owned(),
        on: fields.text("on").to_owned(),
        on_hint: match fate {
            Fate::Close => "この日から、医師会はありません。最後の日は前の日です。",
            Fate::Move | Fate::Merge => {
                "この日から変わります。先の日付にすると、その日の午前0時すぎに変わります。"
            }
        },
        reason: fields.text("reason").to_owned(),
        button: words.button,
        problems,
    };
    show_with(status, &page)
}

/// Moves it.
pub async fn enter_move(
    ctx: Ctx,
    Path(id): Path<AssociationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    changed(&ctx, id, Fate::Move, &fields).await
}

/// Merges it.
pub async fn merge(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    changed(&ctx, id, Fate::Merge, &fields).await
}

/// Closes it.
pub async fn close(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    changed(&ctx, id, Fate::Close, &fields).await
}

async fn changed(ctx: &Ctx, id: AssociationId, fate: Fate, fields: &Fields) -> Result<Response, WebError> {
    let mut unread = Vec::new();
    let wanted = Wanted {
        fate,
        target: fields.text("target").parse().ok(),
        on: day(fields, "on", "", &mut unread),
        reason: fields.text("reason").to_owned(),
    };
    match tree::change_tree(ctx, id, &wanted).await {
        Ok(()) => Ok(ctx.done(&format!("/associations/{id}"), words(fate).done)),
        Err(Error::Invalid(told)) => {
            tree_page(ctx, id, fate, fields, Problems::read_and_told(unread, told)).await
        }
        // What stands in the way is said above the form: what was typed stays.
        Err(Error::Refused(told)) => {
            let told = vec![Problem::at("", &told)];
            tree_page(ctx, id, fate, fields, Problems::read_and_told(unread, told)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes back a change that lies ahead.
pub async fn withdraw(ctx: Ctx, Path(id): Path<AssociationId>, fields: Fields) -> Result<Response, WebError> {
    let change = fields.text("change").parse().map_err(|_| Error::NotFound)?;
    actions::withdraw(&ctx, id, change).await?;
    Ok(ctx.done(&format!("/associations/{id}"), "変更の予定を取り消しました。"))
}
