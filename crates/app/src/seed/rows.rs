//! The rows of the seed, gathered in memory and written table by table.

use super::load::Loader;
use crate::error::Result;
use mamis_schema as schema;

/// Rows of every table the seed fills, in the order in which they refer to each other.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) associations: Vec<schema::association::Model>,
    pub(super) ancestors: Vec<schema::association_ancestor::Model>,
    pub(super) settings: Vec<schema::association_setting::Model>,
    pub(super) organizers: Vec<schema::organizer::Model>,
    pub(super) rounds: Vec<schema::round::Model>,
    pub(super) special_measures: Vec<schema::special_measure::Model>,
    pub(super) physicians: Vec<schema::physician::Model>,
    pub(super) workplaces: Vec<schema::workplace::Model>,
    pub(super) links: Vec<schema::physician_link::Model>,
    pub(super) memberships: Vec<schema::membership::Model>,
    pub(super) officers: Vec<schema::officer::Model>,
    pub(super) duties: Vec<schema::duty::Model>,
    pub(super) accounts: Vec<schema::account::Model>,
    pub(super) credentials: Vec<schema::credential::Model>,
    pub(super) sessions: Vec<schema::session::Model>,
    pub(super) consents: Vec<schema::terms_consent::Model>,
    pub(super) trainings: Vec<schema::training::Model>,
    pub(super) training_sessions: Vec<schema::training_session::Model>,
    pub(super) credit_lines: Vec<schema::credit_line::Model>,
    pub(super) seat_counts: Vec<schema::seat_count::Model>,
    pub(super) signups: Vec<schema::signup::Model>,
    pub(super) waiting_offers: Vec<schema::waiting_offer::Model>,
    pub(super) attendances: Vec<schema::attendance::Model>,
    pub(super) credits: Vec<schema::credit::Model>,
    pub(super) credit_events: Vec<schema::credit_event::Model>,
    pub(super) holding_reports: Vec<schema::holding_report::Model>,
    pub(super) certifications: Vec<schema::certification::Model>,
    pub(super) applications: Vec<schema::application::Model>,
    pub(super) steps: Vec<schema::application_step::Model>,
    pub(super) paper_credits: Vec<schema::paper_credit::Model>,
    pub(super) examinations: Vec<schema::examination::Model>,
    pub(super) batches: Vec<schema::batch::Model>,
    pub(super) batch_items: Vec<schema::batch_item::Model>,
    pub(super) decisions: Vec<schema::decision::Model>,
    pub(super) membership_applications: Vec<schema::membership_application::Model>,
    pub(super) physician_changes: Vec<schema::physician_change::Model>,
    pub(super) joint_uses: Vec<schema::consent::Model>,
    /// Periods that name the application which opened or ended them.
    pub(super) late_memberships: Vec<schema::membership::Model>,
    pub(super) attachments: Vec<schema::attachment::Model>,
    pub(super) registrations: Vec<schema::registration::Model>,
    pub(super) credential_runs: Vec<schema::credential_run::Model>,
    pub(super) credential_files: Vec<schema::credential_file::Model>,
    pub(super) provisional_credentials: Vec<schema::provisional_credential::Model>,
    pub(super) notices: Vec<schema::notice::Model>,
    pub(super) letters: Vec<schema::outbox::Model>,
    pub(super) unsubscriptions: Vec<schema::unsubscription::Model>,
    pub(super) association_categories: Vec<schema::association_category::Model>,
    pub(super) association_changes: Vec<schema::association_change::Model>,
    pub(super) organizer_registrations: Vec<schema::organizer_registration::Model>,
    pub(super) bulk_changes: Vec<schema::bulk_change::Model>,
    pub(super) bulk_change_rows: Vec<schema::bulk_change_row::Model>,
    pub(super) number_series: Vec<schema::number_series::Model>,
    pub(super) instance: Vec<schema::instance::Model>,
}

