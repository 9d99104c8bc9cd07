-- How often all that went on in a person's name was ended: what began in another epoch than the account's is over.
ALTER TABLE account ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
