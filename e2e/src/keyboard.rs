//! Working without a mouse.

use crate::browser::Browser;
use anyhow::{Result, bail, ensure};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};

/// A key that types nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next stop.
    Tab,
    /// Press what has the focus.
    Enter,
    /// Away from a question.
    Escape,
}

/// More stops than any page has.
const STOPS: usize = 150;

impl Browser {
    /// Presses a key, whatever has the focus.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn key(&self, key: Key) -> Result<()> {
        // The code points that WebDriver gives to these keys.
        let value = match key {
            Key::Tab => '\u{E004}',
            Key::Enter => '\u{E007}',
            Key::Escape => '\u{E00C}',
        };
        self.strike(std::iter::once(value)).await
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn write(&self, text: &str) -> Result<()> {
        self.strike(text.chars()).await
    }

    async fn strike(&self, keys: impl Iterator<Item = char>) -> Result<()> {
        let actions = keys.fold(KeyActions::new("keyboard".to_owned()), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Goes on with Tab until the focus is on something with that text, and makes sure that one sees where it is.
    ///
    /// # Errors
    /// When Tab never comes there, or the focus does not show.
    pub async fn tab_to(&self, text: &str) -> Result<()> {
        let mut stops = Vec::new();
        for _ in 0..STOPS {
            self.key(Key::Tab).await?;
            let focused = self.focused().await?;
            if focused == text || focused.strip_prefix(text).is_some_and(|rest| rest.trim() == "必須") {
                ensure!(self.focus_shows().await?, "the focus on 「{text}」 does not show");
                return Ok(());
            }
            stops.push(focused);
        }
        bail!("Tab never comes to 「{text}」 on {}; its stops: {}", self.path().await?, stops.join(" / "))
    }

    /// What has the focus, in words: its label or its text.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn focused(&self) -> Result<String> {
        let script = "const e = document.activeElement; const label = e.labels && e.labels[0];
            return (label || e).innerText.trim().replace(/\\s+/g, ' ');";
        Ok(self.client.execute(script, vec![]).await?.as_str().unwrap_or_default().to_owned())
    }

    async fn focus_shows(&self) -> Result<bool> {
        let script = "const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';";
        Ok(self.client.execute(script, vec![]).await?.as_bool().unwrap_or(false))
    }
}
