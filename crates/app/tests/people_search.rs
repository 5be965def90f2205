//! Finding people: the index beside a plain reading, on every way the search takes; what must not show or leave.

use crate::people::cx;
use mamis_app::audit::Entry;
use mamis_app::db::scope;
use mamis_app::physician::export::{Kind, LabelSheet, Labels, Loss, Made, Missing, Paper, file, labels};
use mamis_app::physician::lists::associations;
use mamis_app::physician::lists::search::{Filter, Limits, PAGE, everybody, page_within};
use mamis_app::saved_search::actions::{For, remove, save};
use mamis_app::saved_search::lists as saved;
use mamis_app::testing::{each_world, left_behind, people_written};
use mamis_app::{App, Cx, Error};
use mamis_rules::access::{Depth, physician as access};
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::{Day, PhysicianId};
use mamis_rules::credit::Scheme;
use mamis_rules::physician::text::{self, Known};
use mamis_rules::physician::{By, Standing};
use mamis_schema::{
    account, association, association_ancestor, audit_entry, certification, membership, physician,
    terms_consent,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Everything a plain reading looks at.
struct World {
    app: Arc<App>,
    /// The certifications that whoever asks sees.
    seen: BTreeSet<Uuid>,
    people: Vec<physician::Model>,
    memberships: Vec<membership::Model>,
    above: BTreeSet<(Uuid, Uuid)>,
    certifications: Vec<certification::Model>,
    logins: HashMap<Uuid, account::Model>,
    consented: BTreeSet<Uuid>,
}

impl World {
    async fn new(app: &Arc<App>) -> Self {
        let db = app.db.read();
        let above = association_ancestor::Entity::find().all(db).await.expect("reads");
        let logins = account::Entity::find().all(db).await.expect("reads");
        let consented = terms_consent::Entity::find().all(db).await.expect("reads");
        Self {
            people: physician::Entity::find().all(db).await.expect("reads"),
            memberships: membership::Entity::find().all(db).await.expect("reads"),
            above: above.into_iter().map(|row| (row.association, row.ancestor)).collect(),
            certifications: certification::Entity::find().all(db).await.expect("reads"),
            logins: logins.into_iter().filter_map(|row| Some((row.physician?, row))).collect(),
            consented: consented.into_iter().map(|row| row.account).collect(),
            seen: BTreeSet::new(),
            app: app.clone(),
        }
    }

    /// How deep the actor sees everybody, by the reader that another test proves right.
    async fn depths(&self, cx: &Cx) -> BTreeMap<Uuid, Depth> {
        let mut depths = BTreeMap::new();
        for depth in Depth::ALL {
            let seen: Vec<Uuid> = physician::Entity::find()
                .select_only()
                .column(physician::Column::Id)
                .filter(scope::physicians(&access::visible_at(&cx.actor, *depth), cx.today()))
                .into_tuple()
                .all(self.app.db.read())
                .await
                .expect("reads");
            depths.extend(seen.into_iter().map(|id| (id, *depth)));
        }
        depths
    }

    /// The certifications that the actor sees.
    async fn certified(&self, cx: &Cx) -> BTreeSet<Uuid> {
        let sees = mamis_rules::access::certification::visible_to(&cx.actor);
        let seen: Vec<Uuid> = certification::Entity::find()
            .select_only()
            .column(certification::Column::Id)
            .filter(scope::certifications(&sees, cx.today()))
            .into_tuple()
            .all(self.app.db.read())
            .await
            .expect("reads");
        seen.into_iter().collect()
    }

    fn memberships_of(&self, person: Uuid, today: Day) -> impl Iterator<Item = &membership::Model> {
        let today = today.date();
        self.memberships.iter().filter(move |row| {
            row.physician == person
                && row.valid_from <= today
                && row.valid_until.is_none_or(|until| until >= today)
        })
    }

    /// Whether somebody seen so deep is asked for.
    fn wants(&self, cx: &Cx, filter: &Filter, row: &physician::Model, depth: Depth) -> bool {
        let today = cx.today();
        let holds = |row: &&membership::Model| {
            filter.category.is_none_or(|category| row.category == category.name())
                && filter.association.is_none_or(|at| self.above.contains(&(row.association, at.into())))
        };
        let member = self.memberships_of(row.id, today).next().is_some();
        let certified = self.certifications.iter().any(|held| {
            let until = Day::from(held.valid_until);
            let any_day = filter.expires_from.is_none() && filter.expires_until.is_none();
            held.physician == row.id
                && self.seen.contains(&held.id)
                && held.ended_on.is_none()
                && filter.scheme.is_none_or(|scheme| held.scheme == scheme.name())
                && filter.expires_from.is_none_or(|from| until >= from)
                && filter.expires_until.is_none_or(|to| until <= to)
                && (!any_day || until >= today)
        });
        let asks_certified =
            filter.scheme.is_some() || filter.expires_from.is_some() || filter.expires_until.is_some();
        let login = self.logins.get(&row.id);
        let unused =
            login.is_some_and(|login| login.state != "closed" && !self.consented.contains(&login.id));
        let standing = filter.standing.is_none_or(|standing| member == (standing == Standing::Member));
        let belongs = (filter.category.is_none() && filter.association.is_none())
            || self.memberships_of(row.id, today).any(|row| holds(&row));
        row.merged_into.is_none()
            && self.named(filter, row, login, depth)
            && belongs
            && standing
            && (!asks_certified || certified)
            && (!filter.without_email || row.email_verified_at.is_none() && row.deceased_on.is_none())
            && (!filter.not_logged_in || unused && depth == Depth::Full)
    }

    fn named(
        &self,
        filter: &Filter,
        row: &physician::Model,
        login: Option<&account::Model>,
        depth: Depth,
    ) -> bool {
        if let Some(heading) = text::heading(&filter.text) {
            return row.kana_key.starts_with(heading.kana);
        }
        let words = text::words(&filter.text);
        let by_login = words.len() == 1
            && depth == Depth::Full
            && login.is_some_and(|login| login.login_id == filter.text.trim().to_lowercase());
        by_login || text::finds(&words, &text_of(row), depth)
    }
}

fn text_of(row: &physician::Model) -> text::Text {
    text::of(&Known {
        name: [&row.family_name, &row.given_name],
        kana: [&row.family_kana, &row.given_kana],
        former_name: row.former_name.as_deref().unwrap_or_default(),
        email: row.email.as_deref().unwrap_or_default(),
        registry_number: row.registry_number.as_deref().unwrap_or_default(),
        national_member_id: row.national_member_id.as_deref().unwrap_or_default(),
    })
}

/// Every way through the search in a world of some hundred people.
const WAYS: &[Limits] = &[
    Limits::USUAL,
    // The words mean too many to be named one by one.
    Limits { named: 1, ..Limits::USUAL },
    // The office is too large to go through its people.
    Limits { reach: 0, ..Limits::USUAL },
    Limits { named: 0, reach: 0, ..Limits::USUAL },
];

/// Words that somebody types: parts of people in the world, in other writings, and what nobody has.
fn texts(people: &[physician::Model]) -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        "佐",
        "サ",
        "さとう",
        "satou",
        "sato",
        "SUZUKI",
        "yoshida",
        "吉田",
        "ﾀﾅｶ",
        "example",
        "@",
        "00",
        "2",
        "%",
        "_",
        "\"",
        "'",
        "^",
        "恵子 佐藤",
        "nobody here",
    ]
    .map(str::to_owned)
    .into();
    for row in people.iter().step_by(23) {
        texts.push(format!("{} {}", row.given_name, row.family_name));
        texts.push(row.family_kana.clone());
        texts.extend(row.email.clone());
        texts.extend(row.registry_number.clone());
        texts.extend(row.national_member_id.as_ref().map(|id| id[..8].to_owned()));
    }
    texts
}

