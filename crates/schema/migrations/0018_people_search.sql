-- The search for people walks the list until a page is full: whoever is passed by is judged from indexes alone.

drop index physician_kana;
create index physician_kana on physician (kana_key, id, merged_into, deceased_on, email_verified_at);
-- Those whom no mail reaches, in the order of the list.
create index physician_by_post on physician (kana_key, id)
  where email_verified_at is null and deceased_on is null and merged_into is null;

drop index membership_physician;
create index membership_physician on membership (physician, tier, association, valid_from, valid_until, category);

-- Whose login waits for its first use: few, and the rest is not looked at.
create index account_unused on account (physician, state) where first_used_at is null;
