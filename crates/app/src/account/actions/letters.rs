//! Tells the owner of an account that its login has changed: whoever did not do it learns of it here.

use crate::cx::{Cx, Tx};
use crate::decision;
use crate::error::Result;
use crate::mail::{self, Letter, Recipient};
use serde_json::json;

/// What changed about a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The password, inside a session or by a link.
    Password,
    /// Another mail address was verified; this goes to the one before.
    Email,
    /// An authenticator app was registered.
    SecondFactor,
    /// The authenticator app was removed; passkeys remain.
    AppRemoved,
    /// A passkey was registered.
    Passkey {
        /// What its owner calls it.
        name: String,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        /// What its owner called it.
        name: String,
    },
    /// A new set of recovery codes was made.
    RecoveryCodes,
    /// Somebody proved by registry number, birth date and reading to be the owner, and set a password.
    Claimed,
    /// A recovery code opened a session.
    RecoveryCodeUsed {
        /// Codes that are left.
        left: u64,
    },
    /// The office suspended the account.
    Suspended {
        /// Officer and office.
        by: String,
    },
    /// The office let the account log in again.
    Restored {
        /// Officer and office.
        by: String,
    },
    /// The office took the second factor away.
    SecondFactorReset {
        /// Officer and office.
        by: String,
    },
}

impl Change {
    fn what(&self) -> String {
        let fixed = match self {
            Self::Passkey { name } => return format!("パスキー「{name}」が登録されました。"),
            Self::PasskeyRemoved { name } => return format!("パスキー「{name}」が削除されました。"),
            Self::Password => "パスワードが変更されました。",
            Self::Email => "メールアドレスが変更されました。",
            Self::SecondFactor => "二要素認証の認証アプリが登録されました。",
            Self::AppRemoved => "二要素認証の認証アプリの登録が削除されました。",
            Self::RecoveryCodes => "二要素認証の予備コードが新しく発行されました。",
            Self::Claimed => "ご本人の確認（医籍登録番号・生年月日・カナ）により、利用が始まりました。",
            Self::RecoveryCodeUsed { .. } => "予備コードを使ったログインがありました。",
            Self::Suspended { .. } => "アカウントの利用が停止されました。",
            Self::Restored { .. } => "アカウントの利用が再開されました。",
            Self::SecondFactorReset { .. } => "二要素認証が再設定されました。",
        };
        fixed.to_owned()
    }

    fn next(&self) -> String {
        match self {
            Self::Passkey { .. } => "登録した端末では、パスワードを入力せずにログインできます。ご本人の操作であれば、何もする必要はありません。".to_owned(),
            Self::Password => "登録済みのパスキーは、これまでどおり使えます。心当たりのないパスキーがないか、登録情報の画面で確かめてください。ご本人の操作であれば、ほかにすることはありません。".to_owned(),
            Self::SecondFactor | Self::AppRemoved | Self::PasskeyRemoved { .. } => {
                "ご本人の操作であれば、何もする必要はありません。".to_owned()
            }
            Self::Claimed => "これからのお知らせは、新しく確認されたメールアドレスにお送りします。ご本人の操作であれば、何もする必要はありません。お心当たりがないときは、すぐに所属の医師会へご連絡ください。".to_owned(),
            Self::Email => "これからのお知らせは、新しいメールアドレスにお送りします。ご本人の操作であれば、何もする必要はありません。".to_owned(),
            Self::RecoveryCodes => {
                "前の予備コードは使えなくなりました。ご本人の操作であれば、何もする必要はありません。".to_owned()
            }
            Self::RecoveryCodeUsed { left } => format!(
                "予備コードは、あと{left}個残っています。少なくなったときは、登録情報の画面で新しく発行してください。"
            ),
            Self::Suspended { by } => format!(
                "停止した人: {by}\nログイン中の端末は、すべてログアウトしました。くわしくは、事務局の管理の担当者にお問い合わせください。"
            ),
            Self::Restored { by } => format!("再開した人: {by}\nいつものログインIDとパスワードで、ログインできます。"),
            Self::SecondFactorReset { by } => format!(
                "再設定した人: {by}\nログイン中の端末は、すべてログアウトしました。次にログインするときに、認証アプリかパスキーを登録してください。"
            ),
        }
    }
}

/// Queues the mail. Somebody without a verified address gets none: by post it would come too late to be of use.
///
/// # Errors
/// A fault of the database or of the template.
#[crate::boxed]
pub async fn tell(cx: &Cx, tx: &mut Tx<'_>, to: &Recipient, name: &str, change: Change) -> Result<()> {
    let data = json!({
        "name": name, "what": change.what(), "next": change.next(), "at": decision::at(cx.now),
        "link": format!("{}/my/account", cx.app.settings.public_url),
    });
    mail::queue_by_mail(cx, tx, Letter::new("login_changed", to.clone(), &data)?).await
}
