"""Plain rules of delivered work: what is expected of it, and which of it is paid."""
