//! Every setting, in one struct; by file (`config.toml`) and by `MAMIS_…` variables.

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Settings of one process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address the server listens on.
    pub listen: String,
    /// Address people use, without a slash at the end; links in mails and QR codes begin with it, passkeys belong to its
    /// host name.
    pub public_url: String,
    /// Folder of the SQLite database and of uploaded and printed files.
    pub data: PathBuf,
    /// `sqlite:` or `postgres:` address; empty means SQLite in `data`.
    pub database_url: String,
    /// Connections of this process to PostgreSQL, or readers on SQLite; 0: as [`Settings::connections`] counts.
    pub database_connections: u32,
    /// Secret for signed tickets and links, at least 32 characters; empty means: make one in `data`.
    pub secret: String,
    /// Token for `/metrics` from other machines (`Authorization: Bearer …`); empty: this machine only.
    pub metrics_token: String,
    /// `full` (a commit survives power loss) or `normal` (survives a crash of the process only); SQLite.
    pub sqlite_synchronous: String,
    /// How mails leave.
    pub mail: Mail,
    /// Logins.
    pub login: Login,
    /// Uploads.
    pub upload: Upload,
    /// Logs.
    pub log: Log,
    /// Documents.
    pub documents: Documents,
    /// People.
    pub people: People,
}

/// How mails leave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// `smtp` or `folder` (written to `data/mail`, for trials).
    pub transport: String,
    /// `smtp://host:port` or `smtps://user:password@host:port`.
    pub smtp_url: String,
    /// Sender.
    pub from: String,
    /// Attempts before a mail counts as failed.
    pub attempts: i32,
    /// Address to which servers return what they cannot deliver (envelope sender); empty: that of `from`.
    pub returns: String,
    /// Letters of notices that leave in a minute, all processes together; other letters overtake them.
    pub notices_per_minute: u64,
}

/// Logins.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Failed logins of one id within the window before it must wait.
    pub failures_per_id: i64,
    /// Failed logins from one network address within the window.
    pub failures_per_address: i64,
    /// The window in minutes.
    pub window_minutes: i64,
    /// A session ends after so many hours without a request.
    pub session_hours: i64,
    /// True where a proxy we trust sets X-Forwarded-For.
    pub trust_forwarded_for: bool,
}

/// Uploads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upload {
    /// Largest file in MiB.
    pub max_mib: usize,
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `json` or `text`.
    pub format: String,
    /// Filter, e.g. `info` or `mamis_app=debug,info`.
    pub filter: String,
}

/// Documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Documents {
    /// Folder with further fonts for rare kanji; empty for none.
    pub fonts: PathBuf,
    /// Title and name of the president printed on certificates.
    pub president: String,
}

/// People.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct People {
    /// Points (0–100) from which on two records are laid before an office as one person.
    pub duplicate_threshold: i32,
    /// Days after which a file of bulk changes that was checked and never carried out is deleted with its lines.
    pub unused_bulk_changes_days: i64,
}

impl Default for People {
    fn default() -> Self {
        Self {
            duplicate_threshold: mamis_rules::physician::duplicate::THRESHOLD,
            unused_bulk_changes_days: 30,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            data: PathBuf::from("data"),
            database_url: String::new(),
            database_connections: 0,
            secret: String::new(),
            metrics_token: String::new(),
            sqlite_synchronous: "full".to_owned(),
            mail: Mail::default(),
            login: Login::default(),
            upload: Upload::default(),
            log: Log::default(),
            documents: Documents::default(),
            people: People::default(),
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: "folder".to_owned(),
            smtp_url: "smtp://127.0.0.1:25".to_owned(),
            from: "MAMIS <no-reply@localhost>".to_owned(),
            attempts: 8,
            returns: String::new(),
            notices_per_minute: 600,
        }
    }
}

impl Default for Login {
    fn default() -> Self {
        Self {
            failures_per_id: 5,
            failures_per_address: 50,
            window_minutes: 15,
            session_hours: 12,
            trust_forwarded_for: false,
        }
    }
}

impl Default for Upload {
    fn default() -> Self {
        Self { max_mib: 10 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: "json".to_owned(), filter: "info,sqlx=warn".to_owned() }
    }
}

impl Default for Documents {
    fn default() -> Self {
        Self { fonts: PathBuf::new(), president: "日本医師会長".to_owned() }
    }
}

