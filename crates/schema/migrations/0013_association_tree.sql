-- External organizers ask to be registered; the prefectural association of their seat decides.

create table organizer_registration (
  id uuid not null primary key,
  name text not null, -- Name of the organizer.
  kana text not null, -- Reading in katakana.
  prefecture integer not null, -- JIS X 0401 code of the seat; that prefectural association decides.
  address text not null, -- Seat.
  phone text not null, -- Phone.
  purpose text not null, -- Which trainings it means to hold.
  contact_name text not null, -- Who asks, and becomes its first officer.
  contact_kana text not null, -- Reading in katakana.
  email text not null, -- Their address; nobody sees the registration before it is proved.
  token_hash text not null unique, -- SHA-256 of the value in the link that proves it.
  expires_at timestamptz not null, -- Until when the link works.
  verified_at timestamptz, -- When the address was proved.
  state text not null, -- unverified, waiting, approved or rejected.
  reason text not null, -- Of a rejection; remark of an approval.
  decided_at timestamptz, -- When it was decided.
  decided_by text not null, -- Who decided, with the office.
  organizer uuid references organizer (id), -- What it became.
  created_at timestamptz not null, -- When it was sent.
  version bigint not null -- Optimistic lock.
);
-- What a prefectural association has to decide.
create index organizer_registration_prefecture on organizer_registration (prefecture, state, verified_at);

-- The tree changes from a day on: who goes on, or above whom an association stands from then.
alter table association_change add column target uuid references association (id); -- moved: the new parent; merged: who goes on.
alter table association_change add column former uuid references association (id); -- moved: the parent before.
alter table association_change add column obstacle text not null default ''; -- What kept it from being carried out on its day; empty for nothing.
alter table association_change add column withdrawn_at timestamptz; -- Taken back before its day.
alter table association_change add column withdrawn_by text not null default ''; -- Who took it back, with the office.
-- The day's changes, and what a return follows.
create index association_change_target on association_change (target, applied_at);

create table association_import (
  id uuid not null primary key,
  association uuid not null references association (id), -- For which office it was checked.
  file_name text not null, -- As uploaded.
  sha256 text not null, -- Of the file.
  lines text not null, -- JSON of what each line says and would do.
  state text not null, -- checked or done.
  by_name text not null, -- Who had it checked.
  account uuid not null references account (id), -- Account.
  created_at timestamptz not null, -- When it was checked.
  done_at timestamptz, -- When it was carried out.
  version bigint not null -- Optimistic lock.
);
-- The imports of an office, the latest first.
create index association_import_association on association_import (association, created_at);

create table association_category (
  id uuid not null primary key,
  association uuid not null references association (id), -- Whose category.
  name text not null, -- E.g. 正会員.
  national text not null, -- a1, a2b, a2c, b or c: what it is at the national tier.
  valid_from date not null, -- First day.
  valid_until date, -- Last day; none while it holds.
  created_at timestamptz not null -- When the row was written.
);
-- The words of an association, wherever one of its categories is shown.
create index association_category_association on association_category (association, valid_from);
