"""A person signs in, uploads a table, watches the run to its end and asks about it: a real server, nothing scripted."""

import pytest

from evals.server_process import ServerProcess

pytestmark = pytest.mark.box
TOKEN = "a token for tests"
ROWS = [f"{x}.5,{x % 7}.25,{'high' if x > 60 else 'low'}" for x in range(120)]
SLOW_MS = 120_000


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("real"), ui=True, ARXLA_SERVER_TOKEN=TOKEN) as server:
        yield server.address


def test_from_an_upload_to_an_answer(browser, address, tmp_path):
    (tmp_path / "levels.csv").write_text("\n".join(["a,b,label", *ROWS]))
    context = browser.new_context()
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/ui/new")
    page.fill("#token", TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_selector("#dataset_file")
    page.set_input_files("#dataset_file", tmp_path / "levels.csv")
    page.fill("#trials", "0")
    page.select_option("#target", "cpu")
    page.click("text=Papers")
    page.check("[name=skip_literature_review]")
    page.click("#start")
    page.wait_for_url("**/runs/levels-*")
    page.wait_for_selector("text=measured on", timeout=SLOW_MS)
    assert "Success" in page.inner_text(".outcome .badge >> nth=0")
    run_id = page.url.rpartition("/")[2]
    page.goto(f"{address}/ui/chat")
    page.fill("#text", "why did run 1 end?")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.messages .ai a[href="/ui/runs/{run_id}"]', timeout=SLOW_MS)
    context.close()
    assert wrong == []
