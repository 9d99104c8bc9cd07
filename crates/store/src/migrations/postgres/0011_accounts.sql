-- People who log in here themselves, in a partner's name.
CREATE TABLE account (
    -- what they type, in small letters
    login text NOT NULL PRIMARY KEY,
    version bigint NOT NULL,
    -- what apps know them by
    subject text NOT NULL,
    partner text NOT NULL,
    name text NOT NULL,
    fhir_user text,
    -- argon2id, in the PHC string format
    password text NOT NULL,
    -- open, disabled
    state text NOT NULL
);
