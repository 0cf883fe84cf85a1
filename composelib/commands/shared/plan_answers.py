"""The answers of a plan, in words."""

from __future__ import annotations

WORDS = {"run": "will run", "may": "may follow", "out": "is left out", "fresh": "is up to date"}
