//! What a person does with a page: read, follow, fill in, press.

use crate::browser::{Browser, Scripts};
use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, Locator};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Longer than a page ever takes here, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often to look again.
const GLANCE: Duration = Duration::from_millis(40);

/// The text of an element with every space alike: titles part their words with wide spaces, names with narrow ones.
const TEXT: &str = "normalize-space(translate(., '\u{3000}', ' '))";

/// An XPath string of any text.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

/// Within main, or anywhere on the page.
async fn wait(client: &Client, xpath: &str) -> Result<Element, CmdError> {
    client.wait().at_most(PATIENCE).every(GLANCE).for_element(Locator::XPath(xpath)).await
}

impl Browser {
    /// Opens a path of the site.
    ///
    /// # Errors
    /// When the browser cannot reach it.
    pub async fn open(&self, path: &str) -> Result<()> {
        self.client.goto(&format!("{}{path}", self.url)).await.with_context(|| path.to_owned())
    }

    /// The path and query of the page shown.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn path(&self) -> Result<String> {
        let url = self.client.current_url().await?.to_string();
        Ok(url.strip_prefix(&self.url).unwrap_or(&url).to_owned())
    }

    /// The text of the page's main part, as shown.
    ///
    /// # Errors
    /// When the page has no main part.
    pub async fn text(&self) -> Result<String> {
        Ok(wait(&self.client, "//main").await?.text().await?)
    }

    async fn find(&self, xpath: &str, what: &str) -> Result<Element> {
        match wait(&self.client, xpath).await {
            Ok(element) => Ok(element),
            Err(error) => {
                let path = self.path().await?;
                let text = self.client.find(Locator::Css("body")).await?.text().await?;
                self.screenshot("failed")?;
                bail!("{what}: {error} on {path}, which says:\n{text}")
            }
        }
    }

    /// Waits until the main part says something.
    ///
    /// # Errors
    /// When it does not; the message has what it says instead.
    pub async fn see(&self, text: &str) -> Result<()> {
        let xpath = format!("//main[contains({TEXT}, {})]", quoted(text));
        self.find(&xpath, &format!("「{text}」")).await.map(drop)
    }

    /// Waits until a part of the page (row, list item, section, card) that says one thing says another too.
    ///
    /// # Errors
    /// When it does not.
    pub async fn see_in(&self, part: &str, text: &str) -> Result<()> {
        let xpath = format!("{}[contains({TEXT}, {})]", part_of(part), quoted(text));
        self.find(&xpath, &format!("「{text}」 at 「{part}」")).await.map(drop)
    }

    /// Opens a path in a second window, as people do who keep pages open.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn in_a_second_window(&self, path: &str) -> Result<()> {
        let window = self.client.new_window(false).await?;
        self.client.switch_to_window(window.handle).await?;
        self.open(path).await
    }

    /// Closes the second window and goes on in the first, as it was left.
    ///
    /// # Errors
    /// When there is none.
    pub async fn back_in_the_first_window(&self) -> Result<()> {
        self.client.close_window().await?;
        let first = self.client.windows().await?.into_iter().next().context("a window")?;
        Ok(self.client.switch_to_window(first).await?)
    }

    /// Waits until the page's head names somebody.
    ///
    /// # Errors
    /// When it does not.
    pub async fn see_in_header(&self, text: &str) -> Result<()> {
        let xpath = format!("//header[contains(., {})]", quoted(text));
        self.find(&xpath, &format!("「{text}」")).await.map(drop)
    }

    /// Makes sure that the main part does not say something. Wait for something else first.
    ///
    /// # Errors
    /// When it does say it.
    pub async fn see_no(&self, text: &str) -> Result<()> {
        let all = self.text().await?;
        ensure!(!all.contains(text), "「{text}」 should not be on {}:\n{all}", self.path().await?);
        Ok(())
    }

    /// Waits for an element by a CSS selector.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn element(&self, css: &str) -> Result<Element> {
        match self.client.wait().at_most(PATIENCE).every(GLANCE).for_element(Locator::Css(css)).await {
            Ok(element) => Ok(element),
            Err(error) => bail!("{css}: {error} on {}:\n{}", self.path().await?, self.text().await?),
        }
    }

    /// How many elements a CSS selector finds now.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn count(&self, css: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(css)).await?.len())
    }

    /// Follows the first link with that text, or containing it where none has exactly that.
    ///
    /// # Errors
    /// When there is no such link.
    pub async fn follow(&self, text: &str) -> Result<()> {
        let xpath =
            format!("(//a[{TEXT}={0}] | //a[contains({TEXT}, {0})][not(//a[{TEXT}={0}])])[1]", quoted(text));
        self.click(&xpath, &format!("link 「{text}」")).await
    }

    /// Follows a link inside the part of the page (row, list item, section, card) that says something.
    ///
    /// # Errors
    /// When there is no such part or link.
    pub async fn follow_in(&self, part: &str, text: &str) -> Result<()> {
        let xpath = format!("({}//a[contains({TEXT}, {})])[1]", part_of(part), quoted(text));
        self.click(&xpath, &format!("link 「{text}」 at 「{part}」")).await
    }

    /// Presses the first button with that text.
    ///
    /// # Errors
    /// When there is no such button.
    pub async fn press(&self, text: &str) -> Result<()> {
        let xpath = format!(
            "(//main//button[{TEXT}={0}] | //dialog//button[{TEXT}={0}] | //header//button[{TEXT}={0}])[1]",
            quoted(text)
        );
        self.click(&xpath, &format!("button 「{text}」")).await
    }

    /// Presses a button inside the part of the page that says something.
    ///
    /// # Errors
    /// When there is no such part or button.
    pub async fn press_in(&self, part: &str, text: &str) -> Result<()> {
        let xpath = format!("({}//button[contains({TEXT}, {})])[1]", part_of(part), quoted(text));
        self.click(&xpath, &format!("button 「{text}」 at 「{part}」")).await
    }

    /// A part that renews itself can go from under the finger: then the same words are looked for again.
    async fn click(&self, xpath: &str, what: &str) -> Result<()> {
        loop {
            let element = self.find(xpath, what).await?;
            match self.bring_into_view_and_click(&element).await {
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error).with_context(|| what.to_owned()),
                Ok(()) => return self.answered().await.with_context(|| what.to_owned()),
            }
        }
    }

    async fn bring_into_view_and_click(&self, element: &Element) -> Result<(), CmdError> {
        self.bring_into_view(element).await?;
        element.click().await
    }

    /// A filter asks for a new list without leaving the page: what stands there until it comes is the old one.
    async fn answered(&self) -> Result<(), CmdError> {
        let rest = Locator::Css("html:not(:has(.htmx-request))");
        self.client.wait().at_most(PATIENCE).every(GLANCE).for_element(rest).await.map(|_| ())
    }

    /// A header that sticks to the top may lie over what the browser scrolled to.
    async fn bring_into_view(&self, element: &Element) -> Result<(), CmdError> {
        let target = serde_json::to_value(element)?;
        self.client.execute("arguments[0].scrollIntoView({ block: 'center' })", vec![target]).await?;
        Ok(())
    }

    /// Follows the link of the newest mail to an address; `link` is how its path begins.
    ///
    /// # Errors
    /// When no such mail was sent.
    pub async fn follow_mail(&self, address: &str, link: &str) -> Result<()> {
        self.open("/demo/mails").await?;
        let xpath = format!("(//main//tr[contains(., {})]//a)[1]", quoted(address));
        self.click(&xpath, &format!("mail to {address}")).await?;
        let xpath = format!("//main//a[starts-with(@href, {})]", quoted(link));
        self.click(&xpath, &format!("link {link} in a mail")).await
    }

    /// The field with a label.
    ///
    /// # Errors
    /// When there is no such label, or it belongs to nothing.
    pub async fn field(&self, label: &str) -> Result<Element> {
        let text = quoted(label);
        let own = format!("//label[starts-with({TEXT}, {text})]");
        let xpath = format!("(//*[@id=({own})[1]/@for] | ({own})[1]//input)[1]");
        self.find(&xpath, &format!("field 「{label}」")).await
    }

    /// Types into a field, or chooses from a list; what was there goes away.
    ///
    /// # Errors
    /// When the field is missing or takes no such value.
    pub async fn fill(&self, label: &str, value: &str) -> Result<()> {
        let field = self.field(label).await?;
        self.fill_element(&field, value).await.with_context(|| format!("field 「{label}」"))
    }

    /// The same for a field by its name, where a label stands more than once.
    ///
    /// # Errors
    /// When the field is missing or takes no such value.
    pub async fn fill_named(&self, name: &str, value: &str) -> Result<()> {
        let field = self.element(&format!("main [name='{name}']")).await?;
        self.fill_element(&field, value).await.with_context(|| format!("field {name}"))
    }

    async fn fill_element(&self, field: &Element, value: &str) -> Result<()> {
        self.bring_into_view(field).await?;
        let kind = field.prop("type").await?.unwrap_or_default();
        match kind.as_str() {
            "select-one" => field.select_by_label(value).await?,
            "file" => field.send_keys(value).await?,
            // What one has to type into these depends on the machine's language.
            "date" | "time" | "datetime-local" | "month" => self.set(field, value).await?,
            _ => {
                field.clear().await?;
                field.send_keys(value).await?;
            }
        }
        Ok(())
    }

    async fn set(&self, field: &Element, value: &str) -> Result<()> {
        let script = "const [field, value] = arguments; field.value = value;
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.dispatchEvent(new Event('change', { bubbles: true })); return field.value;";
        let set = self.client.execute(script, vec![serde_json::to_value(field)?, json!(value)]).await?;
        ensure!(set == json!(value), "{value} became {set}");
        Ok(())
    }

    /// Puts a file into a field.
    ///
    /// # Errors
    /// When the field is missing.
    pub async fn upload(&self, label: &str, file: &Path) -> Result<()> {
        let field = self.field(label).await?;
        Ok(field.send_keys(file.to_str().context("a path in UTF-8")?).await?)
    }

    /// Ticks a box or chooses a button by its label, if it is not chosen yet.
    ///
    /// # Errors
    /// When there is no such box.
    pub async fn choose(&self, label: &str) -> Result<()> {
        let xpath =
            format!("(//label[{TEXT}={0}]//input | //label[contains({TEXT}, {0})]//input)[1]", quoted(label));
        let choice = self.find(&xpath, &format!("choice 「{label}」")).await?;
        if !choice.is_selected().await? {
            self.bring_into_view(&choice).await?;
            choice.click().await.with_context(|| format!("choice 「{label}」"))?;
        }
        Ok(())
    }

    /// Presses a button and answers yes to the question that follows; without scripts nobody asks.
    ///
    /// # Errors
    /// When there is no such button, or no question.
    pub async fn press_and_confirm(&self, text: &str) -> Result<()> {
        self.press(text).await?;
        if self.scripts == Scripts::On {
            let xpath = format!("//dialog[@open]//button[{TEXT}={}]", quoted(text));
            self.click(&xpath, &format!("「{text}」 of the question")).await?;
        }
        Ok(())
    }

    /// Presses the first element that a CSS selector finds, where several have the same words.
    ///
    /// # Errors
    /// When there is none.
    pub async fn press_at(&self, css: &str) -> Result<()> {
        let element = self.element(css).await?;
        self.bring_into_view(&element).await?;
        element.click().await.with_context(|| css.to_owned())
    }

    /// Moves the demo's business time, as Japan's clocks show it: `2026-12-05T13:00`.
    ///
    /// # Errors
    /// When it does not lie ahead.
    pub async fn wait_until(&self, moment: &str) -> Result<()> {
        self.open("/demo").await?;
        self.fill("進める先の日時", moment).await?;
        self.press("この日時に進める").await?;
        self.see("に進めました。").await
    }

    /// The status with which the page shown was answered.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn status(&self) -> Result<u64> {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus;";
        self.client.execute(script, vec![]).await?.as_u64().context("a status")
    }

    /// Where the links lead whose text says something.
    ///
    /// # Errors
    /// When there is no such link.
    pub async fn links_saying(&self, text: &str) -> Result<Vec<String>> {
        let xpath = format!("//main//a[contains({TEXT}, {})]", quoted(text));
        self.find(&xpath, &format!("link 「{text}」")).await?;
        let mut paths = Vec::new();
        for link in self.client.find_all(Locator::XPath(&xpath)).await? {
            paths.extend(link.attr("href").await?);
        }
        Ok(paths)
    }

    /// Where the links of the page lead, on this site.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn links(&self) -> Result<Vec<String>> {
        let script = "return Array.from(document.links).filter(a => a.origin === location.origin)
            .map(a => a.pathname + a.search);";
        let links = self.client.execute(script, vec![]).await?;
        Ok(links
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|link| Some(link.as_str()?.to_owned()))
            .collect())
    }
}

/// Whether an element went away with its page.
fn is_gone(error: &CmdError) -> bool {
    matches!(error, CmdError::Standard(answer) if answer.error == ErrorStatus::StaleElementReference)
}

/// The smallest part of the page that says something and can hold links or buttons.
fn part_of(text: &str) -> String {
    let says = format!("contains({TEXT}, {})", quoted(text));
    format!(
        "//main//*[self::tr or self::li or self::section or self::form or self::article][{says}]\
         [not(.//*[self::tr or self::li or self::section or self::form or self::article][{says}])]"
    )
}
