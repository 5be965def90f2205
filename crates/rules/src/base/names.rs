//! Names as they are shown, and the keys they are searched by. A name itself is never changed: variant kanji belong to the person.

/// Variant kanji and the one they are searched under, separated by spaces: the first character
/// of each group is the key, the others are folded to it.
const VARIANTS: &str = "\
高髙 崎﨑嵜碕㟢𥔎 吉𠮷 辺邉邊 斉齊斎齋 浜濱濵 沢澤 広廣 桜櫻 国國圀囯 島嶋嶌 真眞 \
恵惠 栄榮 滝瀧 竜龍 槙槇 弥彌 条條 寿壽 実實 浅淺 関關 学學 会會 徳德 豊豐 \
仏佛 仮假 伝傳 価價 児兒 円圓 団團 壮壯 壱壹 奥奧 宝寶寳 将將 専專 対對 届屆 \
岳嶽 巌巖 峰峯 帯帶 庁廳 弾彈 応應 恋戀 戦戰 戸戶户 払拂 担擔 拠據 拡擴 摂攝 \
教敎 数數 晋晉 昼晝 暁曉 曽曾 桧檜 権權 欧歐 帰歸 残殘 気氣 没沒 浄淨 清淸 \
淵渕渊 温溫 満滿 渋澁澀 済濟 湾灣 灯燈 為爲 瑶瑤 当當 尽盡 研硏 礼禮 禄祿 禅禪 \
穂穗 稲稻 穣穰 並竝 粋粹 糸絲 経經 緑綠 県縣 総總 継繼 続續 聡聰 声聲 聴聽 \
粛肅 与與 旧舊 万萬 荘莊 蔵藏 芸藝 薬藥 芦蘆 処處 号號 蚕蠶 衛衞 装裝 覚覺 \
覧覽 観觀 触觸 読讀 変變 譲讓 予豫 弐貳 売賣 頼賴 賛贊 軽輕 転轉 弁辨瓣辯 遥遙 \
遅遲 郷鄕鄉 釈釋 鉄鐵 鉱鑛 録錄 鎮鎭 鶏鷄 隠隱 随隨 雑雜 霊靈 静靜 顕顯 飲飮 \
余餘 駅驛 験驗 髪髮 闘鬪 鴎鷗 塩鹽 麦麥 黄黃 黒黑 黙默 点點 歯齒 齢齡 亀龜 \
富冨 宜冝 館舘 村邨 橋𣘺 桑桒 柳栁桺 脇𦚰 土圡𡈽 薮藪 篭籠 涛濤 涼凉 凜凛 尭堯 \
昇曻 蒋蔣 磯礒 菟莵 鶴鸖 朗朖 縁緣 葛𦹀 兎兔 剣劍劒 励勵 労勞 効效 勲勛勳 厳嚴 \
双雙 収收 叙敍敘 台臺 囲圍 図圖 圧壓 堕墮 壌壤 嬢孃 宮宫 寛寬 審讅 尚尙 岡崗 \
巣巢 庵菴 徴徵 恒恆 悦悅 戻戾 抜拔 掲揭 揺搖 昂昻 晃晄 栖棲 楽樂 様樣 横橫 \
歩步 歳歲 毎每 涙淚 渓溪 瀬瀨 焼燒 状狀 狭狹 猟獵 獣獸 瓶甁 産產 称稱 \
穏穩 窓窗 節莭 絵繪 緒緖 縄繩 翠翆 蛍螢 蝉蟬 褒襃 辞辭 逓遞 \
郎郞 醸釀 鋭銳 銭錢 陥陷 険險 青靑 頬頰 顔顏 駆驅 騒騷 麺麵";

/// The ordinary kanji for each compatibility ideograph from U+F900 on, in order of their code
/// points; 〇 stands where there is none. From the canonical mappings of the Unicode database.
const COMPATIBILITY: &str = "\
豈更車賈滑串句龜龜契金喇奈懶癩羅蘿螺裸邏樂洛烙珞落酪駱亂卵欄爛蘭鸞嵐濫藍襤拉臘蠟廊朗浪狼郎\
來冷勞擄櫓爐盧老蘆虜路露魯鷺碌祿綠菉錄鹿論壟弄籠聾牢磊賂雷壘屢樓淚漏累縷陋勒肋凜凌稜綾菱陵\
讀拏樂諾丹寧怒率異北磻便復不泌數索參塞省葉說殺辰沈拾若掠略亮兩凉梁糧良諒量勵呂女廬旅濾礪閭\
驪麗黎力曆歷轢年憐戀撚漣煉璉秊練聯輦蓮連鍊列劣咽烈裂說廉念捻殮簾獵令囹寧嶺怜玲瑩羚聆鈴零靈\
領例禮醴隸惡了僚寮尿料樂燎療蓼遼龍暈阮劉杻柳流溜琉留硫紐類六戮陸倫崙淪輪律慄栗率隆利吏履易\
李梨泥理痢罹裏裡里離匿溺吝燐璘藺隣鱗麟林淋臨立笠粒狀炙識什茶刺切度拓糖宅洞暴輻行降見廓兀嗀\
〇〇塚〇晴〇〇凞猪益礼神祥福靖精羽〇蘒〇諸〇〇逸都〇〇〇飯飼館鶴郞隷侮僧免勉勤卑喝嘆器塀墨\
層屮悔慨憎懲敏既暑梅海渚漢煮爫琢碑社祉祈祐祖祝禍禎穀突節練縉繁署者臭艹艹著褐視謁謹賓贈辶逸\
難響頻恵𤋮舘〇〇並况全侀充冀勇勺喝啕喙嗢塚墳奄奔婢嬨廒廙彩徭惘慎愈憎慠懲戴揄搜摒敖晴朗望杖\
歹殺流滛滋漢瀞煮瞧爵犯猪瑱甆画瘝瘟益盛直睊着磌窱節类絛練缾者荒華蝹襁覆視調諸請謁諾諭謹變贈\
輸遲醙鉶陼難靖韛響頋頻鬒龜𢡊𢡄𣏕㮝䀘䀹𥉉𥳐𧻓齃龎";

