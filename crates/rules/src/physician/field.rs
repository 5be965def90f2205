//! What is known of a person, and who changes which part of it.

use crate::named::named;

named! {
    /// A part of the registration, as its history names it.
    Field {
        FamilyName = "family_name", "姓";
        GivenName = "given_name", "名";
        FamilyKana = "family_kana", "姓（カナ）";
        GivenKana = "given_kana", "名（カナ）";
        FormerName = "former_name", "旧姓・旧名";
        BirthOn = "birth_on", "生年月日";
        Sex = "sex", "性別";
        RegistryNumber = "registry_number", "医籍登録番号";
        RegistryOn = "registry_on", "医籍登録年月日";
        NationalMemberId = "national_member_id", "日医会員ID";
        Email = "email", "メールアドレス";
        Phone = "phone", "電話番号";
        HomePostalCode = "home_postal_code", "自宅の郵便番号";
        HomeAddress = "home_address", "自宅の住所";
        MailingDestination = "mailing_destination", "郵便物の送付先";
        University = "university", "出身大学";
        GraduatedOn = "graduated_on", "卒業年月日";
        GraduateSchool = "graduate_school", "大学院";
        Department = "department", "診療科";
        TrainsAt = "trains_at", "臨床研修の施設";
        TrainsFrom = "trains_from", "臨床研修の開始日";
        TrainsUntil = "trains_until", "臨床研修の修了（予定）日";
        DeceasedOn = "deceased_on", "亡くなった日";
        MainWorkplace = "main_workplace", "主たる勤務先";
        Workplace = "workplace", "その他の勤務先";
        JointUse = "joint_use", "共同利用への同意";
    }
}

named! {
    /// Where a change came from.
    Source {
        Own = "own", "本人";
        OnBehalf = "on_behalf", "代理入力";
        Application = "application", "届出";
        Office = "office", "事務局";
        System = "system", "システム";
    }
}

/// Who has the last word about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The physician: in force at once.
    Physician,
    /// The physician, and the association is told of it with a change report: in force at once [seed: a change of
    /// address is reported].
    Told,
    /// The association receives it first.
    Association,
    /// Only an office, from papers.
    Office,
}

impl Field {
    /// Who has the last word about it, for a member. A non-member has no association that could receive anything:
    /// what members report is in force at once there.
    pub const fn owner(self) -> Owner {
        match self {
            Self::FamilyName | Self::GivenName | Self::FamilyKana | Self::GivenKana | Self::MainWorkplace => {
                Owner::Association
            }
            Self::HomePostalCode | Self::HomeAddress | Self::MailingDestination => Owner::Told,
            Self::BirthOn
            | Self::Sex
            | Self::RegistryNumber
            | Self::RegistryOn
            | Self::NationalMemberId
            | Self::DeceasedOn => Owner::Office,
            Self::FormerName
            | Self::Email
            | Self::Phone
            | Self::University
            | Self::GraduatedOn
            | Self::GraduateSchool
            | Self::Department
            | Self::TrainsAt
            | Self::TrainsFrom
            | Self::TrainsUntil
            | Self::Workplace
            | Self::JointUse => Owner::Physician,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership;

    /// A change report carries the fields that an association receives or is told of; the workplace and the category
    /// have a place of their own there.
    #[test]
    fn a_report_has_a_place_for_whatever_an_association_must_know() {
        for field in Field::ALL {
            let goes =
                matches!(field.owner(), Owner::Association | Owner::Told) && *field != Field::MainWorkplace;
            let named = membership::Field::ALL.iter().any(|reported| reported.name() == field.name());
            let by_report_too = *field == Field::Phone;
            assert_eq!(named, goes || by_report_too, "{field}");
        }
    }
}
