-- Officers: who was appointed by whom, invitations by mail, reports when somebody leaves.

alter table duty add column deputy_of uuid references officer (id); -- Stands in for this officer, from a day to a day.
alter table duty add column appointed_by text not null default ''; -- Who entered it, with the office.
alter table duty add column ended_by text not null default ''; -- Who set the last day, with the office.
alter table duty add column version bigint not null default 1; -- Optimistic lock.
create index duty_organizer on duty (organizer, kind);

create table invitation (
  id uuid not null primary key,
  association uuid references association (id), -- Where; exactly one of association and organizer.
  organizer uuid references organizer (id), -- Where.
  name text not null, -- Of the invited person.
  kana text not null, -- Katakana.
  email text not null, -- Where the link went.
  duties text not null, -- JSON list of duty names.
  valid_from date not null, -- First day of the duties.
  valid_until date, -- Last day.
  token_hash text not null unique, -- SHA-256 of the value in the link.
  expires_at timestamptz not null, -- The link stops working then.
  invited_by text not null, -- Who, with the office.
  officer uuid references officer (id), -- Who came of it.
  accepted_at timestamptz, -- When.
  revoked_at timestamptz, -- When it was taken back.
  created_at timestamptz not null -- When it was sent.
);
-- Invitations of an office, the newest first.
create index invitation_association on invitation (association, created_at);
create index invitation_organizer on invitation (organizer, created_at);

create table handover (
  id uuid not null primary key,
  officer uuid not null references officer (id), -- Who leaves.
  successor uuid references officer (id), -- Who goes on; none while nobody is named.
  association uuid references association (id), -- Which office; exactly one of association and organizer.
  organizer uuid references organizer (id), -- Which office.
  last_day date not null, -- Last day of the duties there.
  data text not null, -- JSON of the lists as they stood: duties, applications, batches, trainings.
  remarks text not null, -- What the successor must know.
  created_by text not null, -- Who made it, with the office.
  created_at timestamptz not null -- When.
);
create index handover_officer on handover (officer, created_at);
create index handover_successor on handover (successor);