/// How a name or its reading stands everywhere, on screens, in mails and on paper: family name,
/// a space, given name. The parts are as typed; only a missing part takes its space with it.
pub fn full_name(family: &str, given: &str) -> String {
    [family, given].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The key a name is searched by: variant kanji, kana kind and size, letter case, width and
/// spaces are folded, and selectors of glyph variants are dropped.
///
/// Kana loses its small forms and ヂ, ヅ, because old half-width data has no small kana and
/// people spell these by ear.
pub fn search_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars() {
        if is_variation_selector(c) || c.is_whitespace() {
            continue;
        }
        match c {
            '\u{ff9e}' | '\u{3099}' | '゛' => voice(&mut key, VOICED),
            '\u{ff9f}' | '\u{309a}' | '゜' => voice(&mut key, HALF_VOICED),
            _ => key.extend(fold(c).to_lowercase().map(large_kana)),
        }
    }
    // A voiced mark typed on its own can produce ヂ and ヅ after the single characters are folded.
    key.replace('ヂ', "ジ").replace('ヅ', "ズ")
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

const VOICED: (&str, &str) =
    ("ウカキクケコサシスセソタチツテトハヒフヘホ", "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボ");
const HALF_VOICED: (&str, &str) = ("ハヒフヘホ", "パピプペポ");

/// Puts a voiced mark, typed as a character of its own, on the kana before it.
fn voice(key: &mut String, (plain, voiced): (&str, &str)) {
    let Some(last) = key.pop() else { return };
    let marked = plain.chars().zip(voiced.chars()).find(|(from, _)| *from == last);
    key.push(marked.map_or(last, |(_, to)| to));
}

const HALF_WIDTH_KANA: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

fn fold(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{ff66}'..='\u{ff9d}' => {
            let at = (c as u32 - 0xff66) as usize;
            HALF_WIDTH_KANA.chars().nth(at).unwrap_or(c)
        }
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        '‐' | '−' | '–' | '—' => '-',
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => kanji(c),
        _ => c,
    }
}

fn kanji(c: char) -> char {
    let at = (c as usize).checked_sub(0xf900);
    let c = match at.and_then(|at| COMPATIBILITY.chars().nth(at)) {
        None | Some('〇') => c,
        Some(ordinary) => ordinary,
    };
    VARIANTS.split(' ').find(|group| group.contains(c)).and_then(|group| group.chars().next()).unwrap_or(c)
}

fn large_kana(c: char) -> char {
    const SMALL: &str = "ァィゥェォャュョッヮヵヶヂヅ";
    const LARGE: &str = "アイウエオヤユヨツワカケジズ";
    let found = SMALL.chars().zip(LARGE.chars()).find(|(small, _)| *small == c);
    found.map_or(c, |(_, large)| large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_typed_with_one_space() {
        assert_eq!(full_name("𠮷田", "髙志"), "𠮷田 髙志");
        assert_eq!(full_name("神\u{fa19}", ""), "神\u{fa19}");
    }

    #[test]
    fn every_spelling_finds_the_same_person() {
        for (written, key) in [
            ("髙橋 一郎", "高橋一郎"),
            ("高𣘺\u{3000}一郎", "高橋一郎"),
            ("山﨑", "山崎"),
            ("𠮷田", "吉田"),
            ("渡邉", "渡辺"),
            ("渡邊", "渡辺"),
            ("渡辺\u{e0101}", "渡辺"),
            ("齋藤", "斉藤"),
            ("斎藤", "斉藤"),
            ("濵田", "浜田"),
            ("澤井廣", "沢井広"),
            ("さとう じゅん", "サトウジユン"),
            ("ｻﾄｳ ｼﾞｭﾝ", "サトウジユン"),
            ("サトウ ジユン", "サトウジユン"),
            ("カツ\u{3099}", "カズ"),
            ("ﾊﾟﾝﾀﾞ", "パンダ"),
            ("\u{fa10}本\u{f9dc}", "塚本隆"),
            ("\u{fa11}田", "崎田"),
            ("Ｓmith", "smith"),
        ] {
            assert_eq!(search_key(written), key, "{written}");
        }
    }

    #[test]
    fn a_key_is_its_own_key() {
        for group in VARIANTS.split(' ') {
            let first = group.chars().next().expect("a group has a first character");
            assert_eq!(search_key(&search_key(group)), search_key(group));
            assert_eq!(kanji(first), first, "{group}: the key must not be folded further");
        }
    }

    #[test]
    fn different_names_stay_different() {
        assert_ne!(search_key("佐藤"), search_key("斉藤"));
        assert_ne!(search_key("大田"), search_key("太田"));
    }
}
