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

/// The list. `cargo xtask docs` prints it into docs/urls.md; a line without an access function fails a test.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use axum::routing::{get, post};
    use crate::{application, attachment, health, my, paper_credit, start};
    vec![
        at("/", Gate::Public, "-", get(start::top)),
        at("/help", Gate::Public, "-", get(start::help)),
        at("/accessibility", Gate::Public, "-", get(start::accessibility)),
        at("/static/{*path}", Gate::Public, "-", get(start::file)),
        at("/reception-sw.js", Gate::Public, "-", get(start::reception_worker)),
        at("/my", Gate::Physician, "physician::visible_to", get(my::pages::page)),
        at("/my/credits", Gate::Physician, "physician::visible_to", get(my::credits::page)),
        at("/paper-credits", Gate::Physician, "physician::may_declare_credits", get(paper_credit::forms::list).post(paper_credit::forms::declare)),
        at("/paper-credits/new", Gate::Physician, "physician::may_declare_credits", get(paper_credit::forms::new)),
        at("/paper-credits/{id}", Gate::Physician, "physician::may_declare_credits", post(paper_credit::forms::change)),
        at("/paper-credits/{id}/edit", Gate::Physician, "physician::may_declare_credits", get(paper_credit::forms::edit)),
        at("/paper-credits/{id}/removals", Gate::Physician, "physician::may_declare_credits", post(paper_credit::forms::remove)),
        at("/applications", Gate::PhysicianOr(Duty::Certification), "application::visible_to", get(application::pages::list).post(application::forms::begin)),
        at("/applications/new", Gate::Physician, "application::may_apply", get(application::forms::new)),
        at("/applications/{id}", Gate::PhysicianOr(Duty::Certification), "application::visible_to", get(application::pages::page)),
        at("/applications/{id}/edit", Gate::Physician, "application::may_apply", get(application::forms::edit)),
        at("/applications/{id}/draft", Gate::Physician, "application::may_apply", post(application::forms::save)),
        at("/applications/{id}/submissions", Gate::Physician, "application::may_apply", post(application::forms::submit)),
        at("/applications/{id}/withdrawals", Gate::Physician, "application::may_apply", post(application::forms::withdraw)),
        at("/applications/{id}/removals", Gate::Physician, "application::may_apply", post(application::forms::remove_paper)),
        at("/attachments/{id}", Gate::Everyone, "application, training or physician::visible_to", get(attachment::show)),
        at("/healthz", Gate::Public, "-", get(health::alive)),
        at("/readyz", Gate::Public, "-", get(health::ready)),
        at("/metrics", Gate::Public, "-", get(health::metrics)),
    ]
}

/// The list as a router, each address behind its door.
pub fn router() -> Router<Arc<App>> {
    routes().into_iter().fold(Router::new(), |router, route| {
        let gate = route.gate;
        let door = middleware::from_fn(move |request: Request, next: Next| gate::pass(gate, request, next));
        router.route(route.path, route.handlers.route_layer(door))
    })
}
