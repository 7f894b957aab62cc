"""Members and who looks after them, for programs."""
