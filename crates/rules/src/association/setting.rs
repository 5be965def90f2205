//! What an association decides for itself: the settings that the program reads, each in force from a day on.

use crate::credit::Scheme;

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As stored.
    pub name: &'static str,
    /// On the screen.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub hint: &'static str,
    /// Whether it is on where an association has not decided.
    pub default: bool,
}

/// The cover letter in front of the packet of a board.
pub const COVER_LETTER: Setting = Setting {
    name: "certification.cover_letter",
    label: "理事会用資料に鑑文を付ける",
    hint: "付けると、理事会用資料の1枚目に、会長の名前の入った鑑文が印刷されます。",
    default: false,
};

/// Whether the registration fee must be in before an application goes on.
pub const FEE_BEFORE_SUBMISSION: Setting = Setting {
    name: "certification.fee_required_before_submission",
    label: "審査登録料の入金を確認してから進める",
    hint: "付けると、審査登録料の入金を記録するまで、申請を承認して上位の医師会へ進めることができません。",
    default: false,
};

/// Whether the trainings that recruit can be read by everybody. The law shows them to physicians and offices; an
/// association that wants them on its own site says so here \[assumed: off\].
pub const TRAINING_FEED: Setting = Setting {
    name: "training.feed",
    label: "募集している研修会の一覧を公開する",
    hint: "付けると、この医師会と下位の医師会が募集している研修会の一覧を、ログインしていない人も読めるようになります。医師会のホームページなどに載せられるRSSとJSONで、アドレスは、このシステムのアドレスのあとに /feeds/（医師会のコード）.rss または /feeds/（医師会のコード）.json を付けたものです。",
    default: false,
};

const fn feature(name: &'static str, label: &'static str) -> Setting {
    let hint = "「しない」にすると、この医師会が主催するこの制度の研修会を、新しく作ることも申請することもできなくなります。すでに送った申請は、そのまま進みます。";
    Setting { name, label, hint, default: true }
}

/// Table: in which schemes an association takes part. On where it has not decided: the schemes are national.
pub const FEATURES: &[(Scheme, Setting)] = &[
    (Scheme::OccupationalPhysician, feature("feature.occupational_physician", "認定産業医の研修会を開く")),
    (Scheme::SportsPhysician, feature("feature.sports_physician", "認定健康スポーツ医の研修会を開く")),
    (Scheme::Cme, feature("feature.cme", "日医生涯教育制度の研修会を開く")),
    (Scheme::Kakaritsuke, feature("feature.kakaritsuke", "日医かかりつけ医機能研修制度の研修会を開く")),
    (
        Scheme::KakaritsukeReport,
        feature("feature.kakaritsuke_report", "かかりつけ医機能報告制度にかかる研修を開く"),
    ),
    (Scheme::SpecialistCommon, feature("feature.specialist_common", "専門医共通講習を開く")),
];

/// Table: every setting.
pub const SETTINGS: &[Setting] = &[
    COVER_LETTER,
    FEE_BEFORE_SUBMISSION,
    TRAINING_FEED,
    FEATURES[0].1,
    FEATURES[1].1,
    FEATURES[2].1,
    FEATURES[3].1,
    FEATURES[4].1,
    FEATURES[5].1,
];

/// The setting that says whether an association takes part in a scheme.
pub fn feature_of(scheme: Scheme) -> Option<&'static Setting> {
    FEATURES.iter().find(|(of, _)| *of == scheme).map(|(_, setting)| setting)
}

/// Why a host holds no trainings of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}は、いま「{scheme}」の研修会を開いていません。開くときは、管理の担当者が、医師会の設定で「する」に変えてください。", scheme = .scheme.label())]
pub struct Off {
    /// Name of the association.
    pub host: String,
    /// The scheme.
    pub scheme: Scheme,
}

impl Setting {
    /// The setting of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_has_its_own_name() {
        for setting in SETTINGS {
            assert_eq!(Setting::named(setting.name), Some(setting), "two settings named {}", setting.name);
        }
        assert_eq!(Setting::named("feature.nothing"), None);
    }

    #[test]
    fn each_scheme_is_on_until_an_association_decides() {
        for scheme in Scheme::ALL {
            let feature = feature_of(*scheme).unwrap_or_else(|| panic!("{scheme} has no setting"));
            assert_eq!(feature.name, format!("feature.{scheme}"));
            assert!(feature.default && SETTINGS.contains(feature), "{scheme}");
        }
        let others = SETTINGS.iter().filter(|setting| !setting.name.starts_with("feature."));
        assert_eq!(others.filter(|setting| setting.default).count(), 0, "what costs work is off");
        let off = Off { host: "藤沢市医師会".to_owned(), scheme: Scheme::SportsPhysician };
        assert!(
            off.to_string()
                .starts_with("藤沢市医師会は、いま「認定健康スポーツ医」の研修会を開いていません。")
        );
    }
}
