"""One straight line: pull, facts, findings, plan, outbox, apply; and the commands that run it."""
