"""How the behaviour of an operation is written down, and the register of all of them.

An operation is a generator with one ``yield``. What stands before it happens when the operation is
asked for: it checks, refuses, and sets the states on the way. What stands after it happens when the
task ends; what it returns is the task's result. A task that fails raises its error at the ``yield``,
where ``with call.passing(...)`` and ``with call.provisional(...)`` take back what was begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from cloudmc_tui.simulator import errors, filters
from cloudmc_tui.simulator.body import Body
from cloudmc_tui.simulator.store import Environment, Row
from cloudmc_tui.simulator.tasks import Steps

if TYPE_CHECKING:
    from cloudmc_tui.simulator.world import World


class Call(Struct):
    """One operation being carried out.

    Attributes:
        world: the cloud.
        env: the environment.
        entity_type: what it works on.
        name: the operation's name in the register.
        body: the request's body.
        row: the entity; empty for an operation of the collection.
        locks: the entities that nothing else may change until the task ends.
    """

    world: World
    env: Environment
    entity_type: str
    name: str
    body: Body
    row: Row = field(default_factory=dict)
    locks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def moment(self) -> float:
        """The time that it is for the cloud: asked for, or (after the ``yield``) ended."""
        return self.world.agenda.moment

    def refer(self, field: str, entity_type: str) -> Row:
        """The entity that a required member names.

        Raises:
            ApiError: 400, the member is missing or names nothing.
        """
        return self.env.refer(entity_type, self.body.text(field), field)

    def may_refer(self, field: str, entity_type: str) -> Row | None:
        """The entity that a member names, or None where the member is missing.

        Raises:
            ApiError: 400, it names nothing.
        """
        entity_id = self.body.maybe(field)
        return None if entity_id is None else self.env.refer(entity_type, entity_id, field)

    def refer_all(self, field: str, entity_type: str) -> list[Row]:
        """The entities that a list of ids names, each once.

        Raises:
            ApiError: 400, one of them is not there.
        """
        return [self.env.refer(entity_type, i, field) for i in dict.fromkeys(self.body.texts(field))]

    def change(self, **members: Any) -> None:
        """Set members of the entity that the operation is run on."""
        self.env.change(self.entity_type, self.row, **members)

    def result(self, row: Row | None = None, **more: Any) -> Row:
        """The entity as the get endpoint shows it, which is what tasks result in."""
        shown = filters.detail(self.env, self.entity_type, self.row if row is None else row)
        return {**shown, **more}

    def lock(self, entity_type: str, entity_id: str) -> None:
        """Keep everything else from changing an entity until the task ends.

        Raises:
            ApiError: 409, another task is changing it.
        """
        holder = self.env.busy.get((entity_type, entity_id))
        if holder is not None:
            raise errors.busy(entity_type, entity_id, holder)
        self.locks.append((entity_type, entity_id))

    @contextmanager
    def passing(self, state: str) -> Iterator[None]:
        """Show the entity in a state on the way; back to the one before if the task fails."""
        before = self.row["state"]
        self.change(state=state)
        try:
            yield
        except errors.ApiError:
            self.change(state=before)
            raise

    @contextmanager
    def rebooting(self) -> Iterator[None]:
        """Show a running instance rebooting until the work is done; a stopped one stays stopped."""
        if self.row["state"] != "Running":
            yield
            return
        with self.passing("Rebooting"):
            yield
            self.change(state="Running")

    @contextmanager
    def provisional(self, entity_type: str, row: Row) -> Iterator[Row]:
        """Hold a new entity, listed but locked, while its task runs; gone again if that fails."""
        self.lock(entity_type, row["id"])
        try:
            yield row
        except errors.ApiError:
            self.env[entity_type].remove(row["id"])
            raise


Handler = Callable[[Call], Steps]


class Rule(Struct, frozen=True):
    """How an operation is to be carried out.

    Attributes:
        handler: what it does.
        collection: it is run on the collection.
        states: the states that it is allowed from; empty for any.
        forced: further states, when the body's ``forceStop`` is true; these do not wait for the task
            that is under way.
        weight: how long it takes, in typical tasks.
    """

    handler: Handler
    collection: bool
    states: tuple[str, ...]
    forced: tuple[str, ...]
    weight: float


RULES: dict[tuple[str, str], Rule] = {}
"""(Entity type, operation) → how it behaves. The plain ones are ``create``, ``update`` and
``delete``; those named in the query start with a question mark: ``?start``."""


def operation(
    entity_type: str,
    name: str,
    *,
    collection: bool = False,
    states: tuple[str, ...] = (),
    forced: tuple[str, ...] = (),
    weight: float = 1,
) -> Callable[[Handler], Handler]:
    """Register the decorated generator as an operation's behaviour (see :class:`Rule`)."""

    def register(handler: Handler) -> Handler:
        RULES[entity_type, name] = Rule(handler, collection or name == "create", states, forced, weight)
        return handler

    return register


def deletion(entity_type: str, check: Callable[[Call], None] = lambda _: None) -> None:
    """Register a plain delete: checked, and gone when the task ends.

    Args:
        entity_type: what is deleted.
        check: refuses what may not be.
    """

    @operation(entity_type, "delete")
    def delete(call: Call) -> Steps:
        check(call)
        yield
        call.env[entity_type].remove(call.row["id"])
        return {}
