"""Small functions as people write them, for the strategy agent to be measured on. Each file ends with its `CASES`."""
