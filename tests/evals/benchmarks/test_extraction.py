"""What the extraction benchmark counts."""

from evals.benchmarks.extraction import PIECE, cut, found_share

PROSE = "We propose a method that learns representations of papers from the citations between them and it works well."


def test_only_prose_is_cut_into_pieces() -> None:
    pieces = cut(
        f"{PROSE}\n\n4.2 1.3 5.6 7.8 9.0 1.2 3.4 5.6 7.8 9.0 1.2 3.4 5.6 7.8 9.0 1.2 3.4 5.6 7.8 9.0\n\nA label\n"
    )
    assert len(pieces) == 1
    assert len(pieces[0]) == PIECE


def test_a_share_is_of_the_pieces_found() -> None:
    pieces = [*cut(PROSE), "x" * PIECE]
    assert found_share(pieces, f"## Heading\n\n{PROSE}") == 0.5
    assert found_share(["state-of-the-art"], "stateof-the-art") == 0
    assert found_share(["state-of-the-art"], "stateof-the-art", hyphens=False) == 1