/// The other questions, each alone and some together.
async fn questions(app: &Arc<App>, cx: &Cx) -> Vec<Filter> {
    let day = |text: &str| Day::parse_written(text).ok();
    let fujisawa = associations::meant(cx, "藤沢市医師会").await.expect("is there");
    let kanagawa = associations::meant(cx, "14").await.expect("is there");
    assert!(matches!(associations::meant(cx, "医師会").await, Err(Error::Invalid(_))), "many are called so");
    let association = |at| Filter { association: Some(at), ..Filter::default() };
    let ended = certification::Entity::find().one(app.db.read()).await.expect("reads").expect("certified");
    let on = Some(Day::from(ended.valid_until));
    let mut all = vec![
        Filter::default(),
        association(fujisawa),
        association(kanagawa),
        Filter { category: Some(MembershipCategory::A1), ..association(kanagawa) },
        Filter { standing: Some(Standing::NonMember), ..Filter::default() },
        Filter { standing: Some(Standing::Member), without_email: true, ..Filter::default() },
        Filter { scheme: Some(Scheme::OccupationalPhysician), ..Filter::default() },
        Filter { expires_from: on, expires_until: on, ..Filter::default() },
        Filter { expires_until: day("2027-03-31"), ..association(fujisawa) },
        Filter { without_email: true, ..Filter::default() },
        Filter { not_logged_in: true, ..Filter::default() },
    ];
    all.extend(
        MembershipCategory::ALL.iter().map(|one| Filter { category: Some(*one), ..Filter::default() }),
    );
    all
}

