-- The identifying values of rows that were left out: one Arrow IPC stream, cut into parts. They show which rows held
-- before stay in force although a replacement of their period does not have them.
CREATE TABLE left_out (
    position INTEGER NOT NULL REFERENCES submission (position),
    part INTEGER NOT NULL CHECK (part >= 0),
    bytes BLOB NOT NULL,
    PRIMARY KEY (position, part)
) STRICT;
