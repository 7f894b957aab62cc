"""Pages of members and of those who look after them."""
