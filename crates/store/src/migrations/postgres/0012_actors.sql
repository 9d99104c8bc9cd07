-- Who acted in a partner's name: the person, by the chance that apps know them by, and the app. Older lines name neither, and are
-- hashed as they always were.
ALTER TABLE audit ADD COLUMN account text;
ALTER TABLE audit ADD COLUMN app text;
