//! EVERY URL, and the door in front of it.

use crate::layer::gate;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::routing::MethodRouter;
use mamis_app::App;
use mamis_rules::access::Duty;
use mamis_rules::access::gate::Gate;
use std::sync::Arc;

/// One line of the list: address, door, the finer access function asked behind it, handlers.
pub struct Route {
    /// Address, with `{names}` for its variable parts.
    pub path: &'static str,
    /// Who may come in at all.
    pub gate: Gate,
    /// The access function that decides about the thing itself; `-` where the door says all.
    pub access: &'static str,
    /// Handlers by method.
    pub handlers: MethodRouter<Arc<App>>,
}

fn at(path: &'static str, gate: Gate, access: &'static str, handlers: MethodRouter<Arc<App>>) -> Route {
    Route { path, gate, access, handlers }
}

/// The duties that know physicians by their applications.
const MEMBERSHIP_OR_CERTIFICATION: &[Duty] = &[Duty::Membership, Duty::Certification];

/// The duties that issue documents and find them again.
const ISSUERS: &[Duty] = &[Duty::Certification, Duty::Training];

/// The duties that open documents.
const READERS: &[Duty] = &[Duty::Membership, Duty::Certification, Duty::Training];

/// The duties that look at how many members there are.
const HEADS: &[Duty] = &[Duty::Membership, Duty::Administration, Duty::Dues];
/// Those who write notices, and administrators, who find the texts of mails there.
const WRITERS_AND_ADMINISTRATORS: &[Duty] = &[Duty::Membership, Duty::Certification, Duty::Administration];

