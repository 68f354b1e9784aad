"""One file a stage: `run(stage) -> update`. A stage does its work through `tools` and `agents` and never routes."""
