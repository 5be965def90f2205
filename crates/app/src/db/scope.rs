//! The second reader of a scope: the same condition as SQL. The first is `Scope::admits` in memory;
//! a test over the whole seed world proves that both agree.

use mamis_rules::access::{
    Scope, application, attendance, batch, bulk_change, certification, document, membership, notice, officer,
    organizer, physician, post_letter, provisional_credential, registration, saved_search, training,
};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::flow::any::FINISHED;
use mamis_schema as schema;
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// Any scope, given how one fact reads.
fn condition<F>(scope: &Scope<F>, read: &dyn Fn(&F) -> Condition) -> Condition {
    match scope {
        // Said aloud: inside "any of", an empty condition would be left out.
        Scope::All => one(Expr::val(1).eq(1)),
        Scope::Nothing => nothing(),
        Scope::Any(parts) if parts.is_empty() => nothing(),
        Scope::Any(parts) => parts.iter().fold(Condition::any(), |all, part| all.add(condition(part, read))),
        Scope::Every(parts) => {
            parts.iter().fold(Condition::all(), |all, part| all.add(condition(part, read)))
        }
        Scope::Fact(fact) => read(fact),
    }
}

fn one(expression: Expr) -> Condition {
    Condition::all().add(expression)
}

fn nothing() -> Condition {
    one(Expr::val(1).eq(0))
}

fn exists(select: &SelectStatement) -> Condition {
    one(Expr::exists(select.clone()))
}

fn code(prefecture: Prefecture) -> i32 {
    i32::from(prefecture.code())
}

/// Rows of `training`.
pub fn trainings(scope: &Scope<training::Fact>) -> Condition {
    use schema::training::{Column as T, Entity};
    condition(scope, &|fact| match fact {
        training::Fact::StateIn(states) => one(T::State.is_in(states.iter().map(|state| state.name()))),
        training::Fact::HostedByAssociation(id) => one(T::HostAssociation.eq(Uuid::from(*id))),
        training::Fact::HostedByOrganizer(id) => one(T::HostOrganizer.eq(Uuid::from(*id))),
        training::Fact::HostWithinPrefecture(prefecture) => one(T::HostPrefecture.eq(code(*prefecture))),
        training::Fact::SignedUpBy(physician) => {
            use schema::signup::{Column, Entity as Signup};
            exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(Signup)
                    .and_where(Column::Physician.eq(Uuid::from(*physician)))
                    .and_where(Expr::col((Signup, Column::Training)).equals((Entity, T::Id))),
            )
        }
    })
}

/// Rows of `attendance` or `signup` joined with `training`; `physician` is their physician column.
pub fn attendances(
    scope: &Scope<attendance::Fact>,
    today: Day,
    physician: impl IntoColumnRef + Clone + 'static,
) -> Condition {
    use schema::training::Column as T;
    let person = move || Expr::col(physician.clone());
    condition(scope, &|fact| match fact {
        attendance::Fact::OfTrainingHostedByAssociation(id) => one(T::HostAssociation.eq(Uuid::from(*id))),
        attendance::Fact::OfTrainingHostedByOrganizer(id) => one(T::HostOrganizer.eq(Uuid::from(*id))),
        attendance::Fact::HostWithinPrefecture(prefecture) => one(T::HostPrefecture.eq(code(*prefecture))),
        attendance::Fact::PhysicianBelongsWithin(prefecture) => {
            use schema::association::{Column as A, Entity as Association};
            use schema::membership::{Column as M, Entity as Membership};
            let mut select = memberships(today, person());
            select
                .inner_join(Association, Expr::col((Association, A::Id)).equals((Membership, M::Association)))
                .and_where(A::Prefecture.eq(code(*prefecture)));
            exists(&select)
        }
        attendance::Fact::WorkplaceWithin(prefecture) => exists(&workplaces(today, *prefecture, person())),
        attendance::Fact::Own(id) => one(person().eq(Uuid::from(*id))),
    })
}

/// Rows of `physician`.
pub fn physicians(scope: &Scope<physician::Fact>, today: Day) -> Condition {
    condition(scope, &|fact| match fact {
        physician::Fact::Own(id) => one(schema::physician::Column::Id.eq(Uuid::from(*id))),
        other => exists(&of_this_row(other, today)),
    })
}

