-- Endpoints that partners or operators registered, and what each partner was told, for those who catch up.

-- Nothing is ever deleted: a row without an address is one that was deleted.
CREATE TABLE endpoint (
    exchange text NOT NULL,
    partner text NOT NULL,
    -- which change of all made this version: no two have one, so that none is seen before an earlier one
    serial bigint NOT NULL,
    changed bigint NOT NULL,
    url text,
    -- codes, one a line
    events text,
    -- open, paused
    flow text,
    token text,
    secret text,
    old_secret text,
    grant_url text,
    grant_client text,
    grant_secret text,
    grant_scope text,
    CONSTRAINT endpoint_place PRIMARY KEY (exchange, partner)
);
CREATE UNIQUE INDEX endpoint_serial ON endpoint (serial);
-- who has the address of another would be taken for it
CREATE UNIQUE INDEX endpoint_url ON endpoint (exchange, url) WHERE url IS NOT NULL;
CREATE INDEX endpoint_paused ON endpoint (partner, exchange) WHERE flow = 'paused';

-- The number in its partner's own count, given when somebody asks, to what is committed by then and in its order: so a reader
-- never sees a number before those below it, whatever is being committed meanwhile.
ALTER TABLE notice ADD COLUMN told bigint;
-- Partial, so that what is asked about one referral's line never goes through all that its partner was told.
CREATE INDEX notice_told ON notice (home, partner, told) WHERE told IS NOT NULL;
CREATE INDEX notice_untold ON notice (home, partner, seq) WHERE told IS NULL;

-- The highest number that each partner's notices were given. It never goes down, whatever is erased or forgotten. Whoever gives
-- numbers holds the row.
CREATE TABLE told (
    home bigint NOT NULL,
    partner text NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT told_place PRIMARY KEY (home, partner)
);

-- of a notice that is done, `next` is when it was, or a little later: then it is kept for a while
CREATE INDEX notice_finished ON notice (next) WHERE state = 'done';

-- The next notice of a long queue is its first entry: without the sequence all that are due are sorted for each lease.
DROP INDEX notice_next;
CREATE INDEX notice_next ON notice (partner, next, seq) WHERE state IN ('waiting', 'leased');
