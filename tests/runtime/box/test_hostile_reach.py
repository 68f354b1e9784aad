"""Programs that try to reach something outside the box. Each attempt must be refused, in every isolating sandbox.

They share one warm process a sandbox, since a refused attempt leaves it alive; each is a job of its own.
"""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.box.protocol import Runner

pytestmark = pytest.mark.box

NETWORK = {
    "tcp to the internet": "attempt(lambda: socket.create_connection(('1.1.1.1', 53), 2))",
    "tcp to a server of the host": "attempt(lambda: socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2))",
    "udp": "attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53)))",
    "dns": "attempt(lambda: socket.getaddrinfo('example.com', 80))",
    "ipv6": "attempt(lambda: socket.socket(socket.AF_INET6))",
    "unix socket by path": "s = attempt(lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[2]))",
    "abstract unix socket": "attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[3]))",
    "datagram from a socketpair": (
        "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "attempt(lambda: a.sendto(b'x', '\\0' + sys.argv[3]))"
    ),
    "netlink": "attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))",
    "raw packets": "attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))",
    "vsock": "attempt(lambda: socket.socket(socket.AF_VSOCK).connect((2, 1)))",
    "listening": "attempt(lambda: socket.create_server(('127.0.0.1', 0)))",
    "socket by raw system call": "attempt(lambda: call(41, 2, 1, 0))",
    "io_uring": "attempt(lambda: call(425, 8, ctypes.create_string_buffer(120)))",
}

FILES = {
    "home folder": "attempt(lambda: os.listdir(sys.argv[4]))",
    "the repository": "attempt(lambda: open(sys.argv[5] + '/pyproject.toml').read())",
    "a secret file": "attempt(lambda: open(sys.argv[6]).read())",
    "password hashes": "attempt(lambda: open('/etc/shadow').read())",
    "accounts of the machine": "attempt(lambda: 1 / open('/etc/passwd').read().count('daemon'))",
    "secrets in the environment": "attempt(lambda: os.environ['ARXLA_TEST_SECRET'])",
    "secrets in any environment that /proc shows": (
        "read = lambda p: open(f'/proc/{p}/environ', 'rb').read()\n"
        "found = [p for p in os.listdir('/proc') if p.isdigit() and b'hunter2' in read(p)]\n"
        "attempt(lambda: found[0])"
    ),
    "processes of the host": "attempt(lambda: [p for p in os.listdir('/proc') if p.isdigit() and int(p) > 50][0])",
    "root of another process": "attempt(lambda: os.listdir('/proc/2/root/'))",
    "kernel memory": "attempt(lambda: open('/proc/kcore', 'rb').read(1))",
    "kernel settings": "attempt(lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x'))",
    "magic key": "attempt(lambda: open('/proc/sysrq-trigger', 'w').write('h'))",
    "own oom score": "attempt(lambda: open('/proc/self/oom_score_adj', 'w').write('-1000'))",
    "writing to /": "attempt(lambda: open('/x', 'w'))",
    "writing to /usr": "attempt(lambda: open('/usr/x', 'w'))",
    "writing to /etc": "attempt(lambda: open('/etc/passwd', 'a'))",
    "writing to the packages": "import torch\nattempt(lambda: open(torch.__file__, 'a'))",
    "writing to arxla": "import runtime\nattempt(lambda: open(runtime.__file__, 'a'))",
    "writing to an input": "attempt(lambda: open(sys.argv[7], 'a'))",
    "truncating an input": "attempt(lambda: os.truncate(sys.argv[7], 0))",
    "replacing an input by a link": "attempt(lambda: os.symlink('/etc/passwd', os.path.dirname(sys.argv[7]) + '/new'))",
    "renaming an input": "attempt(lambda: os.rename(sys.argv[7], sys.argv[7] + '2'))",
    "deleting an input": "attempt(lambda: os.unlink(sys.argv[7]))",
    "changing an input's mode": "attempt(lambda: os.chmod(sys.argv[7], 0o777))",
    "hard link to an input": "attempt(lambda: os.link(sys.argv[7], 'mine'))",
    "hard link to a system file": "attempt(lambda: os.link('/etc/passwd', 'mine'))",
    "a link followed outwards": "os.symlink(sys.argv[6], 'link')\nattempt(lambda: open('link').read())",
    "climbing by dots": "attempt(lambda: open('../../../../../..' + sys.argv[6]).read())",
    "climbing by a folder descriptor": (
        "fd = os.open('/', os.O_RDONLY)\nattempt(lambda: os.open('..' + sys.argv[6], os.O_RDONLY, dir_fd=fd))"
    ),
    "a block device": "attempt(lambda: os.mknod('disk', 0o60600, os.makedev(254, 0)))",
    "a character device": "attempt(lambda: os.mknod('mem', 0o20600, os.makedev(1, 1)))",
    "the disk": "attempt(lambda: open('/dev/vda', 'rb').read(1))",
    "kernel virtual machines": "attempt(lambda: open('/dev/kvm', 'rb'))",
    "a terminal": "attempt(lambda: open('/dev/tty', 'w'))",
    "set-uid": ("open('s', 'w').close(); os.chmod('s', 0o4755)\nattempt(lambda: os.execv('/box/scratch/s', ['s']))"),
    "shared memory of System V": "attempt(lambda: call(29, 1, 1 << 20, 0o1600))",
    "a memory file": "attempt(lambda: os.memfd_create('hidden'))",
}

