"""`python -m arxla`."""

from arxla.cli import main

main()
