-- Trainings, signups, attendance and credits.

create table training (
  id uuid not null primary key,
  number text not null unique, -- What people quote, e.g. T2026-000123.
  host_association uuid references association (id), -- Host; exactly one of the two hosts.
  host_organizer uuid references organizer (id), -- Host, when external.
  host_prefecture integer, -- Prefecture of the host; none for the national association.
  host_name text not null, -- Name of the host at drafting, as printed.
  scheme text not null, -- Main scheme; credit lines may add others.
  title text not null, -- Title.
  summary text not null, -- What it is about, for physicians.
  search_key text not null, -- Folded title, summary, venue and lecturers for search.
  state text not null, -- See docs/flows/training_approval.md.
  desk uuid references association (id), -- The association whose turn it is.
  waiting_since timestamptz, -- Since when.
  mode text not null, -- venue, web or hybrid.
  venue text not null, -- Name of the venue.
  venue_address text not null, -- Address of the venue.
  prefecture integer not null, -- Where it takes place.
  starts_at timestamptz not null, -- First session's start.
  ends_at timestamptz not null, -- Last session's end.
  held_on date not null, -- Civil day of the start.
  recruits_from timestamptz not null, -- Signup opens.
  recruits_until timestamptz not null, -- Signup and cancelling end.
  capacity integer not null, -- Seats.
  fee_member bigint not null, -- Yen.
  fee_non_member bigint not null, -- Yen.
  contact text not null, -- Where to ask.
  audience text not null, -- For whom.
  note_to_approver text not null, -- Remarks for the deciding offices.
  flyer uuid, -- Attachment.
  offers text not null, -- What it gives: |scheme/course/category| items, for search.
  approved_on date, -- National approval; its fiscal year decides the case.
  created_at timestamptz not null, -- When the row was written.
  created_by uuid, -- Account.
  version bigint not null -- Optimistic lock.
);
create index training_open on training (state, held_on, starts_at, id, ends_at);
create index training_open_in on training (prefecture, state, held_on, starts_at, id, ends_at);
create index training_desk on training (desk, state);
create index training_host on training (host_association, held_on);
create index training_organizer on training (host_organizer, held_on);
create index training_prefecture on training (host_prefecture, held_on);

create table training_draft (
  training uuid not null references training (id), -- What is being edited.
  account uuid not null references account (id), -- By whom; each officer's typing stays apart.
  fields text not null, -- JSON of the form as typed, so that nothing typed is lost.
  training_version bigint not null, -- Version of the training it was typed over; an older one is not offered again.
  saved_at timestamptz not null, -- When.
  primary key (training, account)
);

create table training_session (
  id uuid not null primary key,
  training uuid not null references training (id), -- Of which training.
  position integer not null, -- Order on the programme, from 0.
  title text not null, -- Title of the talk.
  lecturer text not null, -- Who speaks.
  starts_at timestamptz not null, -- Start.
  ends_at timestamptz not null -- End.
);
create index training_session_training on training_session (training, position);

create table credit_line (
  id uuid not null primary key,
  training_session uuid not null references training_session (id), -- Of which session.
  training uuid not null references training (id), -- Of which training.
  scheme text not null, -- Scheme that gives the credit.
  course text not null, -- basic or lifelong; empty where the scheme has none.
  category text not null, -- E.g. 更新; empty where the scheme has none.
  item text not null, -- E.g. 総論; empty where none.
  curriculum_code integer, -- cme only.
  amount bigint not null -- 1/100 credit.
);
create index credit_line_training on credit_line (training);

create table seat_count (
  training uuid not null primary key references training (id), -- The row a claim locks.
  capacity integer not null, -- Seats.
  taken integer not null, -- Seats given.
  last_order bigint not null -- Last order number given.
);

create table signup (
  id uuid not null primary key,
  training uuid not null references training (id), -- For which training.
  physician uuid not null references physician (id), -- Who.
  state text not null, -- confirmed or cancelled.
  order_number bigint not null, -- Order of arrival.
  starts_at timestamptz not null, -- Copy of the training's time, for the overlap check.
  ends_at timestamptz not null, -- Copy of the training's time.
  created_at timestamptz not null, -- When the seat was given.
  cancelled_at timestamptz, -- When it was given back.
  version bigint not null -- Optimistic lock.
);
create unique index signup_once on signup (training, physician) where state = 'confirmed';
create index signup_physician on signup (physician, state, starts_at);

create table attendance (
  id uuid not null primary key,
  training uuid not null references training (id), -- At which training.
  physician uuid not null references physician (id), -- Who.
  in_at timestamptz, -- First check-in.
  out_at timestamptz, -- Last check-out.
  source text not null, -- scan, number or office.
  corrected_at timestamptz, -- When an officer set the times: passages through the door say nothing more.
  checked_by uuid, -- Account of the host's officer who confirmed presence.
  checked_at timestamptz, -- When.
  remark text not null, -- Reason of a correction.
  created_at timestamptz not null, -- When the row was written.
  version bigint not null -- Optimistic lock.
);
create unique index attendance_once on attendance (training, physician);
create index attendance_physician on attendance (physician);

create table reception_event (
  id uuid not null primary key,
  training uuid not null references training (id), -- At which door.
  device text not null, -- Random id of the device.
  device_sequence bigint not null, -- Counted by the device: a replay is recognised.
  kind text not null, -- in or out.
  ticket text not null, -- What was read or typed.
  physician uuid references physician (id), -- Whom it matched.
  outcome text not null, -- What the device was told.
  at timestamptz not null, -- The device's time.
  received_at timestamptz not null -- Ours.
);
create unique index reception_event_once on reception_event (training, device, device_sequence);
create index reception_event_physician on reception_event (training, physician, at);

create table credit (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Belongs to one person for ever.
  scheme text not null, -- Scheme.
  course text not null, -- basic or lifelong; empty where none.
  category text not null, -- E.g. 更新.
  item text not null, -- E.g. 総論.
  curriculum_code integer, -- cme only.
  amount bigint not null, -- 1/100 credit.
  earned_on date not null, -- Civil day of the session.
  title text not null, -- What it was earned with.
  host_name text not null, -- Who held it.
  source text not null, -- training, elearning, journal or self_report.
  training uuid references training (id), -- Where it comes from.
  credit_line uuid references credit_line (id), -- Which line of the programme.
  state text not null, -- released, confirmed or reversed; the newest credit_event says the same.
  created_at timestamptz not null -- When it was released.
);
create index credit_physician on credit (physician, scheme, earned_on);
create index credit_training on credit (training);
create unique index credit_once on credit (physician, credit_line) where state <> 'reversed';

create table credit_event (
  id uuid not null primary key,
  credit uuid not null references credit (id), -- Which credit.
  state text not null, -- released, confirmed or reversed.
  at timestamptz not null, -- When.
  account uuid, -- Who.
  reason text not null -- Why, for a reversal.
);
create index credit_event_credit on credit_event (credit);

create table holding_report (
  id uuid not null primary key,
  training uuid not null unique references training (id), -- Of which training.
  attendees integer not null, -- Heads.
  members integer not null, -- Of them members.
  remarks text not null, -- Anything the offices should know.
  reported_by uuid not null, -- Account.
  reported_at timestamptz not null, -- When it was filed.
  version bigint not null -- Optimistic lock.
);
