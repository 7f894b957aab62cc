"""The generated pilot as files in a folder, for benchmarks and for trying the commands by hand."""

from pathlib import Path

from blended_pilot.demo.feeds import Source, write
from blended_pilot.demo.providers import tidewater
from blended_pilot.demo.story import Story
from blended_pilot.demo.terms import ATTACHMENTS, as_yaml, documents


def write_files(story: Story, folder: Path) -> list[Path]:
    """Write contract versions, attachments and one file a feed, as everything is known today; return the paths.

    Rows are written as they are made: memory does not grow with the number of members.
    """
    provider = tidewater(story)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for document in documents(story, provider):
        path = folder / f"contract-{document['version']}.yaml"
        path.write_text(as_yaml(document), encoding="utf-8")
        written.append(path)
    for name, content in ATTACHMENTS.items():
        (folder / name).write_bytes(content)
        written.append(folder / name)
    for kind, rows in Source(story, provider).everything().items():
        path = folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            write(out, kind, rows())
        written.append(path)
    return written