#[tokio::test]
async fn the_search_agrees_with_a_plain_reading() {
    each_world(|app| async move {
        let mut world = World::new(&app).await;
        let mut found_somebody = 0;
        for login in
            ["national-cert", "national-training", "kanagawa-cert", "fujisawa-training", "fujisawa-admin"]
        {
            let cx = cx(&app, login).await;
            let depths = world.depths(&cx).await;
            world.seen = world.certified(&cx).await;
            let mut asked = questions(&app, &cx).await;
            for (number, text) in texts(&world.people).into_iter().enumerate() {
                let more = asked[number % 11].clone();
                asked.push(Filter { text: text.clone(), ..Filter::default() });
                asked.push(Filter { text, ..more });
            }
            for filter in asked {
                let seen = |row: &&physician::Model| {
                    depths.get(&row.id).is_some_and(|depth| world.wants(&cx, &filter, row, *depth))
                };
                let wanted: BTreeSet<Uuid> = world.people.iter().filter(seen).map(|row| row.id).collect();
                let found = everybody(&cx, &filter, 20_000).await.expect("reads");
                found_somebody += found.len();
                assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), wanted, "{login}: {filter:?}");
                assert_eq!(found.len(), wanted.len(), "nobody twice: {login}: {filter:?}");
                for way in WAYS {
                    let page = page_within(&cx, &filter, 1, way).await.expect("reads");
                    let first: Vec<Uuid> = page.rows.iter().map(|line| line.id).collect();
                    let most = found.len().min(PAGE as usize);
                    assert_eq!(first, found[..most], "{login}: {filter:?} {way:?}");
                    let counted = if page.more {
                        page.total < wanted.len() as u64
                    } else {
                        page.total == wanted.len() as u64
                    };
                    assert!(counted, "{login}: {filter:?} {way:?}: {} of {}", page.total, wanted.len());
                }
            }
        }
        assert!(found_somebody > 200, "{found_somebody}");
    })
    .await;
}

