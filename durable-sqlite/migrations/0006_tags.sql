-- The tags of an instance with its time of start, so that those who have one are found in the order of a listing.
CREATE TABLE tag_listed (
    name     TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (name, value, created, instance)
) WITHOUT ROWID;
INSERT INTO tag_listed
    SELECT tag.name, tag.value, i.created, tag.instance FROM tag JOIN instance i ON i.id = tag.instance;
DROP TABLE tag;
ALTER TABLE tag_listed RENAME TO tag;
