-- How late it was when a server last looked, so that a clock that is set back makes nothing good again that ran out. One row. It has
-- no home: where tables are distributed, each machine has a copy.
CREATE TABLE clock_mark (
    place bigint PRIMARY KEY CHECK (place = 1),
    -- microseconds since 1970
    at bigint NOT NULL
);
