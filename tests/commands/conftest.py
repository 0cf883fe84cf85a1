"""Fixtures of the commands' tests."""

from tests.engine.conftest import chain, world

__all__ = ["chain", "world"]
