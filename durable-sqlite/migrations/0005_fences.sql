-- Starts that are held back while a deployment is under way. `codes` is a JSON text.
CREATE TABLE fence (
    id TEXT PRIMARY KEY,
    codes TEXT NOT NULL,
    reason TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
