-- What is shown to us for a while, or once: codes, refresh tokens, numbers of assertions, handles of launches, sessions.
CREATE TABLE ticket (
    -- SHA-256 of what is shown
    key bytea NOT NULL PRIMARY KEY,
    version bigint NOT NULL,
    -- all that came of one consent ends together
    family bytea,
    body bytea NOT NULL,
    expires bigint NOT NULL
);
CREATE INDEX ticket_expires ON ticket (expires);
CREATE INDEX ticket_family ON ticket (family) WHERE family IS NOT NULL;

ALTER TABLE token ADD COLUMN family bytea;
-- who logged in and for what; nothing for a client that asked for itself
ALTER TABLE token ADD COLUMN context bytea;
CREATE INDEX token_family ON token (family) WHERE family IS NOT NULL;
