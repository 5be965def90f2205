-- Associations, physicians, accounts and officers.
-- One text for SQLite and PostgreSQL: uuid, text, bigint, integer, boolean, date and timestamptz mean
-- the same to our driver on both. Civil days are dates in Asia/Tokyo, instants are UTC.

create table association (
  id uuid not null primary key,
  code text not null unique, -- Number people use for the body, e.g. 13 or 131016.
  tier text not null, -- national, prefectural, municipal or district.
  name text not null, -- Full name as printed.
  kana text not null, -- Reading in katakana.
  parent uuid references association (id), -- The body above; none for the national association.
  prefecture integer, -- JIS X 0401 code 1..=47; none for the national association.
  kind text not null, -- general or university.
  synthetic boolean not null, -- True for made-up rows of the demo; shown as such.
  email text, -- Contact printed for physicians.
  phone text, -- Contact printed for physicians.
  president text, -- Name printed on letters.
  opened_on date not null, -- First day of existence.
  closed_on date, -- Last day of existence.
  created_at timestamptz not null, -- When the row was written.
  version bigint not null -- Optimistic lock.
);
create index association_parent on association (parent);
create index association_prefecture on association (prefecture, tier);

create table association_ancestor (
  association uuid not null references association (id), -- The body below.
  ancestor uuid not null references association (id), -- Itself or a body above.
  depth integer not null, -- 0 for itself.
  primary key (association, ancestor)
);
create index association_ancestor_ancestor on association_ancestor (ancestor, association);

create table association_setting (
  id uuid not null primary key,
  association uuid not null references association (id), -- Whose setting.
  name text not null, -- E.g. certification.cover_letter.
  value text not null, -- As text; the reader knows the type.
  valid_from date not null, -- The newest row not after today is in force.
  created_at timestamptz not null -- When the row was written.
);
create unique index association_setting_key on association_setting (association, name, valid_from);

create table organizer (
  id uuid not null primary key,
  name text not null, -- Name of the external organizer.
  kana text not null, -- Reading in katakana.
  prefecture integer not null, -- Where it is; its trainings go to that prefectural association.
  approved_by uuid references association (id), -- The association that admitted it.
  created_at timestamptz not null, -- When the row was written.
  version bigint not null -- Optimistic lock.
);

create table physician (
  id uuid not null primary key,
  registry_number text unique, -- Licence registry number, six digits; the identity key when known.
  registry_on date, -- Day of the licence entry.
  family_name text not null, -- Exactly as typed; never normalised.
  given_name text not null, -- Exactly as typed; never normalised.
  family_kana text not null, -- Katakana.
  given_kana text not null, -- Katakana.
  former_name text, -- Name before a change.
  name_key text not null, -- Folded key of the name for search.
  kana_key text not null, -- Folded key of the reading for search.
  birth_on date not null, -- Birth date.
  sex text not null, -- male, female or unknown.
  email text, -- Mail goes out only when verified.
  email_verified_at timestamptz, -- When the address was proved.
  phone text, -- Phone.
  mailing_destination text not null, -- home or workplace.
  home_postal_code text, -- Seven digits.
  home_address text, -- Home address.
  university text, -- University of graduation.
  graduated_on date, -- Graduation.
  national_member_id text unique, -- Ten digits, new ones begin with 3.
  deceased_on date, -- Death, when known.
  merged_into uuid references physician (id), -- Set when the record was merged into another.
  created_at timestamptz not null, -- When the row was written.
  version bigint not null -- Optimistic lock.
);
create index physician_kana on physician (kana_key);
create index physician_name on physician (name_key);
-- A password reset asks for the physician of an address.
create index physician_email on physician (email);

create table workplace (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Whose workplace.
  name text not null, -- Name of the workplace.
  postal_code text, -- Seven digits.
  address text, -- Address.
  prefecture integer not null, -- JIS X 0401 code; decides the desk of non-members.
  main boolean not null, -- The one main workplace.
  valid_from date not null, -- First day.
  valid_until date, -- Last day.
  created_at timestamptz not null -- When the row was written.
);
create index workplace_physician on workplace (physician);
create index workplace_prefecture on workplace (prefecture, physician);

