-- When a site first sent an update. A site that never has gives way when its federation is full. Those that are there by now
-- count as if they had.
ALTER TABLE sites ADD COLUMN sent_at_ms INTEGER;
UPDATE sites SET sent_at_ms = enrolled_at_ms;
