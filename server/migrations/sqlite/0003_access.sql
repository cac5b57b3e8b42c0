-- Who may take part: invitations, identity keys, revoked sites, the operator's credential.

CREATE TABLE invitations (
    id              TEXT    PRIMARY KEY NOT NULL,
    federation      TEXT    NOT NULL REFERENCES federations (id),
    name            TEXT    NOT NULL,           -- whom, as the operator calls the site
    digest          TEXT    NOT NULL UNIQUE,    -- of the secret, which itself is never stored
    made_at_ms      INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL,
    site            TEXT    REFERENCES sites (id), -- who enrolled with it
    used_at_ms      INTEGER,
    revoked_at_ms   INTEGER
) STRICT;
CREATE INDEX invitations_of_federation ON invitations (federation);

ALTER TABLE sites ADD COLUMN name          TEXT;    -- its invitation's; none in an open federation
ALTER TABLE sites ADD COLUMN public_key    TEXT;    -- identity key (base64url)
ALTER TABLE sites ADD COLUMN seen_at_ms    INTEGER; -- last request, to the minute
ALTER TABLE sites ADD COLUMN revoked_at_ms INTEGER;
CREATE UNIQUE INDEX sites_by_key ON sites (federation, public_key);
CREATE INDEX sites_revoked ON sites (revoked_at_ms) WHERE revoked_at_ms IS NOT NULL;

CREATE TABLE operator (
    one             INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    credential_hash BLOB    NOT NULL,           -- the credential itself is never stored
    made_at_ms      INTEGER NOT NULL
) STRICT;
