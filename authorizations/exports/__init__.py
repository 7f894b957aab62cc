"""Papers of this stage: the record of a decision, letters that tell of one, and the register."""
