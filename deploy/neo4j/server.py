"""A Neo4j Community server of one's own, without Docker or root: fetch, start, stop, administer.

    python deploy/neo4j/server.py start [--home FOLDER] [--bolt PORT] [--http PORT] [--heap 1g]
        [--page-cache 256m]
    python deploy/neo4j/server.py stop [--home FOLDER]
    python deploy/neo4j/server.py admin [--home FOLDER] database import full neo4j --nodes=...

Needs Java and, the first time, Maven, which fetches the three packages of ``pom.xml`` (137 MB, GPL-3.0)
from Maven Central into its own cache: Neo4j 5.26, on Java 17 or 21, or what ``NEO4J_VERSION`` names; the
versions from 2025 on want Java 21. Java is that of ``JAVA_HOME``, else of the path. All that the server
writes is in FOLDER. It listens on 127.0.0.1 only, on free ports where none are given, and asks no
password unless ``NEO4J_PASSWORD`` is set when it starts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT_HOME = Path("neo4j-server")
START_TIMEOUT_S = 300
"""Of a server that was killed and recovers on a busy machine, two minutes were not enough."""
STOP_TIMEOUT_S = 60
ENTRIES = ("org.neo4j.server.Neo4jCommunity", "org.neo4j.server.CommunityEntryPoint")
"""The main class of versions from 2025 on, and of 5.26."""
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.lang", "java.util.concurrent")
"""Packages of the JDK that Neo4j reaches into."""
TUNED = (
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.leakDetection.level=DISABLED",
)
"""What a packaged Neo4j gives its JVM, for speed: read in the process list of one, but for the values of
maxCachedBufferSize and leakDetection, which are recalled from its neo4j.conf."""

CONF = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.bolt.advertised_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.http.advertised_address=127.0.0.1:{http}
server.https.enabled=false
dbms.security.auth_enabled={auth}
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.memory.pagecache.size={page_cache}
server.memory.heap.max_size={heap}
"""


class ServerError(RuntimeError):
    """What went wrong, in words for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it keeps its data, its process, its ports on 127.0.0.1, its memory."""

    home: str
    pid: int
    bolt: int
    http: int
    heap: str
    page_cache: str

    @property
    def address(self) -> str:
        """What ``--into`` takes."""
        return f"neo4j://127.0.0.1:{self.bolt}"

    @property
    def browser(self) -> str:
        """The Browser's page."""
        return f"http://127.0.0.1:{self.http}/browser/"


