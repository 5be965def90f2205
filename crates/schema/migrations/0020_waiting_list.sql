-- The waiting list: places on it, and seats that became free and are offered.

-- signup.state knows waiting and offered besides confirmed and cancelled; seat_count.taken counts offered seats too, and
-- signup.order_number is 0 until the seat is the physician's own.
alter table signup add column waiting_number bigint; -- Place on the waiting list; none for a seat got at once.
alter table signup add column priority integer not null default 0; -- Higher goes first on the waiting list.
alter table signup add column priority_reason text not null default ''; -- Why an office gave it; empty for none.
alter table seat_count add column last_waiting bigint not null default 0; -- Last place on the waiting list given.
create unique index signup_waits on signup (training, physician) where state in ('waiting', 'offered');
create index signup_line on signup (training, priority, waiting_number) where state = 'waiting';

create table waiting_offer (
  id uuid not null primary key,
  signup uuid not null references signup (id), -- To whom the seat is offered; it is held meanwhile.
  state text not null, -- open, accepted, declined, expired or withdrawn.
  expires_at timestamptz not null, -- Held until then.
  created_at timestamptz not null, -- When it was offered.
  answered_at timestamptz -- When it was answered, ran out or was withdrawn.
);
create unique index waiting_offer_open on waiting_offer (signup) where state = 'open';
create index waiting_offer_due on waiting_offer (expires_at) where state = 'open';
