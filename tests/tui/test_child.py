"""Another program in our terminal: without a key, and gone when we go."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path as FilePath

import pytest

from cloudmc_tui.profiles import environment
from cloudmc_tui.tui.child import run_in_terminal


def test_it_sees_no_key(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_withheld", {"CLOUDMC_API_KEY", "PROD_KEY"})
    for name in ("CLOUDMC_API_KEY", "PROD_KEY", "OTHER"):
        monkeypatch.setenv(name, "sentinel")
    out = tmp_path / "environment.json"
    code = f"import json, os; open({str(out)!r}, 'w').write(json.dumps(dict(os.environ)))"
    assert run_in_terminal([sys.executable, "-c", code]) == 0
    seen = json.loads(out.read_text())
    assert [name for name, value in seen.items() if value == "sentinel"] == ["OTHER"]


def test_its_status_is_told() -> None:
    assert run_in_terminal([sys.executable, "-c", "import sys; sys.exit(3)"]) == 3
    with pytest.raises(FileNotFoundError):
        run_in_terminal(["/nowhere/editor"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("stubborn", [False, True])
def test_a_signal_that_ends_us_ends_it(number: signal.Signals, stubborn: bool, tmp_path: FilePath) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else "pass"
    code = f"import signal; {ignore}; open({str(pipe)!r}, 'w').write('x'); signal.pause()"
    heard: list[int] = []
    before = signal.signal(number, lambda number, _frame: heard.append(number))
    try:

        def once_it_runs() -> None:
            pipe.read_text()
            os.kill(os.getpid(), number)

        threading.Thread(target=once_it_runs).start()
        status = run_in_terminal([sys.executable, "-c", code])
        assert status == (-signal.SIGKILL if stubborn else -signal.SIGTERM)
        assert heard == [number], "then it is our turn"
    finally:
        signal.signal(number, before)
