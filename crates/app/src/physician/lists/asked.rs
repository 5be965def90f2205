//! A question of the people search as it stands in the address, and as it is kept.

use super::associations;
use super::search::Filter;
use crate::cx::Cx;
use crate::error::{Error, Problem, Result};
use mamis_rules::access::{self, Scope};
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::Day;
use mamis_rules::credit::Scheme;
use mamis_rules::physician::Standing;
use mamis_schema::association;
use sea_orm::{EntityTrait, QuerySelect};
use std::borrow::Cow;
use uuid::Uuid;

/// The fields of the search form that say who is meant.
const FIELDS: [&str; 8] =
    ["q", "association", "category", "scheme", "from", "until", "without_email", "not_logged_in"];

/// What somebody asked: fields and values as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question(Vec<(String, String)>);

impl Question {
    /// From the part of an address behind the question mark; fields that do not say who is meant are left out.
    pub fn read(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
        Self::of(pairs)
    }

    /// From fields.
    pub fn of<'a, V: Into<Cow<'a, str>>>(fields: impl Iterator<Item = (V, V)>) -> Self {
        let known = |(name, value): (V, V)| {
            let (name, value) = (name.into(), value.into());
            let value = value.trim();
            let kept = FIELDS.contains(&name.as_ref()) && !value.is_empty();
            kept.then(|| (name.into_owned(), value.to_owned()))
        };
        Self(fields.filter_map(known).collect())
    }

    /// As it stands in an address.
    pub fn write(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Whether it asks for nothing: everybody is meant.
    pub fn is_open(&self) -> bool {
        self.0.is_empty()
    }

    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// What the list understands; in no particular order of people.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown association and for a day that is none.
    #[crate::boxed]
    pub async fn filter(&self, cx: &Cx) -> Result<Filter> {
        let mut problems = Vec::new();
        let mut day = |field: &str| match Day::parse_written(self.value(field)) {
            Ok(day) => Some(day),
            Err(_) if self.value(field).is_empty() => None,
            Err(_) => {
                problems.push(Problem::at(field, "日付を、2027-03-31 のように入力してください。"));
                None
            }
        };
        let (from, until) = (day("from"), day("until"));
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            problems.push(Problem::at(
                "until",
                "「この日まで」には、「この日から」以後の日付を入力してください。",
            ));
        }
        let association = match self.value("association") {
            "" => None,
            text => match associations::meant(cx, text).await {
                Err(Error::Invalid(unclear)) => {
                    problems.extend(unclear);
                    None
                }
                meant => Some(meant?),
            },
        };
        let certified = ["scheme", "from", "until"].iter().any(|name| !self.value(name).is_empty());
        if certified && access::certification::visible_to(&cx.actor) == Scope::Nothing {
            let text = "認定の条件は、認定の担当者だけが使えます。認定の条件を外してください。";
            problems.push(Problem::at("", text));
        }
        Problem::none_of(problems)?;
        Ok(Filter {
            text: self.value("q").to_owned(),
            association,
            category: self.value("category").parse().ok(),
            standing: self.value("category").parse().ok(),
            scheme: self.value("scheme").parse().ok(),
            expires_from: from,
            expires_until: until,
            without_email: !self.value("without_email").is_empty(),
            not_logged_in: !self.value("not_logged_in").is_empty(),
            by: None,
        })
    }

    /// The same with the association by its code, which stays when a name changes.
    ///
    /// # Errors
    /// As [`Question::filter`].
    #[crate::boxed]
    pub async fn settled(&self, cx: &Cx) -> Result<Self> {
        let filter = self.filter(cx).await?;
        let mut settled = self.clone();
        if let Some(id) = filter.association {
            let row = association::Entity::find_by_id(Uuid::from(id)).one(cx.db()).await?;
            let code = row.map(|row| row.code).ok_or(Error::NotFound)?;
            for (_, value) in settled.0.iter_mut().filter(|(name, _)| name == "association") {
                value.clone_from(&code);
            }
        }
        Ok(settled)
    }

    /// The conditions in words, one each.
    ///
    /// # Errors
    /// A fault of the database.
    #[crate::boxed]
    pub async fn words(&self, cx: &Cx) -> Result<Vec<String>> {
        let mut words = Vec::new();
        for (name, value) in &self.0 {
            let value = value.as_str();
            words.push(match name.as_str() {
                "q" => format!("「{value}」にあてはまる方"),
                "association" => format!("医師会：{}（下位の医師会を含む）", name_of(cx, value).await?),
                "category" => {
                    let standing = value.parse::<Standing>().map(Standing::label);
                    let label = standing.or_else(|_| value.parse().map(MembershipCategory::label));
                    format!("会員区分：{}", label.unwrap_or(value))
                }
                "scheme" => format!("認定：{}", value.parse().map(Scheme::label).unwrap_or(value)),
                "from" => format!("認定の期限が{}以降", written(value)),
                "until" => format!("認定の期限が{}まで", written(value)),
                "without_email" => "メールが届かない方だけ".to_owned(),
                _ => "まだログインしていない方だけ".to_owned(),
            });
        }
        Ok(words)
    }
}

fn written(text: &str) -> String {
    Day::parse_written(text).map_or_else(|_| text.to_owned(), Day::japanese)
}

async fn name_of(cx: &Cx, text: &str) -> Result<String> {
    use association::Column as A;
    let Ok(id) = associations::meant(cx, text).await else { return Ok(text.to_owned()) };
    let name: Option<String> = association::Entity::find_by_id(Uuid::from(id))
        .select_only()
        .column(A::Name)
        .into_tuple()
        .one(cx.db())
        .await?;
    Ok(name.unwrap_or_else(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_keeps_what_says_who_is_meant() {
        let question = Question::read("?q=%E4%BD%90%E8%97%A4&category=member&by=registry&page=3&from=");
        assert_eq!(question.write(), "q=%E4%BD%90%E8%97%A4&category=member");
        assert_eq!(Question::read(&question.write()), question);
        assert!(Question::read("by=kana").is_open());
    }
}
