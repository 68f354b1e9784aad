"""Every screen in headless Chromium: nothing is wrong in the console, nothing hostile runs, the keyboard is enough."""

import re
import shutil
import threading

import pytest

from arxla.web import live
from arxla.web.backend import Conversation, Message
from evals.benchmarks.many_runs import make_runs
from runtime.settings import load_settings
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.listing import RunIndex
from tools.results.record import RunRecord

from .conftest import EVIL, Scripted, hostile_run, play_a_run, serving, waiting_run

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1}
CSV = "a,b,label\n" + "1.0,2.0,x\n2.0,1.0,y\n" * 40
FOREIGN = """() => [...document.querySelectorAll('*')].filter((one) =>
    ['IMG', 'IFRAME', 'OBJECT', 'EMBED'].includes(one.tagName)
    || (one.tagName === 'SCRIPT' && !one.src.startsWith(location.origin + '/ui/static/'))
    || [...one.attributes].some((it) => it.name.startsWith('on') || it.name === 'style'
        || (['href', 'src', 'action'].includes(it.name) && /^\\s*(javascript|data):/i.test(it.value))))
  .map((one) => one.outerHTML.slice(0, 200))"""


NAMELESS = """() => [...document.querySelectorAll(
    'button, a, input:not([type=hidden]), select, textarea, svg[role=img]')].filter((one) =>
    !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length
      || one.getAttribute('aria-labelledby'))).map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """(address, backend, settings) of a page on twelve runs, a hostile one and one that waits."""
    results = tmp_path_factory.mktemp("web") / "results"
    patch = pytest.MonkeyPatch()
    patch.setattr(live, "LOOK_S", 0.05)
    make_runs(results, 12)
    hostile_run(results)
    waiting_run(results)
    settings = load_settings({"out": results, "arxla_upload_max_mb": 1}, env_file=None)
    backend = Scripted(results)
    with serving(settings, backend) as address:
        yield address, backend, settings
    patch.undo()


@pytest.fixture
def page(browser, request):
    """A page that fails the test when its console has an error."""
    options = getattr(request, "param", {})
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def evidence(settings):
    return [run.id for run in RunIndex(settings.out).runs() if run.score is not None and "hostile" not in run.id]


def screens(settings, chat=""):
    runs = evidence(settings)
    return [
        "/", "/?state=SUCCESS&sort=score", "/?q=nothing", f"/runs/{runs[0]}", "/runs/wine-20260302T000000-0a0a",
        f"/runs/{runs[0]}/files/code-generation", f"/compare?run={runs[0]}&run={runs[1]}&run={runs[2]}", "/compare",
        "/new", "/chat", *([f"/chat/{chat}"] if chat else []), "/login",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "page", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"], indirect=True
)
def test_every_screen_loads_and_fits(page, site):
    address, _, settings = site
    for screen in screens(settings):
        page.goto(address + screen)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, screen
        assert page.locator("h1").count() == 1 and page.locator("main").count() == 1, screen
        assert page.evaluate(NAMELESS) == [], screen


@pytest.mark.parametrize("strict", [True, False], ids=["with the policy", "without it"])
def test_nothing_hostile_becomes_markup(browser, site, strict):
    address, backend, settings = site
    backend.said["evil"] = []
    backend.said["evil"] += [
        Message("human", EVIL),
        Message("ai", f"# {EVIL}\n\n- {EVIL}\n\n| {EVIL} |\n\n```{EVIL}\n{EVIL}\n```\n`{EVIL}`"),
    ]
    hostile, context = "hostile-20260301T000000-dead", browser.new_context(bypass_csp=not strict)
    page = context.new_page()
    other = evidence(settings)[0]
    for screen in (
        "/", f"/runs/{hostile}", f"/compare?run={hostile}&run={other}", f"/runs/{hostile}/files/code-generation",
        "/chat/evil", f"/new?dataset={EVIL}&goal={EVIL}", f"/?q={EVIL}", f"/runs/{EVIL}", f"/login?next={EVIL}",
    ):  # fmt: skip
        page.goto(address + screen)
        assert page.evaluate("window.pwned") is None, screen
        assert page.evaluate(FOREIGN) == [], screen
    page.goto(f"{address}/runs/{hostile}/report")
    assert page.evaluate("window.pwned") is None or not strict
    backend.said.pop("evil")
    context.close()


def test_nothing_hostile_comes_in_while_a_run_goes_on(browser, site):
    address, _, settings = site
    folder = make_runs(settings.out, 13)[12]
    ended = folder.load_record()
    folder.save_record(ended.model_copy(update={"outcome": None}))
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    with folder.lease():
        page.goto(f"{address}/runs/{folder.id}")
        for kind in ("stage", "warning", "note", "trial", "epoch", "question", EVIL):
            texts = dict.fromkeys(
                ("name", "text", "note", "state", "message", "rule", "trial", "epochs", "index"), EVIL
            )
            folder.append_event({**texts, "kind": kind, "epoch": 3, "val_loss": 0.3, "objective": 0.2})
        page.wait_for_selector("#live-log li.warning")
        page.wait_for_timeout(200)
        assert page.evaluate("window.pwned") is None and page.evaluate(FOREIGN) == []
        folder.save_record(ended)
    context.close()


def test_a_curve_is_kept_while_trials_go_side_by_side_and_while_the_server_is_away(browser, site):
    address, _, settings = site
    folder = RunFolder.create(settings.out, "wine-20260303T000000-0b0b")
    folder.save_record(RunRecord(id=folder.id, task=Task(dataset="wine"), started="2026-03-03T00:00:00+00:00"))
    context = browser.new_context()
    page = context.new_page()

    def epoch(trial, number):
        losses = {"train_loss": 1 / number, "val_loss": 1.2 / number}
        folder.append_event({"kind": "epoch", "trial": trial, "epoch": number, "epochs": 9, **losses})

    with folder.lease():
        page.route("**/events", lambda route: route.abort())
        page.goto(f"{address}/runs/{folder.id}")
        page.wait_for_selector("#live-status:has-text('be reached; trying again')")
        page.unroute("**/events")
        folder.append_event({"kind": "stage", "name": "tune", "state": "start", "note": ""})
        page.wait_for_selector("#live-status:has-text('at tune')")
        epoch(0, 1)
        epoch(1, 1)
        epoch(0, 2)
        epoch(1, 2)
        page.wait_for_selector("#live-loss-of:has-text('trial 1, epoch 2 of 9')")
        folder.append_event({"kind": "trial", "index": 1, "of": 2, "state": "completed", "objective": 0.9})
        epoch(1, 3)
        page.wait_for_selector("#live-loss-of:has-text('trial 2, epoch 3 of 9')")
    context.close()
    shutil.rmtree(folder.path)


def test_an_upload_becomes_a_run_that_is_watched_to_its_end(page, site, tmp_path):
    address, backend, _ = site
    (tmp_path / "my <b>data.csv").write_text(CSV)
    gates = [threading.Event() for _ in range(3)]
    backend.play = lambda folder: play_a_run(folder, gates)
    page.goto(address + "/new")
    page.fill("#trials", "4")
    page.set_input_files("#dataset_file", tmp_path / "my <b>data.csv")
    page.click("#start")
    page.wait_for_url("**/runs/my-b-data-*")
    page.wait_for_selector("#live-stages")
    gates[0].set()
    page.wait_for_selector("#live-loss-of:has-text('epoch 4 of 12')")
    begun = len(page.get_attribute("#live-loss path.line >> nth=1", "d"))
    gates[1].set()
    page.wait_for_selector("#live-loss-of:has-text('epoch 12 of 12')")
    assert len(page.get_attribute("#live-loss path.line >> nth=1", "d")) > begun, "the curve grows"
    page.wait_for_selector('[data-stage="execute"].done')
    page.wait_for_selector("#live-trials circle >> nth=3")
    page.wait_for_selector("#live-cost:has-text('$0.0123')")
    assert page.inner_text("#live-count") == "4 of 4" and page.inner_text("#live-tokens") == "1,234"
    assert "tune" in page.inner_text("#live-stages .now")
    gates[2].set()
    page.wait_for_selector("text=It was played to its end.")
    assert page.locator("#live").count() == 0


def test_an_upload_that_is_refused_says_so_beside_its_field(page, site, tmp_path):
    address, backend, _ = site
    before = len(backend.calls)
    (tmp_path / "large.csv").write_text("1,2\n" * 400_000)
    page.goto(address + "/new")
    page.set_input_files("#dataset_file", tmp_path / "large.csv")
    page.click("#start")
    assert "the most is 1 MB" in page.inner_text("#dataset_file-about") and page.url.endswith("/new")
    assert len(backend.calls) == before


def test_a_question_is_answered_from_the_page(page, site):
    address, backend, _ = site
    run_id = "wine-20260302T000000-0a0a"
    backend.threads["thread-9"] = Conversation("thread-9", run_id=run_id, unfinished=True)
    page.goto(f"{address}/runs/{run_id}")
    page.fill("#answer-comment", "go on")
    page.click("button:has-text('Use iris')")
    page.wait_for_load_state()
    call, thread, answer = backend.calls[-1]
    assert (call, thread, answer.dataset, answer.comment) == ("answer", "thread-9", "iris", "go on")


def test_runs_are_ticked_and_compared(page, site):
    address, *_ = site
    page.goto(address + "/?state=SUCCESS&q=-202601")  # with code
    assert page.is_disabled("#compare")
    for tick in page.locator('input[name="run"]').all()[:5]:
        tick.check()
    assert page.inner_text("#compare") == "Compare 5 runs"
    page.click("#compare")
    page.wait_for_url("**/compare?**")
    assert page.locator("svg.plot path.line").count() >= 8
    assert page.locator(".diff").count() == 4


def test_trials_are_narrowed_by_pointer_and_by_keyboard(page, site):
    address, _, settings = site
    page.goto(f"{address}/runs/{evidence(settings)[0]}")
    lines = page.locator(".parallel .run").count()
    axis = page.locator(".parallel .grab").first
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    kept = int(re.match(r"(\d+) of", page.inner_text("#kept"))[1])
    assert 0 < kept < lines
    assert page.locator(".trials tr.out").count() == lines - kept
    page.mouse.click(x, box["y"] + box["height"] / 2)
    assert page.inner_text("#kept") == ""
    page.click("text=Narrow by keyboard")
    last = page.locator("#limits fieldset").last.locator("input").first
    last.focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    assert page.locator(".parallel .run.out").count() > 0
    page.hover(".trials tbody tr >> nth=2")
    assert page.locator(".parallel .run.seen").count() == 1


def test_a_chat(page, site):
    address, backend, _ = site
    page.goto(address + "/chat")
    page.fill("#text", "what <i>is</i> this?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messages .ai")
    assert page.inner_text(".messages .human .text") == "what <i>is</i> this?"
    assert "what <i>is</i> this?" in page.inner_text(".messages .ai strong")
    assert page.locator(".messages pre code").count() == 1
    page.wait_for_selector("#text:not([disabled])")
    page.fill("#text", "and more")
    page.click("button:has-text('Send')")
    page.wait_for_selector(".messages .ai >> nth=1")
    assert page.locator(".messages .work li").count() >= 1
    page.reload()
    assert page.locator(".messages > li").count() == 4
    assert "what" in page.inner_text("aside ol li")
    backend.said.clear()


def test_light_and_dark(page, site):
    address, *_ = site
    page.goto(address + "/")
    colors = set()
    for _ in range(3):
        colors.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        with page.expect_response("**/theme"):
            page.click("#theme button")
    assert len(colors) == 2
    with page.expect_response("**/theme"):  # a reload before it is kept would show the one before
        page.click("#theme button")
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_keyboard_is_enough(page, site):
    address, *_ = site
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", seen[-1]
    assert {"Runs", "New run", "Compare", "Chat", "theme", "q", "state", "sort", "Show", "run"} <= set(seen)


def test_lists_and_runs_can_be_read_without_scripts(browser, site):
    address, *_ = site
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/")
    assert page.locator("table.runs tbody tr").count() >= 12
    page.click("table.runs tbody th a >> nth=3")
    assert page.locator("#hyperparameters").count() == 1
    page.goto(address + "/chat")
    page.fill("#text", "hello")
    page.click("button:has-text('Send')")
    assert "hello" in page.inner_text(".messages")
    site[1].said.clear()
    context.close()
