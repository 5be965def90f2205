-- Joining, transfer, leaving and change reports. What is common to all applications stands in `application`.

alter table application_step add column act text not null default 'approve'; -- First act of the association, e.g. receive, confirm or approve; inform for one that only reads along.
alter table application_step add column side text not null default 'current'; -- former for the association that is left by a transfer.
create index application_kind on application (kind, state, submitted_at);

create table membership_application (
  application uuid not null primary key references application (id), -- The frame: number, state, desk, decisions.
  target_tier text not null, -- joining: up to which tier; empty for the rest.
  association uuid references association (id), -- joining, transfer: the lowest association entered.
  leaving_scope text not null, -- everything, upper or national; empty for the rest.
  cause text not null, -- own, death, licence_lost or residency_end.
  categories text not null, -- JSON {tier: category} wanted.
  effective_on date, -- Wanted day, then the day that the offices set; for a leaving the last day. None while not typed.
  workplace text not null, -- JSON of the new main workplace; empty for none.
  changes text not null, -- JSON {field: {before, after}} of a change report.
  proposed_until date -- A draft that the system laid ready; until when it is offered.
);
create index membership_application_association on membership_application (association);

alter table membership add column cause text not null default ''; -- joining, transfer, category, leaving, undo, merger or move; empty for what was there before MAMIS.
alter table membership add column opened_by uuid references application (id); -- Application that began the period.
alter table membership add column closed_by uuid references application (id); -- Application that ended it.
create index membership_closed_by on membership (closed_by);
-- Nobody belongs to one association twice at a time.
create unique index membership_open on membership (physician, association) where valid_until is null;
