"""Metrics on real rows: the worked examples, properties, and an independent oracle."""
