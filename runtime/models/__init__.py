"""Language models: names, providers, bounded calls, accounts. Nothing here knows what is asked or why."""
