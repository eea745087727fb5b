"""Tests mirror the tree; this file keeps `tests.rules` from hiding the real `rules` package."""
