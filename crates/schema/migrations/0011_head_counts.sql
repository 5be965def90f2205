-- How many members there were: made anew every night from the periods of membership.

create table head_count (
  association uuid not null references association (id), -- Members whose lowest association is this one or lies below it.
  counted_on date not null, -- First day of a month.
  category text not null, -- a1, a2b, a2c, b or c.
  sex text not null, -- male, female or unknown.
  age_band text not null, -- under_30, 30s … 70s, 80_up: age on that day.
  district integer not null, -- Of them members, in this category, of a district association.
  municipal integer not null, -- Of a municipal association.
  prefectural integer not null, -- Of a prefectural association.
  national integer not null, -- Of the national association.
  primary key (association, counted_on, category, sex, age_band)
);

-- The ledger of a day: membership/lists/ledger.rs.
create index membership_as_of on membership (association, valid_from, valid_until, category, physician);
