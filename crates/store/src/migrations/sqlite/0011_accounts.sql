-- People who log in here themselves, in a partner's name.
CREATE TABLE account (
    -- what they type, in small letters
    login TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    -- what apps know them by
    subject TEXT NOT NULL,
    partner TEXT NOT NULL,
    name TEXT NOT NULL,
    fhir_user TEXT,
    -- argon2id, in the PHC string format
    password TEXT NOT NULL,
    -- open, disabled
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
