-- People who log in at an OpenID provider: by what it knows them, and no password then (an empty text).
ALTER TABLE account ADD COLUMN elsewhere text;
CREATE UNIQUE INDEX account_elsewhere ON account (elsewhere) WHERE elsewhere IS NOT NULL;
