#!/usr/bin/env python
"""Run a management command of Blended Pilot."""

import sys

from django.core.management import execute_from_command_line

from blended_pilot.devstack.for_commands import servers_for
from blended_pilot.devstack.place import Unavailable
from blended_pilot.environment import choose_settings
from blended_pilot.kernel.scope import SYSTEM, acting

if __name__ == "__main__":
    choose_settings()
    try:
        with servers_for(sys.argv[1:]), acting(SYSTEM):  # whoever stands at the machine sees all of it
            execute_from_command_line(sys.argv)
    except Unavailable as error:
        sys.exit(str(error))
