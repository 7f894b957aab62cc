"""Migrations of many small steps, in a time that does not grow with the models behind them."""

from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class AtOnce(Operation):
    """Several steps that see the same models: what each of them adds to the state is drawn up once.

    Django draws every related model anew after each step, which for a few hundred constraints and triggers takes most
    of a minute. For steps that only add (fields, constraints, indexes, triggers), no two of them the same thing: each
    is carried out with all of them in the state. A new model stands before, because its table is made from the state.
    """

    category = OperationCategory.ADDITION

    def __init__(self, *steps: Operation) -> None:
        self.steps = steps

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return self.__class__.__name__, list(self.steps), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        drawn = state.__dict__.pop("apps", None)  # a cached property: while it is away, no step draws anything
        for step in self.steps:
            step.state_forwards(app_label, state)
        if drawn is not None:
            state.__dict__["apps"] = drawn
            touched = sorted({(app_label, step.model_name_lower) for step in self.steps})  # type: ignore[attr-defined]
            state.reload_models(touched)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for step in self.steps:
            step.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for step in reversed(self.steps):
            # what a constraint names may be a field of another of the steps: all of them are still in the state left
            step.database_backwards(app_label, schema_editor, from_state, from_state)

    def describe(self) -> str:
        return "; ".join(step.describe() for step in self.steps)
