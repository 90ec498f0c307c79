"""The exchange as a process."""

import selectors
import subprocess
from pathlib import Path


class Server:
    """`peelian-server serve` as a process, on a port that the system chooses, with the data in `data_dir`."""

    def __init__(self, binary, data_dir, *flags, start_timeout=120):
        self.binary, self.data_dir, self.flags = binary, Path(data_dir), flags
        self.start_timeout = start_timeout
        self.process = None
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.log"

    def start(self):
        command = [self.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir, *self.flags]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
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

    def client(self):
        # The client's stubs have the same name as the Python package, so they are loaded only when they are needed.
        from exchange import Client

        return Client(self.address)
