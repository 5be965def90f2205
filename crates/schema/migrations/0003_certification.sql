-- Applications, decisions, boards, certificates.

create table certification (
  id uuid not null primary key,
  scheme text not null, -- Scheme.
  number text not null, -- Unique within the scheme; a renewal keeps it.
  physician uuid not null references physician (id), -- Holder.
  valid_from date not null, -- First day.
  valid_until date not null, -- Last day.
  previous uuid references certification (id), -- The period before; never rewritten.
  ended_on date, -- First day without the title, once it is lost.
  ended_as text, -- declined, not_renewed, revoked or died.
  ended_reason text, -- Why, in words.
  application uuid, -- What it was granted on.
  created_at timestamptz not null -- When the row was written.
);
create unique index certification_period on certification (scheme, number, valid_from);
create index certification_physician on certification (physician, scheme, valid_until);
create index certification_expiry on certification (scheme, valid_until);

create table special_measure (
  id uuid not null primary key,
  code text not null unique, -- E.g. covid19.
  scheme text not null, -- Scheme.
  expired_from date not null, -- Certificates that ended from this day
  expired_until date not null, -- to this day
  extended_until date not null, -- may be renewed until this day.
  reason text not null, -- Why, as shown to people.
  created_at timestamptz not null -- When the row was written.
);

create table application (
  id uuid not null primary key,
  number text unique, -- What people quote; given at submission.
  kind text not null, -- certification, joining, transfer, leaving or change_report.
  scheme text not null, -- Scheme.
  certification_kind text not null, -- initial or renewal.
  physician uuid not null references physician (id), -- For whom.
  applicant uuid not null references account (id), -- Who typed it.
  on_behalf_reason text, -- Why an officer applied for the physician.
  state text not null, -- See docs/flows/certification.md.
  desk uuid references association (id), -- The association whose turn it is.
  waiting_since timestamptz, -- Since when.
  round uuid, -- National round it is meant for.
  expected_on date, -- When the decision is expected.
  certification uuid references certification (id), -- The period to renew.
  waiver text, -- Kind of waiver claimed, for an initial application.
  waiver_on date, -- Its date.
  grace_reason text, -- illness or abroad, for an application within the grace months.
  remarks text not null, -- What the physician wants to say.
  fee_method text not null, -- counter, registered_mail or transfer.
  fee bigint not null, -- Registration fee in yen.
  fee_received_on date, -- Receipt by the office.
  fee_receipt text, -- Receipt number.
  handbook_received_on date, -- Original received.
  handbook_returned_on date, -- Original given back.
  evaluation text, -- JSON of the evaluation at submission.
  submitted_at timestamptz, -- First submission.
  decided_at timestamptz, -- Last decision.
  created_at timestamptz not null, -- When the draft was begun.
  version bigint not null -- Optimistic lock.
);
create index application_desk on application (desk, state, waiting_since);
create index application_physician on application (physician, state);

create table application_step (
  application uuid not null references application (id), -- Of which application.
  position integer not null, -- Order, from 0.
  association uuid not null references association (id), -- Who.
  tier text not null, -- Its tier.
  primary key (application, position)
);
create index application_step_association on application_step (association, application);

create table decision (
  id uuid not null primary key,
  application uuid references application (id), -- On which application, or
  training uuid references training (id), -- on which training.
  command text not null, -- The command of the flow, e.g. approve.
  from_state text not null, -- State before.
  to_state text not null, -- State after.
  association uuid references association (id), -- For which association; none for the applicant.
  account uuid, -- Who; none for the system.
  by_name text not null, -- The name shown.
  comment text not null, -- Reason or remark.
  batch uuid, -- With which batch.
  decided_at timestamptz not null -- When.
);
create index decision_application on decision (application, decided_at);
create index decision_training on decision (training, decided_at);

create table examination (
  id uuid not null primary key,
  application uuid not null references application (id), -- What was examined.
  association uuid not null references association (id), -- By which office.
  account uuid not null, -- By whom.
  checklist text not null, -- JSON of the points ticked.
  remarks text not null, -- For the board.
  created_at timestamptz not null, -- When.
  version bigint not null -- Optimistic lock.
);
create unique index examination_once on examination (application, association);

