//! The categories that a form asks for, in the words of each association.

use super::forms::TIERS;
use crate::ctx::Ctx;
use crate::desk::paging::Choice;
use crate::error::WebError;
use mamis_app::association::lists::category::{Words, own_categories};
use mamis_app::membership_application::lists::Open;
use mamis_rules::access::application::Kind;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::Day;
use uuid::Uuid;

/// The category at a tier.
pub(super) struct CategoryField {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) value: String,
    /// The national categories, with the association's own words for them.
    pub(super) choices: Vec<Choice>,
}

/// The association at a tier: the one entered, or the one that somebody belongs to.
fn association_at(open: &Open, tier: Tier, on: Day) -> Option<Uuid> {
    let found = &open.found;
    let entered = found.chain.iter().find(|body| body.tier == tier).map(|body| body.id);
    let held = || found.held.iter().find(|held| held.period.tier == tier && held.period.contains(on));
    entered.or_else(|| held().map(|held| held.period.association)).map(Uuid::from)
}

/// The own categories of every association that the form can name.
async fn own_words(ctx: &Ctx, open: &Open) -> Result<Words, WebError> {
    let chain = open.found.chain.iter().map(|body| body.id);
    let held = open.found.held.iter().map(|held| held.period.association);
    Ok(own_categories(ctx.db(), chain.chain(held).map(Uuid::from)).await?)
}

/// The categories asked for: at every tier that is entered, or at every tier held for a report.
pub(super) async fn categories(ctx: &Ctx, open: &Open, on: Day) -> Result<Vec<CategoryField>, WebError> {
    let (found, own) = (&open.found, own_words(ctx, open).await?);
    let offered = |tier: Tier, one: MembershipCategory| {
        let label = match association_at(open, tier, on) {
            Some(id) => own.of(id, one, on),
            None => one.label().to_owned(),
        };
        Choice { value: one.name().to_owned(), label }
    };
    let held =
        |tier: Tier| found.held.iter().find(|held| held.period.tier == tier && held.period.contains(on));
    let asks = |tier: &Tier| match found.frame.kind {
        Kind::Joining => held(*tier).is_none(),
        Kind::ChangeReport => held(*tier).is_some(),
        _ => false,
    };
    let field = |tier: Tier| CategoryField {
        name: format!("category_{tier}"),
        label: format!("{}の会員区分", tier.label()),
        value: found
            .details
            .category(tier)
            .or(held(tier).map(|held| held.period.category))
            .map_or("", |category| category.name())
            .to_owned(),
        choices: MembershipCategory::ALL.iter().map(|one| offered(tier, *one)).collect(),
    };
    Ok(TIERS.into_iter().filter(asks).map(field).collect())
}
