"""Judgement over canonical facts: metrics, rules, counsel and texts. No network, no disk, no clock."""
