-- What a search asked: its shape, in which the caller wrote nothing freely, and the query itself where it is kept, sealed to the key of
-- somebody else. Older lines have neither, and are hashed as they always were.
ALTER TABLE audit ADD COLUMN query text;
ALTER TABLE audit ADD COLUMN sealed bytea;
