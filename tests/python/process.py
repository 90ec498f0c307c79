"""The exchange as a process."""

import contextlib
import fcntl
import json
import os
import pty
import re
import selectors
import socket
import struct
import subprocess
import termios
import threading
import time
from concurrent import futures
from pathlib import Path

import told

# Memory that the system gives a server where a test shows that nobody can hurt it.
MEMORY = 512 << 20


class Server:
    """`peelian-server serve` as a process, on a port that the system chooses, with the data in `data_dir`. The first start
    makes the exchange. The system gives it `memory` bytes of data, or all that the machine has.
    """

    def __init__(
        self, binary, data_dir, *flags, start_timeout=120, environment=None, prefix=(), log_path=None, memory=None
    ):
        self.binary, self.data_dir, self.flags, self.memory = binary, Path(data_dir), flags, memory
        self.start_timeout = start_timeout
        # Of a process that may not be dumped, only root may reset the peak of its memory.
        defaults = {} if os.geteuid() == 0 else {"PEELIAN_ALLOW_CORE_DUMPS": "true"}
        self.environment, self.prefix = {**os.environ, **defaults, **(environment or {})}, prefix
        self.process = None
        self.log_path = log_path or self.data_dir.parent / f"{self.data_dir.name}.log"
        told.serves(self)

    def start(self):
        serve = [self.binary, "serve", "--data-dir", self.data_dir, "--listen", "127.0.0.1:0", *self.flags]
        if not (self.data_dir / "ledger.sqlite3").exists():
            serve = ["sh", "-c", '"$1" init "$3" "$4" > "$0" && exec "$@"', os.devnull, *serve]
        limit = [] if self.memory is None else ["sh", "-c", f'ulimit -S -d {self.memory >> 10} && exec "$@"', "sh"]
        command, quiet = [*limit, *self.prefix, *serve], subprocess.DEVNULL
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=quiet,
                env=self.environment,
            )
        line = self._first_line()
        prefix = "listening on "
        assert line.startswith(prefix), f"the server did not start: {line!r}\n{self.log()[-2000:]}"
        self.address = line.removeprefix(prefix).strip()
        return self

    def _first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(self.start_timeout):
                self.kill()
                return "(silence)"
        return self.process.stdout.readline().decode()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def run(self, *arguments):
        """Runs a command of the server on its data directory."""
        command = [self.binary, *arguments, "--data-dir", self.data_dir]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    def audit(self):
        """The records of its audit log."""
        return [json.loads(line) for line in (self.data_dir / "audit" / "audit.jsonl").read_text().splitlines()]

    def stop(self):
        """Asks it to stop, as a service manager does, and returns its exit status."""
        self.process.terminate()
        return self._wait()

    def kill(self):
        """Kills it at once, like a power cut."""
        self.process.kill()
        self._wait()

    def _wait(self):
        try:
            return self.process.wait(timeout=90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()

    def peak_memory(self):
        """Largest resident memory so far, in bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def reset_peak_memory(self):
        """Resets the largest resident memory to the current one (Linux)."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def client(self, token=None):
        # The client's stubs have the same name as the Python package, so they are loaded only when they are needed.
        from exchange import Client

        return Client(self.address, token)


@contextlib.contextmanager
def silent_port():
    """The address of a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def slow_server():
    """The address of a server of gRPC that tells its health, and never answers another call."""
    import grpc

    ended = threading.Event()

    def answer(request, context):
        ended.wait()
        return b""

    class Handler(grpc.GenericRpcHandler):
        def service(self, details):
            if details.method == "/grpc.health.v1.Health/Check":
                return grpc.unary_unary_rpc_method_handler(lambda *_: b"")
            return grpc.stream_unary_rpc_method_handler(answer)

    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        ended.set()
        server.stop(None)


@contextlib.contextmanager
def slow_line(address, bytes_per_second):
    """The address of a line to a server, which carries what a client sends at this speed."""
    host, _, port = address.rpartition(":")

    def carry(source, target, slowly):
        with contextlib.suppress(OSError):  # One of the two sides may have closed it.
            while part := source.recv(1 << 14):
                target.sendall(part)
                if slowly:
                    time.sleep(len(part) / bytes_per_second)
            target.shutdown(socket.SHUT_WR)

    def accept():
        with contextlib.suppress(OSError):  # The listener is closed at the end.
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((host, int(port)))
                threading.Thread(target=carry, args=(near, far, True), daemon=True).start()
                threading.Thread(target=carry, args=(far, near, False), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def on_terminal(command, columns, **more):
    """What a command prints on a terminal that has this number of columns."""
    terminal, output = pty.openpty()
    fcntl.ioctl(output, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, **more)
    os.close(output)
    printed = b""
    with contextlib.suppress(OSError):  # The end of a terminal is an error on Linux.
        while part := os.read(terminal, 1 << 16):
            printed += part
    os.close(terminal)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    return re.sub(r"\x1b\[[0-9;]*m", "", printed.decode()).replace("\r\n", "\n")
