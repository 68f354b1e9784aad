import os
import signal
import subprocess
import sys
import textwrap

import pytest

from runtime.errors import InputError
from tools.results.folder import RunFolder

HOLDER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from tools.results.folder import RunFolder
    with RunFolder(Path(sys.argv[1])).lease():
        print("held", flush=True)
        time.sleep(60)
""")


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path, "digits-20261120T101502-ab12")


@pytest.fixture
def holder(folder):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_worker_is_told_who_holds_the_run(folder, holder):
    assert folder.worker() == holder.pid
    with (
        pytest.raises(InputError, match=f"{folder.id} is already being worked on by process {holder.pid}"),
        folder.lease(),
    ):
        pass


def test_death_gives_the_lease_back(folder, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert folder.worker() is None
    with folder.lease():
        assert (folder.path / ".lease").read_text() == f"{os.getpid()}\n"


def test_one_process_cannot_take_it_twice(folder):
    with folder.lease(), pytest.raises(InputError, match=str(os.getpid())), folder.lease():
        pass
    with folder.lease():
        pass


def test_a_forked_child_does_not_keep_it(folder):
    with folder.lease():
        child = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        with folder.lease():
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_looking_at_a_lease_does_not_take_it(folder):
    assert folder.worker() is None
    with folder.lease():
        assert folder.worker() == os.getpid()
    assert folder.worker() is None
