//! Batches: the meetings that decide, how far a batch is, and what became of each of its applications.

use crate::named::named;

named! {
    /// Which meeting decides.
    Body {
        Board = "board", "理事会";
        Committee = "committee", "運営委員会";
    }
}

named! {
    /// How far a batch is.
    State {
        Collecting = "collecting", "受付中";
        Decided = "decided", "会議の結果を記録済み";
        Submitted = "submitted", "一括申請済み";
    }
}

named! {
    /// What became of one application of a batch.
    ItemResult {
        Waiting = "waiting", "会議待ち";
        Approved = "approved", "承認";
        Deferred = "deferred", "見送り";
        Submitted = "submitted", "一括申請済み";
        Failed = "failed", "できませんでした";
        Left = "left", "一括から外れました";
    }
}

impl Body {
    /// The letter in front of a batch's number: 理-14-2026-003.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Board => "理",
            Self::Committee => "運",
        }
    }
}

impl ItemResult {
    /// What the meeting or the submission has still to deal with.
    pub const OPEN: [Self; 3] = [Self::Waiting, Self::Approved, Self::Failed];

    /// Whether a batch of this meeting has still to deal with the application. What a committee approved waits in the
    /// board's batch; what it has not dealt with yet waits in its own, also after it dealt with others.
    pub const fn is_open(self, at: Body) -> bool {
        match self {
            Self::Waiting => true,
            Self::Approved | Self::Failed => matches!(at, Body::Board),
            Self::Deferred | Self::Submitted | Self::Left => false,
        }
    }
}
