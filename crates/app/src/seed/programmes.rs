//! Table: what the made-up trainings are about.

/// One talk and the credit it gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Talk {
    pub(super) title: &'static str,
    pub(super) minutes: i64,
    pub(super) course: &'static str,
    pub(super) category: &'static str,
    pub(super) item: &'static str,
    /// The cme curriculum code it gives besides, or alone.
    pub(super) code: Option<i32>,
}

/// A programme that any association may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Programme {
    pub(super) scheme: &'static str,
    pub(super) title: &'static str,
    pub(super) summary: &'static str,
    pub(super) talks: &'static [Talk],
    /// Out of a hundred or so: how often it is held.
    pub(super) weight: u32,
}

impl Programme {
    /// Whether national approval is needed: not for cme and kakaritsuke [assumed], [pub].
    pub(super) fn goes_national(&self) -> bool {
        !matches!(self.scheme, "cme" | "kakaritsuke")
    }

    /// Whether a holding report is due: not for cme, kakaritsuke and the re-training of sports
    /// physicians [seed].
    pub(super) fn needs_report(&self) -> bool {
        match self.scheme {
            "cme" | "kakaritsuke" => false,
            "sports_physician" => self.talks.iter().any(|talk| !talk.item.is_empty()),
            _ => true,
        }
    }

    /// Whether it is held at a workplace that people walk through, for few.
    pub(super) fn is_practical(&self) -> bool {
        self.talks.iter().any(|talk| talk.category == "実地")
    }

    /// Whether it is for those who hold the certification already.
    pub(super) fn is_lifelong(&self) -> bool {
        self.talks.iter().any(|talk| talk.course == "lifelong")
    }

    /// Whether it is for those who want the certification.
    pub(super) fn is_basic(&self) -> bool {
        self.talks.iter().any(|talk| talk.course == "basic")
    }
}

const fn lifelong(title: &'static str, minutes: i64, category: &'static str) -> Talk {
    Talk { title, minutes, course: "lifelong", category, item: "", code: None }
}

const fn basic(title: &'static str, minutes: i64, category: &'static str, item: &'static str) -> Talk {
    Talk { title, minutes, course: "basic", category, item, code: None }
}

const fn other(title: &'static str, minutes: i64, category: &'static str, item: &'static str) -> Talk {
    Talk { title, minutes, course: "", category, item, code: None }
}

const fn with_code(talk: Talk, code: i32) -> Talk {
    Talk { code: Some(code), ..talk }
}

/// The training the demo's main story needs.
pub(super) const WALK_THROUGH: &Programme = &Programme {
    scheme: "occupational_physician",
    title: "職場巡視実地研修会（食品工場）",
    summary: "食品工場の製造ラインを巡視し、作業環境と作業姿勢の改善点を班ごとにまとめます。生涯研修の実地に当たります。",
    talks: &[lifelong("食品工場における職場巡視の実際", 90, "実地")],
    weight: 6,
};

/// A training of three credits, half 更新 and half 専門.
pub(super) const RENEWAL_AND_SPECIAL: &Programme = &Programme {
    scheme: "occupational_physician",
    title: "産業医学生涯研修会",
    summary: "法令改正の要点と、職場のメンタルヘルス対策の実務を学びます。",
    talks: &[
        lifelong("労働安全衛生法令の最近の改正と産業医の職務", 90, "更新"),
        lifelong("メンタルヘルス不調による休業からの復職支援", 90, "専門"),
    ],
    weight: 12,
};

/// A lecture of the cme scheme.
pub(super) const LECTURE: &Programme = &Programme {
    scheme: "cme",
    title: "日医生涯教育講座",
    summary: "かかりつけ医の日常診療に役立つ講演会です。",
    talks: &[
        with_code(other("糖尿病診療の最近の話題", 60, "", ""), 76),
        with_code(other("高血圧の外来管理", 60, "", ""), 74),
    ],
    weight: 10,
};

