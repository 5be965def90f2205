//! The text of a notice with its fields: `{氏名}` stands for the name of whoever reads it.
//!
//! Only what every list of an office shows can be a field: a mail may be read by others than the person, and numbers
//! stay in the system.

use crate::named::named;

named! {
    /// What can stand between the braces.
    Field {
        Name = "name", "氏名";
        Kana = "kana", "フリガナ";
        Association = "association", "所属";
        Category = "category", "会員区分";
    }
}

/// Whoever reads a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Name exactly as registered.
    pub name: String,
    /// The reading.
    pub kana: String,
    /// The municipal association; empty for non-members.
    pub association: String,
    /// The category there; empty for non-members.
    pub category: String,
}

impl Person {
    fn value(&self, field: Field) -> &str {
        let or = |text: &'static str| if text.is_empty() { "（非会員）" } else { text };
        match field {
            Field::Name => &self.name,
            Field::Kana => &self.kana,
            Field::Association if self.association.is_empty() => or(""),
            Field::Association => &self.association,
            Field::Category if self.category.is_empty() => or(""),
            Field::Category => &self.category,
        }
    }
}

/// What is wrong with a text, and in which line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A field that does not exist.
    #[error("{line}行目の「{{{name}}}」という差し込みはありません。使えるのは{}です。", known())]
    Unknown {
        /// Line, from 1.
        line: usize,
        /// What stands between the braces.
        name: String,
    },
    /// A brace without its other half.
    #[error(
        "{line}行目に、対になっていないかっこ「{brace}」があります。差し込みは{{氏名}}のように書きます。"
    )]
    Unpaired {
        /// Line, from 1.
        line: usize,
        /// Which brace.
        brace: char,
    },
}

/// The fields as they are written.
pub fn known() -> String {
    let all: Vec<String> = Field::ALL.iter().map(|field| format!("{{{}}}", field.label())).collect();
    all.join("、")
}

enum Piece<'a> {
    Text(&'a str),
    Field(Field),
}

/// Braces of either width: they look alike to whoever types with a Japanese keyboard.
const OPEN: [char; 2] = ['{', '｛'];
const CLOSE: [char; 2] = ['}', '｝'];

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Mistake> {
    let mut found = Vec::new();
    let mut rest = text;
    let line = |rest: &str| text[..text.len() - rest.len()].matches('\n').count() + 1;
    while let Some(at) = rest.find(|letter| OPEN.contains(&letter) || CLOSE.contains(&letter)) {
        let (before, from) = rest.split_at(at);
        let brace = from.chars().next().unwrap_or_default();
        found.push(Piece::Text(before));
        let inner = &from[brace.len_utf8()..];
        let end = inner.find(|letter| OPEN.contains(&letter) || CLOSE.contains(&letter) || letter == '\n');
        let closed = end.filter(|end| inner[*end..].starts_with(CLOSE));
        let (true, Some(end)) = (OPEN.contains(&brace), closed) else {
            return Err(Mistake::Unpaired { line: line(from), brace });
        };
        let name = inner[..end].trim();
        let field = Field::ALL.iter().find(|field| field.label() == name);
        let unknown = || Mistake::Unknown { line: line(from), name: name.to_owned() };
        found.push(Piece::Field(*field.ok_or_else(unknown)?));
        rest = &inner[end + inner[end..].chars().next().map_or(0, char::len_utf8)..];
    }
    found.push(Piece::Text(rest));
    Ok(found)
}

/// Whether a text can be filled in.
///
/// # Errors
/// The first [`Mistake`].
pub fn check(text: &str) -> Result<(), Mistake> {
    pieces(text).map(drop)
}

/// The text as this person reads it.
///
/// # Errors
/// The first [`Mistake`].
pub fn fill(text: &str, person: &Person) -> Result<String, Mistake> {
    let written = pieces(text)?.into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Field(field) => person.value(field),
    });
    Ok(written.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yoshida() -> Person {
        Person {
            name: "𠮷田 髙子".to_owned(),
            kana: "ヨシダ タカコ".to_owned(),
            association: "藤沢市医師会".to_owned(),
            category: "A①".to_owned(),
        }
    }

    #[test]
    fn fields_are_filled_in_whatever_the_width_of_the_braces() {
        let person = yoshida();
        for (text, read) in [
            ("{氏名} 先生", "𠮷田 髙子 先生"),
            ("｛氏名｝ 先生", "𠮷田 髙子 先生"),
            ("{ フリガナ }／{所属}（{会員区分}）", "ヨシダ タカコ／藤沢市医師会（A①）"),
            ("【重要】総会のお知らせ", "【重要】総会のお知らせ"),
            ("", ""),
        ] {
            assert_eq!(fill(text, &person).as_deref(), Ok(read), "{text}");
        }
        let nobody = Person { association: String::new(), category: String::new(), ..person };
        assert_eq!(fill("{所属}{会員区分}", &nobody).as_deref(), Ok("（非会員）（非会員）"));
    }

    #[test]
    fn what_a_person_is_called_is_never_read_as_a_field() {
        let person = Person { name: "{氏名}".to_owned(), ..yoshida() };
        assert_eq!(fill("{氏名}", &person).as_deref(), Ok("{氏名}"));
    }

    #[test]
    fn a_mistake_names_its_line() {
        let unknown = |line, name: &str| Mistake::Unknown { line, name: name.to_owned() };
        for (text, mistake) in [
            ("一行目\n{性別}", unknown(2, "性別")),
            ("{}", unknown(1, "")),
            ("\n\n{氏名", Mistake::Unpaired { line: 3, brace: '{' }),
            ("氏名}", Mistake::Unpaired { line: 1, brace: '}' }),
            ("{氏\n名}", Mistake::Unpaired { line: 1, brace: '{' }),
            ("{{氏名}}", Mistake::Unpaired { line: 1, brace: '{' }),
        ] {
            assert_eq!(check(text), Err(mistake), "{text}");
        }
        assert_eq!(
            unknown(2, "性別").to_string(),
            "2行目の「{性別}」という差し込みはありません。使えるのは{氏名}、{フリガナ}、{所属}、{会員区分}です。"
        );
    }
}
