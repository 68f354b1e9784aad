"""The web page of runs: what is on disk, what goes on, and what may be started."""
