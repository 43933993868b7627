"""Where the command begins: it is imported, then run."""

from __future__ import annotations

import gc


def run() -> None:
    """The entry point. What is imported stays until the end, so nobody looks through it for what may go: not
    while it is imported, which took a seventh of a short command's time, nor later."""
    gc.disable()
    from rentalwatch.cli import main

    gc.freeze()
    gc.enable()
    main.run()
