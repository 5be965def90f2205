-- Associations: what physicians need to know about an office, and what became of a body.

alter table association add column postal_code text; -- Seven digits.
alter table association add column address text; -- Address of the office.
alter table association add column website text; -- Public page.
alter table association add column office_hours text not null default ''; -- As printed, e.g. 平日 9:00〜17:00.
alter table association add column bank text not null default ''; -- Account for fees as printed; empty for none.

create table association_change (
  id uuid not null primary key,
  association uuid not null references association (id), -- Whose history.
  kind text not null, -- details, renamed, opened, moved, merged or closed.
  effective_on date not null, -- From this day.
  before text not null, -- JSON of what was.
  after text not null, -- JSON of what is.
  reason text not null, -- Why; shown in the history.
  by_name text not null, -- Who, with the office.
  account uuid, -- Account; none for the system.
  applied_at timestamptz, -- When it was carried out; none while its day lies ahead.
  created_at timestamptz not null -- When it was entered.
);
-- The history of an association, the newest first.
create index association_change_association on association_change (association, effective_on);
-- What the daily job has to carry out.
create index association_change_due on association_change (applied_at, effective_on);
