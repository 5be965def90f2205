//! No file above 500 lines, no function above 60 lines; tables excepted.

use super::Problem;
use super::source::{Source, closing, line_of, words};

/// Longer, and a newcomer no longer reads a file in one sitting.
const FILE_LINES: usize = 500;
/// Longer, and a function no longer fits a screen.
const FUNCTION_LINES: usize = 60;

pub(super) fn too_long(source: &Source) -> Vec<Problem> {
    let measured = [".rs", ".html", ".css", ".js", ".typ"];
    if source.is_table() || !measured.iter().any(|end| source.path.ends_with(end)) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES {
        problems.push(Problem::new(
            &source.path,
            1,
            format!("{lines} lines; at most {FILE_LINES}, or `Table:` in the first line if it is one"),
        ));
    }
    let long =
        |function: &Function| function.lines > FUNCTION_LINES && !is_table(&source.text, function.line);
    problems.extend(functions(&source.code).filter(long).map(|function| {
        Problem::new(
            &source.path,
            function.line,
            format!("`{}` has {} lines; at most {FUNCTION_LINES}", function.name, function.lines),
        )
    }));
    problems
}

/// Whether the comment right above a function says `/// Table:` — a list of rows, read from top to bottom.
fn is_table(text: &str, line: usize) -> bool {
    let above: Vec<&str> = text.lines().take(line.saturating_sub(1)).collect();
    let belongs = |text: &&&str| text.trim_start().starts_with("///") || text.trim_start().starts_with("#[");
    above.iter().rev().take_while(belongs).any(|text| text.trim_start().starts_with("/// Table:"))
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// Functions with a body, nested ones too, from the word `fn` to the closing brace.
fn functions(code: &str) -> impl Iterator<Item = Function> {
    words(code, "fn").filter_map(|at| {
        let rest = &code[at + 2..];
        let name: String =
            rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // `fn(u8) -> u8` is a type.
        if name.is_empty() {
            return None;
        }
        let open = body(code, at)?;
        let end = closing(code, open)?;
        let line = line_of(code, at);
        Some(Function { name, line, lines: line_of(code, end) - line + 1 })
    })
}

/// The brace that opens the body; nothing for a declaration that ends with `;`.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return Some(offset),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, problems: usize) {
        let found = too_long(&Source::new(path, text));
        assert_eq!(found.len(), problems, "{path}: {found:?}");
    }

    fn function(lines: usize) -> String {
        format!("fn long(a: [u8; 2]) {{\n{}}}\n", "    call();\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_has_at_most_500_lines() {
        check("crates/app/src/a.rs", &"// line\n".repeat(500), 0);
        check("crates/app/src/a.rs", &"// line\n".repeat(501), 1);
        check("crates/web/templates/a.html", &"<p>\n".repeat(501), 1);
    }

    #[test]
    fn a_function_has_at_most_60_lines() {
        check("crates/app/src/a.rs", &function(60), 0);
        check("crates/app/src/a.rs", &function(61), 1);
        check("crates/app/src/a.rs", &format!("impl A {{\n{}}}\n", function(61)), 1);
    }

    #[test]
    fn tables_and_other_texts_are_excepted() {
        check("crates/rules/src/a.rs", &format!("//! Table: items.\n{}", function(600)), 0);
        check("docs/glossary.md", &"x\n".repeat(600), 0);
    }

    #[test]
    fn declarations_types_and_braces_in_text_are_no_bodies() {
        check("crates/app/src/a.rs", &format!("trait A {{ fn a(&self) -> u8; }}\n{}", "\n".repeat(100)), 0);
        check("crates/app/src/a.rs", "fn a() { let open = \"{\"; }\n", 0);
        let text = format!("type F = fn(u8) -> u8;\nfn a() {{ b(\"{{\") }}\n{}", "// }\n".repeat(70));
        check("crates/app/src/a.rs", &text, 0);
    }
}
