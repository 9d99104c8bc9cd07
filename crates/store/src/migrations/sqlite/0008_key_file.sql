-- By what the key file is known on which seals and blinded names rely. One row, written before the first of them.
CREATE TABLE key_file (
    place INTEGER PRIMARY KEY CHECK (place = 1),
    -- a digest of its secret
    fingerprint BLOB NOT NULL
) STRICT;
