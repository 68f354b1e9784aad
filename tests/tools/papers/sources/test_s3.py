"""Full texts in S3, against a server that answers as S3 does."""

import gzip

import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from runtime.errors import InputError, SourceUnavailable
from tools.papers.sources.s3 import S3Texts

pytestmark = pytest.mark.usefixtures("extraction")
TEXT = "# A title\n\nThe abstract.\n\nThe text.\n"


@pytest.fixture
def texts(settings):
    return S3Texts(settings, wait_s=0)


@pytest.mark.parametrize(
    ("key", "body", "headers", "suffix"),
    [
        ("papers/1706.03762.txt", TEXT.encode(), {}, ""),
        ("a/paper.tex", TEXT.encode(), {}, ".tex"),
        ("a/paper.HTML", TEXT.encode(), {}, ".html"),
        ("no-ending", TEXT.encode(), {"ContentType": "text/html; charset=utf-8"}, ".html"),
        ("a/really-a-pdf.tex", b"%PDF-1.7 ...", {}, ""),
        ("a/really-a-text.pdf", TEXT.encode(), {}, ""),
        ("a/paper.md.gz", gzip.compress(TEXT.encode(), mtime=0), {}, ".md.gz"),
        ("a/packed.txt", gzip.compress(TEXT.encode(), mtime=0), {"ContentEncoding": "gzip"}, ""),
        ("..etc/passwd <b>/$(x).tex", TEXT.encode(), {}, ".tex"),
    ],
)
def test_the_extractor_sees_a_name_of_our_own(texts, bucket, tmp_path, monkeypatch, key, body, headers, suffix):
    seen = []

    def extract(path, destination, limits):
        seen.append((path.name, path.read_bytes(), limits.input_mb))
        destination.write_bytes(b"x")
        from tools.papers.paper import FetchedText

        return FetchedText(path=str(destination), form="text", characters=1, sha256="0")

    monkeypatch.setattr("tools.papers.sources.s3.extract", extract)
    bucket.put_object(Key=key, Body=body, **headers)
    texts.fetch(f"s3://texts/{key}", tmp_path / "out")
    assert seen == [(f"paper{suffix}", body, 200)]


def test_the_text_is_really_extracted(settings, bucket, tmp_path, monkeypatch):
    from tools.papers.extract import extract

    monkeypatch.setattr("tools.papers.sources.s3.extract", extract)
    bucket.put_object(Key="p.txt.gz", Body=gzip.compress(("A paper about words. " * 50).encode()))
    fetched = S3Texts(settings, wait_s=0).fetch("s3://texts/p.txt.gz", tmp_path / "out")
    assert "A paper about words." in (tmp_path / "out").read_text() and fetched.form == "text"
    bomb = gzip.compress(b"0" * 3_000_000)
    bucket.put_object(Key="bomb.gz", Body=bomb)
    small = S3Texts(settings.model_copy(update={"arxla_paper_max_mb": 1}), wait_s=0)
    with pytest.raises(InputError, match="more than 1 MB"):
        small.fetch("s3://texts/bomb.gz", tmp_path / "bomb")
    assert len(bomb) < 100_000 and not (tmp_path / "bomb").exists()


def test_a_large_object_is_refused(settings, bucket, tmp_path):
    small = S3Texts(settings.model_copy(update={"arxla_paper_max_mb": 1}), wait_s=0)
    bucket.put_object(Key="large.txt", Body=b"x" * 1_000_001)
    with pytest.raises(InputError, match="larger than 1 MB; ARXLA_PAPER_MAX_MB allows more"):
        small.fetch("s3://texts/large.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_length_that_lies_does_not_help(settings, tmp_path, monkeypatch):
    class Body:
        read = staticmethod(lambda _size: b"x" * 500_000)

    class Client:
        get_object = staticmethod(lambda **_names: {"Body": Body(), "ContentLength": 10})

    small = S3Texts(settings.model_copy(update={"arxla_paper_max_mb": 1}), wait_s=0)
    monkeypatch.setattr(small, "_made", Client())
    with pytest.raises(InputError, match="larger than 1 MB"):
        small.fetch("s3://texts/endless", tmp_path / "out")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("s3://texts/absent", "nothing at 's3://texts/absent'"),
        ("s3://no-such-bucket-here/x", "nothing at"),
        ("s3:///key-alone", "set PAPERS_BUCKET"),
        ("s3://texts/", "not the address"),
        ("/etc/passwd", "not the address"),
        ("s3://UPPER case?/x", "not the address"),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_what_a_record_has_wrong_is_said(texts, tmp_path, location, says):
    with pytest.raises(InputError, match=says):
        texts.fetch(location, tmp_path / "out")


def failing(texts, monkeypatch, *errors):
    calls = []

    class Client:
        @staticmethod
        def head_object(**_names):
            calls.append(1)
            if len(calls) <= len(errors):
                raise errors[len(calls) - 1]
            return {"ETag": '"abc"'}

    monkeypatch.setattr(texts, "_made", Client())
    return calls


def client_error(code, status):
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


def test_what_passes_is_tried_again(texts, monkeypatch):
    cut = IncompleteReadError(actual_bytes=1, expected_bytes=2)
    calls = failing(texts, monkeypatch, client_error("SlowDown", 503), cut)
    assert texts.revision("s3://texts/x") == "abc" and len(calls) == 3


@pytest.mark.parametrize(
    ("code", "status", "calls", "says"),
    [("AccessDenied", 403, 1, "refuses"), ("InternalError", 500, 4, "failed"), ("Odd", 418, 1, "Odd")],
)
def test_what_does_not_pass_ends(texts, monkeypatch, code, status, calls, says):
    made = failing(texts, monkeypatch, *[client_error(code, status)] * 9)
    with pytest.raises(SourceUnavailable, match=says):
        texts.revision("s3://texts/x")
    assert len(made) == calls


def test_nobody_there(settings):
    closed = S3Texts(settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"}), wait_s=0)
    with pytest.raises(SourceUnavailable, match="can't be reached") as raised:
        closed.revision("s3://texts/x")
    assert "not-a-secret" not in str(raised.value)


def test_no_credentials(settings, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    bare = settings.model_copy(update={"aws_access_key_id": None, "aws_secret_access_key": None})
    with pytest.raises(SourceUnavailable, match=r"no AWS credentials.*AWS_ACCESS_KEY_ID"):
        S3Texts(bare, wait_s=0).revision("s3://texts/x")


@pytest.mark.usefixtures("bucket")
def test_the_bucket_is_looked_into(texts):
    texts.check("texts")
    with pytest.raises(InputError, match="nothing at 's3://no-such-bucket-here'"):
        texts.check("no-such-bucket-here")
