-- How late it was when a server last looked, so that a clock that is set back makes nothing good again that ran out. One row.
CREATE TABLE clock_mark (
    place INTEGER PRIMARY KEY CHECK (place = 1),
    -- microseconds since 1970
    at INTEGER NOT NULL
) STRICT;
