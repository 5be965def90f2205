//! The accessibility rules of axe-core on a page.

use crate::browser::{Browser, Scripts};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// axe-core 4.14.1 (npm), unchanged, MPL-2.0: vendor/axe-core.LICENSE.
const AXE: &str = include_str!("../vendor/axe.min.js");

/// What JIS X 8341-3:2016 AA and WCAG 2.2 AA ask and a program can check.
const RULES: [&str; 4] = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

impl Browser {
    /// Makes sure that axe has nothing to say about the page shown.
    ///
    /// # Errors
    /// A list of what it says, with the elements meant; or when scripts are off, which it needs.
    pub async fn axe(&self) -> Result<()> {
        ensure!(self.scripts == Scripts::On, "axe needs scripts");
        // The page's policy forbids inline scripts; the driver's own are no part of the page.
        self.client.execute(AXE, vec![]).await.context("axe itself")?;
        let run = "const [rules, done] = arguments;
            axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })
                .then(result => done(result.violations.map(v => ({ id: v.id, help: v.help,
                    nodes: v.nodes.map(n => n.html.slice(0, 200) + ' — ' + n.failureSummary.replace(/\\s+/g, ' ')) }))))
                .catch(error => done(String(error)));";
        let found = self.client.execute_async(run, vec![json!(RULES)]).await?;
        let violations = found.as_array().with_context(|| format!("axe: {found}"))?;
        ensure!(violations.is_empty(), "{}: axe finds\n{}", self.path().await?, listed(violations));
        Ok(())
    }
}

fn listed(violations: &[Value]) -> String {
    let mut lines = Vec::new();
    for violation in violations {
        lines.push(format!("* {}: {}", text(&violation["id"]), text(&violation["help"])));
        lines.extend(
            violation["nodes"].as_array().into_iter().flatten().map(|node| format!("    {}", text(node))),
        );
    }
    lines.join("\n")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
