-- Everybody with a proved mail address is told of new terms of use, some hundred at a time.

alter table terms add column told_to uuid; -- Account that was told last, in the order of ids; none before the first.
alter table terms add column told_at timestamptz; -- When everybody had been told.
