-- Which rows are in force after the entry at a position, so that a start reads no others. There is at most one row. It
-- follows from the entries: if it is missing or damaged, it is made from them again.
CREATE TABLE in_force (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    -- A message of its own, see src/store/in_force.rs.
    content BLOB NOT NULL,
    -- SHA-256 of the position and the content.
    seal BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