create table paper_credit (
  id uuid not null primary key,
  physician uuid not null references physician (id), -- Who declares it.
  scheme text not null, -- Scheme.
  course text not null, -- basic or lifelong.
  category text not null, -- E.g. 専門.
  item text not null, -- E.g. 総論; empty where none.
  amount bigint not null, -- 1/100 credit.
  earned_on date not null, -- Up to 2025-03-31.
  host_name text not null, -- Who held the training.
  title text not null, -- Title.
  sticker_number text, -- Unique within the scheme.
  photo uuid, -- Attachment.
  state text not null, -- declared, confirmed or refused.
  decided_by uuid, -- Account of the officer who compared it with the original.
  decided_at timestamptz, -- When.
  comment text not null, -- Why refused.
  entered_by text not null default '', -- The officer who entered it on behalf; empty for the physician.
  created_at timestamptz not null, -- When it was declared.
  version bigint not null -- Optimistic lock.
);
create unique index paper_credit_sticker on paper_credit (scheme, sticker_number) where state <> 'refused';
create index paper_credit_physician on paper_credit (physician, scheme);

create table attachment (
  id uuid not null primary key,
  physician uuid references physician (id), -- Whose data it is.
  application uuid references application (id), -- Belongs to this application, or
  training uuid references training (id), -- to this training, or to a paper credit line.
  kind text not null, -- photo, flyer, completion_certificate, activity_proof, licence, fee_slip or other.
  file_name text not null, -- As uploaded.
  file_key text not null, -- Where the file store keeps it.
  media_type text not null, -- By content, not by name.
  size bigint not null, -- Bytes.
  sha256 text not null, -- Of the content.
  uploaded_by uuid not null, -- Account.
  created_at timestamptz not null -- When.
);
create index attachment_application on attachment (application);
create index attachment_training on attachment (training);
create index attachment_physician on attachment (physician);

create table round (
  id uuid not null primary key,
  association uuid not null references association (id), -- Whose window.
  scheme text not null, -- Scheme.
  fiscal_year integer not null, -- Fiscal year.
  number integer not null, -- 1..=6.
  opens_on date, -- First day, when known.
  closes_on date not null, -- Last day.
  board_on date, -- Day of the board.
  provenance text not null -- How sure the date is.
);
create unique index round_key on round (association, scheme, fiscal_year, number);
create index round_close on round (scheme, association, closes_on);

create table batch (
  id uuid not null primary key,
  number text not null unique, -- What people quote.
  association uuid not null references association (id), -- Whose batch.
  submitted_to uuid references association (id), -- The tier above, once it went up.
  kind text not null, -- Kind of the applications in it: certification.
  scheme text not null, -- Scheme.
  body text not null, -- board or committee.
  state text not null, -- collecting, decided or submitted.
  held_on date, -- Day of the meeting.
  minutes_number text, -- Number of the minutes.
  submitted_at timestamptz, -- When it went up.
  created_by uuid not null, -- Account.
  created_at timestamptz not null, -- When it was opened.
  version bigint not null -- Optimistic lock.
);
create index batch_association on batch (association, state);

create table batch_item (
  batch uuid not null references batch (id), -- In which batch.
  application uuid not null references application (id), -- Which application.
  position integer not null, -- Order on the packet.
  result text not null, -- waiting, approved, deferred, submitted, failed or left.
  message text not null, -- Why it failed or left.
  primary key (batch, application)
);
create index batch_item_application on batch_item (application);

create table document (
  id uuid not null primary key,
  kind text not null, -- certificate, notice_letter, board_packet, attendance_certificate or holding_report.
  number text not null unique, -- Number printed on it.
  physician uuid references physician (id), -- Whom it is about.
  certification uuid references certification (id), -- For certificates.
  issuer uuid not null, -- Association or organizer that issued it.
  association uuid references association (id), -- To whom it is addressed.
  batch uuid references batch (id), -- For packets and letters.
  training uuid references training (id), -- For reports and attendance certificates.
  verification_code text unique, -- Last part of the public address.
  data text not null, -- JSON of what is printed: the document can be made again to the byte.
  template_version text not null, -- Which template.
  file_key text, -- Where the file store keeps it, once made.
  sha256 text, -- Of the file.
  issued_on date not null, -- Date printed.
  issued_by uuid, -- Account; none for the system.
  reissue_of uuid references document (id), -- The one it replaces.
  revoked_at timestamptz, -- When it stopped being good.
  created_at timestamptz not null -- When the row was written.
);
create index document_physician on document (physician, kind);
create index document_certification on document (certification);
create index document_association on document (association, kind);
create index document_batch on document (batch);
create index document_issuer on document (issuer, kind);
