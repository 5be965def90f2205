//! What there is about accounts: a registration whose licence is to be compared, and a card that was posted.

use super::Seed;
use super::chance::at;
use super::names::Name;
use super::people::{self, Draft, Email, FirstLogin, Person, Reach, reserved_registry};
use crate::App;
use crate::error::{Error, Result};
use crate::provisional_credential::folded;
use crate::secret::sha256_hex;
use chrono::{DateTime, Utc};
use mamis_documents::{Address, PostLetter};
use mamis_rules::base::{Day, FiscalYear};
use mamis_rules::flow::registration::State;
use mamis_schema::{
    attachment, credential_file, credential_run, physician_link, provisional_credential, registration,
};
use sea_orm::EntityTrait;
use uuid::Uuid;

/// The prefecture of the person who registered: 神奈川県.
const PREFECTURE: i32 = 14;
const KEY: &str = "attachment/demo-licence";

/// Writes the person and the registration. Comes last: what was drawn before stays as it was.
///
/// # Errors
/// A fault when the prefecture has no association.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let registry_on = Day::new(2014, 5, 14).expect("May has a fourteenth day");
    let draft = Draft {
        name: Name::of("堀 由実", "ホリ ユミ", "female"),
        login_id: "hori".to_owned(),
        registry_number: reserved_registry(2_990),
        registry_on,
        prefecture: PREFECTURE,
        home: None,
        reach: Reach::Nowhere,
        category: "b",
        workplace: "辻堂海岸クリニック".to_owned(),
        joined_on: seed.today.plus_days(-2),
        email: Email::Verified,
        first_login: FirstLogin::Done,
    };
    let person = people::add(seed, &draft);
    let desk = seed.bodies.all[seed.bodies.prefectural(PREFECTURE)?].id;
    let registered_at = at(seed.today.plus_days(-2), 20, 14);
    seed.rows.links.push(physician_link::Model {
        id: seed.ids.next(),
        physician: person.id,
        association: desk,
        reason: "registered".to_owned(),
        created_at: registered_at,
    });
    registration(seed, &person, desk, registered_at);
    seed.counts.registrations = 1;
    Ok(())
}

/// The registration and the row of its picture.
fn registration(seed: &mut Seed, person: &Person, desk: Uuid, registered_at: DateTime<Utc>) {
    let licence = seed.ids.next();
    seed.rows.attachments.push(attachment::Model {
        id: licence,
        physician: Some(person.id),
        application: None,
        training: None,
        notice: None,
        kind: "licence".to_owned(),
        file_name: "医師免許証.pdf".to_owned(),
        file_key: KEY.to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 0,
        sha256: String::new(),
        uploaded_by: person.account,
        created_at: registered_at,
    });
    let year = FiscalYear::of(seed.today).0;
    let id = seed.ids.next();
    seed.rows.registrations.push(registration::Model {
        id,
        number: Some(format!("N{year}-0001")),
        kind: "new".to_owned(),
        state: State::Checking.name().to_owned(),
        email: "hori@example.jp".to_owned(),
        token_hash: id.to_string(),
        data: "{}".to_owned(),
        physician: Some(person.id),
        desk: Some(desk),
        licence: Some(licence),
        licence_key: None,
        licence_name: "医師免許証.pdf".to_owned(),
        licence_type: "application/pdf".to_owned(),
        comment: String::new(),
        decided_by: String::new(),
        decided_on: None,
        expires_at: registered_at,
        created_at: registered_at,
        version: 1,
    });
}

/// What stands on the card of 田中 陽菜, for the page that says whom to log in as.
pub(super) const CARD: &str = "k7mq-2xwp-9hdr";

/// Writes a run of 藤沢市医師会 that was posted, with the card of 田中 陽菜, who has not used it.
///
/// # Errors
/// A fault when nobody is called so.
pub(super) fn cards(seed: &mut Seed) -> Result<()> {
    let owner = seed.rows.accounts.iter().find(|account| account.login_id == "tanaka");
    let owner = owner.ok_or_else(|| Error::fault("seed: nobody is called tanaka"))?.clone();
    let physician = owner.physician.ok_or_else(|| Error::fault("seed: tanaka is a physician"))?;
    let admin = seed.rows.accounts.iter().find(|account| account.login_id == "fujisawa-admin");
    let admin = admin.ok_or_else(|| Error::fault("seed: nobody is called fujisawa-admin"))?.id;
    let year = FiscalYear::of(seed.today).0;
    let run = seed.ids.next();
    let made_at = at(seed.today.plus_days(-20), 10, 5);
    let fujisawa = seed.bodies.all[seed.bodies.at("142051")?].id;
    seed.rows.credential_runs.push(credential_run::Model {
        id: run,
        number: format!("C{year}-0001"),
        association: fujisawa,
        kind: "first".to_owned(),
        state: "posted".to_owned(),
        chosen: r#"{"kind":"first","within":null}"#.to_owned(),
        wanted: 1,
        made: 1,
        posted_on: Some(seed.today.plus_days(-19).date()),
        by_name: "片瀬 由香".to_owned(),
        account: admin,
        created_at: made_at,
        version: 3,
    });
    seed.rows.credential_files.push(credential_file::Model {
        credential_run: run,
        position: 1,
        file_key: None,
        first_postal_code: "251-0052".to_owned(),
        last_postal_code: "251-0052".to_owned(),
        cards: 1,
    });
    seed.rows.provisional_credentials.push(provisional_credential::Model {
        id: seed.ids.next(),
        credential_run: run,
        position: 1,
        physician,
        account: Some(owner.id),
        way: "post".to_owned(),
        postal_code: "251-0052".to_owned(),
        secret_hash: Some(sha256_hex(folded(CARD).as_bytes())),
        problem: String::new(),
        // Long: the clock of logins is the machine's, whatever day the demo shows.
        expires_at: Some(made_at + chrono::Duration::days(3_650)),
        used_at: None,
        revoked_at: None,
        made_at: Some(made_at),
        created_at: made_at,
    });
    seed.counts.credential_runs = 1;
    Ok(())
}

/// Puts the made-up picture of the licence into the store.
///
/// # Errors
/// A fault of the database, the printer or the store.
pub(super) async fn keep_licence(app: &App) -> Result<()> {
    let row = registration::Entity::find().one(app.db.read()).await?.ok_or(Error::NotFound)?;
    let sheet = PostLetter {
        to: Address { postcode: String::new(), lines: Vec::new(), name: "堀　由実".to_owned() },
        sender: vec!["（見本・架空の医師免許証です）".to_owned()],
        date: Day::of(row.created_at),
        reference: String::new(),
        subject: "医師免許証".to_owned(),
        paragraphs: vec!["この書類は、デモのために作った架空のものです。".to_owned()],
        facts: vec![
            ("氏名".to_owned(), "堀　由実".to_owned()),
            ("医籍登録".to_owned(), format!("第{}号", reserved_registry(2_990))),
            ("登録年月日".to_owned(), "平成26年5月14日".to_owned()),
        ],
        contact: Vec::new(),
    };
    let pdf = app.printer.post_letters(Day::of(row.created_at), &[sheet]).map_err(Error::fault)?;
    app.files.put(KEY, pdf).await
}