impl Rows {
    /// Writes everything and leaves the rows empty.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn write(&mut self, load: &mut Loader<'_>) -> Result<()> {
        self.write_chunk(load).await?;
        self.write_applications(load).await?;
        load.table::<schema::attachment::Entity>(&mut self.attachments).await?;
        load.table::<schema::registration::Entity>(&mut self.registrations).await?;
        load.table::<schema::credential_run::Entity>(&mut self.credential_runs).await?;
        load.table::<schema::credential_file::Entity>(&mut self.credential_files).await?;
        load.table::<schema::provisional_credential::Entity>(&mut self.provisional_credentials).await?;
        load.table::<schema::notice::Entity>(&mut self.notices).await?;
        load.table::<schema::outbox::Entity>(&mut self.letters).await?;
        load.table::<schema::unsubscription::Entity>(&mut self.unsubscriptions).await?;
        load.table::<schema::number_series::Entity>(&mut self.number_series).await?;
        load.table::<schema::instance::Entity>(&mut self.instance).await
    }

    /// Writes what nothing refers back to: all but applications and what belongs to them, which
    /// share batches and are therefore written at the end.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn write_chunk(&mut self, load: &mut Loader<'_>) -> Result<()> {
        load.table::<schema::association::Entity>(&mut self.associations).await?;
        load.table::<schema::association_ancestor::Entity>(&mut self.ancestors).await?;
        load.table::<schema::association_setting::Entity>(&mut self.settings).await?;
        load.table::<schema::organizer::Entity>(&mut self.organizers).await?;
        load.table::<schema::round::Entity>(&mut self.rounds).await?;
        load.table::<schema::special_measure::Entity>(&mut self.special_measures).await?;
        load.table::<schema::physician::Entity>(&mut self.physicians).await?;
        load.table::<schema::workplace::Entity>(&mut self.workplaces).await?;
        load.table::<schema::physician_link::Entity>(&mut self.links).await?;
        load.table::<schema::membership::Entity>(&mut self.memberships).await?;
        load.table::<schema::officer::Entity>(&mut self.officers).await?;
        load.table::<schema::duty::Entity>(&mut self.duties).await?;
        load.table::<schema::account::Entity>(&mut self.accounts).await?;
        load.table::<schema::credential::Entity>(&mut self.credentials).await?;
        load.table::<schema::session::Entity>(&mut self.sessions).await?;
        load.table::<schema::terms_consent::Entity>(&mut self.consents).await?;
        self.write_trainings(load).await?;
        load.table::<schema::certification::Entity>(&mut self.certifications).await
    }

    async fn write_trainings(&mut self, load: &mut Loader<'_>) -> Result<()> {
        load.table::<schema::training::Entity>(&mut self.trainings).await?;
        load.table::<schema::training_session::Entity>(&mut self.training_sessions).await?;
        load.table::<schema::credit_line::Entity>(&mut self.credit_lines).await?;
        load.table::<schema::seat_count::Entity>(&mut self.seat_counts).await?;
        load.table::<schema::signup::Entity>(&mut self.signups).await?;
        load.table::<schema::waiting_offer::Entity>(&mut self.waiting_offers).await?;
        load.table::<schema::attendance::Entity>(&mut self.attendances).await?;
        load.table::<schema::credit::Entity>(&mut self.credits).await?;
        load.table::<schema::credit_event::Entity>(&mut self.credit_events).await?;
        load.table::<schema::holding_report::Entity>(&mut self.holding_reports).await
    }

    async fn write_applications(&mut self, load: &mut Loader<'_>) -> Result<()> {
        load.table::<schema::application::Entity>(&mut self.applications).await?;
        load.table::<schema::application_step::Entity>(&mut self.steps).await?;
        load.table::<schema::paper_credit::Entity>(&mut self.paper_credits).await?;
        load.table::<schema::examination::Entity>(&mut self.examinations).await?;
        load.table::<schema::batch::Entity>(&mut self.batches).await?;
        load.table::<schema::batch_item::Entity>(&mut self.batch_items).await?;
        load.table::<schema::decision::Entity>(&mut self.decisions).await?;
        load.table::<schema::membership_application::Entity>(&mut self.membership_applications).await?;
        load.table::<schema::physician_change::Entity>(&mut self.physician_changes).await?;
        load.table::<schema::consent::Entity>(&mut self.joint_uses).await?;
        load.table::<schema::membership::Entity>(&mut self.late_memberships).await?;
        load.table::<schema::association_category::Entity>(&mut self.association_categories).await?;
        load.table::<schema::association_change::Entity>(&mut self.association_changes).await?;
        load.table::<schema::organizer_registration::Entity>(&mut self.organizer_registrations).await?;
        load.table::<schema::bulk_change::Entity>(&mut self.bulk_changes).await?;
        load.table::<schema::bulk_change_row::Entity>(&mut self.bulk_change_rows).await
    }
}
