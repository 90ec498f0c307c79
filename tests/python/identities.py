"""An exchange with TLS, and the certificates and tokens of its callers."""

import subprocess
import time

from process import Server

EXCHANGE = "exchange.test"


class Keys:
    """A test authority that `peelian-server keys` makes in a folder."""

    def __init__(self, binary, folder, exchange=EXCHANGE):
        self.binary, self.folder = binary, folder
        self._make("init", "--exchange-name", exchange)
        self.authority = folder / "authority.pem"

    def server(self, *names):
        self._make("server", *(part for name in names for part in ("--name", name)))
        return self.folder / "server.pem", self.folder / "server.key"

    def agency(self, agency, role=None):
        self._make("agency", agency, *(["--role", role] if role else []))
        name = f"{agency}-{role}" if role else agency
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def _make(self, *arguments):
        run(self.binary, "keys", *arguments, "--dir", self.folder)


def run(*command):
    """Runs a command that succeeds, and returns what it prints."""
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


class World:
    """An exchange that answers known callers over TLS alone."""

    def __init__(self, binary, folder, *flags):
        self.binary, self.folder = binary, folder
        self.keys = Keys(binary, folder / "keys")
        certificate, key = self.keys.server("localhost", "127.0.0.1")
        tls = ["--tls-certificate", certificate, "--tls-key", key]
        tls += ["--client-ca", self.keys.authority, "--exchange-name", EXCHANGE]
        self.server = Server(binary, folder / "data", *tls, *flags).start()
        self.secrets = []
        self.address, self.url = self.server.address, f"https://{self.server.address}"

    def token(self, agency, *flags):
        """A new token: its identifier and itself."""
        token = run(self.binary, "token", "create", "--agency", agency, *flags, "--data-dir", self.folder / "data")
        _, identifier, secret = token.strip().split("_")
        self.secrets.append(secret)
        return identifier, token.strip()

    def token_file(self, agency, path, *flags):
        """Writes a new token to a file."""
        out = "--out", path, "--data-dir", self.folder / "data"
        run(self.binary, "token", "create", "--agency", agency, *flags, *out)

    def logged(self, text):
        """Whether the log has a text, at the latest after some seconds: a client can be faster than the log."""
        for _ in range(100):
            if text in self.server.log():
                return True
            time.sleep(0.1)
        return False

    def revoke(self, identifier):
        run(self.binary, "token", "revoke", identifier, "--data-dir", self.folder / "data")