/// The same, to be asked for row after row until a page is full. PostgreSQL would rather list everybody with the fact
/// first, and not knowing that the page is full soon, it would be wrong; an offset forbids it.
pub fn physicians_singly(scope: &Scope<physician::Fact>, today: Day) -> Condition {
    condition(scope, &|fact| match fact {
        physician::Fact::Own(id) => one(schema::physician::Column::Id.eq(Uuid::from(*id))),
        physician::Fact::BelongsAtOrBelow(id) => exists(belongs_singly(*id, today).limit(1).offset(0)),
        other => exists(of_this_row(other, today).limit(1).offset(0)),
    })
}

/// Of one person the few memberships come first, then where each of them stands: SQLite would rather go through all
/// associations of a prefecture for everybody. An offset forbids it.
fn belongs_singly(id: AssociationId, today: Day) -> SelectStatement {
    use schema::association_ancestor::{Column as X, Entity as Ancestor};
    use schema::membership::{Column as M, Entity as Membership};
    use schema::physician::{Column as P, Entity};
    let stands = Query::select()
        .expr(Expr::val(1))
        .from(Ancestor)
        .and_where(Expr::col((Ancestor, X::Association)).equals((Membership, M::Association)))
        .and_where(X::Ancestor.eq(Uuid::from(id)))
        .limit(1)
        .offset(0)
        .to_owned();
    memberships(today, Expr::col((Entity, P::Id))).and_where(Expr::exists(stands)).to_owned()
}

fn of_this_row(fact: &physician::Fact, today: Day) -> SelectStatement {
    use schema::physician::{Column as P, Entity};
    let (mut people, person) = with_fact(fact, today);
    people.expr(Expr::val(1)).and_where(person.eq(Expr::col((Entity, P::Id)))).to_owned()
}

/// The same as a list of the ids: quicker where an office has few people. None where it is no list of facts, but all
/// of the country, or several facts at once. A person may be named more than once.
pub fn physician_ids(scope: &Scope<physician::Fact>, today: Day) -> Option<SelectStatement> {
    let facts = match scope {
        Scope::Fact(_) => std::slice::from_ref(scope),
        Scope::Any(parts) => parts,
        Scope::All | Scope::Nothing | Scope::Every(_) => return None,
    };
    let mut lists = Vec::new();
    for part in facts {
        let Scope::Fact(fact) = part else { return None };
        let (mut people, person) = with_fact(fact, today);
        lists.push(people.expr_as(person, "id").to_owned());
    }
    let mut lists = lists.into_iter();
    let mut all = lists.next()?;
    for list in lists {
        all.union(UnionType::All, list);
    }
    Some(all)
}

/// Everybody with a fact: the rows that say so, and which column of them is the person.
fn with_fact(fact: &physician::Fact, today: Day) -> (SelectStatement, Expr) {
    match fact {
        physician::Fact::Own(id) => {
            use schema::physician::{Column as P, Entity};
            let person = Expr::col((Entity, P::Id));
            (Query::select().from(Entity).and_where(P::Id.eq(Uuid::from(*id))).to_owned(), person)
        }
        physician::Fact::BelongsAtOrBelow(id) => {
            use schema::association_ancestor::{Column as X, Entity as Ancestor};
            use schema::membership::{Column as M, Entity as Membership};
            let people = Query::select()
                .from(Membership)
                .inner_join(
                    Ancestor,
                    Expr::col((Ancestor, X::Association)).equals((Membership, M::Association)),
                )
                .and_where(X::Ancestor.eq(Uuid::from(*id)))
                .and_where(M::ValidFrom.lte(today.date()))
                .and_where(M::ValidUntil.is_null().or(M::ValidUntil.gte(today.date())))
                .to_owned();
            (people, Expr::col((Membership, M::Physician)))
        }
        physician::Fact::AppliesTo(id) => {
            use schema::application::{Column as A, Entity as Application};
            use schema::application_step::{Column as S, Entity as Step};
            let people = Query::select()
                .from(Application)
                .inner_join(Step, Expr::col((Step, S::Application)).equals((Application, A::Id)))
                .and_where(S::Association.eq(Uuid::from(*id)))
                .and_where(A::SubmittedAt.is_not_null())
                .and_where(A::State.is_not_in(FINISHED.iter().copied()))
                .to_owned();
            (people, Expr::col((Application, A::Physician)))
        }
        physician::Fact::LinkedTo(id) => {
            use schema::physician_link::{Column as L, Entity as Link};
            let people = Query::select().from(Link).and_where(L::Association.eq(Uuid::from(*id))).to_owned();
            (people, Expr::col((Link, L::Physician)))
        }
        physician::Fact::NonMemberWorkingIn(prefecture) => {
            use schema::workplace::{Column as W, Entity as Workplace};
            let person = Expr::col((Workplace, W::Physician));
            let people = Query::select()
                .from(Workplace)
                .and_where(W::Prefecture.eq(code(*prefecture)))
                .and_where(W::ValidFrom.lte(today.date()))
                .and_where(W::ValidUntil.is_null().or(W::ValidUntil.gte(today.date())))
                .and_where(Expr::exists(memberships(today, person.clone())).not())
                .to_owned();
            (people, person)
        }
    }
}

