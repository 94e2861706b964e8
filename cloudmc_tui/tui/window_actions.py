"""The actions of windows over the main screen, and of its prompts."""

from __future__ import annotations

from cloudmc_tui.tui.action import Action, Scope


def window_actions() -> tuple[Action, ...]:
    """What there is in windows over the main screen, and in its prompts."""
    footers = {"prompt.leave": 1}
    rows = (
        (Scope.PROMPT, "leave", "escape", "Leave", "Leave it; a filter is cleared"),
        (Scope.PROMPT, "complete", "tab", "Complete", "Take the completion"),
        (Scope.PROMPT, "next", "down,ctrl+n", "Next", "The next completion"),
        (Scope.PROMPT, "previous", "up,ctrl+p", "Previous", "The completion before"),
        (Scope.CHOICE, "leave", "escape", "Leave", "Choose nothing"),
        (Scope.CHOICE, "up", "up,ctrl+p", "Up", "One line up"),
        (Scope.CHOICE, "down", "down,ctrl+n", "Down", "One line down"),
        (Scope.CHOICE, "page_up", "pageup", "Page up", "One page up"),
        (Scope.CHOICE, "page_down", "pagedown", "Page down", "One page down"),
        (Scope.CHOICE, "mark", "tab", "Mark", "Mark it, or unmark it, where several can be chosen"),
        (Scope.FIND, "leave", "escape", "Leave", "Go nowhere"),
        (Scope.FIND, "up", "up,ctrl+p", "Up", "One line up"),
        (Scope.FIND, "down", "down,ctrl+n", "Down", "One line down"),
        (Scope.FIND, "page_up", "pageup", "Page up", "Ten lines up"),
        (Scope.FIND, "page_down", "pagedown", "Page down", "Ten lines down"),
        (Scope.FIND, "profiles", "ctrl+o", "Profiles…", "Choose which other profiles to search too"),
        (Scope.PROFILES, "filter", "slash", "Find", "Narrow them down as you type; enter goes to the best"),
        (Scope.PROFILES, "add", "a", "Add", "Add a profile"),
        (Scope.PROFILES, "change", "e", "Change", "Change the profile"),
        (Scope.PROFILES, "test", "t", "Test", "Test the connection, step by step"),
        (Scope.PROFILES, "duplicate", "c", "Duplicate", "Begin another one like it"),
        (Scope.PROFILES, "remove", "x,delete", "Remove", "Remove the profile; asks first"),
        (Scope.PROFILES, "default", "d", "Default", "Make it the one that is used without a word"),
        (Scope.PROFILES, "leave", "escape,q", "Leave", "Leave the profiles"),
        (Scope.CHECK, "keep", "s,enter", "Keep", "Keep the profile as it was tested"),
        (Scope.CHECK, "leave", "escape,q", "Leave", "Back; what was typed is kept"),
        (Scope.BULK, "retry", "r", "Retry", "Once more those that failed"),
        (Scope.BULK, "stop", "s", "Stop", "Send no more of them"),
        (Scope.BULK, "export", "E", "Export…", "Write the report to a file"),
        (Scope.BULK, "leave", "escape,q", "Close", "Close it; what is under way goes on"),
        (Scope.SECRET, "copy", "y,enter", "Copy", "Copy the secret"),
        (Scope.SECRET, "leave", "escape", "Close", "Close it: the secret is not shown again"),
        (Scope.EDITOR, "save", "ctrl+s", "Keep", "Keep the text as it is now"),
        (Scope.EDITOR, "leave", "escape", "Leave", "Leave the text as it was"),
        (Scope.COMMAND, "run", "enter", "Run", "Run it"),
        (Scope.COMMAND, "copy", "y", "Copy", "Copy the command"),
        (Scope.COMMAND, "leave", "escape,q,backspace", "Leave", "Run nothing"),
        (Scope.REQUESTS, "filter", "slash", "Filter", "Show only what matches, as you type"),
        (Scope.REQUESTS, "copy", "y", "Copy", "Copy it as curl, without the key"),
        (Scope.REQUESTS, "repeat", "r", "Repeat", "Ask again, and show the reply; a GET only"),
        (Scope.REQUESTS, "script", "s", "Script", "The changes of this session as a script"),
        (Scope.REQUESTS, "leave", "escape,q,backspace", "Close", "Close the filter, then the log"),
        (Scope.WINDOW, "copy", "y", "Copy", "Copy what it shows"),
        (Scope.WINDOW, "leave", "escape,q,backspace", "Close", "Close it"),
    )
    does = {
        "prompt.next": "step(1)",
        "prompt.previous": "step(-1)",
        "choice.up": "step(-1)",
        "choice.down": "step(1)",
        "choice.page_up": "page(-1)",
        "choice.page_down": "page(1)",
        "find.up": "step(-1)",
        "find.down": "step(1)",
        "find.page_up": "step(-10)",
        "find.page_down": "step(10)",
    }
    return tuple(
        Action(
            identity := f"{scope.value}.{verb}",
            keys,
            label,
            text,
            scope,
            footer=footers.get(identity, 0),
            palette=False,
            does=does.get(identity, verb),
            needed=verb == "leave",
            loses=verb == "remove",
        )
        for scope, verb, keys, label, text in rows
    )
