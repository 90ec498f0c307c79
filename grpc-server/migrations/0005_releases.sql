-- What happened to releases, in order; nothing is ever changed or removed. Their content is in files beside the database.
CREATE TABLE release_event (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    at_micros INTEGER NOT NULL UNIQUE,
    -- Identifier of the release.
    release TEXT NOT NULL CHECK (release <> ''),
    -- Who did what, as JSON: see src/release/event.rs.
    event BLOB NOT NULL,
    -- SHA-256 of the number, the instant, the release and the event.
    seal BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
