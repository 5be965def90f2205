-- Notices of offices to people, letters that came back, and the texts of mails.

create table notice (
  id uuid not null primary key,
  association uuid not null references association (id), -- Who writes.
  duties text not null, -- Duties at that office with which the people are looked for, e.g. membership,certification.
  query text not null, -- Who gets it: a question of the people search as it stands in the address.
  subject text not null, -- Subject, with fields such as {氏名}.
  body text not null, -- Plain text, with fields.
  obligatory boolean not null, -- Also for those who want no notices.
  state text not null, -- draft, scheduled, sending, sent or cancelled.
  send_at timestamptz, -- From when on it leaves.
  reached uuid, -- The last person whose letter was written; the job goes on behind.
  by_mail integer not null, -- Letters written by mail.
  by_post integer not null, -- Letters written by post.
  unsubscribed integer not null, -- People left out because they want no notices.
  problem text not null, -- Why it could not leave; empty for nothing.
  by_name text not null, -- Who wrote it.
  created_at timestamptz not null, -- When it was begun.
  ended_at timestamptz, -- When its last letter was written, or when it was stopped.
  version bigint not null -- Optimistic lock.
);
-- The notices of an office, the newest first.
create index notice_association on notice (association, created_at);
-- What the job looks for.
create index notice_due on notice (state, send_at);

create table unsubscription (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Who wants no more notices
  association uuid not null references association (id), -- from whom.
  created_at timestamptz not null, -- Since when.
  ended_at timestamptz -- Until when; none while it lasts.
);
-- Whether somebody wants the notices of an office.
create index unsubscription_physician on unsubscription (physician, association);

alter table attachment add column notice uuid references notice (id); -- Goes with this notice.
create index attachment_notice on attachment (notice);

alter table outbox add column notice uuid references notice (id); -- Of which notice.
alter table outbox add column unsubscribe text not null default ''; -- Address that ends the notices; empty where there is none.
alter table outbox add column tried_at timestamptz; -- When a worker last took it: what the limit of notices counts.
alter table outbox add column bounced_at timestamptz; -- When the receiver's server sent it back, or refused the mailbox.
alter table outbox add column bounce text not null default ''; -- Status code of that (RFC 3463), e.g. 5.1.1.
alter table outbox add column address_dead boolean not null default false; -- The mailbox does not exist: letters go by post until the address is verified anew.
-- Other letters overtake notices, however many of those wait.
drop index outbox_waiting;
create index outbox_waiting on outbox (channel, state, next_attempt_at) where kind <> 'notice';
create index outbox_notice_waiting on outbox (channel, state, next_attempt_at) where kind = 'notice';
create index outbox_notice_tried on outbox (tried_at) where kind = 'notice';
-- Letters of a notice and what became of them.
create index outbox_notice on outbox (notice, state);
-- Letters that came back.
create index outbox_bounced on outbox (physician, bounced_at) where bounced_at is not null;

create table mail_text (
  id uuid not null primary key,
  kind text not null, -- Which mail.
  version integer not null, -- From 1; the newest counts.
  subject text not null, -- Subject; empty where the built-in text counts again.
  body text not null, -- Body without the common end; empty where the built-in text counts again.
  by_name text not null, -- Who saved it.
  created_at timestamptz not null, -- When.
  failed_at timestamptz, -- When a letter last could not be made from it, and the built-in text went out.
  failure text not null -- Why.
);
-- The text in force, and those before it.
create unique index mail_text_version on mail_text (kind, version);
