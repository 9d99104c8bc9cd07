-- Endpoints that partners or operators registered, and what each partner was told, for those who catch up.

-- Nothing is ever deleted: a row without an address is one that was deleted.
CREATE TABLE endpoint (
    exchange TEXT NOT NULL,
    partner TEXT NOT NULL,
    -- which change of all made this version: no two have one, so that none is seen before an earlier one
    serial INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    url TEXT,
    -- codes, one a line
    events TEXT,
    -- open, paused
    flow TEXT,
    token TEXT,
    secret TEXT,
    old_secret TEXT,
    grant_url TEXT,
    grant_client TEXT,
    grant_secret TEXT,
    grant_scope TEXT,
    PRIMARY KEY (exchange, partner)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX endpoint_serial ON endpoint (serial);
-- who has the address of another would be taken for it
CREATE UNIQUE INDEX endpoint_url ON endpoint (exchange, url) WHERE url IS NOT NULL;
CREATE INDEX endpoint_paused ON endpoint (partner, exchange) WHERE flow = 'paused';

-- The number in its partner's own count, given when somebody asks, to what is there by then and in its order: so a reader never
-- sees a number before those below it, whatever is being written meanwhile.
ALTER TABLE notice ADD COLUMN told INTEGER;
-- Partial, so that what is asked about one referral's line never goes through all that its partner was told.
CREATE INDEX notice_told ON notice (home, partner, told) WHERE told IS NOT NULL;
CREATE INDEX notice_untold ON notice (home, partner) WHERE told IS NULL;

-- The highest number that each partner's notices were given. It never goes down, whatever is erased or forgotten.
CREATE TABLE told (
    home INTEGER NOT NULL,
    partner TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (home, partner)
) STRICT, WITHOUT ROWID;

-- of a notice that is done, `next` is when it was, or a little later: then it is kept for a while
CREATE INDEX notice_finished ON notice (next) WHERE state = 'done';