/// Rows of `membership`, or of `association` whose members are counted; `association` is their column of it.
pub fn periods(
    scope: &Scope<membership::Fact>,
    association: impl IntoColumnRef + Clone + 'static,
) -> Condition {
    use schema::association_ancestor::{Column as X, Entity as Ancestor};
    condition(scope, &|fact| match fact {
        membership::Fact::AtOrBelow(id) => exists(
            Query::select()
                .expr(Expr::val(1))
                .from(Ancestor)
                .and_where(Expr::col((Ancestor, X::Association)).eq(Expr::col(association.clone())))
                .and_where(X::Ancestor.eq(Uuid::from(*id))),
        ),
    })
}

/// Rows of `saved_search`.
pub fn saved_searches(scope: &Scope<saved_search::Fact>) -> Condition {
    use schema::saved_search::Column as S;
    condition(scope, &|fact| match fact {
        saved_search::Fact::KeptBy(id) => one(S::Account.eq(Uuid::from(*id))),
        saved_search::Fact::SharedIn(id) => one(S::Association.eq(Uuid::from(*id))),
    })
}

/// Rows of `registration`.
pub fn registrations(scope: &Scope<registration::Fact>) -> Condition {
    use schema::registration::Column as R;
    condition(scope, &|fact| match fact {
        registration::Fact::AtDesk(id) => one(R::Desk.eq(Uuid::from(*id))),
    })
}

/// Rows of `credential_run`.
pub fn credential_runs(scope: &Scope<provisional_credential::Fact>) -> Condition {
    use schema::credential_run::Column as C;
    condition(scope, &|fact| match fact {
        provisional_credential::Fact::SentBy(id) => one(C::Association.eq(Uuid::from(*id))),
    })
}

/// Rows of `application`.
pub fn applications(scope: &Scope<application::Fact>) -> Condition {
    use schema::application::{Column as A, Entity};
    condition(scope, &|fact| match fact {
        application::Fact::AppliedBy(id) => one(A::Physician.eq(Uuid::from(*id))),
        // Trainings are applied for on their own row; this table holds physicians' applications.
        application::Fact::FiledByAssociation(_) | application::Fact::FiledByOrganizer(_) => nothing(),
        application::Fact::OnRouteOf(id) => {
            use schema::application_step::{Column as S, Entity as Step};
            exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(Step)
                    .and_where(S::Association.eq(Uuid::from(*id)))
                    .and_where(Expr::col((Step, S::Application)).equals((Entity, A::Id))),
            )
        }
        application::Fact::Submitted => one(A::SubmittedAt.is_not_null()),
        application::Fact::KindIn(kinds) => one(A::Kind.is_in(kinds.iter().map(|kind| kind.name()))),
    })
}

/// Rows of `batch`.
pub fn batches(scope: &Scope<batch::Fact>) -> Condition {
    use schema::batch::Column as B;
    condition(scope, &|fact| match fact {
        batch::Fact::HeldBy(id) => one(B::Association.eq(Uuid::from(*id))),
        batch::Fact::SubmittedTo(id) => one(B::SubmittedTo.eq(Uuid::from(*id))),
        batch::Fact::KindIn(kinds) => one(B::Kind.is_in(kinds.iter().map(|kind| kind.name()))),
    })
}

