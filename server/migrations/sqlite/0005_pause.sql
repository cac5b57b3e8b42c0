-- 1 while the operator has paused the federation: no round opens or closes.
ALTER TABLE federations ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
