-- Numbers, mails, audit, jobs.

create table number_series (
  name text not null primary key, -- E.g. certification/occupational_physician.
  last bigint not null -- Last number given.
);

create table outbox (
  id uuid not null primary key,
  kind text not null, -- Template, e.g. certification_approved.
  channel text not null, -- mail or post.
  physician uuid references physician (id), -- To which physician, or
  officer uuid references officer (id), -- to which officer.
  address text not null, -- Mail address, or the name for the post list.
  subject text not null, -- Subject.
  body text not null, -- Plain text.
  message_id text not null unique, -- Message-ID header: the same at every attempt.
  state text not null, -- waiting, sending, sent or failed; by post waiting, posted or unneeded.
  attempts integer not null, -- Tries so far.
  next_attempt_at timestamptz not null, -- Not before.
  lease_until timestamptz, -- A worker has it until then.
  answer text not null, -- What the mail server said last.
  created_at timestamptz not null, -- When the business transaction wrote it.
  sent_at timestamptz, -- When the server took it.
  posted_on date, -- When the office posted it, or decided not to.
  posted_by text not null default '' -- Who recorded that.
);
create index outbox_waiting on outbox (state, next_attempt_at);
create index outbox_physician on outbox (physician, created_at);
create index outbox_post on outbox (channel, state, created_at);

create table audit_entry (
  sequence bigint not null primary key, -- Without gaps.
  at timestamptz not null, -- When.
  account uuid, -- Who; none for the system.
  actor_name text not null, -- Name at that time.
  office text not null, -- For which office; empty for physicians.
  action text not null, -- E.g. training.submit or physician.look.
  object_kind text not null, -- Noun of what was touched.
  object uuid, -- Which one.
  physician uuid, -- Whose personal data it is about.
  detail text not null, -- JSON: what changed, without personal data the reader need not see.
  request_id text not null, -- Joins the log.
  previous_hash text not null, -- Hash of the entry before.
  hash text not null -- SHA-256 over this entry and the hash before.
);
create index audit_entry_object on audit_entry (object_kind, object);
create index audit_entry_physician on audit_entry (physician, sequence);

create table job_run (
  id uuid not null primary key,
  job text not null, -- Name on the timetable.
  started_at timestamptz not null, -- Start.
  ended_at timestamptz, -- End.
  outcome text not null, -- running, done or failed.
  report text not null -- What it did, in a sentence.
);
create index job_run_job on job_run (job, started_at);

create table instance (
  name text not null primary key, -- E.g. demo.
  value text not null -- What this database is.
);
