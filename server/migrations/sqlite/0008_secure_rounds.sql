-- Secure aggregation: how far the attempt of the open round has come, and what its sites have sent besides masked updates.
CREATE TABLE secure_rounds (
    federation      TEXT    PRIMARY KEY NOT NULL REFERENCES federations (id),
    attempt         INTEGER NOT NULL,
    state           TEXT    NOT NULL            -- JSON
) STRICT;

CREATE TABLE secure_messages (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    site            TEXT    NOT NULL REFERENCES sites (id),
    step            TEXT    NOT NULL,
    body            TEXT    NOT NULL,           -- JSON
    PRIMARY KEY (federation, step, site)
) STRICT;
