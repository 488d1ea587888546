"""The history of the tables. Revisions are numbered; one that was released is never changed."""
