"""Small PDFs, written by hand: text in Helvetica at given places, pictures without text, encrypted ones."""

import hashlib
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
"""Algorithm 2 of the PDF Reference 1.7, section 3.5.2."""


class Word(NamedTuple):
    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False


def write_pdf(path: Path, pages: list[list[Word]], picture: bool = False, password: str = "") -> Path:
    """One page for each list of words; `picture` puts a grey image on every page."""
    objects: list[bytes] = [b"", b"", _font("Helvetica"), _font("Helvetica-Bold"), _image()]
    kids = []
    for words in pages:
        drawn = b"".join(_show(word) for word in words) + (b"q 400 0 0 500 100 100 cm /Im Do Q" if picture else b"")
        packed = zlib.compress(drawn)
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Resources"
            b"<</Font<</F1 3 0 R/F2 4 0 R>>/XObject<</Im 5 0 R>>>>>>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    path.write_bytes(_file(objects, password))
    return path


def two_columns(left: list[str], right: list[str], interleaved: bool, top: float = 700) -> list[Word]:
    """Lines of two columns; interleaved, the file goes from one to the other line by line, as some programs write."""
    columns = [
        [Word(x, top - 13 * row, text) for row, text in enumerate(lines)] for x, lines in ((60, left), (320, right))
    ]
    if not interleaved:
        return columns[0] + columns[1]
    return [word for pair in zip(*columns, strict=True) for word in pair]


def _show(word: Word) -> bytes:
    text = word.text.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT /F%d %g Tf %g %g Td (%s) Tj ET\n" % (1 + word.bold, word.size, word.x, word.y, text)


def _font(name: str) -> bytes:
    return b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % name.encode()


def _image() -> bytes:
    data = zlib.compress(bytes([128]) * 64)
    return (
        b"<</Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
        b"/Length %d>>stream\n%s\nendstream" % (len(data), data)
    )


def _file(objects: list[bytes], password: str) -> bytes:
    content, places = b"%PDF-1.4\n", []
    extra = _encryption(password) if password else b""
    if extra:
        objects = [*objects, extra]
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    encrypt = b"/Encrypt %d 0 R/ID[<%s><%s>]" % (len(objects), b"00" * 16, b"00" * 16) if extra else b""
    return (
        content
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
            encrypt,
            len(content),
        )
    )


def _encryption(password: str) -> bytes:
    """The standard security handler, revision 2: opening asks for the password."""
    user = (password.encode() + PADDING)[:32]
    owner = _rc4(hashlib.md5(user).digest()[:5], user)
    key = hashlib.md5(user + owner + struct.pack("<i", -4) + bytes(16)).digest()[:5]
    return b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (owner.hex().encode(), _rc4(key, PADDING).hex().encode())


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    other = 0
    for place in range(256):
        other = (other + state[place] + key[place % len(key)]) % 256
        state[place], state[other] = state[other], state[place]
    result, first, second = bytearray(), 0, 0
    for byte in data:
        first = (first + 1) % 256
        second = (second + state[first]) % 256
        state[first], state[second] = state[second], state[first]
        result.append(byte ^ state[(state[first] + state[second]) % 256])
    return bytes(result)
