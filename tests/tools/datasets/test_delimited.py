"""Text tables as people really write them."""

import numpy as np
import pytest

from tools.datasets import prepare
from tools.datasets.loaders import delimited
from tools.datasets.loaders.delimited import detect

NA = ["", "NA", "N/A", "?", "-", "nan", "NULL", "#N/A", "none", "."]


def rows(line, count: int = 60, head: str = "a,b,label\n") -> str:
    return head + "".join(line(index) + "\n" for index in range(count))


PLAIN = rows(lambda i: f"{i * 0.5},{i * 7 % 11},{i % 2}")
FILES = {
    "byte_order_mark": ("\ufeff" + PLAIN, ["a", "b"], ""),
    "windows_lines": (PLAIN.replace("\n", "\r\n"), ["a", "b"], ""),
    "old_mac_lines": (PLAIN.replace("\n", "\r"), ["a", "b"], ""),
    "utf_16": (PLAIN.encode("utf-16"), ["a", "b"], ""),
    "windows_1252": (rows(lambda i: f"{'é' if i % 2 else 'ü'},{i},{i % 2}").encode("cp1252"), ["a=ü", "b"], "Encoding"),
    "latin_1": (
        rows(lambda i: f"{'é' if i % 2 else chr(0x81)},{i},{i % 2}").encode("latin-1"),
        ["a=é", "b"],
        "latin-1",
    ),
    "semicolons": (PLAIN.replace(",", ";"), ["a", "b"], ""),
    "pipes": (PLAIN.replace(",", "|"), ["a", "b"], ""),
    "tabs": (PLAIN.replace(",", "\t"), ["a", "b"], ""),
    "sep_line": ("sep=;\n" + PLAIN.replace(",", ";"), ["a", "b"], "Preamble: 1"),
    "comments": ("# made by hand\n# second, line\n" + PLAIN, ["a", "b"], "Preamble: 2"),
    "title": ("Sales report\n\n" + PLAIN, ["a", "b"], "Preamble: 2"),
    "comment_header": ("#" + PLAIN, ["a", "b"], ""),
    "quoted_lines": (rows(lambda i: f'"one\ntwo {i % 2}","{i}","{i % 2}"'), ["a=one\ntwo 1", "b"], ""),
    "spaces": (rows(lambda i: f"{i}, {i % 4} , {i % 2} ", head="a , b, label\n"), ["a", "b"], ""),
    "trailing_empty_columns": (
        rows(lambda i: f"{i},{i % 4},{i % 2},,", head="a,b,label,,\n"),
        ["a", "b"],
        "Empty columns",
    ),
    "trailing_separator": (rows(lambda i: f"{i},{i % 4},{i % 2},"), ["a", "b"], "Empty columns"),
    "row_names": (rows(lambda i: f"{i + 1},{i},{i % 4},{i % 2}"), ["a", "b"], "Identifier: column 'row_names'"),
    "index_column": (
        rows(lambda i: f"{i},{i * 0.5},{i % 4},{i % 2}", head=",a,b,label\n"),
        ["a", "b"],
        "Identifier: column 'Unnamed: 0'",
    ),
    "id_column": (rows(lambda i: f"{i * 3 + 9},{i % 4},{i % 2}", head="CustomerID,b,label\n"), ["b"], "Identifier"),
    "repeated_names": (
        rows(lambda i: f"{i},{i % 4},{i % 2}", head="a,a,label\n"),
        ["a", "a.2"],
        "Repeated column name",
    ),
    "long_lines": (rows(lambda i: f"{i},{i % 4},{i % 2}" + ",9,9" * (i == 30)), ["a", "b"], "Malformed lines: 1"),
    "short_lines": (rows(lambda i: "9" if i == 30 else f"{i},{i % 4},{i % 2}"), ["a", "b"], "Missing labels: 1"),
    "thousands": (rows(lambda i: f'"{i + 1},{i:03d}.5",{i % 4},{i % 2}'), ["a", "b"], ""),
    "money": (rows(lambda i: f'"${i + 1},000",{i}%,{i % 2}'), ["a", "b"], ""),
    "decimal_commas": (rows(lambda i: f"{i},{i:02d};1.{i:03d},5;{i % 2}", head="a;b;label\n"), ["a", "b"], ""),
    "quoted_decimal_commas": (rows(lambda i: f'"{i},5","{i % 4},25",{i % 2}'), ["a", "b"], ""),
    "many_spellings_of_missing": (
        rows(lambda i: f"{NA[i % 10] if i % 6 == 0 else i},{NA[i % 10] if i % 7 == 0 else i},{i % 2}"),
        ["a", "b"],
        "Missing values: 19",
    ),
    "sql_null": (rows(lambda i: f"{i if i % 9 else chr(92) + 'N'},{i},{i % 2}"), ["a", "b"], "Missing values: 7"),
    "mixed_column": (rows(lambda i: f"{'broken' if i == 4 else i},{i},{i % 2}"), ["a", "b"], "Mixed column: 'a'"),
    "infinity": (rows(lambda i: f"{'inf' if i == 4 else i},{i},{i % 2}"), ["a", "b"], "Infinite values: 1"),
    "huge_numbers": (rows(lambda i: f"{1e300 * i},{i},{i % 2}"), ["b"], "Constant columns"),
    "clock": (rows(lambda i: f"{i % 24}:{i % 60:02d},{i},{i % 2}"), ["a", "b"], ""),
    "truth": (rows(lambda i: f"{i % 3 == 0},{i},{i % 2}"), ["a=True", "b"], ""),
    "constant": (rows(lambda i: f"7,{i},{i % 2}"), ["b"], "Constant columns: 'a'"),
    "empty_column": (rows(lambda i: f",{i},{i % 2}"), ["b"], "Empty columns: 'a'"),
    "day_first": (
        rows(lambda i: f"{i % 28 + 1:02d}/{i % 12 + 1:02d}/2024,{i},{i % 2}"),
        ["a.day", "a.month", "a.weekday", "b"],
        "",
    ),
    "words_for_months": (rows(lambda i: f'"Jan {i % 28 + 1}, 2024",{i},{i % 2}'), ["a.day", "a.weekday", "b"], ""),
    "time_zones": (
        rows(lambda i: f"2024-01-0{i % 9 + 1}T10:00:00+0{i % 3}:00,{i},{i % 2}"),
        ["a.day", "a.weekday", "a.hour", "b"],
        "",
    ),
    "copies": (rows(lambda i: f"{i // 2},{i // 2},{i % 2}"), ["a", "b"], "Duplicate rows: 30"),
}


