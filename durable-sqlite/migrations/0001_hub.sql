-- One row: the last number that was given out. Instances, runs, messages, frames and nodes draw from it, so a
-- number is never used twice, not even after the row that had it was removed.
CREATE TABLE sequence (value INTEGER NOT NULL);
INSERT INTO sequence (value) VALUES (0);

-- Names and versions of functions, written once and referred to by number. kind: 0 orchestrator, 1 activity.
CREATE TABLE code (
    id      INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    version TEXT    NOT NULL,
    UNIQUE (kind, name, version)
);

-- A worker that has joined. The number of the row is its epoch: whoever joins again is another node. socket: the
-- doorbell of its process, by which the processes of one machine see that it has died before its lease runs out.
CREATE TABLE node (
    id               INTEGER PRIMARY KEY,
    worker           TEXT    NOT NULL UNIQUE,
    build            INTEGER NOT NULL,
    takes_mismatched INTEGER NOT NULL,
    expires          INTEGER NOT NULL,
    socket           TEXT,
    orchestrators    TEXT    NOT NULL,
    activities       TEXT    NOT NULL
);

-- What a node can take. exact: the very version is offered; otherwise it is blank, or taken in order to fail it.
CREATE TABLE node_offer (
    node  INTEGER NOT NULL,
    code  INTEGER NOT NULL,
    exact INTEGER NOT NULL,
    PRIMARY KEY (node, code)
) WITHOUT ROWID;

-- A process that wants to hear of changes: the Unix datagram socket to ring.
CREATE TABLE listener (
    id      INTEGER PRIMARY KEY,
    socket  TEXT    NOT NULL UNIQUE,
    expires INTEGER NOT NULL
);

-- ready: 0 nothing to hand out; 1 has work and no owner; 2 has an owner in another process who was sent a message.
CREATE TABLE instance (
    id              INTEGER PRIMARY KEY,
    text_id         TEXT    NOT NULL UNIQUE,
    run             INTEGER NOT NULL,
    execution       TEXT    NOT NULL,
    first_execution TEXT    NOT NULL,
    generation      INTEGER NOT NULL,
    code            INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    owner           INTEGER,
    epoch           INTEGER NOT NULL,
    ready           INTEGER NOT NULL,
    ready_since     INTEGER,
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
    custom_status   BLOB
);
CREATE INDEX instance_ready ON instance (code, id) WHERE ready = 1;
CREATE INDEX instance_owner ON instance (owner, ready) WHERE owner IS NOT NULL;
CREATE INDEX instance_blocked ON instance (code) WHERE blocked IS NOT NULL;
CREATE INDEX instance_parent ON instance (parent_run) WHERE parent_run IS NOT NULL;
CREATE INDEX instance_created ON instance (created);

-- The first event of the current execution. Inbox and history refer to it, so its input is stored once.
CREATE TABLE started (
    instance INTEGER PRIMARY KEY,
    frame    BLOB NOT NULL
);

-- The end of an execution whose last frame does not hold it.
CREATE TABLE outcome (
    instance INTEGER PRIMARY KEY,
    frame    BLOB NOT NULL
);

-- One row per turn, in the order of commit. `previous` leads from the instance's tail to its first turn: a chain
-- needs no index, and so a turn writes to the end of this table only, however many instances take turns.
CREATE TABLE history (
    id          INTEGER PRIMARY KEY,
    previous    INTEGER,
    instance    INTEGER NOT NULL,
    first_event INTEGER NOT NULL,
    frame       BLOB    NOT NULL
);

-- Messages that no turn has consumed. A row without a frame is the instance's row in `started`.
CREATE TABLE inbox (
    instance INTEGER NOT NULL,
    id       INTEGER NOT NULL,
    run      INTEGER,
    carried  INTEGER NOT NULL,
    frame    BLOB,
    PRIMARY KEY (instance, id)
) WITHOUT ROWID;

-- Timers that have not fired. Task -1 is the scheduled start of an instance.
CREATE TABLE timer (
    run      INTEGER NOT NULL,
    task     INTEGER NOT NULL,
    instance INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    PRIMARY KEY (run, task)
) WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due);

-- Activities that are to run or run. Whoever runs one whose row is gone sees it cancelled.
CREATE TABLE activity (
    run        INTEGER NOT NULL,
    task       INTEGER NOT NULL,
    instance   INTEGER NOT NULL,
    code       INTEGER NOT NULL,
    owner      INTEGER,
    epoch      INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    deadline   INTEGER,
    created    INTEGER NOT NULL,
    progress   BLOB,
    frame      BLOB    NOT NULL,
    PRIMARY KEY (run, task)
) WITHOUT ROWID;
CREATE INDEX activity_ready ON activity (code, run, task) WHERE owner IS NULL;

CREATE TABLE tag (
    name     TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (name, value, instance)
) WITHOUT ROWID;
