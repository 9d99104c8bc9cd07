-- What is shown to us for a while, or once: codes, refresh tokens, numbers of assertions, handles of launches, sessions.
CREATE TABLE ticket (
    -- SHA-256 of what is shown
    key BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    -- all that came of one consent ends together
    family BLOB,
    body BLOB NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_expires ON ticket (expires);
CREATE INDEX ticket_family ON ticket (family) WHERE family IS NOT NULL;

ALTER TABLE token ADD COLUMN family BLOB;
-- who logged in and for what; nothing for a client that asked for itself
ALTER TABLE token ADD COLUMN context BLOB;
CREATE INDEX token_family ON token (family) WHERE family IS NOT NULL;