@pytest.mark.parametrize("case", FILES)
def test_real_world_files(case, builders, tmp_path):
    text, names, warning = FILES[case]
    prepared = prepare(builders["csv"](tmp_path, text), tmp_path / "out")
    profile = prepared.profile
    assert profile.num_classes == 2
    assert profile.sample_count in (59, 60)
    assert profile.feature_names == names
    told = " ".join(profile.warnings)
    assert warning in told
    if not warning:
        assert [w for w in profile.warnings if not w.startswith("Guessed target")] == []


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.234,5", "2.000,25"], [1234.5, 2000.25]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["-3,5", "1e3"], [-3.5, 1000]),
    ],
)
def test_decimal_commas_are_read_right(cells, values, builders, tmp_path):
    text = rows(lambda i: f"{cells[i % 2]};{i};{i % 2}", head="a;b;label\n")
    prepare(builders["csv"](tmp_path, text), tmp_path / "out", seed=1)
    X = np.load(tmp_path / "out" / "X_train.npy")[:, 0]
    y = np.load(tmp_path / "out" / "y_train.npy")
    raw = np.array(values)[y]
    assert pytest.approx((raw - raw.mean()) / raw.std(), abs=1e-4) == X


def test_a_class_called_none_is_a_class(builders, tmp_path):
    text = rows(lambda i: f"{i},{i % 5},{['None', 'Apnea', 'Insomnia'][i % 3]}")
    assert prepare(builders["csv"](tmp_path, text), tmp_path / "out").profile.class_names == [
        "Apnea",
        "Insomnia",
        "None",
    ]


def test_a_file_without_header(builders, tmp_path):
    path = builders["csv"](tmp_path, rows(lambda i: f"{i}.5,{i % 7},{'ab'[i % 2]}", head=""))
    profile = prepare(path, tmp_path / "out", target_column="column_2").profile
    assert profile.sample_count == 60
    assert profile.warnings[0].startswith("No header")


def test_columns_that_count_are_a_header(builders, tmp_path):
    head = ",".join(str(i) for i in range(20)) + ",label\n"
    path = builders["csv"](
        tmp_path, rows(lambda i: ",".join(f"{i * j % 13}" for j in range(20)) + f",{i % 2}", head=head)
    )
    assert detect(path=tmp_path / "data.csv").has_header
    assert prepare(path, tmp_path / "out").profile.sample_count == 60


