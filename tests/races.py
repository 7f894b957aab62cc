"""Real connections, started together."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run each at once with the others in a connection of its own; what it gives, or the fault it raises."""
    answers: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(index: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            answers[index] = work()
        except Exception as fault:
            answers[index] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def names(answers: list[Any]) -> list[str]:
    """Sorted: the kind of each fault, and "done"."""
    return sorted(type(answer).__name__ if isinstance(answer, Exception) else "done" for answer in answers)
