"""What people type on the pages of this stage; parsed here, decided by the operations."""
