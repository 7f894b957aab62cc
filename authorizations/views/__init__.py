"""Pages of requests, the queue, the register and episodes."""
