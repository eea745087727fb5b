"""SOQL, the part of it that clients need: text -> parse.py -> plan.py (bound to what a user may see) -> rows and JSON.

Anything beyond that part is refused as malformed, never ignored: a query that the sandbox answers means what it says.
"""