/// Rows of `bulk_change`.
pub fn bulk_changes(scope: &Scope<bulk_change::Fact>) -> Condition {
    use schema::association_ancestor::{Column as X, Entity as Ancestor};
    use schema::bulk_change::{Column as B, Entity};
    condition(scope, &|fact| match fact {
        bulk_change::Fact::HeldBy(id) => one(B::Association.eq(Uuid::from(*id))),
        bulk_change::Fact::HeldBelow(id) => exists(
            Query::select()
                .expr(Expr::val(1))
                .from(Ancestor)
                .and_where(X::Ancestor.eq(Uuid::from(*id)))
                .and_where(X::Depth.gt(0))
                .and_where(Expr::col((Ancestor, X::Association)).equals((Entity, B::Association))),
        ),
        bulk_change::Fact::CarriedOut => one(B::State.ne("checked")),
    })
}

/// Rows of `organizer_registration`.
pub fn organizer_registrations(scope: &Scope<organizer::Fact>) -> Condition {
    use schema::organizer_registration::Column as R;
    condition(scope, &|fact| match fact {
        organizer::Fact::SeatIn(prefecture) => one(R::Prefecture.eq(code(*prefecture))),
        organizer::Fact::Verified => one(R::VerifiedAt.is_not_null()),
    })
}

/// Rows of `document`.
pub fn documents(scope: &Scope<document::Fact>, today: Day) -> Condition {
    use schema::document::{Column as D, Entity};
    condition(scope, &|fact| match fact {
        document::Fact::Own(id) => one(D::Physician.eq(Uuid::from(*id))),
        document::Fact::IssuedBy(id) => one(D::Issuer.eq(Uuid::from(*id))),
        document::Fact::IssuedByOrganizer(id) => one(D::Issuer.eq(Uuid::from(*id))),
        document::Fact::AddressedTo(id) => one(D::Association.eq(Uuid::from(*id))),
        document::Fact::SubjectBelongsAtOrBelow(id) => {
            exists(&belongs_at_or_below(*id, today, Expr::col((Entity, D::Physician))))
        }
        document::Fact::KindIn(kinds) => one(D::Kind.is_in(kinds.iter().map(|kind| kind.name()))),
    })
}

/// Rows of `certification`.
pub fn certifications(scope: &Scope<certification::Fact>, today: Day) -> Condition {
    use schema::certification::{Column as C, Entity};
    let person = || Expr::col((Entity, C::Physician));
    condition(scope, &|fact| match fact {
        certification::Fact::Own(id) => one(C::Physician.eq(Uuid::from(*id))),
        certification::Fact::HolderBelongsAtOrBelow(id) => exists(&belongs_at_or_below(*id, today, person())),
        certification::Fact::HolderWorksIn(prefecture) => exists(&workplaces(today, *prefecture, person())),
    })
}

/// Rows of `outbox` that go by post.
pub fn post_letters(scope: &Scope<post_letter::Fact>, today: Day) -> Condition {
    use schema::membership::Column as M;
    use schema::outbox::{Column as O, Entity};
    use schema::workplace::{Column as W, Entity as Workplace};
    let person = || Expr::col((Entity, O::Physician));
    let at = |id: &AssociationId| {
        exists(&memberships(today, person()).and_where(M::Association.eq(Uuid::from(*id))).to_owned())
    };
    let none_at = |tiers: &[Tier]| {
        let tiers = M::Tier.is_in(tiers.iter().map(|tier| tier.name()));
        one(Expr::exists(memberships(today, person()).and_where(tiers).to_owned()).not())
    };
    let non_member = || none_at(&[Tier::Municipal, Tier::District]);
    // Of no notice: whoever writes a notice posts it.
    let own = || one(O::Notice.is_null());
    let main = || {
        Query::select()
            .expr(Expr::val(1))
            .from(Workplace)
            .and_where(Expr::col((Workplace, W::Physician)).eq(person()))
            .and_where(W::Main.eq(true))
            .and_where(W::ValidFrom.lte(today.date()))
            .and_where(W::ValidUntil.is_null().or(W::ValidUntil.gte(today.date())))
            .to_owned()
    };
    condition(scope, &|fact| match fact {
        post_letter::Fact::ToMemberOf(id) => own().add(at(id)),
        post_letter::Fact::ToMemberOfDistrict(id) => own().add(at(id)).add(none_at(&[Tier::Municipal])),
        post_letter::Fact::ToNonMemberWorkingIn(prefecture) => own()
            .add(non_member())
            .add(exists(&main().and_where(W::Prefecture.eq(code(*prefecture))).to_owned())),
        post_letter::Fact::ToNobodysPhysician => own().add(non_member()).add(one(Expr::exists(main()).not())),
        post_letter::Fact::NoticeOf(id) => {
            use schema::notice::{Column as N, Entity as Notice};
            let of_office = Query::select()
                .column(N::Id)
                .from(Notice)
                .and_where(N::Association.eq(Uuid::from(*id)))
                .to_owned();
            one(O::Notice.in_subquery(of_office))
        }
        post_letter::Fact::KindIn(kinds) => one(O::Kind.is_in(kinds.iter().copied())),
    })
}

