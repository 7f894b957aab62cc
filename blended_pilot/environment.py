"""Which settings a process runs with: one variable, BLENDED_PILOT_ENV, read in one place."""

import os

ENVIRONMENTS = ("development", "test", "production")


def choose_settings() -> None:
    """Point Django at the settings of BLENDED_PILOT_ENV (default development), unless it already knows better.

    Raises SystemExit with a sentence when the variable names no environment.
    """
    name = os.environ.get("BLENDED_PILOT_ENV", "development")
    if name not in ENVIRONMENTS:
        raise SystemExit(f"BLENDED_PILOT_ENV is {name!r}; it must be one of {', '.join(ENVIRONMENTS)}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"blended_pilot.settings.{name}")
