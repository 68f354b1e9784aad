"""The catalogue of known failures and their repairs, a file a kind."""
