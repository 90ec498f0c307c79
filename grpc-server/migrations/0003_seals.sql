-- What the exchange knows of itself. There is one row. A database without it was made by an earlier version, and its
-- entries have no seals yet.
CREATE TABLE exchange (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- The clock when the exchange was initialised, or when an operator last said that the clock is right. NULL if
    -- nobody did.
    clock_micros INTEGER
) STRICT;

-- SHA-256 of each part of an entry, stored in the transaction of the entry. A withdrawal has only the first.
CREATE TABLE seal (
    position INTEGER NOT NULL PRIMARY KEY REFERENCES entry (position),
    entry BLOB NOT NULL CHECK (length(entry) = 32),
    messages BLOB CHECK (length(messages) = 32),
    payload BLOB CHECK (length(payload) = 32),
    left_out BLOB CHECK (length(left_out) = 32),
    findings BLOB CHECK (length(findings) = 32)
) STRICT;
