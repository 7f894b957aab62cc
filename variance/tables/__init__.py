"""How money rows look: `columns` that lists share, and the `lists`."""
