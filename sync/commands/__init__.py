"""The commands by what they are for: running, inspecting, setting up, the rule book."""
