//! An external organizer that waits to be registered by 神奈川県医師会.

use super::Seed;
use super::chance::at;
use mamis_schema::organizer_registration;

/// Writes it. Comes last: what was drawn before stays as it was.
pub(super) fn fill(seed: &mut Seed) {
    let sent = at(seed.today.plus_days(-3), 10, 15);
    let id = seed.ids.next();
    seed.rows.organizer_registrations.push(organizer_registration::Model {
        id,
        name: "一般社団法人 しおさい産業保健セミナー".to_owned(),
        kana: "シオサイサンギョウホケンセミナー".to_owned(),
        prefecture: 14,
        address: "平塚市浜岳1-2-3".to_owned(),
        phone: "0463-00-0000".to_owned(),
        purpose: "認定産業医の生涯研修（実地・専門）を、年に4回、湘南地区で開きます。".to_owned(),
        contact_name: "汐見 渚".to_owned(),
        contact_kana: "シオミ ナギサ".to_owned(),
        email: "shiomi@shiosai.example.jp".to_owned(),
        token_hash: id.to_string(),
        expires_at: sent,
        verified_at: Some(sent),
        state: "waiting".to_owned(),
        reason: String::new(),
        decided_at: None,
        decided_by: String::new(),
        organizer: None,
        created_at: sent,
        version: 1,
    });
}
