"""Work in the background of a widget."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def begin(owner: DOMNode, group: str, work: Callable[[], Coroutine[Any, Any, None]]) -> Worker[None]:
    """Begin some work, dropping what of its group is still under way.

    The coroutine is made only when its turn has come: work that is dropped before was never begun.

    Args:
        owner: the widget that it ends with.
        group: what it is dropped for.
        work: gives the coroutine.
    """
    return owner.run_worker(work, group=group, exclusive=True)
