"""Search tools for the researcher."""
