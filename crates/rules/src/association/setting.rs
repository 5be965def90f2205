//! What an association decides for itself: the settings that the program reads, each in force from a day on.

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As stored.
    pub name: &'static str,
    /// On the screen.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub hint: &'static str,
}

/// The cover letter in front of the packet of a board.
pub const COVER_LETTER: Setting = Setting {
    name: "certification.cover_letter",
    label: "理事会用資料に鑑文を付ける",
    hint: "付けると、理事会用資料の1枚目に、会長の名前の入った鑑文が印刷されます。",
};

/// Whether the registration fee must be in before an application goes on.
pub const FEE_BEFORE_SUBMISSION: Setting = Setting {
    name: "certification.fee_required_before_submission",
    label: "審査登録料の入金を確認してから進める",
    hint: "付けると、審査登録料の入金を記録するまで、申請を承認して上位の医師会へ進めることができません。",
};

/// Table: every setting. Off where an association has not decided.
pub const SETTINGS: &[Setting] = &[COVER_LETTER, FEE_BEFORE_SUBMISSION];

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
}
