"""The worlds of a loss call: callers, branches and options, looked at one by one, and what holds in all of them."""
