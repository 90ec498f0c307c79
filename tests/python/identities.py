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


CONFIGURATION = """[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
certificate = {authority}.pem
private_key = {authority}.key
default_md = sha256
default_crl_days = 30
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = agency
"""
EXTENSIONS = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = URI:{uri}
"""


class Operator:
    """The authority of keys, as an operator uses it: with OpenSSL (docs/identity.md). It issues certificates that have
    ended or name somebody else, and revokes certificates.
    """

    def __init__(self, keys):
        self.folder = keys.folder / "operator"
        self.folder.mkdir()
        for name, content in (("index.txt", ""), ("serial", "1000\n"), ("crlnumber", "01\n")):
            (self.folder / name).write_text(content)
        self.configuration = self.folder / "openssl.cnf"
        authority = keys.folder / "authority"
        self.configuration.write_text(CONFIGURATION.format(folder=self.folder, authority=authority))
        self.revocations = self.folder / "revoked.crl"
        self._publish()

    def issue(self, name, uri, start="20260101000000Z", end="20990101000000Z"):
        """A certificate for a URI, and its key."""
        certificate, key, request, extensions = (
            self.folder / f"{name}.{end}" for end in ("pem", "key", "csr", "ext")
        )
        extensions.write_text(EXTENSIONS.format(uri=uri))
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        key.chmod(0o600)
        run("openssl", "req", "-new", "-config", self.configuration, "-key", key, "-out", request)
        validity = "-startdate", start, "-enddate", end
        self._ca("-batch", "-notext", "-in", request, "-out", certificate, "-extfile", extensions, *validity)
        return certificate, key

    def revoke(self, certificate):
        """Revokes a certificate, and publishes the list."""
        self._ca("-revoke", certificate)
        self._publish()

    def _publish(self):
        new = self.folder / "new.crl"
        self._ca("-gencrl", "-out", new)
        new.rename(self.revocations)

    def _ca(self, *arguments):
        run("openssl", "ca", "-config", self.configuration, *arguments)


class World:
    """An exchange that answers known callers over TLS alone. Its certificate has the names, and its authority revokes
    certificates if `revokes` is set.
    """

    def __init__(self, binary, folder, *flags, names=("localhost", "127.0.0.1"), revokes=False):
        self.binary, self.folder = binary, folder
        self.keys = Keys(binary, folder / "keys")
        certificate, key = self.keys.server(*names)
        tls = ["--tls-certificate", certificate, "--tls-key", key]
        tls += ["--client-ca", self.keys.authority, "--exchange-name", EXCHANGE]
        if revokes:
            self.operator = Operator(self.keys)
            tls += ["--client-crl", self.operator.revocations]
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
