-- Rows that did not hold any more what was written into them. They are taken out of the way of the rounds; their
-- tensors are not kept.
CREATE TABLE damaged (
    federation      TEXT    NOT NULL REFERENCES federations (id),
    kind            TEXT    NOT NULL,           -- update, model or optimiser-state
    name            TEXT    NOT NULL,           -- the update's id or the model's version
    reason          TEXT    NOT NULL,
    found_at_ms     INTEGER NOT NULL,
    PRIMARY KEY (federation, kind, name)
) STRICT;

ALTER TABLE optimiser_states ADD COLUMN digest TEXT; -- of the state; none if an earlier version wrote it

-- 1 once the server has ended properly; one that did not may come back within seconds.
ALTER TABLE replicas ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
