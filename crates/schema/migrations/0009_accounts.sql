-- Accounts of physicians: registrations of those without one, provisional credentials on cards, terms of use.

create table registration (
  id uuid not null primary key,
  number text unique, -- What people quote, N2026-0001; given when the link is opened.
  kind text not null, -- new or claim.
  state text not null, -- draft, started, checking, confirmed, refused or claimed.
  email text not null, -- To be proved by the link.
  token_hash text not null unique, -- SHA-256 of the value in the link.
  data text not null, -- JSON of what was typed; emptied when the link is opened.
  physician uuid references physician (id), -- Made of it, or claimed.
  desk uuid references association (id), -- The prefectural association of the workplace, which compares the licence.
  licence uuid references attachment (id), -- Picture of the licence, once the person is in the register.
  licence_key text, -- Where the store keeps it before.
  licence_name text not null, -- As uploaded.
  licence_type text not null, -- Media type by content.
  comment text not null, -- Of the office, to the person.
  decided_by text not null, -- Who compared, and for which office.
  decided_on date, -- When.
  expires_at timestamptz not null, -- The link stops working then, and the row goes.
  created_at timestamptz not null, -- When it began.
  version bigint not null -- Optimistic lock.
);
-- An office lists what waits for it; the clean-up what ended.
create index registration_desk on registration (desk, state, created_at);
create index registration_state on registration (state, expires_at);
create index registration_physician on registration (physician);

create table credential_run (
  id uuid not null primary key,
  number text not null unique, -- What people quote, C2026-0001.
  association uuid not null references association (id), -- Who sends.
  kind text not null, -- first or reminder.
  state text not null, -- queued, making, ready, posted or withdrawn.
  chosen text not null, -- JSON of the selection.
  wanted integer not null, -- People chosen.
  made integer not null, -- People dealt with so far: the job goes on from here.
  posted_on date, -- Handed to the post.
  by_name text not null, -- Who asked for it.
  account uuid not null, -- Account of who asked.
  created_at timestamptz not null, -- When.
  version bigint not null -- Optimistic lock.
);
create index credential_run_association on credential_run (association, created_at);
-- The job asks for what is not made yet.
create index credential_run_state on credential_run (state, created_at);

create table credential_file (
  credential_run uuid not null references credential_run (id), -- Of which run.
  position integer not null, -- In postal order, from 1.
  file_key text, -- Where the store keeps it; none once it was deleted.
  first_postal_code text not null, -- Of the first card.
  last_postal_code text not null, -- Of the last card.
  cards integer not null, -- How many.
  primary key (credential_run, position)
);

create table provisional_credential (
  id uuid not null primary key,
  credential_run uuid not null references credential_run (id), -- Made with.
  position integer not null, -- In postal order, from 1.
  physician uuid not null references physician (id), -- Whose.
  account uuid references account (id), -- What it opens; none before it is made.
  way text not null, -- post, mail or none: how the person hears of it.
  postal_code text not null, -- Of the destination when it was chosen.
  secret_hash text, -- SHA-256: the secret is 60 random bits, never chosen by a person. None where there is no card.
  problem text not null, -- Why there is no card, in a sentence; empty where there is one.
  expires_at timestamptz, -- It opens nothing from then on.
  used_at timestamptz, -- First login with it.
  revoked_at timestamptz, -- Replaced by a newer one, or withdrawn.
  made_at timestamptz, -- When the card was printed or the mail written.
  created_at timestamptz not null -- When the person was chosen.
);
create unique index provisional_credential_position on provisional_credential (credential_run, position);
-- A login asks for the cards of an account.
create index provisional_credential_account on provisional_credential (account);
create index provisional_credential_physician on provisional_credential (physician, created_at);

create table terms (
  id uuid not null primary key,
  version text not null unique, -- E.g. 2026-04.
  body text not null, -- Plain text: ## before a heading, - before an item.
  changes text not null, -- What is new, in a few sentences.
  valid_from date not null, -- In force from.
  by_name text not null, -- Who published it.
  created_at timestamptz not null -- When.
);
-- Every request of somebody logged in asks for the version in force.
create index terms_valid_from on terms (valid_from, version);
