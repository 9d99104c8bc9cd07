-- What is personal in a line of the audit can be dropped, and its salt with it: then the salt is empty, and this is the hash that they
-- had, so that the line can still be proven.
ALTER TABLE audit_leaf ADD COLUMN withheld bytea;
