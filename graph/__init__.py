"""Order, routing, budgets, retries, checkpoints, streaming."""
