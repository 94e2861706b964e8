"""Every action of the explorer, declared once: bindings, footer, help, palette and the README's key
table are made from this list."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.keys import REPLACED_KEYS, key_to_character

from cloudmc_tui.tui.action import Action as Action
from cloudmc_tui.tui.action import Scope as Scope
from cloudmc_tui.tui.window_actions import window_actions


def _moves() -> tuple[Action, ...]:
    rows = (
        ("move.up", "up,k", "Up", "One line up"),
        ("move.down", "down,j", "Down", "One line down"),
        ("move.left", "left,h", "Left", "Fold the branch; columns or text to the left"),
        ("move.right", "right,l", "Right", "Unfold the branch; columns or text to the right"),
        ("move.page_up", "pageup,ctrl+b", "Page up", "One page up"),
        ("move.page_down", "pagedown,ctrl+f", "Page down", "One page down"),
        ("move.first", "home,g", "First", "To the first line"),
        ("move.last", "end,G", "Last", "To the last line"),
    )
    moves = (Action(i, keys, label, text, Scope.MOVE, palette=False) for i, keys, label, text in rows)
    opens = Action(
        "go.open", "enter", "Open", "Open what the cursor is on", Scope.MOVE, footer=1, palette=False
    )
    return (*moves, opens)


ACTIONS: tuple[Action, ...] = (
    *_moves(),
    Action("pane.tree", "1", "Tree", "To the tree", Scope.PANES),
    Action("pane.list", "2", "List", "To the list", Scope.PANES),
    Action("pane.entity", "3", "Entity", "To the entity", Scope.PANES),
    Action("pane.tasks", "4", "Tasks", "To the tasks", Scope.PANES),
    Action("pane.tasks_full", "t", "All tasks", "The tasks over the whole screen, and back", Scope.PANES),
    Action("pane.next", "tab", "Next pane", "To the next pane", Scope.PANES, palette=False),
    Action("pane.previous", "shift+tab", "Previous pane", "To the pane before", Scope.PANES, palette=False),
    Action("pane.zoom", "z", "Zoom", "The focused pane alone, and back", Scope.PANES),
    Action("go.back", "backspace", "Back", "Back to where you were, as you left it", Scope.GO, footer=2),
    Action(
        "go.cancel", "escape", "Cancel", "One step back: prompt, filter, zoom, pane", Scope.GO, palette=False
    ),
    Action("go.find", "f", "Find", "Find anywhere: by name, id, address, any field", Scope.GO),
    Action("go.bookmark", "b", "Bookmark", "Bookmark this place, or remove the bookmark", Scope.GO),
    Action("go.bookmarks", "B", "Bookmarks…", "Go to a bookmark", Scope.GO),
    Action("go.path", "colon", "Go to", "Go to a path, with completion (tab)", Scope.GO, footer=3),
    Action("tree.toggle", "space", "Fold", "Fold or unfold the branch", Scope.TREE, footer=4, palette=False),
    Action("list.mark", "space", "Mark", "Mark it, or unmark it, and go on", Scope.LIST, palette=False),
    Action("list.mark_all", "a", "Mark all", "Mark all that are shown", Scope.LIST),
    Action("list.unmark", "u", "Unmark", "Unmark everything", Scope.LIST),
    Action("list.filter", "slash", "Filter", "Show only what matches, as you type", Scope.LIST, footer=4),
    Action("list.sort", "s", "Sort", "Sort by a column; the same again turns it round", Scope.LIST, footer=5),
    Action("list.columns", "w", "Columns…", "Choose the columns", Scope.LIST),
    Action("list.auto", "R", "Auto-refresh…", "Read it again every so often", Scope.LIST),
    Action("list.export", "E", "Export…", "Write the list to a file, or to the clipboard", Scope.LIST),
    Action("list.save_view", "", "Save view…", "Keep columns, order and filter under a name", Scope.LIST),
    Action("list.views", "", "Views…", "Choose a named view", Scope.LIST),
    Action("list.refresh", "r", "Refresh", "Read it again from the server", Scope.LIST, footer=6),
    Action("entity.details", "d", "Details", "Labels and values", Scope.ENTITY, footer=5),
    Action("entity.json", "J", "JSON", "Just as the API sent it", Scope.ENTITY, footer=5),
    Action("entity.relations", "x", "Relations", "What it uses, and what uses it", Scope.ENTITY, footer=5),
    Action("entity.changes", "c", "Changes", "What has changed since it was last seen", Scope.ENTITY),
    Action("entity.reveal", "V", "Show secrets", "Show its secrets, and hide them again", Scope.ENTITY),
    Action("entity.ssh", "S", "ssh", "Go to the instance by ssh; shows the command first", Scope.ENTITY),
    Action("entity.copy", "y", "Copy…", "Copy name, id, path, value or JSON", Scope.ENTITY, footer=7),
    Action(
        "do.operations",
        "o",
        "Operations",
        "What can be done with it, or with what is marked",
        Scope.DO,
        footer=3,
    ),
    Action("do.new", "n", "New", "Create one of this type", Scope.DO),
    Action("do.update", "e", "Update", "Change it", Scope.DO),
    Action(
        "do.delete",
        "D",
        "Delete",
        "Delete it: opens its plan, deletes nothing by itself",
        Scope.DO,
        loses=True,
    ),
    Action("do.unlock", "U", "Unlock", "Unlock a protected profile for a while, or lock it", Scope.DO),
    Action(
        "operations.close",
        "escape",
        "Close",
        "Close the operations",
        Scope.OPERATIONS,
        footer=2,
        palette=False,
    ),
    Action("form.next", "tab,down", "Next", "To the next field", Scope.FORM, palette=False),
    Action("form.previous", "shift+tab,up", "Previous", "To the field before", Scope.FORM, palette=False),
    Action("form.toggle", "space", "Change", "Yes or no; the next of the choices", Scope.FORM, palette=False),
    Action("form.clear", "delete,backspace", "Clear", "Empty the field", Scope.FORM, palette=False),
    Action(
        "form.plan",
        "ctrl+s,f10",
        "Plan",
        "On to the plan; nothing is sent yet",
        Scope.FORM,
        footer=1,
        palette=False,
    ),
    Action("form.raw", "f4", "JSON", "Write the body as JSON instead", Scope.FORM, footer=2, palette=False),
    Action(
        "form.leave",
        "escape",
        "Leave",
        "Leave the form; what was typed is kept",
        Scope.FORM,
        footer=3,
        palette=False,
    ),
    Action("plan.cancel", "escape,q", "Cancel", "Send nothing", Scope.PLAN, palette=False, needed=True),
    Action("plan.copy", "y", "Copy…", "Copy it as curl or as a cloudmc-tui line", Scope.PLAN, palette=False),
    Action("plan.dry_run", "d", "Dry run", "Stop here: send nothing", Scope.PLAN, palette=False),
    Action(
        "plan.stop_on_failure",
        "f",
        "On failure",
        "Stop at the first failure, or carry on",
        Scope.PLAN,
        palette=False,
    ),
    Action("plan.unlock", "U", "Unlock", "Unlock writes, where they are locked", Scope.PLAN, palette=False),
    Action("plan.left", "left", "Left", "To the button on the left", Scope.PLAN, palette=False),
    Action("plan.right", "right", "Right", "To the button on the right", Scope.PLAN, palette=False),
    Action("tasks.target", "x", "Target", "Go to what it was run on", Scope.TASKS, footer=2, palette=False),
    Action("tasks.filter", "slash", "Filter", "Show only what matches", Scope.TASKS, footer=3, palette=False),
    Action(
        "tasks.forget",
        "delete",
        "Forget",
        "Forget this finished task",
        Scope.TASKS,
        palette=False,
        loses=True,
    ),
    Action(
        "tasks.forget_all",
        "F",
        "Forget all",
        "Forget all finished tasks",
        Scope.TASKS,
        palette=False,
        loses=True,
    ),
    *window_actions(),
    Action("go.palette", "ctrl+p", "Palette", "All actions, by name", Scope.APP, palette=False),
    Action(
        "app.profiles", "P", "Profiles…", "Go to another profile; tasks here are still followed", Scope.APP
    ),
    Action("app.organizations", "O", "Organizations…", "Act in another organization", Scope.APP),
    Action(
        "app.requests", "L", "Requests…", "Every request of this session; its changes as a script", Scope.APP
    ),
    Action("app.key", "K", "Key", "Give the API key again, after it was refused", Scope.APP),
    Action("app.messages", "M", "Messages…", "What was said in the footer, whole", Scope.APP),
    Action("app.theme", "", "Theme…", "Choose a theme", Scope.APP),
    Action("app.problems", "", "Problems…", "What is wrong with the config file and the themes", Scope.APP),
    Action("app.help", "question_mark", "Help", "These keys", Scope.APP, footer=8),
    Action(
        "app.help_now",
        "f1",
        "Help",
        "The keys of where you are, from anywhere",
        Scope.APP,
        palette=False,
        anywhere=True,
        needed=True,
    ),
    Action(
        "app.suspend",
        "ctrl+z",
        "Suspend",
        "Give the terminal back to the shell; fg comes back",
        Scope.APP,
        does="suspend_process",
        anywhere=True,
    ),
    Action("app.quit", "q", "Quit", "Quit", Scope.APP, footer=9),
    Action(
        "app.quit_now",
        "ctrl+q",
        "Quit at once",
        "Quit at once, from anywhere",
        Scope.APP,
        palette=False,
        anywhere=True,
        needed=True,
    ),
)

NO_KEY = "no_key"
"""What an action is bound to that has no key: nothing that a terminal sends."""

_WINDOWS = {action.scope for action in window_actions()} - {Scope.PROMPT} | {Scope.PLAN, Scope.FORM}
"""The scopes of windows, in which nothing else is to be had."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def bindings(*scopes: Scope) -> list[BindingType]:
    """The bindings of these scopes, for a widget's ``BINDINGS``. A window gets that of the help, too: what
    it lies over is out of reach."""
    helps = [replace(BY_ID["app.help"], does="app.app_help")] if _WINDOWS.intersection(scopes) else []
    return [
        Binding(
            a.keys or NO_KEY,
            a.method,
            a.label,
            show=False,
            id=a.id,
            priority=a.anywhere or a.scope is Scope.EDITOR,  # before the text takes the key
        )
        for a in (*(a for a in ACTIONS if a.scope in scopes), *helps)
    ]


_KEY_NAMES = {
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "space": "space",
}


def character_of(key: str) -> str:
    """The character that a key types; empty where it types none."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character if character is not None and character.isprintable() else ""


def key_name(key: str) -> str:
    """A key as people write it: ``question_mark`` is ``?``."""
    modifiers, plus, base = key.strip().rpartition("+")
    return f"{modifiers}{plus}{_KEY_NAMES.get(base) or character_of(base) or base}"


def keys_of(action: Action, keymap: Mapping[str, str] = {}) -> list[str]:
    """The keys that an action has now, as people write them."""
    return [
        key_name(k) for k in keymap.get(action.id, action.keys).split(",") if k.strip() not in ("", NO_KEY)
    ]
