"""What a process must know before it has settings: which settings, and where this installation keeps its files."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ("development", "test", "production")


def environment() -> str:
    """BLENDED_PILOT_ENV, by default development. Raises SystemExit when it names no environment."""
    name = os.environ.get("BLENDED_PILOT_ENV") or "development"
    if name not in ENVIRONMENTS:
        raise SystemExit(f"BLENDED_PILOT_ENV is {name!r}; it must be one of {', '.join(ENVIRONMENTS)}.")
    return name


def home() -> Path:
    """The folder of everything that this installation keeps: BLENDED_PILOT_HOME, by default `var/`."""
    return Path(os.environ.get("BLENDED_PILOT_HOME") or ROOT / "var").resolve()


def choose_settings() -> None:
    """Point Django at the settings of the environment, unless it has been told already."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"blended_pilot.settings.{environment()}")
