-- Finding people, and the searches that offices keep.

create table physician_text (
  physician uuid not null primary key references physician (id), -- Who.
  serial bigint not null, -- Low 62 bits of the id: the row of the index on SQLite.
  shown text not null, -- Folded name and reading: what every list shows. The form is that of rules/src/physician/text.rs.
  contact text not null, -- Folded mail address.
  identity text not null -- Registry number and member id.
);
-- From the index of words back to the person; both columns, so that the table need not be read.
create unique index physician_text_serial on physician_text (serial, physician);

create table saved_search (
  id uuid not null primary key,
  account uuid not null references account (id), -- Who keeps it.
  association uuid references association (id), -- The office that shares it; none for its keeper alone.
  name text not null, -- What people call it.
  query text not null, -- The question as it stands in the address.
  created_at timestamptz not null -- When.
);
create index saved_search_account on saved_search (account);
create index saved_search_association on saved_search (association);
-- The search for certificates that end between two days.
create index certification_until on certification (valid_until, physician);