create table physician_link (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- A non-member.
  association uuid not null references association (id), -- The body that knows the person.
  reason text not null, -- attended or applied.
  created_at timestamptz not null -- When the row was written.
);
create unique index physician_link_key on physician_link (physician, association);
create index physician_link_association on physician_link (association, physician);

create table membership (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- The member.
  association uuid not null references association (id), -- The body.
  tier text not null, -- Tier of the body.
  category text not null, -- a1, a2b, a2c, b or c.
  valid_from date not null, -- First day of the period.
  valid_until date, -- Last day; none while it runs.
  created_at timestamptz not null -- When the row was written.
);
create index membership_physician on membership (physician, tier);
create index membership_association on membership (association, physician);

create table officer (
  id uuid not null primary key,
  name text not null, -- Name shown beside decisions.
  kana text not null, -- Katakana.
  email text not null, -- For notices and password reset.
  created_at timestamptz not null -- When the row was written.
);

create table duty (
  id uuid not null primary key,
  officer uuid not null references officer (id), -- Who.
  association uuid references association (id), -- Where; exactly one of association and organizer.
  organizer uuid references organizer (id), -- Where, for external organizers.
  kind text not null, -- membership, training, certification, dues or administration.
  valid_from date not null, -- First day.
  valid_until date, -- Last day.
  created_at timestamptz not null -- When the row was written.
);
create index duty_officer on duty (officer);
create index duty_association on duty (association, kind);

create table account (
  id uuid not null primary key,
  login_id text not null unique, -- What is typed at login.
  password_hash text not null, -- Argon2id in PHC format.
  physician uuid unique references physician (id), -- The physician, or
  officer uuid unique references officer (id), -- the officer who logs in.
  state text not null, -- active, suspended by an administrator, or closed.
  first_used_at timestamptz, -- When the terms of use were first accepted: nobody gets further without.
  created_at timestamptz not null, -- When the row was written.
  version bigint not null -- Optimistic lock.
);

create table credential (
  id uuid not null primary key,
  account uuid not null references account (id), -- Whose second factor.
  kind text not null, -- totp.
  secret text not null, -- Shared secret in base32.
  confirmed_at timestamptz, -- When the first code was right.
  last_step bigint, -- Time step of the last accepted code: a code works once.
  created_at timestamptz not null -- When the row was written.
);
create index credential_account on credential (account);

create table recovery_code (
  id uuid not null primary key,
  account uuid not null references account (id), -- Whose code.
  code_hash text not null, -- SHA-256 of account and code; the code itself is shown once and never stored.
  used_at timestamptz, -- A code works once.
  created_at timestamptz not null -- When the set was made.
);
create unique index recovery_code_key on recovery_code (account, code_hash);

create table session (
  id uuid not null primary key,
  token_hash text not null unique, -- SHA-256 of the cookie value; the value itself is never stored.
  account uuid not null references account (id), -- Whose session.
  created_at timestamptz not null, -- Login.
  last_seen_at timestamptz not null, -- Last request, to within five minutes.
  expires_at timestamptz not null, -- End of the session.
  second_factor_at timestamptz, -- When the second factor was given.
  user_agent text not null, -- Shown in the session list.
  address text not null -- Network address at login.
);
create index session_account on session (account);

create table login_attempt (
  id uuid not null primary key,
  subject text not null, -- What the limit counts by: login:<id>, account:<account>, reset:<typed>, mail:<account>, verify:<code> or address:<ip>.
  at timestamptz not null -- When a login failed.
);
create index login_attempt_subject on login_attempt (subject, at);

create table account_token (
  id uuid not null primary key,
  token_hash text not null unique, -- SHA-256 of the value in the link.
  account uuid not null references account (id), -- For whom.
  purpose text not null, -- email_verification or password_reset.
  email text not null, -- The address the link was sent to.
  expires_at timestamptz not null, -- The link stops working then.
  used_at timestamptz, -- A link works once.
  created_at timestamptz not null -- When the row was written.
);

create table terms_consent (
  id uuid not null primary key,
  account uuid not null references account (id), -- Who agreed.
  terms_version text not null, -- To which text.
  agreed_at timestamptz not null -- When.
);
create index terms_consent_account on terms_consent (account);
