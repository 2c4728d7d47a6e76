"""Certificates for loopback: one that is good, and those that must not be believed. Made by the openssl program.

Enters: an empty directory. Leaves: server contexts by name, and the file of the authority that signed them.
"""

import ssl
import subprocess
from pathlib import Path

import pytest

_CONFIG = """
[ca]
default_ca = here
[here]
dir = {where}
database = {where}/index
serial = {where}/serial
new_certs_dir = {where}
default_md = sha256
policy = anything
copy_extensions = copy
unique_subject = no
[anything]
commonName = supplied
"""
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
LONG_AGO, FAR_AHEAD = "20010101000000Z", "20980101000000Z"


class Authority:
    """Signs what it is asked to sign, lies included."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.file = where / "authority.pem"
        (where / "index").touch()
        (where / "serial").write_text("01\n")
        (where / "ca.conf").write_text(_CONFIG.format(where=where))
        more = ["-addext", "basicConstraints=critical,CA:TRUE"]
        self._run(
            "req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=pretend authority", *more, *self._files("authority")
        )

    def server(self, name: str, *, names: str = "IP:127.0.0.1", until: str = FAR_AHEAD) -> ssl.SSLContext:
        """A server context with a certificate for `names`."""
        request, certificate = self.where / f"{name}.csr", self.where / f"{name}.pem"
        about = ["-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"]
        self._run("req", *_KEY, *about, "-keyout", self._key(name), "-out", str(request))
        dates = ["-startdate", LONG_AGO, "-enddate", until]
        signer = ["-cert", str(self.file), "-keyfile", self._key("authority")]
        files = ["-config", str(self.where / "ca.conf"), "-in", str(request), "-out", str(certificate)]
        self._run("ca", "-batch", "-notext", *dates, *signer, *files)
        return self._context(name)

    def signed_by_itself(self) -> ssl.SSLContext:
        about = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        self._run("req", "-x509", *_KEY, "-days", "2", *about, *self._files("self"))
        return self._context("self")

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.where / f"{name}.pem", self._key(name))
        return context

    def _files(self, name: str) -> list[str]:
        return ["-keyout", self._key(name), "-out", str(self.where / f"{name}.pem")]

    def _key(self, name: str) -> str:
        return str(self.where / f"{name}.key")

    def _run(self, *words: str) -> None:
        try:
            subprocess.run(["openssl", *words], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            pytest.skip("needs the openssl program")
