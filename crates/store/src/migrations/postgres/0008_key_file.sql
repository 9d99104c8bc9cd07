-- By what the key file is known on which seals and blinded names rely. One row, written before the first of them. It has no
-- home: where tables are distributed, each machine has a copy.
CREATE TABLE key_file (
    place bigint PRIMARY KEY CHECK (place = 1),
    -- a digest of its secret
    fingerprint bytea NOT NULL
);
