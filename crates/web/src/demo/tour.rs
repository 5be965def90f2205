//! The guided tour of the main job.

/// One step of the tour.
pub(super) struct Step {
    /// What happens.
    pub(super) title: &'static str,
    /// How to see it.
    pub(super) text: &'static str,
    /// Who does it, and where it begins.
    pub(super) starts: &'static [(&'static str, &'static str)],
}

/// Table: from a certificate that runs out to the renewed one.
pub(super) const STEPS: &[Step] = &[
    Step {
        title: "足りない単位を知る",
        text: "認定証の期限まで4か月の医師としてログインします。マイページのいちばん上に、更新に足りない単位と締切が出ています。",
        starts: &[("sato", "/my")],
    },
    Step {
        title: "研修会をさがして申し込む",
        text: "足りない「実地」の単位が取れる、近くの研修会をさがして申し込みます。同じ時間の研修会や満員の研修会では、申し込めない理由が出ます。申し込んだ研修会の当日まで進むには、下の「デモの中の時刻を進める」を使います。",
        starts: &[("sato", "/trainings")],
    },
    Step {
        title: "研修会を申請し、承認する",
        text: "藤沢市医師会で、差戻しになった研修会を直して再申請します。神奈川県医師会、日本医師会の順に承認すると、募集が始まります。",
        starts: &[
            ("fujisawa-training", "/trainings"),
            ("kanagawa-training", "/desk"),
            ("national-training", "/desk"),
        ],
    },
    Step {
        title: "当日の受付をする",
        text: "すぐに試すなら、今日の夜の講演会を開いて「受付」に進み、受講票の番号を入力します。スマートフォンでは受講票のQRコードを読み取れます。受講票は、佐藤さんのマイページにあります。",
        starts: &[("fujisawa-training", "/desk"), ("sato", "/my")],
    },
    Step {
        title: "出席を確認し、単位を付ける",
        text: "昨日の研修会の出席を確認して単位を付け、開催報告を出します。報告は神奈川県医師会、日本医師会の順に確認され、単位が「確定」になります。",
        starts: &[
            ("fujisawa-training", "/desk"),
            ("kanagawa-training", "/desk"),
            ("national-training", "/desk"),
        ],
    },
    Step {
        title: "更新を申請する",
        text: "差戻しになった石井さんの申請を直して、再申請します。佐藤さんでは、2024年度の紙の単位シールを1行ずつ入力して、足りない分を確かめられます。",
        starts: &[("ishii", "/applications"), ("sato", "/applications")],
    },
    Step {
        title: "郡市区等医師会で審査し、理事会にかける",
        text: "届いた申請を1件ずつ審査します。理事会用資料を作り、理事会の結果を記録して、まとめて神奈川県医師会へ申請します。",
        starts: &[("fujisawa-cert", "/desk")],
    },
    Step {
        title: "都道府県医師会で審査し、理事会にかける",
        text: "一括申請された申請を審査し、同じように理事会を経て、日本医師会へ申請します。",
        starts: &[("kanagawa-cert", "/desk")],
    },
    Step {
        title: "日本医師会で承認する",
        text: "運営委員会と理事会の結果を記録し、一括承認します。𠮷田さんの申請は、理事会を待っています。",
        starts: &[("national-cert", "/desk")],
    },
    Step {
        title: "認定証を受け取り、本物か確かめる",
        text: "承認されると、医師のマイページから認定証（見本）を出せます。認定証の番号と生まれた月で、だれでも有効かどうかを確かめられます。",
        starts: &[("yoshida", "/my")],
    },
    Step {
        title: "だれが自分の情報を見たか確かめる",
        text: "審査のときに医師の情報を開いた職員の名前と日時が、本人のマイページに残っています。",
        starts: &[("ishii", "/my/looks"), ("yoshida", "/my/looks")],
    },
];