/// Table: every URL. `cargo xtask docs` prints it into docs/urls.md; a line without an access function fails a test.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use axum::routing::{get, post};
    use crate::{account::pages as account, address, demo};
    use crate::{application, association, attachment, batch, bulk_change, calendar_feed, certification, desk, document, examination, head_count, health, mail_text, membership, membership_application, my, notice, officer, on_behalf, organizer, paper_credit, physician, post_letter, provisional_credential, registration, saved_search, start, terms, verify};
    use crate::passkey::pages as passkey;
    use crate::{attendance, attendance_certificate, duplicate, duty, handover, invitation, reception, signup, training, training_feed, unsubscription, waiting_offer};
    vec![
        at("/", Gate::Public, "-", get(start::top)),
        at("/help", Gate::Public, "-", get(start::help)),
        at("/manual", Gate::Public, "-", get(crate::manual::pages::list)),
        at("/manual/{chapter}", Gate::Public, "-", get(crate::manual::pages::chapter)),
        at("/manual/img/{name}", Gate::Public, "-", get(crate::manual::pages::img)),
        at("/accessibility", Gate::Public, "-", get(start::accessibility)),
        at("/static/{*path}", Gate::Public, "-", get(start::file)),
        at("/reception-sw.js", Gate::Public, "-", get(start::reception_worker)),
        at("/my", Gate::Physician, "physician::visible_to", get(my::pages::page)),
        at("/my/credits", Gate::Physician, "physician::visible_to", get(my::credits::page)),
        at("/my/documents", Gate::Physician, "document::visible_to (own)", get(document::own::page)),
        at("/my/trainings/{id}/attendance-certificates", Gate::Physician, "attendance::may_download_certificate (own)", post(document::own::attendance)),
        at("/my/credit-statements", Gate::Physician, "document::visible_to (own)", post(document::own::statement)),
        at("/my/calendar", Gate::Physician, "own calendar", get(calendar_feed::pages::page).post(calendar_feed::pages::renew)),
        at("/my/calendar/endings", Gate::Physician, "own calendar", post(calendar_feed::pages::end)),
        at("/calendars/{file}", Gate::Public, "whoever has the address", get(calendar_feed::pages::calendar)),
        at("/my/registration", Gate::Physician, "physician::may_edit", get(my::registration::page)),
        at("/my/registration/name", Gate::Physician, "physician::may_edit", get(my::registration::name::form).post(my::registration::name::save)),
        at("/my/registration/contacts", Gate::Physician, "physician::may_edit", get(my::registration::contacts::form).post(my::registration::contacts::save)),
        at("/my/registration/career", Gate::Physician, "physician::may_edit", get(my::registration::career::form).post(my::registration::career::save)),
        at("/my/registration/joint-use", Gate::Physician, "physician::may_edit", get(my::registration::joint_use).post(my::registration::answer_joint_use)),
        at("/my/registration/history", Gate::Physician, "physician::visible_to", get(my::registration::history)),
        at("/my/workplaces", Gate::Physician, "physician::may_edit", post(my::registration::workplace::create)),
        at("/my/workplaces/new", Gate::Physician, "physician::may_edit", get(my::registration::workplace::new)),
        at("/my/workplaces/{id}", Gate::Physician, "physician::may_edit", post(my::registration::workplace::save)),
        at("/my/workplaces/{id}/edit", Gate::Physician, "physician::may_edit", get(my::registration::workplace::edit)),
        at("/my/workplaces/{id}/endings", Gate::Physician, "physician::may_edit", post(my::registration::workplace::end)),
        at("/my/data.json", Gate::Physician, "physician::visible_to (own)", get(my::registration::json)),
        at("/my/data.pdf", Gate::Physician, "physician::visible_to (own)", get(my::registration::pdf)),
        at("/addresses", Gate::Public, "-", get(address::places)),
        at("/kana-proposals", Gate::Public, "-", get(address::reading)),
        at("/paper-credits", Gate::Physician, "physician::may_declare_credits", get(paper_credit::forms::list).post(paper_credit::forms::declare)),
        at("/paper-credits/new", Gate::Physician, "physician::may_declare_credits", get(paper_credit::forms::new)),
        at("/paper-credits/{id}", Gate::Physician, "physician::may_declare_credits", post(paper_credit::forms::change)),
        at("/paper-credits/{id}/edit", Gate::Physician, "physician::may_declare_credits", get(paper_credit::forms::edit)),
        at("/paper-credits/{id}/removals", Gate::Physician, "physician::may_declare_credits", post(paper_credit::forms::remove)),
        at("/procedures", Gate::Public, "-", get(membership_application::pages::procedures)),
        at("/membership-applications", Gate::Duty(Duty::Membership), "application::visible_to", get(membership_application::list::page)),
        at("/membership-applications/{id}", Gate::Duty(Duty::Membership), "application::visible_to", get(membership_application::review::page)),
        at("/membership-applications/{id}/decisions", Gate::Duty(Duty::Membership), "application::may_decide", post(membership_application::review::decide)),
        at("/membership-applications/{id}/undos", Gate::Duty(Duty::Membership), "application::may_undo_leaving", get(membership_application::review::new_undo).post(membership_application::review::undo)),
        at("/physicians/{id}/losses", Gate::Duty(Duty::Membership), "physician::may_record_death", post(membership_application::loss::create)),
        at("/physicians/{id}/losses/new", Gate::Duty(Duty::Membership), "physician::may_record_death", get(membership_application::loss::new)),
        at("/applications", Gate::PhysicianOrAny(MEMBERSHIP_OR_CERTIFICATION), "application::visible_to", get(application::pages::list).post(application::forms::begin)),
        at("/applications/new", Gate::Physician, "application::may_apply", get(application::forms::new)),
        at("/applications/{id}", Gate::PhysicianOrAny(MEMBERSHIP_OR_CERTIFICATION), "application::visible_to", get(application::pages::page)),
        at("/applications/{id}/edit", Gate::Physician, "application::may_apply", get(application::forms::edit)),
        at("/applications/{id}/draft", Gate::Physician, "application::may_apply", post(application::forms::save)),
        at("/applications/{id}/submissions", Gate::Physician, "application::may_apply", post(application::forms::submit)),
        at("/applications/{id}/withdrawals", Gate::Physician, "application::may_apply", post(application::forms::withdraw)),
        at("/applications/{id}/removals", Gate::Physician, "application::may_apply", post(application::forms::remove_paper)),
        at("/login", Gate::Public, "-", get(account::login).post(account::log_in)),
        at("/login/second-factor", Gate::Session, "-", get(account::second_factor).post(account::give_code)),
        at("/login/second-factor/new", Gate::Session, "-", get(account::enrolment).post(account::enrol)),
        at("/login/second-factor/new/passkey", Gate::Session, "-", post(passkey::enrol)),
        at("/login/second-factor/new/passkey/challenges", Gate::Session, "-", post(passkey::begin_enrolment)),
        at("/login/passkey", Gate::Public, "-", post(passkey::log_in)),
        at("/login/passkey/challenges", Gate::Public, "-", post(passkey::begin_login)),
        at("/logout", Gate::Public, "-", post(account::log_out)),
        at("/terms", Gate::Public, "-", get(terms::pages::terms)),
        at("/terms/versions", Gate::Duty(Duty::Administration), "terms::may_publish", get(terms::pages::versions).post(terms::pages::create)),
        at("/terms/consent", Gate::Session, "-", get(account::consent).post(account::agree)),
        at("/password-resets/new", Gate::Public, "-", get(account::password_reset_form)),
        at("/password-resets", Gate::Public, "-", post(account::request_password_reset)),
        at("/password-resets/{token}", Gate::Public, "whoever has the link", get(account::password_reset).post(account::reset_password)),
        at("/email-verifications/{token}", Gate::Public, "whoever has the link", get(account::email_verification).post(account::verify_email)),
        at("/first-logins/{token}", Gate::Public, "whoever has the link", get(account::first_login).post(account::begin_use)),
        at("/credential-runs", Gate::Duty(Duty::Membership), "provisional_credential::visible_to, may_send", get(provisional_credential::pages::list).post(provisional_credential::pages::create)),
        at("/credential-runs/{id}", Gate::Duty(Duty::Membership), "provisional_credential::visible_to", get(provisional_credential::pages::page)),
        at("/credential-runs/{id}/files/{file}", Gate::Duty(Duty::Membership), "provisional_credential::may_send", get(provisional_credential::pages::file)),
        at("/credential-runs/{id}/postings", Gate::Duty(Duty::Membership), "provisional_credential::may_send", post(provisional_credential::pages::record_posting)),
        at("/credential-runs/{id}/withdrawals", Gate::Duty(Duty::Membership), "provisional_credential::may_send", post(provisional_credential::pages::withdraw)),
        at("/registrations/new", Gate::Public, "registration::may_register", get(registration::pages::new)),
        at("/registrations", Gate::Public, "registration::may_register", post(registration::pages::create)),
        at("/registrations/{token}", Gate::Public, "whoever has the link", get(registration::pages::opening).post(registration::pages::begin)),
        at("/claims/new", Gate::Public, "registration::may_register", get(registration::pages::new_claim)),
        at("/claims", Gate::Public, "registration::may_register", post(registration::pages::claim)),
        at("/registration-checks", Gate::Duty(Duty::Membership), "registration::visible_to", get(registration::check::list)),
        at("/registration-checks/{id}", Gate::Duty(Duty::Membership), "registration::visible_to", get(registration::check::page)),
        at("/registration-checks/{id}/decisions", Gate::Duty(Duty::Membership), "registration::may_check", post(registration::check::decide)),
        at("/my/account", Gate::Everyone, "own account", get(account::own)),
        at("/my/account/email-verifications", Gate::Physician, "own account", post(account::request_email_verification)),
        at("/my/account/password-changes", Gate::Everyone, "own account", post(account::change_password)),
        at("/my/account/recovery-codes", Gate::Everyone, "own account", post(account::renew_recovery_codes)),
        at("/my/account/authenticator-app", Gate::Everyone, "own account", post(account::add_app)),
        at("/my/account/authenticator-app/new", Gate::Everyone, "own account", get(account::new_app)),
        at("/my/account/authenticator-app/removals", Gate::Everyone, "own account", post(account::remove_app)),
        at("/my/account/passkeys", Gate::Everyone, "own account", post(passkey::register)),
        at("/my/account/passkeys/challenges", Gate::Everyone, "own account", post(passkey::begin_registration)),
        at("/my/account/passkeys/{id}", Gate::Everyone, "own account", post(passkey::rename)),
        at("/my/account/passkeys/{id}/removals", Gate::Everyone, "own account", post(passkey::remove)),
        at("/my/account/session-ends", Gate::Everyone, "own account", post(account::end_sessions)),
        at("/my/looks", Gate::Physician, "physician::may_see_looks", get(account::looks)),
        at("/demo", Gate::Public, "system::may_see_demo", get(demo::show)),
        at("/demo/accounts.json", Gate::Public, "system::may_see_demo", get(demo::accounts)),
        at("/demo/clock", Gate::Public, "system::may_see_demo", post(demo::move_on)),
        at("/demo/mails", Gate::Public, "system::may_see_demo", get(demo::mails)),
        at("/demo/mails/{id}", Gate::Public, "system::may_see_demo", get(demo::mail)),
        at("/applications.csv", Gate::Duty(Duty::Certification), "application::visible_to", get(desk::list::comma_separated)),
        at("/applications.xlsx", Gate::Duty(Duty::Certification), "application::visible_to", get(desk::list::workbook)),
        at("/applications/{id}/examination", Gate::Duty(Duty::Certification), "application::visible_to", get(examination::pages::page)),
        at("/applications/{id}/decisions", Gate::Duty(Duty::Certification), "application::may_decide", post(examination::forms::decide)),
        at("/applications/{id}/fee-receipts", Gate::Duty(Duty::Certification), "application::may_record_fee", post(examination::forms::record_fee)),
        at("/applications/{id}/handbook-movements", Gate::Duty(Duty::Certification), "application::may_move_handbook", post(examination::forms::move_handbook)),
        at("/applications/{id}/paper-credits/{paper}/comparisons", Gate::Duty(Duty::Certification), "application::may_decide", post(examination::forms::compare_paper)),
        at("/applications/{id}/recalls", Gate::Duty(Duty::Certification), "application::may_recall", post(examination::forms::recall)),
        at("/desk", Gate::Office, "application, batch, training and physician::visible_to", get(desk::pages::page)),
        at("/batches", Gate::Duty(Duty::Certification), "batch::visible_to", get(batch::pages::list)),
        at("/batches/{id}", Gate::Duty(Duty::Certification), "batch::visible_to", get(batch::pages::show)),
        at("/batches/{id}/packet.pdf", Gate::Duty(Duty::Certification), "batch::may_packet", get(batch::pages::packet_pdf)),
        at("/batches/{id}/packet.xlsx", Gate::Duty(Duty::Certification), "batch::may_packet", get(batch::pages::packet_xlsx)),
        at("/batches/{id}/committee-decisions", Gate::Duty(Duty::Certification), "batch::may_record_board", post(batch::forms::committee)),
        at("/batches/{id}/board-decisions", Gate::Duty(Duty::Certification), "batch::may_record_board", post(batch::forms::board)),
        at("/batches/{id}/submissions", Gate::Duty(Duty::Certification), "batch::may_submit", post(batch::forms::submit)),
        at("/memberships", Gate::Duty(Duty::Membership), "membership::visible_to", get(membership::pages::list)),
        at("/memberships.csv", Gate::Duty(Duty::Membership), "membership::visible_to", get(membership::pages::comma_separated)),
        at("/head-counts", Gate::AnyDuty(HEADS), "membership::counts_visible_to", get(head_count::pages::page)),
        at("/head-counts.csv", Gate::AnyDuty(HEADS), "membership::counts_visible_to", get(head_count::pages::comma_separated)),
        at("/bulk-changes", Gate::Duty(Duty::Membership), "bulk_change::visible_to, bulk_change::may_enter", get(bulk_change::pages::list).post(bulk_change::forms::create)),
        at("/bulk-changes/new", Gate::Duty(Duty::Membership), "bulk_change::may_enter", get(bulk_change::forms::new)),
        at("/bulk-changes/template.csv", Gate::Duty(Duty::Membership), "-", get(bulk_change::forms::template_csv)),
        at("/bulk-changes/template.xlsx", Gate::Duty(Duty::Membership), "-", get(bulk_change::forms::template_xlsx)),
        at("/bulk-changes/members.xlsx", Gate::Duty(Duty::Membership), "bulk_change::may_enter", get(bulk_change::forms::members)),
        at("/bulk-changes/{id}", Gate::Duty(Duty::Membership), "bulk_change::visible_to", get(bulk_change::pages::page)),
        at("/bulk-changes/{id}/runs", Gate::Duty(Duty::Membership), "bulk_change::may_enter", post(bulk_change::pages::enter)),
        at("/bulk-changes/{id}/approvals", Gate::Duty(Duty::Membership), "bulk_change::may_decide", post(bulk_change::pages::decide)),
        at("/bulk-changes/{id}/undos", Gate::Duty(Duty::Membership), "bulk_change::may_undo", post(bulk_change::pages::undo)),
        at("/bulk-changes/{id}/undos/new", Gate::Duty(Duty::Membership), "bulk_change::may_undo", get(bulk_change::pages::new_undo)),
        at("/bulk-changes/{id}/result.xlsx", Gate::Duty(Duty::Membership), "bulk_change::may_enter", get(bulk_change::pages::result)),
        at("/physicians", Gate::Office, "physician::visible_to", get(physician::list::list)),
        at("/physicians.csv", Gate::Office, "physician::may_export", get(physician::export::comma_separated)),
        at("/physicians.xlsx", Gate::Office, "physician::may_export", get(physician::export::workbook)),
        at("/physicians/labels.pdf", Gate::Office, "physician::may_export", post(physician::export::labels)),
        at("/saved-searches", Gate::Office, "saved_search::may_save", post(saved_search::pages::save)),
        at("/saved-searches/{id}/removals", Gate::Office, "saved_search::visible_to (own)", post(saved_search::pages::remove)),
        at("/physicians/{id}", Gate::Office, "physician::visible_to", get(physician::pages::page)),
        at("/physicians/{id}/looks", Gate::Office, "physician::visible_to, physician::needs_reason", post(physician::pages::give_reason)),
        at("/physicians/{id}/login-links", Gate::Duty(Duty::Membership), "physician::may_send_credentials", post(physician::pages::send_login_link)),
        at("/physicians/{id}/login-links/new", Gate::Duty(Duty::Membership), "physician::may_send_credentials", get(physician::pages::new_login_link)),
        at("/on-behalf/{physician}", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "physician::may_declare_credits, physician::may_edit, application::may_enter_on_behalf", get(on_behalf::pages::page)),
        at("/on-behalf/{physician}/{*rest}", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "physician::may_declare_credits, physician::may_edit, application::may_enter_on_behalf", get(on_behalf::pages::enter).post(on_behalf::pages::enter)),
        at("/duplicates", Gate::Duty(Duty::Membership), "physician::visible_at (both in full)", get(duplicate::pages::list)),
        at("/duplicates/{id}", Gate::Duty(Duty::Membership), "physician::visible_at (both in full)", get(duplicate::compare::page)),
        at("/duplicates/{id}/looks", Gate::Duty(Duty::Membership), "physician::visible_at, physician::needs_reason", post(duplicate::compare::give_reason)),
        at("/duplicates/{id}/merges", Gate::Duty(Duty::Membership), "physician::may_merge", post(duplicate::compare::merge)),
        at("/duplicates/{id}/refusals", Gate::Duty(Duty::Membership), "physician::may_merge", post(duplicate::compare::refuse)),
        at("/merges/{id}", Gate::Duty(Duty::Membership), "physician::visible_at (the record that stayed)", get(duplicate::pages::merged)),
        at("/merges/{id}/undos", Gate::Duty(Duty::Membership), "physician::may_merge", post(duplicate::pages::undo)),
        at("/post-letters", Gate::Office, "post_letter::visible_to", get(post_letter::pages::list)),
        at("/post-letters/prints", Gate::Office, "post_letter::may_post", post(post_letter::pages::print)),
        at("/post-letters/postings", Gate::Office, "post_letter::may_post", post(post_letter::pages::record)),
        at("/notices", Gate::AnyDuty(WRITERS_AND_ADMINISTRATORS), "notice::visible_to", get(notice::pages::list).post(notice::edit::create)),
        at("/notices/new", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", get(notice::edit::new)),
        at("/notices/{id}", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::visible_to, notice::may_write", get(notice::pages::page).post(notice::edit::save)),
        at("/notices/{id}/edit", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::visible_to", get(notice::edit::edit)),
        at("/notices/{id}/preview", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::visible_to", get(notice::pages::preview)),
        at("/notices/{id}/files", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::attach)),
        at("/notices/{id}/file-removals", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::detach)),
        at("/notices/{id}/tests", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::test)),
        at("/notices/{id}/schedules", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::schedule)),
        at("/notices/{id}/cancellations", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::give_back)),
        at("/notices/{id}/stops", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::stop)),
        at("/notices/{id}/removals", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::pages::remove)),
        at("/notices/{id}/letters", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::post::letters)),
        at("/notices/{id}/postings", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "notice::may_write", post(notice::post::posted)),
        at("/bounces", Gate::AnyDuty(MEMBERSHIP_OR_CERTIFICATION), "physician::visible_at (full)", get(notice::pages::bounces)),
        at("/mail-texts", Gate::Duty(Duty::Administration), "mail_text::may_edit", get(mail_text::pages::list)),
        at("/mail-texts/{kind}", Gate::Duty(Duty::Administration), "mail_text::may_edit", get(mail_text::pages::edit).post(mail_text::pages::save)),
        at("/mail-texts/{kind}/restorations", Gate::Duty(Duty::Administration), "mail_text::may_edit", post(mail_text::pages::restore)),
        at("/unsubscriptions/{token}", Gate::Public, "whoever has the link", get(unsubscription::pages::page).post(unsubscription::pages::change)),
        at("/associations", Gate::Public, "association::visible_to", get(association::pages::list)),
        at("/association-imports", Gate::Duty(Duty::Administration), "association::may_import", get(association::imports::list).post(association::imports::create)),
        at("/association-imports/current.csv", Gate::Duty(Duty::Administration), "association::visible_to", get(association::imports::current)),
        at("/association-imports/{id}", Gate::Duty(Duty::Administration), "association::settings_visible_to", get(association::imports::page)),
        at("/association-imports/{id}/runs", Gate::Duty(Duty::Administration), "association::may_import", post(association::imports::run)),
        at("/association-openings", Gate::Duty(Duty::Administration), "association::may_change_tree", post(association::tree::create)),
        at("/association-openings/new", Gate::Duty(Duty::Administration), "association::may_change_tree", get(association::tree::new)),
        at("/associations/{id}/moves", Gate::Duty(Duty::Administration), "association::may_change_tree", post(association::tree::enter_move)),
        at("/associations/{id}/moves/new", Gate::Duty(Duty::Administration), "association::may_change_tree", get(association::tree::new_move)),
        at("/associations/{id}/mergers", Gate::Duty(Duty::Administration), "association::may_change_tree", post(association::tree::merge)),
        at("/associations/{id}/mergers/new", Gate::Duty(Duty::Administration), "association::may_change_tree", get(association::tree::new_merger)),
        at("/associations/{id}/closings", Gate::Duty(Duty::Administration), "association::may_change_tree", post(association::tree::close)),
        at("/associations/{id}/closings/new", Gate::Duty(Duty::Administration), "association::may_change_tree", get(association::tree::new_closing)),
        at("/associations/{id}", Gate::Public, "association::visible_to", get(association::pages::page)),
        at("/associations/{id}/details", Gate::Duty(Duty::Administration), "association::may_change_details", get(association::edit::details).post(association::edit::save_details)),
        at("/associations/{id}/settings", Gate::Duty(Duty::Administration), "association::settings_visible_to, may_change_settings", get(association::edit::settings).post(association::edit::set)),
        at("/associations/{id}/categories", Gate::Duty(Duty::Administration), "association::settings_visible_to, may_change_settings", get(association::category::list).post(association::category::create)),
        at("/associations/{id}/category-endings", Gate::Duty(Duty::Administration), "association::may_change_settings", post(association::category::end)),
        at("/associations/{id}/rounds", Gate::Duty(Duty::Administration), "association::may_set_rounds", post(association::edit::set_round)),
        at("/associations/{id}/changes", Gate::Duty(Duty::Administration), "association::may_change_tree", post(association::edit::rename)),
        at("/associations/{id}/change-withdrawals", Gate::Duty(Duty::Administration), "association::may_change_tree", post(association::tree::withdraw)),
        at("/associations/{id}/changes/new", Gate::Duty(Duty::Administration), "association::may_change_tree", get(association::edit::new_name)),
        at("/organizers", Gate::Duty(Duty::Training), "organizer::visible_to", get(organizer::pages::list)),
        at("/organizers/new", Gate::Public, "-", get(organizer::forms::new)),
        at("/organizer-registrations", Gate::Public, "-", post(organizer::forms::create)),
        at("/organizers/{id}", Gate::Duty(Duty::Training), "organizer::visible_to", get(organizer::pages::page)),
        at("/organizers/{id}/decisions", Gate::Duty(Duty::Training), "association::may_approve_organizer", post(organizer::pages::decide)),
        at("/organizer-verifications/{token}", Gate::Public, "whoever has the link", get(organizer::forms::verification).post(organizer::forms::verify)),
        at("/officers", Gate::Duty(Duty::Administration), "officer::visible_to", get(officer::pages::list)),
        at("/officers/{id}", Gate::Duty(Duty::Administration), "officer::visible_to", get(officer::show::page)),
        at("/officers/{id}/duties", Gate::Duty(Duty::Administration), "officer::may_appoint", post(duty::pages::create)),
        at("/officers/{id}/duties/new", Gate::Duty(Duty::Administration), "officer::may_appoint", get(duty::pages::new)),
        at("/duties/{id}/endings", Gate::Duty(Duty::Administration), "officer::may_appoint", post(duty::pages::end)),
        at("/duties/{id}/endings/new", Gate::Duty(Duty::Administration), "officer::may_appoint", get(duty::pages::ending)),
        at("/officers/{id}/handovers", Gate::Duty(Duty::Administration), "officer::may_appoint", post(handover::pages::create)),
        at("/officers/{id}/handovers/new", Gate::Duty(Duty::Administration), "officer::may_appoint", get(handover::pages::new)),
        at("/handovers/{id}", Gate::Office, "officer::visible_to, or the successor", get(handover::pages::page)),
        at("/handovers/{id}/handover.pdf", Gate::Office, "officer::visible_to, or the successor", get(handover::pages::pdf)),
        at("/invitations", Gate::Duty(Duty::Administration), "officer::visible_to, officer::may_appoint", get(invitation::pages::list).post(invitation::pages::create)),
        at("/invitations/new", Gate::Duty(Duty::Administration), "officer::may_appoint", get(invitation::pages::new)),
        at("/invitations/{id}/revocations", Gate::Duty(Duty::Administration), "officer::may_appoint", post(invitation::pages::revoke)),
        at("/invitation-acceptances/{token}", Gate::Public, "whoever has the link", get(invitation::pages::acceptance).post(invitation::pages::accept)),
        at("/why-not", Gate::Office, "own duties", get(officer::why_not::page)),
        at("/officers/{id}/second-factor-resets", Gate::Duty(Duty::Administration), "officer::may_suspend", post(officer::pages::reset)),
        at("/officers/{id}/second-factor-resets/new", Gate::Duty(Duty::Administration), "officer::may_suspend", get(officer::pages::new_reset)),
        at("/officers/{id}/suspensions", Gate::Duty(Duty::Administration), "officer::may_suspend", post(officer::pages::suspend)),
        at("/officers/{id}/suspensions/new", Gate::Duty(Duty::Administration), "officer::may_suspend", get(officer::pages::suspension)),
        at("/officers/{id}/restorations", Gate::Duty(Duty::Administration), "officer::may_suspend", post(officer::pages::restore)),
        at("/documents", Gate::AnyDuty(ISSUERS), "document::visible_to", get(document::pages::list)),
        at("/documents/{file}", Gate::PhysicianOrAny(READERS), "document::visible_to", get(document::pages::file)),
        at("/certifications", Gate::Duty(Duty::Certification), "certification::visible_to", get(certification::pages::list)),
        at("/certifications.csv", Gate::Duty(Duty::Certification), "certification::visible_to", get(certification::pages::comma_separated)),
        at("/certifications/{id}", Gate::Duty(Duty::Certification), "certification::visible_to", get(certification::pages::page)),
        at("/certifications/{id}/endings", Gate::Duty(Duty::Certification), "certification::may_end", post(certification::ending::create)),
        at("/certifications/{id}/endings/new", Gate::Duty(Duty::Certification), "certification::may_end", get(certification::ending::new)),
        at("/certifications/{id}/reissues", Gate::Duty(Duty::Certification), "certification::may_reissue", post(document::pages::reissue)),
        at("/verify", Gate::Public, "document::may_verify", get(verify::pages::form).post(verify::pages::answer)),
        at("/verify/{code}", Gate::Public, "document::may_verify", get(verify::pages::form_of_code).post(verify::pages::answer_of_code)),
        at("/trainings", Gate::Everyone, "training::visible_to", get(training::list::list).post(training::edit::create)),
        at("/trainings/new", Gate::Duty(Duty::Training), "training::may_create", get(training::edit::new)),
        at("/trainings/checks", Gate::Duty(Duty::Training), "training::may_create (nothing is kept)", post(training::edit::checks)),
        at("/trainings/{id}", Gate::Everyone, "training::visible_to, training::may_edit", get(training::show::page).post(training::edit::save)),
        at("/trainings/{id}/edit", Gate::Duty(Duty::Training), "training::may_edit", get(training::edit::edit)),
        at("/trainings/{id}/draft", Gate::Duty(Duty::Training), "training::may_edit", post(training::edit::autosave)),
        at("/trainings/{id}/copies", Gate::Duty(Duty::Training), "training::may_create", post(training::edit::copy)),
        at("/trainings/{id}/removals", Gate::Duty(Duty::Training), "training::may_edit", post(training::decide::discard)),
        at("/trainings/{id}/decisions", Gate::Duty(Duty::Training), "training::may_submit, may_decide, may_cancel, may_report, may_confirm_report", post(training::decide::decide)),
        at("/trainings/{id}/signups", Gate::Physician, "training::may_sign_up", post(signup::create)),
        at("/trainings/{id}/waiting-entries", Gate::Physician, "training::may_sign_up", post(signup::wait)),
        at("/trainings/{id}/waiting-list", Gate::Duty(Duty::Training), "training::may_recruit", get(waiting_offer::host::line)),
        at("/signups/{id}/acceptances", Gate::Duty(Duty::Training), "training::may_recruit", post(waiting_offer::host::accept)),
        at("/signups/{id}/acceptances/new", Gate::Duty(Duty::Training), "training::may_recruit", get(waiting_offer::host::new_acceptance)),
        at("/signups/{id}/priorities", Gate::Duty(Duty::Training), "training::may_recruit", post(waiting_offer::host::change_priority)),
        at("/signups/{id}/priorities/new", Gate::Duty(Duty::Training), "training::may_recruit", get(waiting_offer::host::new_priority)),
        at("/seat-offers/{token}", Gate::Public, "whoever has the link", get(waiting_offer::pages::page).post(waiting_offer::pages::answer)),
        at("/signups/{id}/cancellations", Gate::PhysicianOr(Duty::Training), "training::may_sign_up, training::may_cancel_signup", post(signup::cancel)),
        at("/signups/{id}/cancellations/new", Gate::Duty(Duty::Training), "training::may_cancel_signup", get(signup::confirm_cancel)),
        at("/my/tickets/{id}", Gate::Physician, "attendance::visible_to (own)", get(signup::show_ticket)),
        at("/reception", Gate::Duty(Duty::Training), "training::may_receive", get(reception::doors)),
        at("/trainings/{id}/reception", Gate::Duty(Duty::Training), "training::may_receive", get(reception::page)),
        at("/trainings/{id}/reception/check", Gate::Duty(Duty::Training), "training::may_receive", get(reception::check)),
        at("/trainings/{id}/reception-list", Gate::Duty(Duty::Training), "training::may_receive", get(reception::list)),
        at("/trainings/{id}/reception-people", Gate::Duty(Duty::Training), "training::may_receive", get(reception::people)),
        at("/trainings/{id}/reception-events", Gate::Duty(Duty::Training), "training::may_receive", post(reception::events)),
        at("/trainings/{id}/reception-entries", Gate::Duty(Duty::Training), "training::may_receive", post(reception::entry)),
        at("/trainings/{id}/walk-ins", Gate::Duty(Duty::Training), "training::may_sign_up_on_behalf", post(reception::admit)),
        at("/trainings/{id}/attendance", Gate::Office, "attendance::visible_to", get(attendance::page)),
        at("/trainings/{id}/attendance.csv", Gate::Office, "attendance::visible_to", get(attendance::comma_separated)),
        at("/trainings/{id}/attendances", Gate::Duty(Duty::Training), "attendance::may_correct", post(attendance::settle)),
        at("/trainings/{id}/attendances/{physician}", Gate::Duty(Duty::Training), "attendance::may_correct", get(attendance::edit).post(attendance::correct)),
        at("/trainings/{id}/credit-releases", Gate::Duty(Duty::Training), "training::may_release_credits", post(attendance::release)),
        at("/trainings/{id}/holding-report", Gate::Office, "attendance::visible_to, training::may_report", get(attendance::report).post(attendance::file_report)),
        at("/trainings/{id}/holding-report.pdf", Gate::Office, "attendance::visible_to", get(attendance::report_pdf)),
        at("/trainings/{id}/attendance-certificates", Gate::Duty(Duty::Training), "attendance::may_download_certificate", get(attendance_certificate::pages::page).post(attendance_certificate::pages::create)),
        at("/document-runs/{id}/files/{file}", Gate::Duty(Duty::Training), "attendance::may_download_certificate", get(attendance_certificate::pages::file)),
        at("/feeds/{file}", Gate::Public, "association::visible_to (those that publish)", get(training_feed::pages::feed)),
        at("/attachments/{id}", Gate::Everyone, "application, training or physician::visible_to", get(attachment::show)),
        at("/healthz", Gate::Public, "-", get(health::alive)),
        at("/readyz", Gate::Public, "-", get(health::ready)),
        at("/metrics", Gate::Public, "-", get(health::metrics)),
    ]
}

/// The list as docs/urls.md shows it.
pub fn urls_markdown() -> String {
    let mut page = String::from(
        "# URL の一覧\n\nこのページは、プログラムが使う一覧から自動で作られます（`cargo xtask docs`）。\n\n\
         | URL | 入れる人 | 個別の判断 |\n|---|---|---|\n",
    );
    for route in routes() {
        page.push_str(&format!("| `{}` | {} | {} |\n", route.path, route.gate.label(), route.access));
    }
    page
}

/// The list as a router, each address behind its door.
pub fn router() -> Router<Arc<App>> {
    routes().into_iter().fold(Router::new(), |router, route| {
        let gate = route.gate;
        let door = middleware::from_fn(move |request: Request, next: Next| gate::pass(gate, request, next));
        router.route(route.path, route.handlers.route_layer(door))
    })
}
