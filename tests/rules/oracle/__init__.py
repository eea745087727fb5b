"""Every metric and verdict once more, row by row in plain Python, written from the specification and not from the SQL.

    CSV rows -> book.py (typed, local, deduplicated) -> money.py, payment.py, conduct.py, work.py, contacts.py -> Verdicts

Slow and plain on purpose: what two so different programs agree on is likely to be what was meant. `portfolios.py` makes the
random companies, `test_agreement.py` sends them through the files connector, the loader, the metrics and the rules, and compares.
"""
