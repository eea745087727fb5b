"""Alembic migrations of the ledger; sync/ledger.py runs them when the ledger is older than the code."""
