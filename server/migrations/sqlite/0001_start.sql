-- Times are milliseconds since the Unix epoch; ids are UUIDs as text; digests are SHA-256.

CREATE TABLE federations (
    id              TEXT    PRIMARY KEY NOT NULL,
    manifest        TEXT    NOT NULL,           -- digest of the manifest; never changes
    seed            TEXT    NOT NULL,           -- seed of version 0 (unsigned 64 bit); never changes
    version         INTEGER NOT NULL DEFAULT 0, -- newest model
    attempt         INTEGER NOT NULL DEFAULT 1, -- of round version + 1
    deadline_ms     INTEGER,                    -- set while that round is open
    present         TEXT    NOT NULL DEFAULT '[]', -- sites that were present when it opened (JSON)
    optimiser_state BLOB    NOT NULL
) STRICT;

CREATE TABLE sites (
    id              TEXT    PRIMARY KEY NOT NULL,
    federation      TEXT    NOT NULL REFERENCES federations (id),
    credential_hash BLOB    NOT NULL,           -- the credential itself is never stored
    enrolled_at_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX sites_of_federation ON sites (federation);

CREATE TABLE models (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    version         INTEGER NOT NULL,
    digest          TEXT    NOT NULL,
    made_at_ms      INTEGER NOT NULL,
    updates         INTEGER NOT NULL,           -- how many went into it
    body            BLOB    NOT NULL,           -- safetensors
    PRIMARY KEY (federation, version)
) STRICT;

CREATE TABLE updates (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    id              TEXT    NOT NULL,
    site            TEXT    NOT NULL REFERENCES sites (id),
    round           INTEGER NOT NULL,
    digest          TEXT    NOT NULL,
    received_at_ms  INTEGER NOT NULL,
    merged_into     INTEGER,                    -- the version that holds it
    body            BLOB,                       -- safetensors; removed by the merge, the row stays
    PRIMARY KEY (federation, id),
    UNIQUE (federation, round, site)
) STRICT;

-- The health check writes here and removes it again.
CREATE TABLE probes (
    body            BLOB    NOT NULL
) STRICT;
