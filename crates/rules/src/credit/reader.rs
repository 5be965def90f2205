//! Reading a JSON document strictly, with the path of whatever is wrong.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::contract::Malformed;
use crate::base::Day;

/// An object being read; every field must be asked for, the others are refused.
pub(super) struct Object<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// Takes a value as an object with no other fields than these.
    pub(super) fn new(path: &str, value: &'a Value, known: &[&str]) -> Result<Self, Malformed> {
        let Value::Object(fields) = value else {
            return Err(Malformed::new(path, "オブジェクト（{ … }）ではありません"));
        };
        let object = Self { path: path.to_owned(), fields };
        match fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(object.wrong(key, "知らない項目です")),
            None => Ok(object),
        }
    }

    /// The path of a field, for a sentence about it.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The complaint about a field.
    pub(super) fn wrong(&self, key: &str, what: &str) -> Malformed {
        Malformed::new(&self.at(key), what)
    }

    /// The field, `null` read as absent.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// A text as it stands; an empty one is absent.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Malformed> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.wrong(key, "文字列ではありません")),
        }
    }

    /// A name, without spaces around it.
    pub(super) fn name(&self, key: &str) -> Result<Option<String>, Malformed> {
        let trimmed = self.text(key)?.map(str::trim);
        Ok(trimmed.filter(|name| !name.is_empty()).map(str::to_owned))
    }

    /// A text that must be there.
    pub(super) fn needed_text(&self, key: &str) -> Result<&'a str, Malformed> {
        self.text(key)?.ok_or_else(|| self.wrong(key, "必要な項目がありません"))
    }

    /// One of a closed set of words.
    pub(super) fn word<T: FromStr>(&self, key: &str) -> Result<Option<T>, Malformed> {
        let read = |text: &str| {
            text.parse().map_err(|_| self.wrong(key, &format!("「{text}」という値はありません")))
        };
        self.text(key)?.map(read).transpose()
    }

    /// One of a closed set of words that must be there.
    pub(super) fn needed_word<T: FromStr>(&self, key: &str) -> Result<T, Malformed> {
        self.word(key)?.ok_or_else(|| self.wrong(key, "必要な項目がありません"))
    }

    /// An ISO day.
    pub(super) fn day(&self, key: &str) -> Result<Option<Day>, Malformed> {
        let read = |text: &str| {
            Day::parse(text)
                .map_err(|_| self.wrong(key, &format!("「{text}」は日付（例: 2026-11-22）ではありません")))
        };
        self.text(key)?.map(read).transpose()
    }

    /// An ISO day that must be there.
    pub(super) fn needed_day(&self, key: &str) -> Result<Day, Malformed> {
        self.day(key)?.ok_or_else(|| self.wrong(key, "必要な項目がありません"))
    }

    /// True or false; absent is false.
    pub(super) fn flag(&self, key: &str) -> Result<bool, Malformed> {
        match self.value(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(key, "true か false ではありません")),
        }
    }

    /// Reads each element of a list with its path; absent is empty.
    pub(super) fn list<T>(
        &self,
        key: &str,
        read: impl Fn(&str, &'a Value) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .iter()
                .enumerate()
                .map(|(at, value)| read(&format!("{}[{at}]", self.at(key)), value))
                .collect(),
            Some(_) => Err(self.wrong(key, "リスト（[ … ]）ではありません")),
        }
    }
}

/// A whole number in a range.
pub(super) fn integer(
    path: &str,
    value: &Value,
    range: std::ops::RangeInclusive<i64>,
) -> Result<i64, Malformed> {
    let number = value.as_i64().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (first, last) = range.into_inner();
        Malformed::new(path, &format!("{first}から{last}までの整数ではありません"))
    })
}
