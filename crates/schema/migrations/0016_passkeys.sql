-- Passkeys: a login without a password, and a second factor of officers.

create table passkey (
  id uuid not null primary key,
  account uuid not null references account (id), -- Whose login.
  external_id text not null unique, -- How the device calls it, base64url; no two accounts have the same.
  name text not null, -- What its owner calls it, e.g. the device.
  data text not null, -- JSON: public key, counter of uses, whether it is kept in several places.
  created_at timestamptz not null, -- When it was registered.
  last_used_at timestamptz -- Last login with it.
);
-- The passkeys of one account.
create index passkey_account on passkey (account);

create table passkey_challenge (
  id uuid not null primary key,
  account uuid references account (id), -- For whom; none at a login, where the passkey says who it is.
  purpose text not null, -- login or registration.
  state text not null, -- JSON of what was asked, to hold the answer against.
  address text not null, -- Network address that asked: one address has only so many open.
  expires_at timestamptz not null, -- Answers are taken until then, once.
  created_at timestamptz not null -- When it was asked.
);
-- How many an address has open, and which are over.
create index passkey_challenge_address on passkey_challenge (address, expires_at);
create index passkey_challenge_expires on passkey_challenge (expires_at);
