//! The guided tour of the main job, and what there is to try besides.

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
        text: "藤沢市医師会で、差戻しになった研修会を開き、「編集する」で直して「保存して申請する」を押します。神奈川県医師会、日本医師会の順に「承認」を押すと、募集の開始の日時に募集が始まります（「デモの中の時刻を進める」で、その日時まで進められます）。",
        starts: &[
            ("fujisawa-training", "/trainings"),
            ("kanagawa-training", "/desk"),
            ("national-training", "/desk"),
        ],
    },
    Step {
        title: "当日の受付をする",
        text: "すぐに試すなら、「本日の研修会」から受付を開き、受講票の番号を入力して「記録する」を押します。スマートフォンでは、カメラで受講票のQRコードを読み取れます。受講票は、佐藤さんのマイページの「本日の研修会」にあります。",
        starts: &[("fujisawa-training", "/desk"), ("sato", "/my")],
    },
    Step {
        title: "出席を確認し、単位を付ける",
        text: "「出席を確認して単位を登録する」から昨日の研修会を開き、「単位を登録する」を押して、開催報告を提出します。神奈川県医師会、日本医師会の順に「開催報告の確認」を押すと、受講した医師の単位が「確認中」から「確定」に変わります。",
        starts: &[
            ("fujisawa-training", "/desk"),
            ("kanagawa-training", "/desk"),
            ("national-training", "/desk"),
        ],
    },
    Step {
        title: "更新を申請する",
        text: "差戻しになった石井さんの申請を開き、審査登録料の納め方に「窓口に持参する」を選んで「直して再申請する」を押します（「銀行に振り込む」を選ぶと、控えの写真が必要です）。佐藤さんでは、2025年3月31日までの紙の単位シールを1行ずつ入力して、足りない分を確かめられます。",
        starts: &[("ishii", "/applications"), ("sato", "/applications")],
    },
    Step {
        title: "郡市区等医師会で審査し、理事会にかける",
        text: "「審査を待っている申請」から「先頭から審査する」を押します。紙の単位を「原本と一致」にし、審査登録料と手帳の受領を記録し、「確認したこと」にチェックを付けて「適とする」を押すと、次の申請が開きます。そのあと「理事会」で資料（PDF・Excel）を開き、開催日と議事録番号を入れて結果を記録し、「一括申請する」を押します。",
        starts: &[("fujisawa-cert", "/desk")],
    },
    Step {
        title: "都道府県医師会で審査し、理事会にかける",
        text: "一括申請された申請を審査し、同じように理事会の結果を記録して、日本医師会へ一括申請します。",
        starts: &[("kanagawa-cert", "/desk")],
    },
    Step {
        title: "日本医師会で承認する",
        text: "審査のあと、運営委員会、理事会の順に結果を記録し、「一括承認する」を押します。𠮷田さんの申請は、理事会を待っています。承認すると、認定証と通知書が「文書」に並びます。",
        starts: &[("national-cert", "/desk")],
    },
    Step {
        title: "認定証を受け取り、本物か確かめる",
        text: "承認されると、医師のマイページから認定証（見本）を出せます。認定証の番号と生年月で、だれでも有効かどうかを確かめられます。",
        starts: &[("yoshida", "/my")],
    },
    Step {
        title: "受講証明書と学習単位取得証を開く",
        text: "佐藤さんの「証明書を開く」に、受講した研修会と、日医生涯教育制度の年度が並んでいます。「開く（PDF）」を押すと、番号と二次元コードの付いた証明書（見本）ができます。主催者は、単位を登録した研修会の出席の一覧から、全員分をまとめて作れます。",
        starts: &[("sato", "/my/documents"), ("fujisawa-training", "/trainings")],
    },
    Step {
        title: "だれが自分の情報を見たか確かめる",
        text: "審査のときに医師の情報を開いた職員の名前と日時が、本人のマイページに残っています。",
        starts: &[("ishii", "/my/looks"), ("yoshida", "/my/looks")],
    },
];

/// Table: procedures of members.
pub(super) const MEMBERS: &[Step] = &[
    Step {
        title: "大勢の変更をまとめて届け出る",
        text: "4月の研修医の異動のように、大勢の会員区分・勤務先・退会を1つのファイルで変えられます。藤沢市医師会に、確認まで済んだファイル「研修医_会員区分の変更.xlsx」があります。番号を押して開き、「実行する」のボタンを押すと、1行ずつ届出になります。神奈川県医師会、日本医師会の順に「まとめて承認する」のボタンを押すと、会員区分が変わります。",
        starts: &[
            ("fujisawa-admin", "/bulk-changes"),
            ("o14", "/bulk-changes"),
            ("national-admin", "/bulk-changes"),
        ],
    },
    Step {
        title: "自分で作ったファイルで試す",
        text: "「会員が入った表をダウンロードする（Excel）」を押すと、いまの会員の表が出ます。「新会員区分」（例：B）と「変更日」（例：2026/12/1）を書き、変更しない人の行を消して、「確認する」から選びます。確認しただけでは何も変わりません。",
        starts: &[("fujisawa-admin", "/bulk-changes/new")],
    },
];
