"""Summaries put together by rule."""

from tools.papers.brief import ArchitectureRow, ChunkSummary, Criterion, CriterionKind, Hyperparameter
from tools.papers.summaries import best_criteria, join, main_settings, numbered


def criterion(text: str, kind: CriterionKind = "architecture", quotation: str = "", chunk: int = 1) -> Criterion:
    return Criterion(text=text, kind=kind, chunk=chunk, quotation=quotation or f"the paper says: {text}")


def test_everything_in_a_summary_moves_to_its_chunk() -> None:
    summary = ChunkSummary(
        chunk=9,
        summary="s",
        architecture=[ArchitectureRow(component="conv", details="3x3", chunk=9)],
        hyperparameters=[Hyperparameter(name="lr", value="0.1", chunk=9)],
        criteria=[criterion("uses a convolution", chunk=9)],
    )
    moved = numbered(summary, 4, "Method")
    assert (moved.chunk, moved.section) == (4, "Method")
    assert {part.chunk for part in [*moved.architecture, *moved.hyperparameters, *moved.criteria]} == {4}


def test_joined_summaries_say_everything_once_in_order() -> None:
    one = ChunkSummary(chunk=1, summary="First.", equations=["a=b"], datasets=["UCR"], dropped_quotations=1)
    two = ChunkSummary(chunk=2, summary="Second.", equations=["a=b", "c=d"], datasets=["UCR"], dropped_quotations=2)
    whole = join([one, two])
    assert (whole.summary, whole.equations, whole.datasets) == ("First.\nSecond.", ["a=b", "c=d"], ["UCR"])
    assert whole.dropped_quotations == 3 and whole.chunk == 1


def test_the_most_specific_criteria_come_first_and_none_comes_twice() -> None:
    wide = criterion("is evaluated well", "evaluation")
    exact = criterion("stacks 3 blocks of 1-D convolutions with prime kernel sizes 1, 2, 3, 5")
    again = criterion("Stacks 3 blocks of 1-D convolutions, with prime kernel sizes 1, 2, 3, 5.")
    reworded = criterion("uses three stacked blocks", quotation=exact.quotation)
    other = criterion("stacks 3 blocks of 1-D convolutions with prime kernel sizes 1, 2, 3, 7")
    found = best_criteria([wide, exact, again, reworded, other], 10)
    assert found == [exact, other, wide]
    assert best_criteria([wide, exact], 1) == [exact]


def test_what_several_chunks_say_counts_more() -> None:
    often = [criterion("applies layer normalisation", chunk=number) for number in range(8)]
    assert best_criteria([criterion("applies weight normalisation to it"), *often], 2)[0] == often[0]


def test_settings_keep_their_most_frequent_values() -> None:
    def setting(name: str, value: str, chunk: int = 1) -> Hyperparameter:
        return Hyperparameter(name=name, value=value, chunk=chunk)

    found = main_settings(
        [setting("dropout", "0.1"), setting("lr", "0.01"), setting("LR", "1e-3"), setting("lr", "1e-3", 2)], 3
    )
    assert [(one.name, one.value) for one in found] == [("LR", "1e-3"), ("lr", "0.01"), ("dropout", "0.1")]


def test_many_criteria_are_ranked_in_good_time() -> None:
    many = [criterion(f"sets the width of block {number} to {number} units") for number in range(20_000)]
    assert len(best_criteria(many, 60)) == 60
