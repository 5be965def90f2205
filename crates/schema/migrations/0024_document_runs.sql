-- Documents for many people at once, and the questions about those of one person and training.
create table document_run (
  id uuid not null primary key,
  training uuid not null references training (id), -- Attendance certificates of this training.
  state text not null, -- making, ready or forgotten.
  people text not null, -- JSON list of physicians in the order of the pages.
  wanted integer not null, -- How many people.
  made integer not null, -- Dealt with so far: a killed run goes on there.
  files integer not null, -- How many files there are; the store keeps them for a week.
  problems text not null, -- JSON list of [name, why]: who has none.
  by_name text not null, -- Who asked for it.
  account uuid not null references account (id), -- Account of who asked.
  created_at timestamptz not null, -- When.
  version bigint not null -- Optimistic lock.
);
create index document_run_training on document_run (training, created_at);
create index document_run_state on document_run (state, created_at);
create index document_training on document (training, physician) where training is not null;

-- A physician's own trainings as a calendar that a telephone fetches.
create table calendar_feed (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Whose seats.
  created_at timestamptz not null, -- When the address was made.
  revoked_at timestamptz -- Replaced or ended.
);
create index calendar_feed_physician on calendar_feed (physician);
