//! Table: what becomes of everything that names an association when it is merged into another. A test reads the schema
//! and fails for a column that stands in none of these lists.

/// A column whose rows name the heir from then on.
#[derive(Clone, Copy, Debug)]
pub struct Goes {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// Which rows: SQL in which `$2` is the heir and `{finished}` stands for the states in which an application is over.
    pub which: &'static str,
}

const fn goes(table: &'static str, column: &'static str, which: &'static str) -> Goes {
    Goes { table, column, which }
}

const OF_RUNNING: &str = "application in (select a.id from application a where a.state not in ({finished}))";

/// Table: what goes on as it stands. What has ended keeps the name under which it ended.
pub const GOES: &[Goes] = &[
    goes("application", "desk", "state not in ({finished})"),
    goes("application_step", "association", OF_RUNNING),
    goes("membership_application", "association", OF_RUNNING),
    goes(
        "examination",
        "association",
        "application in (select a.id from application a where a.state not in ({finished})) and not exists
            (select 1 from examination k where k.application = examination.application and k.association = $2)",
    ),
    goes("batch", "association", "state <> 'submitted'"),
    goes(
        "batch",
        "submitted_to",
        "exists (select 1 from batch_item i join application a on a.id = i.application
            where i.batch = batch.id and a.state not in ({finished}))",
    ),
    // Whoever holds a training answers for its attendance and its credits, also years later.
    goes("training", "host_association", "1 = 1"),
    goes("training", "desk", "1 = 1"),
    goes("invitation", "association", "accepted_at is null and revoked_at is null"),
    goes("saved_search", "association", "1 = 1"),
    goes("notice", "association", "state in ('draft', 'scheduled', 'sending')"),
    goes("credential_run", "association", "state in ('queued', 'making', 'ready')"),
    // Is taken back by whoever answers for it.
    goes("bulk_change", "association", "1 = 1"),
    goes("bulk_change_run", "association", "ended_at is null"),
];

/// Table: what goes on by a rule of its own, in `actions/tree/succession.rs`.
pub const BY_RULE: &[(&str, &str, &str)] = &[
    ("membership", "association", "periods end on the day before and go on at the heir"),
    (
        "duty",
        "association",
        "ends on the day before and goes on at the heir where it is not held there already",
    ),
    ("physician_link", "association", "is copied where the heir does not know the person"),
    ("round", "association", "windows that are still open are copied where the heir has none of that number"),
    ("unsubscription", "association", "whoever wants no notices gets none from the heir either"),
];

/// Table: what stays with the association that is closed, and why.
pub const STAYS: &[(&str, &str, &str)] = &[
    ("association", "parent", "nothing stands below an association that is merged: the rules refuse it"),
    ("association_ancestor", "association", "those above it still read its history"),
    ("association_ancestor", "ancestor", "nothing stands below an association that is merged"),
    ("association_category", "association", "the heir has its own words"),
    ("association_change", "association", "its own history"),
    ("association_change", "target", "history of those that were merged into it"),
    ("association_change", "former", "history of those that stood below it"),
    ("association_import", "association", "says for which office a list was checked"),
    ("association_setting", "association", "the heir decides for itself"),
    ("decision", "association", "says who decided"),
    ("document", "association", "says to whom it was addressed"),
    ("handover", "association", "says what was handed over where"),
    ("head_count", "association", "counts of days that are past"),
    ("organizer", "approved_by", "prefectural associations are not merged"),
    ("registration", "desk", "prefectural associations are not merged"),
];
