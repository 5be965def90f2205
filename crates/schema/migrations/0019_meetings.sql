-- A batch whose applications were decided on two days names both meetings: each item keeps its own.

alter table batch_item add column held_on date; -- Day of the meeting that decided it; none before.
alter table batch_item add column minutes_number text; -- Number of that meeting's minutes.
update batch_item
   set held_on = (select b.held_on from batch b where b.id = batch_item.batch),
       minutes_number = (select b.minutes_number from batch b where b.id = batch_item.batch)
 where result in ('approved', 'deferred', 'submitted');
