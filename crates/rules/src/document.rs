//! Documents made for many people at once.

use crate::named::named;

named! {
    /// How far documents for many people are.
    RunState {
        Making = "making", "作成中";
        Ready = "ready", "できました";
        Forgotten = "forgotten", "ファイルは消しました";
    }
}
