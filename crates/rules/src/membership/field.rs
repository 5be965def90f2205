//! What a change report can say [seed].

use crate::named::named;

named! {
    /// A field of a change report. The workplace and the category have a place of their own.
    Field {
        FamilyName = "family_name", "姓";
        GivenName = "given_name", "名";
        FamilyKana = "family_kana", "姓（カナ）";
        GivenKana = "given_kana", "名（カナ）";
        HomePostalCode = "home_postal_code", "自宅の郵便番号";
        HomeAddress = "home_address", "自宅の住所";
        Phone = "phone", "電話番号";
        MailingDestination = "mailing_destination", "郵便物の送付先";
        Notice = "notice", "診療所の開設・閉鎖、休業などの届出";
    }
}
