-- What physicians manage about themselves, its history, and what they agreed to.

alter table physician add column graduate_school text; -- Graduate school, as typed.
alter table physician add column department text; -- Department, as typed.
alter table physician add column trains_at text; -- Where the clinical training is done.
alter table physician add column trains_from date; -- First day of the clinical training.
alter table physician add column trains_until date; -- Last day of it: the proposal c → b is laid ready before.
-- Residents whose training ends between two days.
create index physician_trains_until on physician (trains_until) where trains_until is not null;
-- Drafts that were laid ready, by their last day.
create index membership_application_proposed on membership_application (proposed_until) where proposed_until is not null;

create table physician_change (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Whose data.
  field text not null, -- What changed, see rules/src/physician/field.rs.
  before text not null, -- As people read it; empty for none.
  after text not null, -- As people read it; empty for none.
  source text not null, -- own, on_behalf, application, office or system.
  application uuid references application (id), -- The application that brought it.
  by_name text not null, -- Who, with the office.
  changed_at timestamptz not null -- When.
);
-- The history of a person, the newest first.
create index physician_change_physician on physician_change (physician, changed_at);

create table consent (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Who.
  kind text not null, -- joint_use.
  given boolean not null, -- Given, or taken back.
  text_version text not null, -- The text that was shown.
  by_name text not null, -- Who typed it.
  created_at timestamptz not null -- When; the newest row counts.
);
create index consent_physician on consent (physician, kind, created_at);
