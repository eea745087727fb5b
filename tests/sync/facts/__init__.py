"""The facts: landing, mirror, typing, canonical tables, pull."""
