"""Processes of tests that are forked from a clean one, which has imported what they need and does no more.

A fork of pytest itself would inherit its threads (a client of Kafka has some) and connections, with their
locks taken; a new interpreter would import everything anew, longer than most of what it is then to do.
"""

from __future__ import annotations

import multiprocessing

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.parts.preloaded"])
