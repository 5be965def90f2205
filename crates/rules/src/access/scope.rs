//! A scope is a condition as data: read in memory here, turned into SQL elsewhere.

use std::fmt;

/// Which rows somebody may see. `F` is the noun's fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope<F> {
    /// Every row.
    All,
    /// No row.
    Nothing,
    /// At least one of these holds.
    Any(Vec<Scope<F>>),
    /// Each of these holds.
    Every(Vec<Scope<F>>),
    /// The row has this fact.
    Fact(F),
}

impl<F: PartialEq> Scope<F> {
    /// At least one of `parts`, simplified: no nesting, no repetition, no lone part.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            let inner = match part {
                Self::All => return Self::All,
                Self::Nothing => continue,
                Self::Any(inner) => inner,
                other => vec![other],
            };
            for one in inner {
                if !kept.contains(&one) {
                    kept.push(one);
                }
            }
        }
        single(kept, Self::Nothing, Self::Any)
    }

    /// All of `parts`, simplified in the same way.
    pub fn every(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            let inner = match part {
                Self::Nothing => return Self::Nothing,
                Self::All => continue,
                Self::Every(inner) => inner,
                other => vec![other],
            };
            for one in inner {
                if !kept.contains(&one) {
                    kept.push(one);
                }
            }
        }
        single(kept, Self::All, Self::Every)
    }

    /// At least one of these facts.
    pub fn any_fact(facts: impl IntoIterator<Item = F>) -> Self {
        Self::any(facts.into_iter().map(Self::Fact))
    }

    /// All of these facts.
    pub fn every_fact(facts: impl IntoIterator<Item = F>) -> Self {
        Self::every(facts.into_iter().map(Self::Fact))
    }
}

impl<F> Scope<F> {
    /// Whether a row lies in the scope; `test` answers for a single fact.
    pub fn admits(&self, test: impl Fn(&F) -> bool) -> bool {
        self.admits_by(&test)
    }

    // By reference, so that the recursion does not make a new type at each level.
    fn admits_by(&self, test: &dyn Fn(&F) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Any(parts) => parts.iter().any(|part| part.admits_by(test)),
            Self::Every(parts) => parts.iter().all(|part| part.admits_by(test)),
            Self::Fact(fact) => test(fact),
        }
    }
}

fn single<F>(mut kept: Vec<Scope<F>>, none: Scope<F>, many: fn(Vec<Scope<F>>) -> Scope<F>) -> Scope<F> {
    match (kept.pop(), kept.is_empty()) {
        (None, _) => none,
        (Some(only), true) => only,
        (Some(last), false) => {
            kept.push(last);
            many(kept)
        }
    }
}

impl<F: fmt::Display> fmt::Display for Scope<F> {
    /// In Japanese, for `docs/access.md`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("すべて"),
            Self::Nothing => f.write_str("見られない"),
            Self::Fact(fact) => fact.fmt(f),
            Self::Any(parts) => join(f, parts, "、または "),
            Self::Every(parts) => join(f, parts, " かつ "),
        }
    }
}

fn join<F: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[Scope<F>], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match part {
            Scope::Any(_) | Scope::Every(_) => write!(f, "（{part}）")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Scope::{self, All, Nothing};

    type Letters = Scope<char>;

    fn fact(letter: char) -> Letters {
        Scope::Fact(letter)
    }

    #[test]
    fn scopes_are_simplified() {
        let table: [(Letters, Letters); 8] = [
            (Scope::any([]), Nothing),
            (Scope::every([]), All),
            (Scope::any([Nothing, fact('a')]), fact('a')),
            (Scope::any([fact('a'), All]), All),
            (Scope::every([fact('a'), Nothing]), Nothing),
            (Scope::every([fact('a'), All]), fact('a')),
            (Scope::any([fact('a'), Scope::any([fact('b'), fact('a')])]), Scope::any_fact(['a', 'b'])),
            (Scope::every([fact('a'), Scope::every_fact(['a', 'b'])]), Scope::every_fact(['a', 'b'])),
        ];
        for (got, want) in table {
            assert_eq!(got, want);
        }
    }

    #[test]
    fn scopes_are_read_against_facts() {
        let scope = Scope::any([fact('a'), Scope::every_fact(['b', 'c'])]);
        for (facts, seen) in [("a", true), ("b", false), ("c", false), ("bc", true), ("", false)] {
            assert_eq!(scope.admits(|letter| facts.contains(*letter)), seen, "{facts:?}");
        }
        assert!(Letters::All.admits(|_| false));
        assert!(!Letters::Nothing.admits(|_| true));
    }

    #[test]
    fn scopes_are_printed_for_people() {
        let scope = Scope::any([fact('a'), Scope::every_fact(['b', 'c'])]);
        assert_eq!(scope.to_string(), "a、または （b かつ c）");
        assert_eq!(Letters::Nothing.to_string(), "見られない");
    }
}
