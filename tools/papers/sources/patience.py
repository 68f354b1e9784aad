"""How often a service is asked again."""

from collections.abc import Callable

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0


def retrying(passing: Callable[[BaseException], bool], wait_s: float) -> Retrying:
    """Four attempts with exponential waits from `wait_s` on, for errors that may pass; the last error is raised."""
    return Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(wait_s, LONGEST_WAIT_S, jitter=wait_s),
        retry=retry_if_exception(passing),
        reraise=True,
    )
