"""One module a form of paper; all of them run in the process that `child_main` bounds."""