def find_java() -> str:
    """The program; a name that is no file where there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=Path(home) / "bin" if home else None) or "java"


def free_ports(n: int) -> list[int]:
    """``n`` different ports of 127.0.0.1 on which nothing listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    try:
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def class_path(home: Path) -> str:
    """The jars, fetched where Maven's cache lacks them. :raises ServerError: when they cannot be."""
    version = os.environ.get("NEO4J_VERSION", "")
    listed = home / f"class-path{version and '-'}{version}.txt"
    if other := [path for path in home.glob("class-path*.txt") if path != listed]:
        raise ServerError(
            f"{home} is of another version of Neo4j ({other[0].stem}): let NEO4J_VERSION say it, or "
            "give another --home"
        )
    if not listed.exists() or not all(
        Path(p).exists() for p in listed.read_text().split(os.pathsep)
    ):
        if shutil.which("mvn") is None:
            raise ServerError("Maven is not installed: apt-get install maven, or use compose.yaml")
        command = ["mvn", "-B", "-q", "-f", HERE / "pom.xml", "dependency:build-classpath"]
        command += [f"-Dneo4j.version={version}"] if version else []
        done = subprocess.run(
            [*command, "-DincludeScope=runtime", f"-Dmdep.outputFile={listed.absolute()}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(f"Maven could not fetch Neo4j:\n{done.stdout[-2000:]}")
    return listed.read_text()


def entry_of(jars: str) -> str:
    """The server's main class among these jars. :raises ServerError: when none has it."""
    for path in map(Path, jars.split(os.pathsep)):
        if path.name.startswith("neo4j-") and path.name[6:7].isdigit():
            with zipfile.ZipFile(path) as jar:
                files = set(jar.namelist())
            for entry in ENTRIES:
                if f"{entry.replace('.', '/')}.class" in files:
                    return entry
    raise ServerError(f"no main class that is known here in this version of Neo4j: {ENTRIES}")


def java(home: Path, jars: str, main: str, *, heap: str) -> tuple[list[str], dict[str, str]]:
    """The command line and environment that run a main class among ``jars`` on ``home``."""
    program = find_java()
    if not Path(program).exists():
        home_of_java = os.environ.get("JAVA_HOME")
        raise ServerError(
            f"no Java in JAVA_HOME, {home_of_java}"
            if home_of_java
            else "Java is not installed: apt-get install openjdk-17-jre-headless"
        )
    listed = subprocess.run(
        [program, "--list-modules"], capture_output=True, text=True, check=False
    )
    vector = "jdk.incubator.vector"  # for speed; not every Java has it
    opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    options = [f"-Xmx{heap}", *TUNED, *opens, "-Dfile.encoding=UTF-8"]
    quiet = ["-Dlog4j2.disable.jmx=true"]
    quiet += [f"--add-modules={vector}"] if vector in listed.stdout else []
    home = home.absolute()
    places = {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    return [program, *options, *quiet, "-cp", jars, main], {**os.environ, **places}


def make_folders(home: Path) -> None:
    """What Neo4j wants to find in its home."""
    for name in ("conf", "data", "logs", "plugins", "import"):
        (home / name).mkdir(parents=True, exist_ok=True)


def find_running(home: Path) -> Server | None:
    """The server that runs on ``home``, or None."""
    try:
        server = Server(**json.loads((home / "server.json").read_text()))
        command = Path(f"/proc/{server.pid}/cmdline").read_bytes()
    except (OSError, ValueError, TypeError):
        return None
    return server if f"--home-dir={server.home}".encode() in command else None


def start(
    home: Path,
    *,
    bolt: int = 0,
    http: int = 0,
    password: str | None = None,
    heap: str = "1g",
    page_cache: str = "256m",
) -> Server:
    """Start a server on ``home``, which is made where it is not there, and wait until it answers.

    :param bolt: and ``http``: ports; 0 takes a free one.
    :param heap: and ``page_cache``: its memory; the second should hold the whole graph.
    :param password: of the user neo4j; taken when ``home`` is new. None: none is asked.
    :raises ServerError: when one runs there already, or it does not come up.
    """
    if (running := find_running(home)) is not None:
        raise ServerError(f"a server runs on {home} already: {running.address}")
    make_folders(home)
    spare = free_ports(2)
    bolt, http = bolt or spare[0], http or spare[1]
    auth = str(password is not None).lower()
    conf = CONF.format(bolt=bolt, http=http, auth=auth, heap=heap, page_cache=page_cache)
    (home / "conf" / "neo4j.conf").write_text(conf)
    if password is not None and not (home / "data" / "dbms").exists():
        # neo4j-admin takes it no other way; for these seconds the machine's other users can read it.
        admin(home, "dbms", "set-initial-password", password)
    jars = class_path(home)
    command, environment = java(home, jars, entry_of(jars), heap=heap)
    place = home.absolute()
    command += [f"--home-dir={place}", f"--config-dir={place / 'conf'}"]
    log = home / "logs" / "console.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    server = Server(str(place), process.pid, bolt, http, heap, page_cache)
    (home / "server.json").write_text(json.dumps(asdict(server)))
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(server):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerError(f"Neo4j did not start; {log} ends:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)
    return server


def _answers(server: Server) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.http}/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def stop(home: Path, *, kill: bool = False) -> bool:
    """Stop the server on ``home`` and wait until it is gone. :returns: whether one ran.

    :param kill: at once, as a power cut would.
    """
    server = find_running(home)
    if server is None:
        return False
    os.kill(server.pid, signal.SIGKILL if kill else signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while find_running(home) is not None:
        if time.monotonic() > deadline:
            os.kill(server.pid, signal.SIGKILL)
        # Where we started it ourselves it is our child, to be waited for.
        with suppress(ChildProcessError):
            os.waitpid(server.pid, os.WNOHANG)
        time.sleep(0.05)
    return True


def admin(home: Path, *arguments: str, heap: str = "2g") -> str:
    """Run ``neo4j-admin`` on ``home``. :returns: what it printed. :raises ServerError: when it fails."""
    make_folders(home)
    command, environment = java(home, class_path(home), "org.neo4j.cli.AdminTool", heap=heap)
    done = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ServerError(f"neo4j-admin failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def main(argv: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A Neo4j Community server of one's own.")
    parser.add_argument("action", choices=["start", "stop", "status", "admin"])
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME, help="its folder")
    parser.add_argument("--bolt", type=int, default=0, help="port; else a free one")
    parser.add_argument("--http", type=int, default=0, help="port of the Browser; else a free one")
    parser.add_argument("--heap", default="1g", help="memory of the server")
    parser.add_argument("--page-cache", default="256m", help="and for the graph's files")
    arguments, rest = parser.parse_known_args(argv)
    home: Path = arguments.home
    try:
        match arguments.action:
            case "start":
                password = os.environ.get("NEO4J_PASSWORD")
                server = start(
                    home,
                    bolt=arguments.bolt,
                    http=arguments.http,
                    password=password,
                    heap=arguments.heap,
                    page_cache=arguments.page_cache,
                )
                print(f"{server.address}\n{server.browser}")
            case "stop":
                print("stopped" if stop(home) else "no server ran")
            case "status":
                running = find_running(home)
                print(f"{running.address}\n{running.browser}" if running else "no server runs")
            case "admin":
                print(admin(home, *rest), end="")
    except ServerError as error:
        print(f"server.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
