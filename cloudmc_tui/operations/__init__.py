"""A mutation from wish to wire: form, plan, danger, the write guard, bulk runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
    from cloudmc_tui.operations.form import Form, FormError, Slot
    from cloudmc_tui.operations.guard import WriteGuard
    from cloudmc_tui.operations.plan import (
        Confirmation,
        Plan,
        Request,
        Target,
        make_plan,
        make_target,
        refusal,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "form": ["Form", "FormError", "Slot"],
            "guard": ["WriteGuard"],
            "plan": ["Confirmation", "Plan", "Request", "Target", "make_plan", "make_target", "refusal"],
        },
    )

__all__ = [
    "Confirmation",
    "Form",
    "FormError",
    "Plan",
    "Request",
    "Slot",
    "Target",
    "WriteGuard",
    "make_plan",
    "make_target",
    "refusal",
]
