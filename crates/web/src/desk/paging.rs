//! Pieces that lists and forms share: the pager, tabs, choices, the way back, and links that keep the filter.

use mamis_rules::association::Prefecture;

/// The pager under a list.
pub(crate) struct Pager {
    pub(crate) total: u64,
    /// Whether there are more than `total`, which were not counted.
    pub(crate) more: bool,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) page: u64,
    pub(crate) pages: u64,
    pub(crate) prev: Option<String>,
    pub(crate) next: Option<String>,
}

impl Pager {
    /// The pager of a page (from 1) of `size` rows; `path` and the fields are kept in its links.
    pub(crate) fn new(total: u64, page: u64, size: u64, path: &str, fields: &[(&str, &str)]) -> Self {
        Self::counted((total, false), page, size, path, fields)
    }

    /// The same where counting stopped at a total and `more` are known to follow.
    pub(crate) fn counted(
        (total, more): (u64, bool),
        page: u64,
        size: u64,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Self {
        let pages = (total + u64::from(more)).div_ceil(size).max(1);
        let page = page.clamp(1, pages);
        let link = |to: u64| {
            let number = to.to_string();
            let mut all = fields.to_vec();
            all.push(("page", &number));
            link(path, &all)
        };
        Self {
            total,
            more,
            from: if total == 0 { 0 } else { (page - 1) * size + 1 },
            to: (page * size).min(total),
            page,
            pages,
            prev: (page > 1).then(|| link(page - 1)),
            next: (page < pages).then(|| link(page + 1)),
        }
    }
}

/// An address with its fields; empty ones are left out.
pub(crate) fn link(path: &str, fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    match query.finish().as_str() {
        "" => path.to_owned(),
        fields => format!("{path}?{fields}"),
    }
}

/// Something to choose in a form.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
}

impl Choice {
    /// A value and its word.
    pub(crate) fn new(value: &str, label: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned() }
    }
}

/// The prefectures, from north to south.
pub(crate) fn prefectures() -> Vec<Choice> {
    Prefecture::all().map(|one| Choice::new(&one.code().to_string(), one.name())).collect()
}

/// A tab.
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) label: &'static str,
    pub(crate) count: String,
    pub(crate) current: bool,
}

impl Tab {
    /// The tab of a view of a list; the one that is shown says how many lines it has.
    pub(crate) fn of_view(href: String, label: &'static str, shown: Option<u64>) -> Self {
        let count = shown.map(|lines| lines.to_string()).unwrap_or_default();
        Self { href, label, count, current: shown.is_some() }
    }
}

/// A link of the breadcrumb.
pub(crate) struct Crumb {
    pub(crate) href: String,
    pub(crate) label: String,
}

impl Crumb {
    /// A link.
    pub(crate) fn to(href: &str, label: &str) -> Self {
        Self { href: href.to_owned(), label: label.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_keeps_the_filter_and_stays_inside() {
        let pager = Pager::new(120, 2, 50, "/applications", &[("q", "佐藤"), ("state", "")]);
        assert_eq!((pager.from, pager.to, pager.pages), (51, 100, 3));
        assert_eq!(pager.next.as_deref(), Some("/applications?q=%E4%BD%90%E8%97%A4&page=3"));
        let beyond = Pager::new(120, 9, 50, "/applications", &[]);
        assert_eq!((beyond.page, beyond.from, beyond.to, beyond.next), (3, 101, 120, None));
        let more = Pager::counted((200, true), 4, 50, "/applications", &[]);
        assert_eq!((more.more, more.to, more.next.as_deref()), (true, 200, Some("/applications?page=5")));
        let none = Pager::new(0, 1, 50, "/applications", &[]);
        assert_eq!((none.from, none.to, none.pages), (0, 0, 1));
    }
}
