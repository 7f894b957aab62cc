"""Everything that this installation keeps, in one file, and back from it; and the drill that shows that it comes back.

The file is a tar archive: what `pg_dump` says of the database, every uploaded file, and a manifest that counts and
hashes all of it. Nothing of a file whose manifest does not hold is restored.
"""
