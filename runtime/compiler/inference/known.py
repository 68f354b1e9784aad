"""What well-known functions and methods return, by Python's documentation: the facts an evaluation starts from."""

import builtins

SAME, ITEM, ITEMS, VALUE, VIEW = "<same>", "<item>", "<items>", "<value>", "<view>"
"""The type of the first argument or of the receiver, of an element of it, a list of such; a dictionary's value, what
iterates over its keys, values or items."""


def _table(text: str) -> dict[str, str]:
    """`type: name name …` lines, by name."""
    found = {}
    for line in text.strip().splitlines():
        kind, _, names = line.strip().partition(": ")
        found.update(dict.fromkeys(names.split(), kind))
    return found


BUILTINS = _table("""
int: len ord hash id int round
float: float
complex: complex
bool: bool isinstance issubclass hasattr callable any all
str: str repr chr hex oct bin format ascii input
bytes: bytes
list: list dir
list[str]: dir
tuple: tuple divmod
dict: dict vars globals locals
set: set
frozenset: frozenset
type: type
None: print setattr delattr
object: range enumerate zip map filter reversed iter open super object bytearray memoryview slice property
<same>: abs pow
<item>: min max sum next
<items>: sorted
""")
CLASSES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type))

STR = _table("""
str: join strip lstrip rstrip lower upper title capitalize casefold swapcase replace format zfill ljust rjust center expandtabs translate removeprefix removesuffix format_map
list[str]: split rsplit splitlines
tuple[str, str, str]: partition rpartition
bool: startswith endswith isdigit isalpha isalnum isspace isupper islower istitle isidentifier isdecimal isnumeric isprintable isascii
int: find rfind index rindex count
bytes: encode
dict: maketrans
""")  # noqa: E501 - a table
BYTES = {name: kind.replace("str", "bytes") for name, kind in STR.items() if name != "encode"}
BYTES |= {"decode": "str", "hex": "str"}
LIST = _table("""
None: append extend insert remove sort reverse clear
<item>: pop
<same>: copy
int: index count
""")
TUPLE = _table("int: index count")
DICT = _table("""
None: update clear
<view>: keys values items
<same>: copy
<value>: pop setdefault get
tuple: popitem
""")
SET = _table("""
None: add update remove discard clear difference_update intersection_update
<same>: copy union intersection difference symmetric_difference
bool: issubset issuperset isdisjoint
<item>: pop
""")
FLOAT = _table("bool: is_integer\ntuple[int, int]: as_integer_ratio\nstr: hex\nfloat: conjugate")
INT = _table("int: bit_length bit_count conjugate\nbytes: to_bytes\ntuple[int, int]: as_integer_ratio")
ARRAY = _table("""
list: tolist
<same>: reshape copy astype ravel flatten transpose T dot cumsum sum mean std max min
""")
METHODS = {"str": STR, "bytes": BYTES, "list": LIST, "tuple": TUPLE, "dict": DICT, "set": SET, "frozenset": SET}
METHODS |= {"float": FLOAT, "int": INT, "ndarray": ARRAY}

ON_BUILT_IN = frozenset(name for table in METHODS.values() for name in table)
"""Methods that built-in types have: of an object that is not known they tell nothing of a class that has them, too."""
PLAIN_NAMES = frozenset((*METHODS, "complex", "bool", "None", "function", "type", "?"))

ANYWHERE = {name: kind for name, kind in STR.items() if name not in ("index", "count", "find", "format", "replace")}
ANYWHERE |= _table("""
str: decode group getvalue read_text hexdigest isoformat strftime as_posix getsource readline format replace
bytes: digest tobytes read_bytes packb
int: bit_length fileno tell find count index toordinal randint randrange weekday
list: tolist readlines findall
bool: exists is_file is_dir isatty issubset issuperset is_alive isdir isfile is_set locked
None: append extend sort reverse clear add discard setdefaults write_text close flush seek
tuple: as_tuple groups span as_integer_ratio
dict: groupdict copy_dict as_dict to_dict
float: total_seconds timestamp
object: items keys values finditer
""")
"""By the method's name alone, whatever it is called on."""

FUNCTIONS = _table("""
str: os.path.join os.path.dirname os.path.basename os.path.abspath os.path.realpath os.path.normpath os.getcwd json.dumps os.fspath textwrap.dedent html.escape re.escape re.sub os.path.expanduser time.strftime ast.unparse copy.__name__ inspect.getsource urllib.parse.quote urllib.parse.unquote urllib.parse.urljoin locale.getpreferredencoding
bool: os.path.exists os.path.isfile os.path.isdir os.path.isabs math.isclose math.isnan math.isinf math.isfinite inspect.isclass inspect.isfunction operator.eq keyword.iskeyword
float: time.time time.perf_counter time.monotonic math.sqrt math.sin math.cos math.tan math.exp math.log math.log2 math.log10 math.pow math.atan2 math.hypot math.fabs math.radians math.degrees math.fsum math.atan math.acos math.asin random.random random.uniform random.gauss statistics.mean math.ldexp math.fmod math.gamma math.lgamma
int: math.floor math.ceil math.gcd math.factorial math.comb math.isqrt math.lcm math.perm random.randint random.randrange os.getpid sys.getsizeof time.time_ns operator.index sys.maxsize zlib.crc32
list: os.listdir glob.glob re.findall shlex.split heapq.nsmallest heapq.nlargest random.sample
list[str]: re.split os.listdir glob.glob
tuple: os.path.split os.path.splitext math.frexp math.modf struct.unpack sys.exc_info
bytes: struct.pack os.urandom pickle.dumps base64.b64encode base64.b64decode zlib.compress zlib.decompress
ndarray: np.zeros np.ones np.array np.arange np.empty np.linspace np.asarray np.full np.eye np.zeros_like np.ones_like np.concatenate np.stack np.where np.dot numpy.zeros numpy.ones numpy.array numpy.arange numpy.asarray
""")  # noqa: E501 - a table
VALUES = _table("""
float: math.pi math.e math.inf math.nan math.tau np.pi np.inf np.nan
int: sys.maxsize sys.maxunicode
str: os.sep os.linesep sys.platform string.ascii_letters string.digits os.name os.curdir string.ascii_lowercase string.punctuation string.ascii_uppercase sys.executable os.pathsep string.whitespace
list: sys.argv sys.path
dict: sys.modules os.environ
""")  # noqa: E501 - a table
ATTRIBUTES = _table("""
str: __name__ __qualname__ __module__ __doc__ __file__ name text filename
dict: __dict__ __annotations__
type: __class__
tuple: __bases__ __mro__ shape args
int: ndim lineno year month day hour minute second microsecond errno co_firstlineno maxsize
float: real imag
""")
ANNOTATIONS = {"List": "list", "Dict": "dict", "Tuple": "tuple", "Set": "set", "FrozenSet": "frozenset", "Text": "str"}
ANNOTATIONS |= {"Callable": "function", "Type": "type", "AnyStr": "str", "LiteralString": "str", "ndarray": "ndarray"}

IMPORTED = {name.rpartition(".")[2]: kind for name, kind in FUNCTIONS.items() if not name.startswith(("np.", "numpy."))}
"""By the name that `from module import name` gives."""
