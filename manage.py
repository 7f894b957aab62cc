#!/usr/bin/env python
"""Run a management command of Blended Pilot."""

import sys

from django.core.management import execute_from_command_line

from blended_pilot.environment import choose_settings

if __name__ == "__main__":
    choose_settings()
    execute_from_command_line(sys.argv)
