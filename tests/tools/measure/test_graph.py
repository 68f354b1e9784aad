"""Exported graphs as an adversary would write them."""

import io
import json
import pickle
import zipfile

import pytest
import torch

from tools.measure.graph import FREE_DESCRIPTION, rewrite_graph
from tools.measure.untrusted import UntrustedFileError

MODEL = "models/model.json"


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.recurrent = torch.nn.GRU(4, 8, batch_first=True, bidirectional=True)
        self.attention = torch.nn.MultiheadAttention(16, 2, batch_first=True)
        self.norm = torch.nn.BatchNorm1d(16)
        self.head = torch.nn.Linear(16, 3)
        self.tied = torch.nn.Linear(16, 3, bias=False)
        self.tied.weight = self.head.weight
        self.lifted = torch.randn(3)
        self.register_buffer("hidden", torch.randn(3), persistent=False)

    def forward(self, x):
        h, _ = self.recurrent(x)
        h, _ = self.attention(h, h, h)
        h = torch.nn.functional.gelu(self.norm(h.mean(1)), approximate="tanh")
        return self.head(h) * self.hidden + torch.einsum("bi,ji->bj", h, self.tied.weight) + self.lifted


ROWS = torch.randn(64, 5, 4, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="module")
def exported(net):
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(net, (ROWS,), strict=False), buffer)
    return buffer.getvalue()


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def archive_of(files, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(f"g/{name}", content)
    return buffer.getvalue()


def described(exported, change):
    """The archive with its description changed."""
    files = files_of(exported)
    program = json.loads(files[MODEL])
    change(program)
    return archive_of({**files, MODEL: json.dumps(program).encode()})


def test_the_clean_copy_is_the_same_network_without_weights(net, exported):
    clean, extra = rewrite_graph(exported)
    assert extra == 2 * 3 * 4 and rewrite_graph(exported)[0] == clean
    module = torch.export.load(io.BytesIO(clean)).module()
    state = module.state_dict()
    assert set(state) == set(net.state_dict()) and not any(values.any() for values in state.values())
    module.load_state_dict(net.state_dict())
    with torch.no_grad():
        assert torch.allclose(module(ROWS), net(ROWS), atol=1e-5)
    assert not any(word in clean for word in (b"stack_trace", b"site-packages", b"Traceback"))


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('code ran')",)


def test_whatever_is_no_part_of_the_network_is_left_behind(exported):
    evil = pickle.dumps(Evil())
    more = {"data/sample_inputs/model.pt": evil, "data/weights/weight_999": b"secret", "extra/second": b"secret"}
    more |= {"data/aotinductor/m/x.so": b"secret", "data/weights/model.pt": evil, "models/other.json": b"secret"}
    files = files_of(rewrite_graph(archive_of({**files_of(exported), **more}))[0])
    assert files["data/sample_inputs/model.pt"] == b"" and b"secret" not in b"".join(files.values())
    assert not {*files} & {*more} - {"data/sample_inputs/model.pt"}


def test_guards_and_calling_conventions_are_arxlas_own(exported):
    def change(program):
        program["guards_code"] = ["__import__('os').abort()"]
        call = program["graph_module"]["module_call_graph"][0]["signature"]
        call["out_spec"] = '[1, {"type": "collections.defaultdict", "context": "evil"}]'

    clean, _ = rewrite_graph(described(exported, change))
    assert b"abort" not in clean and b"evil" not in clean
    torch.export.load(io.BytesIO(clean)).module()


def rename_input(program):
    text = json.dumps(program).replace('"name": "x"', '"name": "x=print(1)"')
    program.clear()
    program.update(json.loads(text))


def first_node(**changes):
    return lambda program: program["graph_module"]["graph"]["nodes"][0].update(changes)


def first_argument(**argument):
    return lambda program: program["graph_module"]["graph"]["nodes"][0]["inputs"][0].update(arg=argument)


@pytest.mark.parametrize(
    "change",
    [
        rename_input,
        first_node(target="torch.hub.load"),
        first_node(target="torch.ops.aten.from_file.default"),
        first_node(target="torch.ops.aten.__class__.default"),
        first_node(target="torch.ops.higher_order.wrap"),
        first_node(target="torch.ops.mine.evil.default"),
        first_node(target="_operator.methodcaller"),
        first_argument(as_operator="torch.os.system"),
        first_argument(as_custom_obj={"name": "a", "class_fqn": "b"}),
        first_argument(as_string="exec('1')"),
        first_argument(as_graph={"name": "a", "graph": {"nodes": [{"target": "torch.load", "inputs": []}]}}),
        lambda program: program["graph_module"]["graph"].update(
            sym_int_values={"s": {"as_expr": {"expr_str": "f(1)"}}}
        ),
        lambda program: program["graph_module"].update(graph=[]),
        lambda program: program.clear(),
    ],
)
def test_a_description_that_could_run_code_is_refused(change, exported):
    with pytest.raises(UntrustedFileError):
        rewrite_graph(described(exported, change))


def payload(exported, folder, name, **facts):
    files = files_of(exported)
    table = json.loads(files[folder + name])
    next(iter(table["config"].values())).update(facts)
    return archive_of({**files, folder + name: json.dumps(table).encode()})


@pytest.mark.parametrize(
    "facts",
    [{"use_pickle": True}, {"path_name": "custom_obj_0"}, {"path_name": "../../models/model.json"}, {"path_name": 3}],
)
@pytest.mark.parametrize(
    "table", [("data/weights/", "model_weights_config.json"), ("data/constants/", "model_constants_config.json")]
)
def test_only_plain_tensors_are_taken(table, facts, exported):
    with pytest.raises(UntrustedFileError):
        rewrite_graph(payload(exported, *table, **facts))


def test_archives_that_are_none_are_refused(exported):
    bomb = archive_of({**files_of(exported), "data/constants/tensor_7": bytes(10**6)}, zipfile.ZIP_DEFLATED)
    without = archive_of({name: content for name, content in files_of(exported).items() if name != MODEL})
    deep = archive_of({**files_of(exported), MODEL: b"[" * 100_000})
    for content in (b"", b"no zip", exported[: len(exported) // 2], bomb, without, deep):
        with pytest.raises(UntrustedFileError):
            rewrite_graph(content)


def test_knowledge_in_the_description_counts(exported):
    """Weights written as numbers between the operations are weights."""
    random = torch.rand(20_000, generator=torch.Generator().manual_seed(0)).tolist()
    _, extra = rewrite_graph(described(exported, first_argument(as_floats=random)))
    assert extra > 4 * len(random) and extra > 4 * len(random) + FREE_DESCRIPTION
