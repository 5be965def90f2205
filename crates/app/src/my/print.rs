//! What is kept about a physician, set on paper.

use super::lists::registration::registration;
use crate::address::hyphened;
use crate::cx::Cx;
use crate::decision::at;
use crate::document::print::told;
use crate::error::{Error, Result};
use crate::membership_application::Workplace;
use crate::physician::actions::record::shown;
use crate::physician::lists::tabs;
use mamis_documents::{DataSheet, MyData};
use mamis_rules::access::Depth;
use mamis_rules::base::{Credits, Day, PhysicianId, full_name};
use mamis_rules::credit::Scheme;
use mamis_rules::physician::{Field, Source};
use mamis_schema::physician;

/// Everything about the physician who asks, as PDF.
///
/// # Errors
/// [`Error::NotFound`] for anybody else; [`Error::Refused`] for a character that no font shows.
#[crate::boxed]
pub async fn pdf(cx: &Cx) -> Result<Vec<u8>> {
    let data = data(cx).await?;
    let app = cx.app.clone();
    let set = tokio::task::spawn_blocking(move || app.printer.my_data(&data).map_err(told));
    set.await.map_err(Error::fault)?
}

async fn data(cx: &Cx) -> Result<MyData> {
    let id = cx.actor.physician().ok_or(Error::NotFound)?;
    let found = registration(cx).await?;
    let facts = Field::ALL
        .iter()
        .map(|field| (field.label().to_owned(), read(&found.row, *field)))
        .filter(|(_, value)| !value.is_empty());
    let workplaces = found.workplaces.iter().map(|row| {
        let role = if row.main { "主たる勤務先" } else { "その他" };
        vec![role.to_owned(), Workplace::from(row).words(), span(row.valid_from, row.valid_until)]
    });
    Ok(MyData {
        name: full_name(&found.row.family_name, &found.row.given_name),
        made_on: cx.today(),
        facts: facts.collect(),
        sheets: vec![
            sheet("勤務先", &["区分", "勤務先", "期間"], workplaces.collect()),
            memberships(cx, id).await?,
            credits(cx).await?,
            certifications(cx, id).await?,
            applications(cx, id).await?,
            letters(cx, id).await?,
            history(cx, id).await?,
            looks(cx, id).await?,
        ],
    })
}

/// A field as people read it.
fn read(row: &physician::Model, field: Field) -> String {
    let text = shown(row, field);
    if field == Field::HomePostalCode { hyphened(&text) } else { text }
}

fn sheet(title: &str, head: &[&str], rows: Vec<Vec<String>>) -> DataSheet {
    DataSheet { title: title.to_owned(), head: head.iter().map(|&name| name.to_owned()).collect(), rows }
}

/// 「2020年4月1日から2026年3月31日まで」.
fn span(from: chrono::NaiveDate, until: Option<chrono::NaiveDate>) -> String {
    let until = until.map(|day| format!("{}まで", Day::from(day).japanese())).unwrap_or_default();
    format!("{}から{until}", Day::from(from).japanese())
}

async fn memberships(cx: &Cx, id: PhysicianId) -> Result<DataSheet> {
    let rows = tabs::memberships(cx, id, Depth::Full).await?.into_iter().map(|row| {
        let span = span(row.from.date(), row.until.map(Day::date));
        vec![row.association, row.category, span]
    });
    Ok(sheet("会員である期間", &["医師会", "会員区分", "期間"], rows.collect()))
}

async fn credits(cx: &Cx) -> Result<DataSheet> {
    let mut found = crate::my::lists::credits(cx, None).await?;
    let lines = found.schemes.iter_mut().flat_map(|scheme| {
        let label = scheme.standing.scheme.label();
        std::mem::take(&mut scheme.lines).into_iter().map(move |line| (label, line.entry))
    });
    let rows = lines.take(100).map(|(scheme, entry)| {
        let amount: Credits = entry.amount;
        vec![entry.earned_on.japanese(), entry.title, scheme.to_owned(), format!("{amount}単位")]
    });
    Ok(sheet("単位", &["受講日", "研修会", "制度", "単位"], rows.collect()))
}

async fn certifications(cx: &Cx, id: PhysicianId) -> Result<DataSheet> {
    let rows = tabs::certifications(cx, id).await?.into_iter().map(|row| {
        let scheme = row.scheme.parse::<Scheme>().map_or("", Scheme::label);
        vec![scheme.to_owned(), row.number.clone(), span(row.valid_from, Some(row.valid_until))]
    });
    Ok(sheet("認定", &["制度", "認定番号", "有効期間"], rows.collect()))
}

async fn applications(cx: &Cx, id: PhysicianId) -> Result<DataSheet> {
    let rows =
        crate::application::lists::of_physician(cx.db(), id, cx.today()).await?.into_iter().map(|line| {
            let sent = line.submitted_at.map(at).unwrap_or_default();
            vec![line.title(), line.number.clone().unwrap_or_default(), sent, line.state_label().to_owned()]
        });
    Ok(sheet("申請", &["種類", "申請番号", "送った日", "状態"], rows.collect()))
}

async fn letters(cx: &Cx, id: PhysicianId) -> Result<DataSheet> {
    let rows = tabs::letters(cx, id).await?.into_iter().map(|letter| {
        let way = if letter.channel == "post" { "郵便" } else { "メール" };
        vec![at(letter.at), letter.subject, way.to_owned()]
    });
    Ok(sheet("お送りした案内", &["日時", "件名", "方法"], rows.collect()))
}

async fn history(cx: &Cx, id: PhysicianId) -> Result<DataSheet> {
    let rows = tabs::history(cx, id).await?.into_iter().map(|row| {
        let field = row.field.parse::<Field>().map_or("", Field::label);
        let source = row.source.parse::<Source>().map_or("", Source::label);
        let by = format!("{}（{source}）", row.by_name);
        vec![at(row.changed_at), field.to_owned(), row.before, row.after, by]
    });
    Ok(sheet("登録情報の変更の履歴", &["日時", "項目", "変更前", "変更後", "変更した人"], rows.collect()))
}

async fn looks(cx: &Cx, id: PhysicianId) -> Result<DataSheet> {
    let rows = crate::audit::looks_at(cx, id).await?.into_iter();
    let rows = rows.map(|row| vec![at(row.at), row.office, row.actor_name]);
    Ok(sheet("あなたの情報を見た人", &["日時", "事務局", "職員"], rows.collect()))
}