def test_whitespace_separates(builders, tmp_path):
    text = "".join(f"  {i * 0.37:7.3f}   {i % 7}  {i % 2}\n" for i in range(60))
    profile = prepare(builders["csv"](tmp_path, text, "x.data"), tmp_path / "out", target_column="column_2").profile
    assert profile.shape == (60, 2)


def test_regression_by_column_name(builders, tmp_path):
    text = rows(lambda i: f"{i},{i % 4},{i * 1.3 + 9:.1f}", head="weight,cylinders,MPG\n")
    profile = prepare(builders["csv"](tmp_path, text), tmp_path / "out", target_column="mpg").profile
    assert (profile.task_type, profile.target_name, profile.split_kind) == ("regression", "MPG", "random")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (lambda i: f"p{i // 6}", "group"),
        (lambda i: f"{i // 6}", "group"),
        (lambda i: f"{i // 6}.5", "stratified"),
        (lambda i: f"p{i % 3}", "stratified"),
    ],
)
def test_entities_decide_the_split(column, kind, builders, tmp_path):
    text = rows(lambda i: f"{column(i)},{i * 7 % 60},{i % 2}", head="PatientID,b,label\n")
    profile = prepare(builders["csv"](tmp_path, text), tmp_path / "out").profile
    assert profile.split_kind == kind
    assert any(warning.startswith("Split by group") for warning in profile.warnings) == (kind == "group")
    assert (profile.feature_names == ["b"]) == (kind == "group")


def test_time_decides_the_split(builders, tmp_path):
    text = rows(lambda i: f"2024-01-{i % 28 + 1:02d} {i % 24:02d}:00,{i},{i % 2}", head="timestamp,b,label\n")
    profile = prepare(builders["csv"](tmp_path, text), tmp_path / "out").profile
    assert (profile.split_kind, profile.feature_names) == ("time", ["b"])


def test_rows_without_a_time_are_left_out(builders, tmp_path):
    text = rows(lambda i: f"{'' if i % 10 == 0 else i},{i},{i % 2}", head="time,b,label\n")
    profile = prepare(builders["csv"](tmp_path, text), tmp_path / "out").profile
    assert profile.sample_count == 54
    assert any(warning.startswith("Missing times: 6") for warning in profile.warnings)


def test_a_column_of_parts_is_respected(builders, tmp_path):
    text = rows(lambda i: f"{i},{'test' if i % 3 == 0 else 'train'},{i % 2}", head="a,split,label\n")
    prepared = prepare(builders["csv"](tmp_path, text), tmp_path / "out")
    assert (prepared.profile.split_kind, prepared.test_count) == ("given", 20)


def test_signals_in_a_table(builders, tmp_path, rng):
    def line(index):
        return ",".join(f"{v:.3f}" for v in rng.normal(size=40).cumsum()) + f",{index % 2}"

    path = builders["csv"](tmp_path, rows(line, head=""))
    profile = prepare(path, tmp_path / "out", target_column="column_40").profile
    assert profile.is_sequence
    assert profile.shape == (60, 1, 40)


def test_pixels_in_a_table(builders, tmp_path, rng):
    def line(index):
        blob = np.kron(rng.integers(0, 5, (3, 3)), np.ones((4, 4), int)) * 50
        return f"{index % 2}," + ",".join(str(v) for v in blob.ravel())

    head = "label," + ",".join(f"pixel{i}" for i in range(144)) + "\n"
    profile = prepare(builders["csv"](tmp_path, rows(line, 100, head)), tmp_path / "out").profile
    assert profile.is_image
    assert profile.input_shape == (1, 12, 12)


def test_large_files_need_a_row_limit_and_are_then_sampled(builders, tmp_path, monkeypatch):
    path = builders["csv"](tmp_path, rows(lambda i: f"{i},{i % 7},{int(i % 5 == 0)}", 2000))
    monkeypatch.setattr(delimited, "MAX_TEXT_BYTES", 1000)
    monkeypatch.setattr(delimited, "CHUNK_ROWS", 300)
    with pytest.raises(delimited.InputError, match="ask for fewer rows"):
        prepare(path, tmp_path / "out")
    profile = prepare(path, tmp_path / "out", max_rows=200).profile
    assert profile.sample_count == 200
    assert profile.class_balance == pytest.approx([0.8, 0.2], abs=0.01)
    assert "Row limit: a sample of 200 of 2000 rows is used." in profile.warnings
