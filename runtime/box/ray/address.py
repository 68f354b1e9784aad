"""Looks whether a Ray cluster can be had, before anything is started and without importing Ray."""

import importlib.util
import socket
from urllib.parse import urlsplit

from runtime.errors import InputError

CONNECT_TIMEOUT_S = 5.0
FOUND_BY_RAY = ("auto", "local")


def check_ray(address: str | None) -> None:
    """`address` is host:port, auto, or None, which starts one here. Raises `InputError` without Ray, or an answer."""
    if importlib.util.find_spec("ray") is None:
        raise InputError("`--executor ray` needs Ray: install it with `pip install 'arxla[ray]'`.")
    if address is None or address in FOUND_BY_RAY:
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme or "@" in address:
        shown = address.rpartition("@")[2]  # what stands before may be a password
        raise InputError(f"RAY_ADDRESS={shown!r} can't be used: give host:port of the cluster's head, or auto.")
    try:
        socket.create_connection((host, port), CONNECT_TIMEOUT_S).close()
    except OSError as fault:
        raise InputError(
            f"No Ray cluster answers at {address} ({fault.strerror or fault}): start one with `ray start --head`, or "
            "unset RAY_ADDRESS to use this machine alone."
        ) from fault
