-- Delivery: each partner has a queue of its own, so that a dead one holds up nobody; and people see what was given up.

-- of a parked one, what went wrong at the last attempt
ALTER TABLE notice ADD COLUMN trouble text;

DROP INDEX notice_next;
CREATE INDEX notice_next ON notice (partner, next) WHERE state IN ('waiting', 'leased');
CREATE INDEX notice_parked ON notice (seq) WHERE state = 'parked';
CREATE INDEX notice_backlog ON notice (partner, state, created) WHERE state <> 'done';