#[tokio::test]
async fn found_people_are_in_the_order_asked_for() {
    each_world(|app| async move {
        let cx = cx(&app, "national-cert").await;
        let world = World::new(&app).await;
        let row = |id: &Uuid| world.people.iter().find(|row| row.id == *id).expect("is there");
        let people = |by| {
            let filter =
                Filter { scheme: Some(Scheme::OccupationalPhysician), by: Some(by), ..Filter::default() };
            let cx = &cx;
            async move { everybody(cx, &filter, 20_000).await.expect("reads") }
        };
        let kana = people(By::Kana).await;
        assert!(kana.is_sorted_by_key(|id| row(id).kana_key.clone()) && kana.len() > 5);
        let registry = people(By::Registry).await;
        assert!(registry.is_sorted_by_key(|id| row(id).registry_number.clone().unwrap_or("~".into())));
        let end = |id: &Uuid| {
            let held =
                world.certifications.iter().filter(|held| held.physician == *id && held.ended_on.is_none());
            held.map(|held| held.valid_until).max()
        };
        let expiry = people(By::Expiry).await;
        assert!(expiry.is_sorted_by_key(end));
        let codes: HashMap<Uuid, String> = association::Entity::find()
            .all(app.db.read())
            .await
            .expect("reads")
            .into_iter()
            .map(|row| (row.id, row.code))
            .collect();
        let code = |id: &Uuid, tier: &str| {
            let held = world.memberships_of(*id, cx.today()).filter(|row| row.tier == tier);
            held.map(|row| codes[&row.association].clone()).min()
        };
        let home = |id: &Uuid| {
            (code(id, "municipal").unwrap_or("~".into()), code(id, "district").unwrap_or_default())
        };
        let association = people(By::Association).await;
        assert!(association.is_sorted_by_key(home));
        for other in [&registry, &expiry, &association] {
            assert_eq!(other.iter().collect::<BTreeSet<_>>(), kana.iter().collect::<BTreeSet<_>>());
        }
        // Walking everybody of the country, only the order of the readings costs nothing.
        let filter = Filter { by: Some(By::Expiry), ..Filter::default() };
        let walked =
            page_within(&cx, &filter, 1, &Limits { reach: 0, ..Limits::USUAL }).await.expect("reads");
        assert_eq!(walked.by, By::Kana);
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_counting_everybody() {
    each_world(|app| async move {
        let cx = cx(&app, "national-cert").await;
        let all = everybody(&cx, &Filter::default(), 20_000).await.expect("reads");
        let few = Limits { walked: 10, ..Limits::USUAL };
        let mut seen = Vec::new();
        for number in 1.. {
            let page = page_within(&cx, &Filter::default(), number, &few).await.expect("reads");
            assert_eq!(page.page, number);
            seen.extend(page.rows.iter().map(|line| line.id));
            assert!(page.total <= number * PAGE && page.total >= seen.len() as u64);
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, all);
        let beyond = page_within(&cx, &Filter::default(), 9_999, &few).await.expect("reads");
        assert_eq!((beyond.page, beyond.rows[0].id), (1, all[0]));
    })
    .await;
}

#[tokio::test]
async fn what_an_action_changes_is_found_at_once_and_what_passes_by_is_noticed() {
    each_world(|app| async move {
        let cx = cx(&app, "fujisawa-admin").await;
        let ids = || async {
            let filter = Filter { text: "渡邊 かおり".to_owned(), ..Filter::default() };
            everybody(&cx, &filter, 10).await.expect("reads")
        };
        let one = everybody(&cx, &Filter::default(), 20_000).await.expect("reads")[0];
        let renamed = || {
            physician::Entity::update_many()
                .col_expr(physician::Column::FamilyName, Expr::value("渡辺"))
                .col_expr(physician::Column::GivenName, Expr::value("かおり"))
                .filter(physician::Column::Id.eq(one))
        };
        assert!(left_behind(&app).await.expect("reads").is_empty());
        assert!(ids().await.is_empty());
        renamed().exec(app.db.write()).await.expect("writes");
        assert_eq!(left_behind(&app).await.expect("reads"), [one]);
        assert!(ids().await.is_empty());
        // Any entry that names the person brings the text along with it, in the same transaction.
        let mut tx = cx.begin().await.expect("begins");
        tx.audit(Entry::new("physician.change", "physician", one).about(PhysicianId(one)));
        tx.commit().await.expect("commits");
        assert!(left_behind(&app).await.expect("reads").is_empty());
        assert_eq!(ids().await, [one]);
        people_written(&app).await;
        assert_eq!(ids().await, [one]);
    })
    .await;
}

async fn exports(app: &App) -> Vec<String> {
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq("physician.export"))
        .order_by_asc(audit_entry::Column::Sequence);
    entries.all(app.db.read()).await.expect("reads").into_iter().map(|entry| entry.detail).collect()
}

#[tokio::test]
async fn a_file_tells_what_cp932_cannot_hold_and_leaves_an_entry() {
    each_world(|app| async move {
        let office = cx(&app, "national-cert").await;
        let filter = Filter { text: "吉田".to_owned(), ..Filter::default() };
        let count = everybody(&office, &filter, 100).await.expect("reads").len();
        assert!(count > 0);
        let lossy = file(&office, &filter, Kind::Cp932, Loss::Shown, "照会").await.expect("asks");
        let Made::Lossy(lost) = lossy else { panic!("𠮷 is not in CP932") };
        assert!(lost.iter().any(|one| one.character == "𠮷" && one.column == "氏名"), "{lost:?}");
        assert!(exports(&app).await.is_empty(), "nothing left the system yet");
        let Made::File(cp932) =
            file(&office, &filter, Kind::Cp932, Loss::Accepted, "照会").await.expect("makes")
        else {
            panic!("the loss was accepted")
        };
        assert!(std::str::from_utf8(&cp932).is_err());
        let Made::File(utf8) = file(&office, &filter, Kind::Utf8, Loss::Shown, "照会").await.expect("makes")
        else {
            panic!("UTF-8 holds everything")
        };
        let text = String::from_utf8(utf8).expect("UTF-8");
        assert!(
            text.starts_with('\u{feff}') && text.contains("𠮷田") && text.contains("医籍登録番号"),
            "{text}"
        );
        assert_eq!(text.lines().count(), count + 1);
        let workbook = file(&office, &filter, Kind::Workbook, Loss::Shown, "照会").await.expect("makes");
        assert!(matches!(workbook, Made::File(bytes) if bytes.starts_with(b"PK")));
        let noted = exports(&app).await;
        assert_eq!(noted.len(), 3);
        assert!(noted.iter().all(|detail| detail.contains(&format!("\"rows\":{count}"))), "{noted:?}");
        // The register says why; a duty that sees names alone takes nothing out.
        let why = file(&office, &filter, Kind::Utf8, Loss::Shown, "").await;
        assert!(matches!(why, Err(Error::Invalid(_))), "{why:?}");
        assert!(noted.iter().all(|detail| detail.contains("照会")), "{noted:?}");
        let training = cx(&app, "fujisawa-training").await;
        let refused = file(&training, &filter, Kind::Utf8, Loss::Shown, "照会").await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    })
    .await;
}

fn paper(first: usize) -> Paper {
    Paper { sheet: LabelSheet::Twelve, first }
}

#[tokio::test]
async fn labels_name_those_without_an_address_first() {
    each_world(|app| async move {
        let office = cx(&app, "national-cert").await;
        let filter = Filter { text: "吉田".to_owned(), ..Filter::default() };
        let printed = labels(&office, &filter, paper(3), Missing::Shown, "発送").await.expect("prints");
        assert!(matches!(printed, Labels::File(bytes) if bytes.starts_with(b"%PDF")));
        let one = everybody(&office, &filter, 100).await.expect("reads")[0];
        physician::Entity::update_many()
            .col_expr(physician::Column::HomeAddress, Expr::value(None::<String>))
            .filter(physician::Column::Id.eq(one))
            .exec(app.db.write())
            .await
            .expect("writes");
        mamis_schema::workplace::Entity::delete_many()
            .filter(mamis_schema::workplace::Column::Physician.eq(one))
            .exec(app.db.write())
            .await
            .expect("writes");
        let missing = labels(&office, &filter, paper(1), Missing::Shown, "発送").await.expect("asks");
        assert!(matches!(&missing, Labels::Missing(names) if names.len() == 1), "{missing:?}");
        assert_eq!(exports(&app).await.len(), 1);
        let none = Filter { text: "nobody here".to_owned(), ..Filter::default() };
        let nobody = labels(&office, &none, paper(1), Missing::Shown, "発送").await;
        assert!(matches!(nobody, Err(Error::Refused(_))), "{nobody:?}");
        assert!(everybody(&office, &Filter::default(), 1).await.is_err(), "more than asked for");
    })
    .await;
}

#[tokio::test]
async fn a_search_is_kept_shared_and_removed_by_its_keeper() {
    each_world(|app| async move {
        let (keeper, colleague) = (cx(&app, "fujisawa-admin").await, cx(&app, "fujisawa-training").await);
        let stranger = cx(&app, "kanagawa-cert").await;
        let names = |cx: Cx| async move {
            let rows = saved::list(&cx).await.expect("reads");
            rows.into_iter().map(|line| (line.row.name, line.own)).collect::<Vec<_>>()
        };
        for (name, query) in [("", "q=x"), ("期限", "")] {
            let kept = save(&keeper, name, query, For::Office).await;
            assert!(matches!(kept, Err(Error::Invalid(_))), "{name}");
        }
        save(&keeper, "自分だけ", "q=%E4%BD%90", For::Oneself).await.expect("saves");
        let shared = save(&keeper, "期限", "until=2027-03-31", For::Office).await.expect("saves");
        let own = |name: &str, own| (name.to_owned(), own);
        assert_eq!(names(keeper.clone()).await, [own("期限", true), own("自分だけ", true)]);
        assert_eq!(names(colleague.clone()).await, [own("期限", false)]);
        assert_eq!(names(stranger.clone()).await, []);
        assert!(matches!(remove(&colleague, shared).await, Err(Error::Refused(_))));
        assert!(matches!(remove(&stranger, shared).await, Err(Error::NotFound)));
        remove(&keeper, shared).await.expect("removes");
        assert_eq!(names(colleague).await, []);
    })
    .await;
}
