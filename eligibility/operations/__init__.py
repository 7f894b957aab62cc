"""The only writers of members, their coverage and who looks after them."""
