"""What an action is: something a key does, and where it is to be had."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from cloudmc_tui.language import _


class Scope(str, Enum):
    """Where an action is to be had."""

    MOVE = "move"
    """In everything that has lines and a cursor."""
    PANES = "panes"
    GO = "go"
    TREE = "tree"
    LIST = "list"
    ENTITY = "entity"
    DO = "do"
    OWN = "own"
    OPERATIONS = "operations"
    FORM = "form"
    PLAN = "plan"
    TASKS = "tasks"
    PROMPT = "prompt"
    CHOICE = "choice"
    FIND = "find"
    PROFILES = "profiles"
    CHECK = "check"
    BULK = "bulk"
    SECRET = "secret"  # noqa: S105
    EDITOR = "editor"
    COMMAND = "command"
    REQUESTS = "requests"
    WINDOW = "window"
    APP = "app"

    @property
    def heading(self) -> str:
        """The heading that it stands under in the help."""
        headings = {
            Scope.MOVE: "Move",
            Scope.PANES: "Panes",
            Scope.GO: "Go",
            Scope.TREE: "In the tree",
            Scope.LIST: "In the list",
            Scope.ENTITY: "With an entity",
            Scope.DO: "Do",
            Scope.OPERATIONS: "In the operations",
            Scope.FORM: "In a form",
            Scope.PLAN: "In a plan",
            Scope.TASKS: "In the tasks",
            Scope.PROMPT: "While typing a path or a filter",
            Scope.CHOICE: "In a choice",
            Scope.FIND: "While finding",
            Scope.PROFILES: "In the profiles",
            Scope.CHECK: "In a profile's test",
            Scope.BULK: "In a bulk run",
            Scope.SECRET: "With a secret",
            Scope.EDITOR: "In an editor",
            Scope.OWN: "Your own commands",
            Scope.COMMAND: "Before a command is run",
            Scope.REQUESTS: "In the request log",
            Scope.WINDOW: "In other windows",
            Scope.APP: "Program",
        }
        return _(headings[self])


class Action(Struct, frozen=True):
    """Something a key does.

    Attributes:
        id: what users bind keys to; ``pane.verb``.
        keys: the default keys, as Textual names them, with commas between.
        label: a word or two, for the footer and the palette.
        help: one line, for the help.
        scope: where it is to be had.
        footer: its place in the footer, lowest first; 0: not there.
        palette: whether the palette offers it.
        does: what Textual is to call, where that is not :attr:`method`.
        anywhere: whether its keys work whatever has the focus, also where one types.
        needed: whether it has to have a key: without it there would be no way out, or no help.
        loses: whether it leads to where something is lost.
    """

    id: str
    keys: str
    label: str
    help: str
    scope: Scope
    footer: int = 0
    palette: bool = True
    does: str = ""
    anywhere: bool = False
    needed: bool = False
    loses: bool = False

    @property
    def method(self) -> str:
        """The action's name in Textual: ``list.sort`` is done by ``action_list_sort``."""
        return self.does or self.id.replace(".", "_")