PRIVILEGES = {
    "a shell": "attempt(lambda: os.execv('/bin/sh', ['sh', '-c', 'id']))",
    "a subprocess": "import subprocess\nattempt(lambda: subprocess.run(['/bin/true'], check=True))",
    "os.system": "attempt(lambda: 1 / (os.system('true') == 0))",
    "chroot": "attempt(lambda: os.chroot('/box/scratch'))",
    "a new user namespace": "attempt(lambda: call(272, 0x10000000))",
    "a new mount namespace": "attempt(lambda: call(272, 0x20000))",
    "clone into namespaces": "attempt(lambda: call(56, 0x10000000 | 17, 0, 0, 0, 0))",
    "clone3": "attempt(lambda: call(435, ctypes.create_string_buffer(88), 88))",
    "entering a namespace": "attempt(lambda: call(308, os.open('/proc/self/ns/net', os.O_RDONLY), 0))",
    "mount": "attempt(lambda: call(165, b'none', b'/tmp', b'tmpfs', 0, 0))",
    "mount by the new calls": "attempt(lambda: call(430, b'tmpfs', 0))",
    "making the root writable": "attempt(lambda: call(165, 0, b'/', 0, 32, 0))",
    "unmounting an input": "attempt(lambda: call(166, b'/in', 2))",
    "pivot_root": "attempt(lambda: call(155, b'/tmp', b'/tmp'))",
    "ptrace": "attempt(lambda: call(101, 16, 1, 0, 0))",
    "memory of another process": "attempt(lambda: call(310, 1, 0, 0, 0, 0, 0))",
    "keyring": "attempt(lambda: call(250, 0, -3, 1))",
    "bpf": "attempt(lambda: call(321, 0, ctypes.create_string_buffer(128), 128))",
    "perf": "attempt(lambda: call(298, ctypes.create_string_buffer(128), 0, -1, -1, 0))",
    "userfaultfd": "attempt(lambda: call(323, 0))",
    "kernel module": "attempt(lambda: call(175, 0, 0, b''))",
    "kexec": "attempt(lambda: call(246, 0, 0, 0, 0))",
    "reboot": "attempt(lambda: call(169, 0xFEE1DEAD, 672274793, 0x1234567, 0))",
    "the clock": "attempt(lambda: time.clock_settime(time.CLOCK_REALTIME, 0))",
    "the host name": "attempt(lambda: socket.sethostname('x'))",
    "becoming root": "attempt(lambda: os.setuid(0))",
    "raising a limit": (
        "import resource\nattempt(lambda: resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2))"
    ),
    "real-time priority": "attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))",
    "a better priority": "attempt(lambda: os.nice(-10))",
    "typing into a terminal": "import fcntl\nattempt(lambda: fcntl.ioctl(0, 0x5412, b'x'))",
    "32-bit system calls": "attempt(lambda: call(0x40000000 | 41, 2, 1, 0))",
    "a signal to the sandbox's own parent": "attempt(lambda: os.kill(os.getppid() or 99999, 9))",
    "a signal to arxla": "attempt(lambda: os.kill(int(sys.argv[8]), 0))",
}

PROGRAMS = NETWORK | FILES | PRIVILEGES


@pytest.fixture(scope="module", params=["zygote", "bubblewrap"])
def warm(request: pytest.FixtureRequest) -> Iterator[Runner]:
    with request.getfixturevalue(request.param).session() as runner:
        yield runner


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Things of the host that a program may aim at: a port, two sockets, folders, files, this process."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.txt").write_text("hunter2")
    (folder / "input.txt").write_text("given")
    os.environ["ARXLA_TEST_SECRET"] = "hunter2"
    abstract = f"arxla-test-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as by_path,
        socket.socket(socket.AF_UNIX) as by_name,
    ):
        by_path.bind(str(folder / "s"))
        by_name.bind("\0" + abstract)
        for server in (by_path, by_name):
            server.listen()
        repository = Path(__file__).parents[3]
        yield [
            str(tcp.getsockname()[1]), str(folder / "s"), abstract, str(Path.home() / ".ssh"), str(repository),
            str(folder / "secret.txt"), str(folder / "input.txt"), str(os.getpid()),
        ]  # fmt: skip
    del os.environ["ARXLA_TEST_SECRET"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda name: name.replace(" ", "-"))
def test_attempt_is_refused(warm, run, outside, program: str):
    given = Path(outside[6])
    inside = "import glob\nsys.argv[7] = glob.glob('/box/in/**/input.txt', recursive=True)[0]\n"
    result = run(warm, inside + PROGRAMS[program], inputs={"input.txt": given}, argv=outside)
    assert result.ok, result
    assert "ESCAPED" not in result.stdout
    assert "refused" in result.stdout
    assert not any(slip in result.stdout for slip in ("NameError", "TypeError", "AttributeError")), "a broken test"
    assert given.read_text() == "given"
    assert run(warm, "print('still here')").stdout == "still here\n"


def test_the_programs_would_succeed_outside():
    """The attempts mean something: a few of them work on this machine when nothing is in the way."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    assert socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    assert Path("/etc/passwd").read_text().count("daemon")
    assert Path("/proc/1").is_dir()
