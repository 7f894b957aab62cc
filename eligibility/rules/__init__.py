"""Plain rules of members' time: which level counts on a day, and where a span stands on a timeline."""
