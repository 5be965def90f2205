//! What is known about one physician and one scheme: the input of an evaluation.

use std::collections::BTreeSet;

use crate::base::{Credits, Day, FiscalYear, Period};
use crate::named::named;

named! {
    /// A scheme (制度).
    Scheme {
        OccupationalPhysician = "occupational_physician", "認定産業医";
        SportsPhysician = "sports_physician", "認定健康スポーツ医";
        Cme = "cme", "日医生涯教育制度";
        Kakaritsuke = "kakaritsuke", "日医かかりつけ医機能研修制度";
        KakaritsukeReport = "kakaritsuke_report", "かかりつけ医機能報告制度にかかる研修";
        SpecialistCommon = "specialist_common", "専門医共通講習";
    }
}

named! {
    /// What is asked for.
    Kind {
        Initial = "initial", "新規";
        Renewal = "renewal", "更新";
        Certificate = "certificate", "修了証・認定証";
        Record = "record", "受講の記録";
    }
}

named! {
    /// Basic or lifelong training.
    Course {
        Basic = "basic", "基礎研修";
        Lifelong = "lifelong", "生涯研修";
    }
}

named! {
    /// Where a credit comes from.
    Source {
        Training = "training", "研修会";
        Paper = "paper", "単位シール";
        Elearning = "elearning", "日医e-ラーニング";
        Journal = "journal", "日医雑誌問題解答";
        SelfReport = "self_report", "生涯教育申告書";
    }
}

named! {
    /// Why a certificate may be renewed after its expiry.
    Grace {
        Illness = "illness", "病気";
        Abroad = "abroad", "海外勤務";
    }
}

named! {
    /// What replaces credits in an initial application.
    WaiverKind {
        UoehBasicCourse = "uoeh_basic_course", "産業医科大学 産業医学基本講座の修了";
        UoehSummerIntensive = "uoeh_summer_intensive", "産業医科大学 夏期集中講座の修了";
        JoaSportsPhysician = "joa_sports_physician", "日整会認定スポーツ医";
        JoaGeneralCourse = "joa_general_course", "日整会スポーツ医学研修会 総論の修了";
        JspoSportsDoctor = "jspo_sports_doctor", "JSPO公認スポーツドクター";
        JspoBasicCourse = "jspo_basic_course", "JSPO公認スポーツドクター養成講習会 基礎科目の修了";
    }
}

/// One credit of a physician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// How the caller names it; comes back in the answer.
    pub id: String,
    /// The day it was earned.
    pub date: Day,
    /// Where it comes from.
    pub source: Source,
    /// The scheme it was given in; `None` when the caller asks about one scheme only.
    pub scheme: Option<Scheme>,
    /// Basic or lifelong, where the scheme has both.
    pub course: Option<Course>,
    /// The credit category (更新, 実地, 前期, 医療安全 …).
    pub category: Option<String>,
    /// The item inside the category (総論, 前期1, ① …).
    pub item: Option<String>,
    /// How much.
    pub amount: Credits,
    /// The curriculum codes, 0–84.
    pub curriculum_codes: BTreeSet<u16>,
    /// The title of the talk or course.
    pub title: Option<String>,
    /// For paper: whether an office has seen the original.
    pub confirmed: bool,
}

impl Credit {
    /// Whether nothing about it is open: only paper has to be confirmed.
    pub fn is_firm(&self) -> bool {
        self.source != Source::Paper || self.confirmed
    }
}

/// An activity a scheme asks for besides credits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Activity {
    /// What was done.
    pub kind: String,
    /// When.
    pub date: Day,
}

/// Something that replaces credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// What it is.
    pub kind: WaiverKind,
    /// When it was completed or granted; needed where the waiver runs out.
    pub date: Option<Day>,
}

/// A special measure that was applied to this physician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialMeasure {
    /// Which one.
    pub id: String,
    /// The day until which renewal is possible.
    pub until: Day,
}

/// Everything an evaluation looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The day it is asked about: the day of the application.
    pub on: Day,
    /// The validity of the certificate to renew, or the period of the scheme.
    pub validity: Option<Period>,
    /// Why the validity is extended by the grace months.
    pub grace: Option<Grace>,
    /// Special measures that were applied.
    pub special_measures: Vec<SpecialMeasure>,
    /// The first and the last fiscal year, where not the last complete ones are meant.
    pub fiscal_years: Option<(FiscalYear, FiscalYear)>,
    /// Certificates held.
    pub holds: Vec<Scheme>,
    /// Activities.
    pub activities: Vec<Activity>,
    /// Waivers.
    pub waivers: Vec<Waiver>,
    /// All credits; what does not count is sorted out and explained.
    pub credits: Vec<Credit>,
}

impl Facts {
    /// Nothing known yet, asked about that day.
    pub fn on(day: Day) -> Self {
        Self {
            on: day,
            validity: None,
            grace: None,
            special_measures: Vec::new(),
            fiscal_years: None,
            holds: Vec::new(),
            activities: Vec::new(),
            waivers: Vec::new(),
            credits: Vec::new(),
        }
    }
}
