-- Listings go by name and version, state and time of start; counts by version read nothing else. The number of the row is
-- the last column of every index.
CREATE INDEX instance_listing ON instance (code, status, created);