/// Rows of `notice`.
pub fn notices(scope: &Scope<notice::Fact>) -> Condition {
    use schema::notice::Column as N;
    condition(scope, &|fact| match fact {
        notice::Fact::WrittenBy(id) => one(N::Association.eq(Uuid::from(*id))),
    })
}

/// Rows of `officer`.
pub fn officers(scope: &Scope<officer::Fact>) -> Condition {
    use schema::association_ancestor::{Column as X, Entity as Ancestor};
    use schema::duty::{Column as D, Entity as Duty};
    use schema::officer::{Column as O, Entity};
    let duties = || {
        Query::select()
            .expr(Expr::val(1))
            .from(Duty)
            .and_where(Expr::col((Duty, D::Officer)).equals((Entity, O::Id)))
            .to_owned()
    };
    condition(scope, &|fact| match fact {
        officer::Fact::Own(id) => one(O::Id.eq(Uuid::from(*id))),
        officer::Fact::DutyAtOrBelow(id) => exists(
            duties()
                .inner_join(Ancestor, Expr::col((Ancestor, X::Association)).equals((Duty, D::Association)))
                .and_where(X::Ancestor.eq(Uuid::from(*id))),
        ),
        officer::Fact::DutyAtOrganizer(id) => exists(duties().and_where(D::Organizer.eq(Uuid::from(*id)))),
    })
}

/// Rows of `invitation`: those who see the officers of an office see whom it invites.
pub fn invitations(scope: &Scope<officer::Fact>) -> Condition {
    use schema::association_ancestor::{Column as X, Entity as Ancestor};
    use schema::invitation::{Column as I, Entity};
    condition(scope, &|fact| match fact {
        officer::Fact::Own(id) => one(I::Officer.eq(Uuid::from(*id))),
        officer::Fact::DutyAtOrBelow(id) => exists(
            Query::select()
                .expr(Expr::val(1))
                .from(Ancestor)
                .and_where(Expr::col((Ancestor, X::Association)).equals((Entity, I::Association)))
                .and_where(X::Ancestor.eq(Uuid::from(*id))),
        ),
        officer::Fact::DutyAtOrganizer(id) => one(I::Organizer.eq(Uuid::from(*id))),
    })
}

/// Memberships of a person that run today.
pub(crate) fn memberships(today: Day, person: Expr) -> SelectStatement {
    use schema::membership::{Column as M, Entity as Membership};
    Query::select()
        .expr(Expr::val(1))
        .from(Membership)
        .and_where(Expr::col((Membership, M::Physician)).eq(person))
        .and_where(M::ValidFrom.lte(today.date()))
        .and_where(M::ValidUntil.is_null().or(M::ValidUntil.gte(today.date())))
        .to_owned()
}

fn belongs_at_or_below(id: AssociationId, today: Day, person: Expr) -> SelectStatement {
    use schema::association_ancestor::{Column as X, Entity as Ancestor};
    use schema::membership::{Column as M, Entity as Membership};
    memberships(today, person)
        .inner_join(Ancestor, Expr::col((Ancestor, X::Association)).equals((Membership, M::Association)))
        .and_where(X::Ancestor.eq(Uuid::from(id)))
        .to_owned()
}

/// Workplaces of a person in a prefecture, today.
fn workplaces(today: Day, prefecture: Prefecture, person: Expr) -> SelectStatement {
    use schema::workplace::{Column as W, Entity as Workplace};
    Query::select()
        .expr(Expr::val(1))
        .from(Workplace)
        .and_where(Expr::col((Workplace, W::Physician)).eq(person))
        .and_where(W::Prefecture.eq(code(prefecture)))
        .and_where(W::ValidFrom.lte(today.date()))
        .and_where(W::ValidUntil.is_null().or(W::ValidUntil.gte(today.date())))
        .to_owned()
}
