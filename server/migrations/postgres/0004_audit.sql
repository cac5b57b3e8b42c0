-- Who did what, append-only. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    number          BIGINT  PRIMARY KEY NOT NULL, -- from 1, without a gap
    at_ms           BIGINT  NOT NULL,
    actor           TEXT    NOT NULL,
    federation      TEXT,                         -- of what happened in one; no reference, the log outlives all
    kind            TEXT    NOT NULL,
    detail          TEXT    NOT NULL,             -- JSON: ids, digests and numbers
    hash            TEXT    NOT NULL
);

-- One row: where the log ends, so that rows that are cut off at its end are missed.
CREATE TABLE audit_head (
    one             BIGINT  PRIMARY KEY NOT NULL CHECK (one = 1),
    row_count       BIGINT  NOT NULL,
    hash            TEXT    NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;

CREATE TRIGGER audit_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER audit_head_not_removed BEFORE DELETE OR TRUNCATE ON audit_head
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER audit_head_not_set_back BEFORE UPDATE ON audit_head
FOR EACH ROW WHEN (NEW.row_count NOT IN (OLD.row_count, OLD.row_count + 1)) EXECUTE FUNCTION audit_refuse();
