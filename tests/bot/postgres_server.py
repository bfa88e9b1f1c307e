"""Starts a real PostgreSQL server on loopback, in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.bot.servers import free_port

PASSWORD = "hemligt/ord@100%"
_ACCOUNT = "nobody"  # PostgreSQL refuses to run as root
_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",  # nothing here has to outlive a power cut
    "shared_buffers=16MB",
)


def missing():
    """Why there can be no server here; empty if there can."""
    lacking = [name for name in ("initdb", "pg_ctl") if _program(name) is None]
    return f"there is no {' and no '.join(lacking)}" if lacking else ""


class PostgresServer:
    """A server of one's own; a context manager that ends it and removes what it stored."""

    def __init__(self):
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="kallbot-postgres-"))
        self._databases = 0

    def __enter__(self):
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self._folder, secret):
                shutil.chown(path, _ACCOUNT)
        self._run("initdb", "--username=kallbot", f"--pwfile={secret}", "--auth=scram-sha-256",
                  "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
        self.start()
        return self

    def __exit__(self, *_):
        self.stop("immediate")  # what it would write down is removed
        shutil.rmtree(self._folder)

    def start(self):
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"port={self.port}"))
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder / 'log'}",
                  f"--options={options}")  # fmt: skip

    def stop(self, mode="fast"):
        """End every connection and the server."""
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}")

    def make_database(self):
        """The URI of a new empty database."""
        self._databases += 1
        name = f"kallbot{self._databases}"
        with psycopg.connect(self.uri("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.uri(name)

    def uri(self, database):
        return f"postgresql://kallbot:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def _run(self, name, *arguments):
        said = self._folder / "out"
        with said.open("w") as out:  # the server that is started would keep a pipe open
            done = subprocess.run(
                [_program(name), f"--pgdata={self._folder / 'data'}", *arguments],
                user=_ACCOUNT if os.geteuid() == 0 else None,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        assert done.returncode == 0, said.read_text()


def _program(name):
    """The program on the path, or where Debian has it."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or next(map(str, reversed(versions)), None)