impl Settings {
    /// Defaults, then the file (when it exists), then `MAMIS_…`; `MAMIS_MAIL__FROM` reaches into a section.
    ///
    /// # Errors
    /// A sentence that names the setting which cannot be read.
    pub fn load(file: &std::path::Path) -> Result<Self, String> {
        Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file(file))
            .merge(
                Env::prefixed("MAMIS_").ignore(&["config", "test_postgres", "test_full", "bin"]).split("__"),
            )
            .extract()
            .map_err(|error| format!("settings: {error}"))
    }

    /// The address of the database in force.
    pub fn database(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite:{}", self.data.join("mamis.sqlite").display())
        } else {
            self.database_url.clone()
        }
    }

    /// The connections in force: unless a number is set, two for each processor, since on the same machine more
    /// only make the processors change between them; at least four.
    pub fn connections(&self) -> u32 {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        match self.database_connections {
            0 => u32::try_from(processors * 2).unwrap_or(u32::MAX).clamp(4, 32),
            set => set,
        }
    }

    /// The same for messages and logs: without the password.
    pub fn database_shown(&self) -> String {
        let address = self.database();
        let Some((scheme, rest)) = address.split_once("://") else { return address };
        let rest = rest.split('?').next().unwrap_or_default();
        match rest.rsplit_once('@') {
            Some((login, host)) => {
                let role = login.split(':').next().unwrap_or_default();
                format!("{scheme}://{role}@{host}")
            }
            None => format!("{scheme}://{rest}"),
        }
    }
}

/// `config.example.toml`: the defaults, each with what it means.
pub fn example() -> String {
    let text = toml::to_string_pretty(&Settings::default()).unwrap_or_default();
    let mut section = String::new();
    let mut out = String::from("# Generated by `cargo xtask docs` from the settings struct.\n\n");
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        } else if let Some((key, _)) = line.split_once(" = ") {
            let path = format!("{section}{key}");
            if let Some((_, meaning)) = MEANINGS.iter().find(|(name, _)| *name == path) {
                out.push_str(&format!("# {meaning}\n"));
            }
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// What each setting means, for the example file; a test proves that none is missing.
const MEANINGS: &[(&str, &str)] = &[
    ("listen", "Address the server listens on."),
    (
        "public_url",
        "Address people use; links in mails and QR codes begin with it. Passkeys belong to its host name for ever.",
    ),
    ("data", "Folder of the SQLite database and of files."),
    ("database_url", "sqlite: or postgres: address; empty means SQLite in the data folder."),
    ("database_connections", "Connections to PostgreSQL, or readers on SQLite; 0: two for each processor."),
    ("secret", "At least 32 characters for signed tickets and links; empty: made once in the data folder."),
    (
        "metrics_token",
        "Token for /metrics from other machines (Authorization: Bearer …); empty: this machine only.",
    ),
    ("sqlite_synchronous", "full: a commit survives power loss; normal: a crash of the process only."),
    ("mail.transport", "smtp, or folder (trials: written to data/mail)."),
    ("mail.smtp_url", "smtp://host:port or smtps://user:password@host:port."),
    ("mail.from", "Sender."),
    ("mail.attempts", "Attempts before a mail counts as failed."),
    (
        "mail.returns",
        "Address to which servers return what they cannot deliver; empty: that of from. See docs/operations.md.",
    ),
    ("mail.notices_per_minute", "Letters of notices that leave in a minute, all processes together."),
    ("login.failures_per_id", "Failed logins of one id within the window before it must wait."),
    ("login.failures_per_address", "The same for one network address."),
    ("login.window_minutes", "The window in minutes."),
    ("login.session_hours", "A session ends after so many hours without a request."),
    ("login.trust_forwarded_for", "True where a trusted proxy sets X-Forwarded-For."),
    ("upload.max_mib", "Largest upload in MiB."),
    ("log.format", "json or text."),
    ("log.filter", "Filter of the log, e.g. info."),
    ("documents.fonts", "Folder with further fonts for rare kanji; empty for none."),
    ("documents.president", "Title and name of the president printed on certificates."),
    (
        "people.duplicate_threshold",
        "Points (0-100) from which on two records are laid before an office as one person.",
    ),
    (
        "people.unused_bulk_changes_days",
        "Days after which a file of bulk changes that was checked and never carried out is deleted with its lines.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_explained() {
        let text = example();
        let settings = text.lines().filter(|line| line.contains(" = ")).count();
        let comments = text.lines().filter(|line| line.starts_with("# ")).count() - 1;
        assert_eq!(settings, comments, "{text}");
    }

    #[test]
    fn the_address_of_the_database_is_shown_without_its_password() {
        let shown = |address: &str| {
            Settings { database_url: address.to_owned(), ..Settings::default() }.database_shown()
        };
        assert_eq!(shown(""), "sqlite:data/mamis.sqlite");
        assert_eq!(shown("postgres://mamis:s@cret@db:5432/mamis"), "postgres://mamis@db:5432/mamis");
        assert_eq!(shown("postgres://mamis@db/mamis"), "postgres://mamis@db/mamis");
        assert_eq!(shown("postgres://db/mamis?user=mamis&password=secret"), "postgres://db/mamis");
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "listne = \"x\"\n").expect("write");
        let error = Settings::load(&file).expect_err("must be refused");
        assert!(error.contains("listne"), "{error}");
    }
}
