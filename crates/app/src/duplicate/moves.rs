//! Table: what becomes of everything that names a physician when two records are merged. A test reads the schema and
//! fails for a column that stands in none of these lists, and moves a row of each there and back.

/// A column that names a physician, and moves.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// The table; its rows have an `id`.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What the rows are, for people.
    pub label: &'static str,
    /// Which rows `m` stay with the record that goes, since the one that stays (`$2`) has their like: SQL, empty for
    /// none. The person's own row wins, nothing is deleted, and the report of the merging names them.
    pub stays: &'static str,
}

const fn whole(table: &'static str, column: &'static str, label: &'static str) -> Move {
    Move { table, column, label, stays: "" }
}

/// Table: every column that moves.
#[rustfmt::skip]
pub const MOVED: &[Move] = &[
    Move { table: "membership", column: "physician", label: "所属の期間",
        stays: "exists (select 1 from membership k where k.physician = $2 and k.association = m.association
            and (k.valid_until is null or k.valid_until >= m.valid_from) and (m.valid_until is null or m.valid_until >= k.valid_from))" },
    whole("workplace", "physician", "勤務先"),
    Move { table: "physician_link", column: "physician", label: "医師会との紐づけ",
        stays: "exists (select 1 from physician_link k where k.physician = $2 and k.association = m.association)" },
    Move { table: "signup", column: "physician", label: "研修会の申込",
        stays: "(m.state = 'confirmed' and exists (select 1 from signup k where k.physician = $2 and k.training = m.training and k.state = 'confirmed'))
            or (m.state in ('waiting', 'offered') and exists (select 1 from signup k where k.physician = $2 and k.training = m.training and k.state in ('waiting', 'offered', 'confirmed')))" },
    Move { table: "attendance", column: "physician", label: "研修会の出席",
        stays: "exists (select 1 from attendance k where k.physician = $2 and k.training = m.training)" },
    whole("reception_event", "physician", "受付の記録"),
    Move { table: "credit", column: "physician", label: "単位",
        stays: "m.state <> 'reversed' and exists (select 1 from credit k where k.physician = $2 and k.credit_line = m.credit_line and k.state <> 'reversed')" },
    whole("paper_credit", "physician", "紙の単位"),
    whole("certification", "physician", "認定"),
    whole("application", "physician", "申請・手続き"),
    whole("attachment", "physician", "提出した書類"),
    whole("document", "physician", "発行した文書"),
    whole("outbox", "physician", "お知らせ・郵送"),
    whole("physician_change", "physician", "登録情報の変更の履歴"),
    whole("consent", "physician", "共同利用への同意"),
    whole("registration", "physician", "利用者登録"),
    whole("provisional_credential", "physician", "仮ログインIDの発行"),
    Move { table: "unsubscription", column: "physician", label: "お知らせの停止",
        stays: "exists (select 1 from unsubscription k where k.physician = $2 and k.association = m.association)" },
    whole("physician", "merged_into", "以前に統合した記録"),
];

/// Table: every column that names a physician and does not move, and why.
pub const KEPT: &[(&str, &str, &str)] = &[
    (
        "account",
        "physician",
        "moves by its own rule: the office chooses which login stays, the other is closed",
    ),
    ("bulk_change_row", "physician", "says whom a line meant; what it did is an application, which moves"),
    (
        "calendar_feed",
        "physician",
        "an address that its owner has given to a telephone: nobody else's trainings may come there",
    ),
    ("physician_text", "physician", "made anew from the row of each"),
    ("duplicate", "first", "says which two records were compared"),
    ("duplicate", "second", "says which two records were compared"),
    ("physician_merge", "kept", "says what was merged into what"),
    ("physician_merge", "merged", "says what was merged into what"),
];

/// Columns of a record that are chosen together.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name in the form.
    pub name: &'static str,
    /// The word on the screen.
    pub label: &'static str,
    /// Its columns; the first one says whether anything is known.
    pub columns: &'static [&'static str],
    /// Whether nobody else may have the same: what is not chosen then goes to the other record and is not used again.
    pub unique: bool,
}

const fn field(name: &'static str, label: &'static str, columns: &'static [&'static str]) -> Field {
    Field { name, label, columns, unique: false }
}

/// Table: what is chosen field by field.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    field("name", "氏名・フリガナ", &["family_name", "given_name", "family_kana", "given_kana", "name_key", "kana_key"]),
    field("former_name", "旧姓", &["former_name"]),
    field("birth", "生年月日", &["birth_on"]),
    field("sex", "性別", &["sex"]),
    Field { name: "registry", label: "医籍登録番号・登録日", columns: &["registry_number", "registry_on"], unique: true },
    Field { name: "member_id", label: "日医会員ID", columns: &["national_member_id"], unique: true },
    field("email", "メールアドレス", &["email", "email_verified_at"]),
    field("phone", "電話番号", &["phone"]),
    field("home", "自宅の住所", &["home_address", "home_postal_code"]),
    field("destination", "郵便物の送付先", &["mailing_destination"]),
    field("university", "出身大学・卒業日", &["university", "graduated_on"]),
    field("graduate_school", "大学院", &["graduate_school"]),
    field("department", "診療科", &["department"]),
    field("clinical_training", "臨床研修", &["trains_at", "trains_from", "trains_until"]),
    field("deceased", "亡くなった日", &["deceased_on"]),
];

/// Table: columns of a record that are its own.
pub const OWN: &[&str] = &["id", "merged_into", "created_at", "version"];
