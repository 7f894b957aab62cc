"""Settings by environment: see `blended_pilot.environment` for how one is chosen."""
