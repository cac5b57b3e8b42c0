-- Several servers on one store.

-- A row of federations changes with every update, so it must stay small.
CREATE TABLE optimiser_states (
    federation      TEXT    PRIMARY KEY NOT NULL REFERENCES federations (id),
    state           BLOB    NOT NULL
) STRICT;
INSERT INTO optimiser_states SELECT id, optimiser_state FROM federations;
ALTER TABLE federations DROP COLUMN optimiser_state;

-- Grows with every change of the federation: who changes it names the revision that the decision rests on.
ALTER TABLE federations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- Server processes, and when each was last alive.
CREATE TABLE replicas (
    id              TEXT    PRIMARY KEY NOT NULL,
    seen_at_ms      INTEGER NOT NULL
) STRICT;

-- Sites as each server sees them; without a row of its own server, a site has left.
CREATE TABLE presence (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    site            TEXT    NOT NULL REFERENCES sites (id),
    replica         TEXT    NOT NULL REFERENCES replicas (id) ON DELETE CASCADE,
    streams         INTEGER NOT NULL,           -- open event streams; with one, present as long as its server is alive
    seen_at_ms      INTEGER NOT NULL,           -- last request
    PRIMARY KEY (federation, site, replica)
) STRICT;
