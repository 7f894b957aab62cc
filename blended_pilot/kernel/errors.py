"""How the program says no.

`Refused` is a rule of the contract, a gate or a permission saying no to a well-formed wish; `Unusable` is input that
cannot be read as what it claims to be. Both carry sentences written for the person who asked. Commands turn them into
exit status 3 and 2, pages into 409 and 422.
"""

from collections.abc import Sequence


class Refused(Exception):
    """A named refusal. Subclasses are defined beside the operation that raises them.

    `sentence` is shown as it is; `reasons` lists what is missing, one sentence each (may be empty).
    """

    def __init__(self, sentence: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reasons = tuple(reasons)


class Unusable(Exception):
    """A file or document that cannot be used at all: nothing was written.

    `reasons` lists every fault found, each naming the row, column or key path and the remedy.
    """

    def __init__(self, sentence: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reasons = tuple(reasons)
