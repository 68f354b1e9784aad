"""Papers: sources, extraction, cleaning, chunks, and the brief."""
