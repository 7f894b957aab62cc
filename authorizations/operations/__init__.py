"""The only writers of this stage: one module for each noun."""
