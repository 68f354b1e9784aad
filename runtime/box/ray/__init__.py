"""The same box on every node of a Ray cluster. `sandbox.open_on_ray` gives a `Sandbox`; only it imports Ray."""