/// All programmes.
pub(super) const PROGRAMMES: &[&Programme] = &[
    WALK_THROUGH,
    RENEWAL_AND_SPECIAL,
    LECTURE,
    &Programme {
        scheme: "occupational_physician",
        title: "作業環境測定 実習研修会",
        summary: "粉じんと騒音の測定器を実際に使い、結果の読み方を学びます。",
        talks: &[lifelong("作業環境測定の実習", 120, "実地")],
        weight: 5,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "産業医研修会 腰痛予防の体験実習",
        summary: "作業姿勢の評価と腰痛予防体操を体験します。定員が少ないため、お早めにお申し込みください。",
        talks: &[lifelong("作業姿勢の評価と腰痛予防", 90, "実地")],
        weight: 4,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "産業医学専門研修会 化学物質の自律的管理",
        summary: "リスクアセスメント対象物への対応と産業医の役割を解説します。",
        talks: &[
            lifelong("化学物質の自律的管理と産業医", 90, "専門"),
            lifelong("事例検討：混合溶剤の取扱い作業", 60, "専門"),
        ],
        weight: 8,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "産業医学研修会 長時間労働と面接指導",
        summary: "長時間労働者への面接指導の進め方と意見書の書き方を学びます。",
        talks: &[
            lifelong("労働時間制度の要点", 60, "更新"),
            lifelong("長時間労働者への面接指導", 90, "専門"),
        ],
        weight: 9,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "治療と仕事の両立支援研修会",
        summary: "がん・糖尿病の患者さんが働き続けるための主治医と産業医の連携を考えます。",
        talks: &[
            with_code(lifelong("治療と仕事の両立支援の実際", 90, "専門"), 13),
            with_code(lifelong("糖尿病と就労", 60, "専門"), 76),
        ],
        weight: 8,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "ストレスチェック制度と集団分析の活用",
        summary: "実施者としての実務と、職場環境改善へのつなげ方を学びます。",
        talks: &[
            lifelong("ストレスチェック制度の要点", 60, "更新"),
            lifelong("集団分析と職場環境改善", 60, "専門"),
        ],
        weight: 7,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "産業医学基礎研修会（前期）",
        summary: "認定産業医の資格取得に必要な前期研修の全項目を2日間で受講できます。",
        talks: &[
            basic("総論", 120, "前期", "総論"),
            basic("健康管理", 120, "前期", "健康管理"),
            basic("メンタルヘルス対策", 60, "前期", "メンタルヘルス対策"),
            basic("健康保持増進", 60, "前期", "健康保持増進"),
            basic("作業環境管理", 120, "前期", "作業環境管理"),
            basic("作業管理", 120, "前期", "作業管理"),
            basic("有害業務管理", 120, "前期", "有害業務管理"),
            basic("産業医活動の実際", 120, "前期", "産業医活動の実際"),
        ],
        weight: 4,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "産業医学基礎研修会（後期）",
        summary: "地域の産業の特性をふまえた実務的な内容を学びます。",
        talks: &[
            basic("地域の産業と産業医活動", 120, "後期", ""),
            basic("健康診断の事後措置", 120, "後期", ""),
            basic("事例検討", 60, "後期", ""),
        ],
        weight: 6,
    },
    &Programme {
        scheme: "occupational_physician",
        title: "産業医学基礎研修会（実地）",
        summary: "事業場を訪ね、職場巡視の手順を学びます。",
        talks: &[basic("職場巡視の基本", 120, "実地", "")],
        weight: 4,
    },
    &Programme {
        scheme: "cme",
        title: "地域医療連携 学術講演会",
        summary: "在宅医療と多職種の連携を取り上げます。",
        talks: &[
            with_code(other("在宅医療の始め方", 60, "", ""), 80),
            with_code(other("認知症の人を地域で支える", 60, "", ""), 29),
        ],
        weight: 7,
    },
    &Programme {
        scheme: "cme",
        title: "感染症対策 学術講演会",
        summary: "外来での感染対策と、抗菌薬の適正な使い方を学びます。",
        talks: &[
            with_code(other("外来における感染対策", 60, "", ""), 8),
            with_code(other("咳の診かた", 30, "", ""), 46),
        ],
        weight: 6,
    },
    &Programme {
        scheme: "sports_physician",
        title: "健康スポーツ医学再研修会",
        summary: "認定健康スポーツ医の更新に必要な再研修会です。",
        talks: &[other("運動と突然死の予防", 60, "", ""), other("高齢者の運動処方", 60, "", "")],
        weight: 4,
    },
    &Programme {
        scheme: "sports_physician",
        title: "健康スポーツ医学講習会（前期）",
        summary: "認定健康スポーツ医の資格取得に必要な講習会です。",
        talks: &[
            other("スポーツ医学概論", 60, "", "前期1"),
            other("神経・筋の運動生理とトレーニング効果", 60, "", "前期2"),
            other("呼吸・循環系の運動生理とトレーニング効果", 60, "", "前期3"),
        ],
        weight: 2,
    },
    &Programme {
        scheme: "specialist_common",
        title: "専門医共通講習会",
        summary: "専門医の更新に必要な共通講習です。",
        talks: &[
            with_code(other("医療安全の最新の動向", 60, "医療安全", ""), 7),
            with_code(other("感染対策の要点", 60, "感染対策", ""), 8),
        ],
        weight: 4,
    },
    &Programme {
        scheme: "kakaritsuke",
        title: "かかりつけ医機能研修 応用研修会",
        summary: "応用研修のうち2項目を受講できます。",
        talks: &[
            with_code(other("フレイルと栄養", 60, "", "②"), 19),
            with_code(other("かかりつけ医の在宅医療", 60, "", "④"), 80),
        ],
        weight: 3,
    },
];
