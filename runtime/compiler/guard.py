"""What compiled code raises when it can't be sure to mean what Python means."""


class Unsure(Exception):
    """An integer past 64 bits, or a type that was not compiled for: the caller runs the original function."""
