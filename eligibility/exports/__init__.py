"""Files that leave this stage."""
