-- heartbeat: how long the activity may run without a sign of life. deadline, which nothing enforced so far: until when
-- its owner must give the next one; null while nobody runs it. Both in microseconds.
ALTER TABLE activity ADD COLUMN heartbeat INTEGER;
UPDATE activity SET deadline = NULL;
CREATE INDEX activity_deadline ON activity (deadline) WHERE deadline IS NOT NULL;
