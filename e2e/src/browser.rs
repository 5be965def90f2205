//! Chromium, driven as a person would use it.

use crate::http;
use crate::site::Site;
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Name of the session cookie.
const SESSION: &str = "mamis_session";

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    /// As everywhere.
    On,
    /// Forbidden by the browser's settings.
    Off,
}

/// A browser looking at one site.
pub struct Browser {
    pub(crate) client: Client,
    pub(crate) scripts: Scripts,
    /// Where the site is.
    pub(crate) url: String,
    session: String,
    sessions: HashMap<String, String>,
    driver_port: u16,
    film: PathBuf,
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser with a profile of its own, as wide as an office's screen.
    ///
    /// # Errors
    /// When Chromium or its driver does not start.
    pub async fn start(site: &Site, scripts: Scripts) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let film = profile.path().join("camera.y4m");
        let (driver, driver_port) = start_driver().await?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&profile, &film, scripts));
        let client = builder.connect(&format!("http://127.0.0.1:{driver_port}")).await?;
        let session = client.session_id().await?.context("a session")?;
        let browser = Self {
            client,
            scripts,
            url: site.url.clone(),
            session,
            sessions: HashMap::new(),
            driver_port,
            film,
            _driver: driver,
            _profile: profile,
        };
        browser.look_as(Self::DESK)?;
        Ok(browser)
    }

    /// Width and height of an office's screen.
    pub const DESK: (u32, u32) = (1280, 900);
    /// Width and height of a phone.
    pub const PHONE: (u32, u32) = (390, 844);

    /// Shows pages in another size.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn look_as(&self, (width, height): (u32, u32)) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics).map(drop)
    }

    /// Pulls the network plug, or puts it back.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn network(&self, connected: bool) -> Result<()> {
        let conditions = json!({ "network_conditions":
            { "offline": !connected, "latency": 0, "download_throughput": -1, "upload_throughput": -1 } });
        let path = format!("/session/{}/chromium/network_conditions", self.session);
        http::command(self.driver_port, &path, &conditions).map(drop)
    }

    /// Goes on by the machine's name, `localhost`: passkeys belong to names. Whoever is logged in by number is not here.
    pub fn go_by_name(&mut self) {
        self.url = self.url.replace("127.0.0.1", "localhost");
    }

    /// Has a device at hand that keeps passkeys and whose owner's finger lies on it (WebDriver extension of Web
    /// Authentication).
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn hold_a_device(&self) -> Result<()> {
        let device = json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true });
        let path = format!("/session/{}/webauthn/authenticator", self.session);
        http::command(self.driver_port, &path, &device).map(drop)
    }

    /// Holds something before the camera; see [`crate::film`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn hold_before_camera(&self, film: &[u8]) -> Result<()> {
        Ok(std::fs::write(&self.film, film)?)
    }

    /// Logs in through the login page, with the second factor where it is asked for. A second time the
    /// session is taken up again: a one-time code works once.
    ///
    /// # Errors
    /// When the login is refused.
    pub async fn login(&mut self, site: &Site, login_id: &str) -> Result<()> {
        if let Some(session) = self.sessions.get(login_id).cloned() {
            return self.take_up(&session).await;
        }
        self.forget_session().await?;
        let account = site.account(login_id)?;
        self.open("/login").await?;
        self.fill("ログインID", login_id).await?;
        self.fill("パスワード", &account.password).await?;
        self.press("ログイン").await?;
        if let Some(code) = &account.one_time_code {
            self.fill("確認コード", code).await?;
            self.press("確認する").await?;
        }
        self.see_in_header(&account.name).await.with_context(|| format!("login as {login_id}"))?;
        let session = self.session_cookie().await?;
        self.sessions.insert(login_id.to_owned(), session);
        Ok(())
    }

    /// The same without taking up a session: after a logout, or at another address.
    ///
    /// # Errors
    /// When the login is refused.
    pub async fn login_anew(&mut self, site: &Site, login_id: &str) -> Result<()> {
        self.sessions.remove(login_id);
        self.login(site, login_id).await
    }

    /// The value of the cookie of whoever is logged in.
    ///
    /// # Errors
    /// When nobody is.
    pub async fn session_cookie(&self) -> Result<String> {
        Ok(self.client.get_named_cookie(SESSION).await.context("nobody is logged in")?.value().to_owned())
    }

    /// Goes on as nobody.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn forget_session(&self) -> Result<()> {
        Ok(self.client.delete_all_cookies().await?)
    }

    async fn take_up(&self, session: &str) -> Result<()> {
        self.client.delete_all_cookies().await?;
        let cookie = json!({ "name": SESSION, "value": session, "url": self.url, "httpOnly": true });
        self.devtools("Network.setCookie", &cookie).map(drop)
    }

    /// A command of Chromium's own that WebDriver has no word for.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Result<Value> {
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        http::command(self.driver_port, &path, &json!({ "cmd": command, "params": parameters }))
    }

    /// A WebP picture for the manual, from just above the first element of `from` down to the foot of the page's main
    /// part, at most `height` points; a phone's at twice its size, to be sharp on paper. The demo's banner is left out.
    ///
    /// # Errors
    /// When there is no such element, or no picture can be taken.
    pub async fn picture(&self, size: (u32, u32), from: &str, height: f64) -> Result<Vec<u8>> {
        let scale = if size == Self::PHONE { 2 } else { 1 };
        let metrics =
            json!({ "width": size.0, "height": size.1, "deviceScaleFactor": scale, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics)?;
        let script = "document.querySelector('.demo-banner')?.remove(); window.scrollTo(0, 0);
            const [from] = arguments, main = document.querySelector('main').getBoundingClientRect();
            const top = document.querySelector(from).getBoundingClientRect().top;
            return [Math.max(0, top - 12), main.bottom];";
        let edges = self.client.execute(script, vec![json!(from)]).await?;
        let edge = |at: usize| edges[at].as_f64().with_context(|| format!("an edge of {from}"));
        let (top, bottom) = (edge(0)?, edge(1)?);
        let clip =
            json!({ "x": 0, "y": top, "width": size.0, "height": height.min(bottom - top), "scale": 1 });
        let asked = json!({ "format": "webp", "quality": 80, "captureBeyondViewport": true, "clip": clip });
        let picture = self.devtools("Page.captureScreenshot", &asked)?;
        self.look_as(Self::DESK)?;
        Ok(STANDARD.decode(picture["data"].as_str().context("a picture")?)?)
    }

    /// Writes the whole page into `MAMIS_SCREENSHOTS`, as on a phone and as on a desk; nothing without it.
    ///
    /// # Errors
    /// When the picture cannot be taken or written.
    pub fn screenshot(&self, name: &str) -> Result<()> {
        let Some(folder) = std::env::var_os("MAMIS_SCREENSHOTS").map(PathBuf::from) else { return Ok(()) };
        std::fs::create_dir_all(&folder)?;
        for size in [Self::PHONE, Self::DESK] {
            self.look_as(size)?;
            let picture =
                self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }))?;
            let bytes = STANDARD.decode(picture["data"].as_str().context("a picture")?)?;
            std::fs::write(folder.join(format!("{name}-{}.png", size.0)), bytes)?;
        }
        self.look_as(Self::DESK)
    }
}

impl Drop for Browser {
    /// Killing the driver would leave its browser behind, so the driver is asked to end both.
    fn drop(&mut self) {
        if let Err(error) = http::end_driver(self.driver_port) {
            eprintln!("chromedriver: {error}");
        }
    }
}

async fn start_driver() -> Result<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("chromedriver (bin/install-tools installs it)")?;
    let mut lines = BufReader::new(driver.stdout.take().context("stdout was asked for")?).lines();
    while let Some(line) = lines.next_line().await? {
        let port = line.strip_suffix('.').and_then(|line| line.rsplit_once("started successfully on port "));
        if let Some((_, port)) = port {
            let port = port.parse()?;
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((driver, port));
        }
    }
    bail!("chromedriver ended before it listened: {}", driver.wait().await?)
}

fn capabilities(profile: &TempDir, film: &std::path::Path, scripts: Scripts) -> Capabilities {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=ja",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    arguments.push(format!("--use-file-for-fake-video-capture={}", film.display()));
    arguments.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
    let content = match scripts {
        Scripts::On => json!({}),
        Scripts::Off => json!({ "profile.managed_default_content_settings.javascript": 2 }),
    };
    let options = json!({ "args": arguments, "prefs": content });
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities
}
