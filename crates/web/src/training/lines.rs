//! The kinds of credit that a session can give, to choose from.

use crate::desk::paging::Choice;
use mamis_rules::base::Credits;
use mamis_rules::credit::{Scheme, scheme_rules};
use mamis_rules::training::CreditLine;

/// Credit lines of one scheme.
pub(super) struct Group {
    pub(super) label: &'static str,
    pub(super) choices: Vec<Choice>,
}

/// Every line that some scheme allows.
pub(super) fn kinds() -> Vec<Group> {
    let with_lines =
        Scheme::ALL.iter().filter_map(|scheme| Some((*scheme, scheme_rules(*scheme).training.as_ref()?)));
    with_lines
        .map(|(scheme, rules)| {
            let mut choices = Vec::new();
            for line in &rules.lines {
                let course = line.course.map_or("", |course| course.name());
                let category = line.category.as_deref().unwrap_or("");
                let label = |item: &str| {
                    let item = rules.item_label(item);
                    let words = [line.course.map_or("", |course| course.label()), category, &item];
                    let text =
                        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
                    if text.is_empty() { scheme.label().to_owned() } else { text }
                };
                let value = |item: &str| format!("{}/{course}/{category}/{item}", scheme.name());
                match line.items.as_slice() {
                    [] => choices.push(Choice::new(&value(""), &label(""))),
                    items => choices.extend(items.iter().map(|item| Choice::new(&value(item), &label(item)))),
                }
            }
            Group { label: scheme.label(), choices }
        })
        .collect()
}

/// `scheme/course/category/item` as a line without its amount.
pub(super) fn kind_of(value: &str) -> Option<CreditLine> {
    let mut parts = value.splitn(4, '/');
    let scheme = parts.next()?.parse::<Scheme>().ok()?;
    let course = parts.next()?;
    let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(CreditLine {
        scheme,
        course: if course.is_empty() { None } else { Some(course.parse().ok()?) },
        category: word(parts.next()?),
        item: word(parts.next()?),
        amount: Credits::ZERO,
        curriculum_code: None,
    })
}

/// The same written.
pub(super) fn value_of(line: &CreditLine) -> String {
    let course = line.course.map_or("", |course| course.name());
    let category = line.category.as_deref().unwrap_or("");
    format!("{}/{course}/{category}/{}", line.scheme.name(), line.item.as_deref().unwrap_or(""))
}
