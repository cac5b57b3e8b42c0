-- Who did what, append-only. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    number          INTEGER PRIMARY KEY NOT NULL, -- from 1, without a gap
    at_ms           INTEGER NOT NULL,
    actor           TEXT    NOT NULL,
    federation      TEXT,                         -- of what happened in one; no reference, the log outlives all
    kind            TEXT    NOT NULL,
    detail          TEXT    NOT NULL,             -- JSON: ids, digests and numbers
    hash            TEXT    NOT NULL
) STRICT;

-- One row: where the log ends, so that rows that are cut off at its end are missed.
CREATE TABLE audit_head (
    one             INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    row_count       INTEGER NOT NULL,
    hash            TEXT    NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- "INSERT OR REPLACE" removes a row without a DELETE.
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_head_not_removed BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_head_not_set_back BEFORE UPDATE ON audit_head
WHEN NEW.row_count NOT IN (OLD.row_count, OLD.row_count + 1)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
