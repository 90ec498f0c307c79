-- The ledger. An entry is a submission or a withdrawal; nothing is ever changed or removed.
-- Instants are microseconds since 1970-01-01T00:00:00Z; days are ISO 8601 text.

CREATE TABLE entry (
    position INTEGER NOT NULL PRIMARY KEY CHECK (position > 0),
    kind TEXT NOT NULL CHECK (kind IN ('submission', 'withdrawal')),
    accepted_micros INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE submission (
    position INTEGER NOT NULL PRIMARY KEY REFERENCES entry (position),
    ulid TEXT NOT NULL UNIQUE CHECK (length(ulid) = 26),
    agency TEXT NOT NULL CHECK (agency <> ''),
    dataset TEXT NOT NULL CHECK (dataset <> ''),
    collection TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('replace_period', 'merge', 'delete')),
    period_start TEXT NOT NULL CHECK (length(period_start) = 10),
    period_end TEXT NOT NULL CHECK (length(period_end) = 10 AND period_end >= period_start),
    extract_micros INTEGER NOT NULL,
    request_id TEXT NOT NULL CHECK (length(request_id) = 36),
    content_sha256 BLOB NOT NULL CHECK (length(content_sha256) = 32),
    synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
    -- Rows stored: received without those left out.
    stored_rows INTEGER NOT NULL CHECK (stored_rows >= 0),
    -- Messages of the contract, as encoded: SubmissionHeader and SubmissionReceipt.
    header BLOB NOT NULL,
    receipt BLOB NOT NULL,
    UNIQUE (agency, request_id)
) STRICT;

CREATE INDEX submission_of_dataset ON submission (agency, dataset, position);

-- The checked rows: one Arrow IPC stream of canonical columns, cut into parts.
CREATE TABLE payload (
    position INTEGER NOT NULL REFERENCES submission (position),
    part INTEGER NOT NULL CHECK (part >= 0),
    bytes BLOB NOT NULL,
    PRIMARY KEY (position, part)
) STRICT;

-- Findings kept, in their order, some hundreds to a block: each block is a ListFindingsResponse.
CREATE TABLE finding_block (
    position INTEGER NOT NULL REFERENCES submission (position),
    block INTEGER NOT NULL CHECK (block >= 0),
    findings BLOB NOT NULL,
    PRIMARY KEY (position, block)
) STRICT;

CREATE TABLE withdrawal (
    position INTEGER NOT NULL PRIMARY KEY REFERENCES entry (position),
    submission INTEGER NOT NULL UNIQUE REFERENCES submission (position),
    reason TEXT NOT NULL CHECK (reason <> '')
) STRICT;
