"""Run the mutants: copy the program, break one place, run its tests, mend the place, go on."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from blended_pilot.devstack import servers
from tests.mutants.doors import DOORS
from tests.mutants.feeds import FEEDS
from tests.mutants.model import Mutant
from tests.mutants.money import MONEY

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = [*MONEY, *FEEDS, *DOORS]
LONGEST = 600  # seconds; a mutant that runs on has been noticed, too


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("words", nargs="*")
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    chosen = [each for each in MUTANTS if any(word in f"{each.path} {each.what}" for word in given.words or [""])]
    if given.list:
        for mutant in chosen:
            print(f"{mutant.path}: {mutant.what}")
        return 0
    with tempfile.TemporaryDirectory(prefix="blended-pilot-mutants-") as folder:
        Path(folder).chmod(0o711)
        copy = Path(folder, "copy")
        _copy(copy)
        with servers(Path(folder), throwaway=True):
            return _run(copy, chosen)


def _copy(there: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, there / name)


def _run(copy: Path, chosen: list[Mutant]) -> int:
    survivors = stale = 0
    for mutant in chosen:
        path = copy / mutant.path
        sound = path.read_text()
        begun = time.monotonic()
        if sound.count(mutant.old) != 1:
            verdict, stale = f"STALE (stands there {sound.count(mutant.old)} times)", stale + 1
        else:
            path.write_text(sound.replace(mutant.old, mutant.new))
            killer = _killer(copy, mutant)
            path.write_text(sound)
            verdict, survivors = (f"killed by {killer}", survivors) if killer else ("SURVIVED", survivors + 1)
        print(f"{mutant.path}: {mutant.what}: {verdict} ({time.monotonic() - begun:.0f} s)", flush=True)
    print(f"{len(chosen)} mutants: {len(chosen) - survivors - stale} killed, {survivors} survived, {stale} stale")
    return 1 if survivors or stale else 0


def _killer(copy: Path, mutant: Mutant) -> str:
    """The test that failed; empty when all passed."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "--tb=no",
        "--reuse-db",
        "-p",
        "no:cacheprovider",
    ]
    try:
        done = subprocess.run(
            [*command, "-p", "tests.mutants.quick", *mutant.tests],
            cwd=copy,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "the clock"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode not in (0, 1) and not failed:
        return f"not running at all: {(done.stdout + done.stderr)[-300:]}"
    return failed[0].split(" - ")[0] if failed else ""


if __name__ == "__main__":
    sys.exit(main())
