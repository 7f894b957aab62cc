"""manage.py demo_data: load the invented pilot, or write its files. Production does not install this command."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from blended_pilot.demo.files import write_files
from blended_pilot.demo.loading import load, today
from blended_pilot.demo.story import Story
from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable

LEAST_MEMBERS, LEAST_MONTHS, MOST_MONTHS = 20, 2, 60


class Command(ProductCommand):
    help = "Load a lively invented pilot whose story ends today, or write its files to a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--members", type=int, default=1200, help="people ever enrolled (1,200)")
        parser.add_argument("--months", type=int, default=20, help="whole months before this one (20)")
        parser.add_argument("--out", type=Path, metavar="DIR", help="write contract and feed files here, load nothing")
        parser.add_argument("--quiet", action="store_true", help="do not say which month is being loaded")

    def perform(self, **options: Any) -> dict[str, Any]:
        if options["members"] < LEAST_MEMBERS or not LEAST_MONTHS <= options["months"] <= MOST_MONTHS:
            raise Unusable(
                _("A pilot needs at least %(members)d members, and from %(least)d to %(most)d months.")
                % {"members": LEAST_MEMBERS, "least": LEAST_MONTHS, "most": MOST_MONTHS}
            )
        now = timezone.now()
        story = Story(today=today(now), members=options["members"], months=options["months"])
        if options["out"]:
            return {"written": [str(path) for path in write_files(story, options["out"])]}
        say = (lambda sentence: None) if options["quiet"] or options["json"] else self.stdout.write
        return {"events": load(story=story, now=now, say=say)}

    def prose(self, answer: dict[str, Any]) -> str:
        if "written" in answer:
            return "\n".join(answer["written"])
        if answer["events"]:
            return _("The demo is loaded: %(events)d things happened.") % answer
        return _("The demo is there already.")
