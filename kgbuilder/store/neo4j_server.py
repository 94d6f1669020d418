"""A Neo4j server as we reach it: its address, the user's credentials, and what it says in our words.

The official driver does the work: it keeps the connections, and runs a transaction again when the
server was busy, changed its leader or came back within half a minute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from kgbuilder.errors import GraphError, UsageError

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

__all__ = ["SCHEMES", "Row", "Server", "Transaction", "credentials_of"]

SCHEMES = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")
KEYRING_SERVICE = "kgbuilder"
QUERY_ERRORS = ("Neo.ClientError.Statement", "Neo.ClientError.Procedure")

Row = dict[str, Any]
T = TypeVar("T")


def credentials_of(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """User and password: ``NEO4J_USERNAME`` (else neo4j) and ``NEO4J_PASSWORD``, or the password that
    the system's keyring holds for that user under ``kgbuilder``. None where there is none.
    """
    user = environment.get("NEO4J_USERNAME") or "neo4j"
    password = environment.get("NEO4J_PASSWORD") or _kept_password(user)
    return None if password is None else (user, password)


def _kept_password(user: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        password: str | None = keyring.get_password(KEYRING_SERVICE, user)
        return password
    except KeyringError:
        return None


class Transaction:
    """A transaction that runs texts of ours; every value goes in as a parameter."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: ManagedTransaction) -> None:
        self._transaction = transaction

    def rows(self, text: str, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of a query."""
        result = self._transaction.run(text, dict(parameters))
        return [dict(record) for record in result]

    def write(self, text: str, parameters: Mapping[str, Any]) -> None:
        """Run what gives no rows."""
        self._transaction.run(text, dict(parameters)).consume()


class Server:
    """A connection to one database of a server.

    :param address: ``neo4j://host[:port]`` or another of :data:`SCHEMES`; never with a password in it.
    :param timeout_s: how long to wait for a connection, in seconds.
    :raises GraphError: when the server does not answer or refuses the credentials.
    :raises UsageError: for a malformed address.
    """

    __slots__ = ("_bookmarks", "_database", "_driver", "address", "is_arcadedb")

    def __init__(self, address: str, *, timeout_s: float = 5.0) -> None:
        import neo4j

        self.address = checked_address(address)
        self._database = os.environ.get("NEO4J_DATABASE") or None
        # In a cluster, such as Aura's, another server may answer than the one written to: it waits.
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        with in_our_words(self.address):
            self._driver: Driver | None = neo4j.GraphDatabase.driver(
                self.address,
                auth=credentials_of(os.environ),
                connection_timeout=timeout_s,
                connection_acquisition_timeout=timeout_s,
                # A new graph lacks what our queries name, of which the server would warn each time.
                notifications_min_severity="OFF",
            )
            try:
                # A graph on disk that ``kgbuilder serve`` shares: much the same, but not all.
                self.is_arcadedb = "ArcadeDB" in self._driver.get_server_info().agent
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Close every connection; closing twice is fine."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction that cannot write; again where the server asks for that."""
        with in_our_words(self.address), self._session(writes=False) as session:
            done: T = session.execute_read(lambda tx: work(Transaction(tx)))
            return done

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction: all of it, or nothing. It may be run more than once."""
        with in_our_words(self.address), self._session(writes=True) as session:
            done: T = session.execute_write(lambda tx: work(Transaction(tx)))
            return done

    @contextmanager
    def holding(self, work: Callable[[Transaction], object]) -> Iterator[Callable[[], bool]]:
        """Run ``work`` in a transaction that stays open, and keeps its locks, until the block ends; what
        it wrote is then taken back. Gives what tells, to any thread, whether it is open still.
        """
        from neo4j import exceptions as e

        with self._session(writes=True) as session:
            with in_our_words(self.address):  # not of what happens in the block
                transaction, one_at_a_time = session.begin_transaction(), Lock()
                work(Transaction(transaction))

            def is_open() -> bool:
                with one_at_a_time:
                    try:
                        transaction.run("RETURN 1").consume()
                    except (e.DriverError, e.Neo4jError, OSError):
                        return False
                    return True

            try:
                yield is_open
            finally:
                with suppress(e.DriverError, e.Neo4jError, OSError):
                    transaction.rollback()

    def run_each(self, texts: tuple[str, ...]) -> None:
        """Run texts one by one, each on its own: what changes a schema may not change data."""
        with in_our_words(self.address), self._session(writes=True) as session:
            for text in texts:
                session.run(text).consume()

    def _session(self, *, writes: bool) -> Any:
        import neo4j

        if self._driver is None:
            raise GraphError("the graph is closed", where=self.address, hint="open it again")
        mode = neo4j.WRITE_ACCESS if writes else neo4j.READ_ACCESS
        return self._driver.session(
            database=self._database,
            default_access_mode=mode,
            bookmark_manager=self._bookmarks,
        )


def checked_address(address: str) -> str:
    """The address. :raises UsageError: when it holds a password or is none; it is then not repeated."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise UsageError("not the address of a server", hint="neo4j://host:7687") from None
    if "@" in parts.netloc:
        raise UsageError(
            "an address may not hold a user or password, since addresses are logged",
            hint="set NEO4J_USERNAME and NEO4J_PASSWORD",
        )
    if not parts.hostname:
        raise UsageError("the address names no host", where=address, hint="neo4j://localhost")
    if parts.path.strip("/"):
        raise UsageError(
            "an address names a server, not a database",
            where=address,
            hint=f"set NEO4J_DATABASE={parts.path.strip('/')}",
        )
    return address


@contextmanager
def in_our_words(address: str) -> Iterator[None]:
    """Turn what the driver and the server say into a GraphError with a hint."""
    from neo4j import exceptions as e

    try:
        yield
    except e.AuthError as error:
        raise GraphError(
            "the server refused the user or password",
            where=address,
            hint="set NEO4J_USERNAME and NEO4J_PASSWORD",
        ) from error
    except e.ConfigurationError as error:
        raise UsageError(f"not an address that can be opened: {error}", where=address) from error
    except (e.DriverError, OSError) as error:
        raise GraphError(
            "the server does not answer",
            where=address,
            hint="does it run? What was reported done is there: run the same command again",
        ) from error
    except e.Neo4jError as error:
        if (error.code or "").startswith(QUERY_ERRORS):
            raise _of_a_query(error.code or "", error.message or "") from error
        what, hint = _explained(error.code or "", error.message or "")
        raise GraphError(what, where=address, hint=hint) from error


def _of_a_query(code: str, message: str) -> UsageError:
    if code.endswith("AccessMode"):
        return UsageError(
            "a query may only read",
            hint="graphs are changed by kgbuilder build, import and Python's graph.merge(...)",
        )
    return UsageError(f"the query failed: {message[:400]}")


def _explained(code: str, message: str) -> tuple[str, str]:
    if "DatabaseNotFound" in code or "DatabaseUnavailable" in code:
        return (
            "the server has no such database",
            "NEO4J_DATABASE names it; unset, the usual is taken",
        )
    if "Forbidden" in code:
        return "the user may not do this", "building needs the rights to write and to make indexes"
    if "MemoryPool" in code or "OutOfMemory" in code:
        return "the server's memory is full", "give it more: server.memory.heap.max_size"
    return f"the server failed: {message[:300]}", ""
