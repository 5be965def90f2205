-- One person in two records: pairs to be looked at, and what merging moved.

create table duplicate (
  id uuid not null primary key,
  first uuid not null references physician (id), -- The smaller id.
  second uuid not null references physician (id), -- The larger id.
  score integer not null, -- 0–100, see rules/physician/duplicate.rs.
  signs text not null, -- JSON list of what is alike.
  state text not null, -- open, different or merged.
  reason text not null, -- Why it is not the same person; empty for the rest.
  decided_by text not null, -- Who, with the office; empty while open.
  decided_at timestamptz, -- When.
  created_at timestamptz not null, -- When it was found.
  version bigint not null -- Optimistic lock.
);
create unique index duplicate_pair on duplicate (first, second);
-- What waits, the most alike first.
create index duplicate_state on duplicate (state, score);

create table physician_merge (
  id uuid not null primary key,
  duplicate uuid not null references duplicate (id), -- The pair.
  kept uuid not null references physician (id), -- Whose record stays.
  merged uuid not null references physician (id), -- Whose record goes.
  fields text not null, -- JSON of both rows, field by field: before and after.
  moved text not null, -- JSON {table.column: [ids]}: what un-merging moves back.
  stayed text not null, -- JSON {table.column: [ids]}: what could not move.
  accounts text not null, -- JSON of the accounts of both, before.
  reason text not null, -- Why it is one person.
  by_name text not null, -- Who, with the office.
  created_at timestamptz not null, -- When.
  undone_at timestamptz, -- When it was taken back.
  undone_by text not null, -- By whom; empty while it stands.
  undone_reason text not null -- Why; empty while it stands.
);
create index physician_merge_kept on physician_merge (kept, created_at);
create index physician_merge_duplicate on physician_merge (duplicate);

-- Whom the finder compares: reading and birth date.
create index physician_birth on physician (birth_on, kana_key);
