-- Fewer rows and pages for each instance. An id that is 32 hexadecimal digits is a BLOB of 16 bytes from here on.
--
-- first_execution: null while it is `execution`. first: the number of the message that is the first event of the current
-- execution, until a turn consumes it; it has no row in the inbox. started: that event, if it is small; otherwise it is
-- in the table `started`. updated and ended: microseconds since `created`. The listing goes by number, so the index on
-- `created` is gone.
CREATE TABLE instance_lean (
    id              INTEGER PRIMARY KEY,
    text_id         TEXT    NOT NULL UNIQUE,
    run             INTEGER NOT NULL,
    execution       TEXT    NOT NULL,
    first_execution TEXT,
    generation      INTEGER NOT NULL,
    code            INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    owner           INTEGER,
    epoch           INTEGER NOT NULL,
    ready           INTEGER NOT NULL,
    ready_since     INTEGER,
    first           INTEGER,
    event_count     INTEGER NOT NULL,
    history_tail    INTEGER,
    created         INTEGER NOT NULL,
    updated         INTEGER NOT NULL,
    ended           INTEGER,
    due             INTEGER,
    parent_run      INTEGER,
    child_policy    INTEGER NOT NULL,
    blocked         TEXT,
    tried           TEXT,
    started         BLOB,
    custom_status   BLOB
);
INSERT INTO instance_lean
    SELECT i.id,
           CASE WHEN length(i.text_id) = 32 AND i.text_id NOT GLOB '*[^0-9a-f]*' THEN unhex(i.text_id) ELSE i.text_id END,
           i.run,
           CASE WHEN length(i.execution) = 32 AND i.execution NOT GLOB '*[^0-9a-f]*'
                THEN unhex(i.execution) ELSE i.execution END,
           CASE WHEN i.first_execution = i.execution THEN NULL
                WHEN length(i.first_execution) = 32 AND i.first_execution NOT GLOB '*[^0-9a-f]*'
                THEN unhex(i.first_execution) ELSE i.first_execution END,
           i.generation, i.code, i.status, i.owner, i.epoch, i.ready, i.ready_since,
           (SELECT b.id FROM inbox b WHERE b.instance = i.id AND b.frame IS NULL),
           i.event_count, i.history_tail, i.created, i.updated - i.created, i.ended - i.created, i.due, i.parent_run,
           i.child_policy, i.blocked, i.tried, NULL, i.custom_status
    FROM instance i;
DROP TABLE instance;
ALTER TABLE instance_lean RENAME TO instance;
CREATE INDEX instance_ready ON instance (code, id) WHERE ready = 1;
CREATE INDEX instance_owner ON instance (owner, ready) WHERE owner IS NOT NULL;
CREATE INDEX instance_blocked ON instance (code) WHERE blocked IS NOT NULL;
CREATE INDEX instance_parent ON instance (parent_run) WHERE parent_run IS NOT NULL;
DELETE FROM inbox WHERE frame IS NULL;
