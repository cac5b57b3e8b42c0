-- Times are milliseconds since the Unix epoch; ids are UUIDs as text; digests are SHA-256.

CREATE TABLE federations (
    id              TEXT    PRIMARY KEY NOT NULL,
    manifest        TEXT    NOT NULL,           -- digest of the manifest; never changes
    seed            TEXT    NOT NULL,           -- seed of version 0 (unsigned 64 bit); never changes
    version         BIGINT  NOT NULL DEFAULT 0, -- newest model
    attempt         BIGINT  NOT NULL DEFAULT 1, -- of round version + 1
    deadline_ms     BIGINT,                     -- set while that round is open
    present         TEXT    NOT NULL DEFAULT '[]', -- sites that were present when it opened (JSON)
    optimiser_state BYTEA   NOT NULL
);

CREATE TABLE sites (
    id              TEXT    PRIMARY KEY NOT NULL,
    federation      TEXT    NOT NULL REFERENCES federations (id),
    credential_hash BYTEA   NOT NULL,           -- the credential itself is never stored
    enrolled_at_ms  BIGINT  NOT NULL
);
CREATE INDEX sites_of_federation ON sites (federation);

CREATE TABLE models (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    version         BIGINT  NOT NULL,
    digest          TEXT    NOT NULL,
    made_at_ms      BIGINT  NOT NULL,
    updates         BIGINT  NOT NULL,           -- how many went into it
    body            BYTEA   NOT NULL,           -- safetensors
    PRIMARY KEY (federation, version)
);

CREATE TABLE updates (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    id              TEXT    NOT NULL,
    site            TEXT    NOT NULL REFERENCES sites (id),
    round           BIGINT  NOT NULL,
    digest          TEXT    NOT NULL,
    received_at_ms  BIGINT  NOT NULL,
    merged_into     BIGINT,                     -- the version that holds it
    body            BYTEA,                      -- safetensors; removed by the merge, the row stays
    PRIMARY KEY (federation, id),
    UNIQUE (federation, round, site)
);

-- The health check writes here and removes it again.
CREATE TABLE probes (
    body            BYTEA   NOT NULL
);

-- Tensors don't compress; trying costs time.
ALTER TABLE models ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE updates ALTER COLUMN body SET STORAGE EXTERNAL;
