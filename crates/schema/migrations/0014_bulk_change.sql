-- Bulk changes: many changes of members from one file, checked line by line before anything is done.

create table bulk_change (
  id uuid not null primary key,
  number text not null unique, -- What people quote, e.g. B2026-0001.
  association uuid not null references association (id), -- Whose office.
  kind text not null, -- category, workplace or leaving.
  file_name text not null, -- As uploaded.
  sha256 text not null, -- Of the file: the same one twice is said aloud.
  state text not null, -- checked, running, done, undoing or undone.
  by_name text not null, -- Who had it checked.
  account uuid not null references account (id), -- Account.
  created_at timestamptz not null, -- When it was checked.
  version bigint not null -- Optimistic lock.
);
-- The bulk changes of an office, the newest first.
create index bulk_change_association on bulk_change (association, created_at);

create table bulk_change_run (
  id uuid not null primary key,
  bulk_change uuid not null references bulk_change (id), -- Of which.
  act text not null, -- enter, decide or undo.
  association uuid not null references association (id), -- Who acts.
  reason text not null, -- Why it is taken back; empty for the other acts.
  by_name text not null, -- Who asked for it.
  office text not null, -- For which office.
  account uuid not null references account (id), -- Account.
  created_at timestamptz not null, -- When it was asked for.
  ended_at timestamptz, -- When the last line was done.
  done integer not null, -- Lines done; counted at the end.
  failed integer not null -- Lines that could not be done.
);
create index bulk_change_run_of on bulk_change_run (bulk_change, created_at);
-- One act at a time.
create unique index bulk_change_run_open on bulk_change_run (bulk_change) where ended_at is null;

create table bulk_change_row (
  bulk_change uuid not null references bulk_change (id), -- Of which.
  line integer not null, -- Of the file, from 1.
  cells text not null, -- JSON: known columns as they were read, in the order of the file.
  physician uuid references physician (id), -- Whom it means.
  change text not null, -- JSON of what changes; empty where the line cannot be read.
  what text not null, -- The same in a sentence.
  state text not null, -- ready, problem, same, done, failed or undone.
  problem text not null, -- Why not, and what to do; empty where nothing is wrong.
  before text not null, -- JSON that undoing needs; empty where it needs nothing.
  application uuid references application (id), -- What it filed.
  run uuid references bulk_change_run (id), -- The act that dealt with it last.
  primary key (bulk_change, line)
);
-- What an act has still to do, and the lines of a state.
create index bulk_change_row_state on bulk_change_row (bulk_change, state, line);
-- Undoing asks for the line of an application.
create index bulk_change_row_application on bulk_change_row (application);
