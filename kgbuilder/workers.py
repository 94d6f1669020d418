"""Shards read in processes of their own, each with the models on one thread.

A process is started fresh ("spawn"): the fork of one that runs threads of a store may hang.
It has one pipe to the writer; when the writer is gone, the pipe ends and so does the process.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from kgbuilder.config import Recipe
from kgbuilder.errors import InputError, KgError
from kgbuilder.shards import Shard, ShardReading, read_shard
from kgbuilder.wire import NOTHING, Imported, pipeline_of

__all__ = ["Workers", "started"]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TOKENIZERS_PARALLELISM")
"""Environment variables by which libraries choose their number of threads."""


class _Worker(NamedTuple):
    process: multiprocessing.process.BaseProcess
    pipe: Connection


@dataclass(frozen=True, slots=True)
class Workers:
    """A ``ShardReader`` over processes that are running; made by :func:`started`."""

    name: str
    workers: tuple[_Worker, ...]

    def read(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, ShardReading]]:
        """Each shard with what was read in it, in the order given; at most one a worker is ahead, and
        what was read before its turn waits.

        :raises InputError: when a worker dies; what was merged stays.
        """
        idle = list(self.workers)
        busy: dict[Connection, tuple[int, _Worker]] = {}
        given: dict[int, Shard] = {}
        read: dict[int, ShardReading] = {}
        n_given = n_out = 0
        more = True
        while more or given:
            # A worker that is done gets its next shard before the writer turns to what it read.
            for pipe in wait(list(busy), timeout=0 if n_out in read else None) if busy else ():
                assert isinstance(pipe, Connection)  # noqa: S101  nothing else was given
                n, worker = busy.pop(pipe)
                read[n] = _receive(worker)
                idle.append(worker)
            while more and idle and len(given) < 2 * len(self.workers):
                shard = next(shards, None)
                if shard is None:
                    more = False
                    break
                worker = idle.pop()
                _send(worker, shard)
                given[n_given], busy[worker.pipe] = shard, (n_given, worker)
                n_given += 1
            if n_out in read:
                yield given.pop(n_out), read.pop(n_out)
                n_out += 1


@contextmanager
def started(n: int, recipe: Recipe, imported: Imported = NOTHING) -> Iterator[Workers]:
    """``n`` processes that hold the stages of ``recipe``, ended afterwards.

    :param imported: as of :func:`~kgbuilder.wire.pipeline_of`.
    :raises KgError: what the recipe raises. :raises InputError: when a process cannot be started.
    """
    context = multiprocessing.get_context("spawn")
    workers: list[_Worker] = []
    try:
        for _ in range(n):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, recipe, imported), daemon=True)
            with _one_thread():
                process.start()
            theirs.close()
            workers.append(_Worker(process, ours))
        answers = [_receive_raw(worker) for worker in workers]
        for answer in answers:
            if isinstance(answer, KgError):
                raise answer
        yield Workers(str(answers[0]), tuple(workers))
    finally:
        for worker in workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join()


def _work(pipe: Connection, recipe: Recipe, imported: Imported) -> None:
    """What a process does: tell its pipeline's name, then a reading for each shard."""
    with suppress(EOFError, OSError, KeyboardInterrupt):  # the writer is gone, or was told to stop
        try:
            pipeline = pipeline_of(recipe, imported=imported)
        except KgError as error:
            pipe.send(error)
            return
        pipe.send(pipeline.reader)
        while True:
            pipe.send(read_shard(pipe.recv(), pipeline))


@contextmanager
def _one_thread() -> Iterator[None]:
    """The environment that a new process is to find."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1") | {"TOKENIZERS_PARALLELISM": "false"})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _send(worker: _Worker, shard: Shard) -> None:
    try:
        worker.pipe.send(replace(shard, described=()))  # these are not read
    except OSError:
        raise _died(worker) from None


def _receive(worker: _Worker) -> ShardReading:
    answer = _receive_raw(worker)
    assert isinstance(answer, ShardReading)  # noqa: S101  see _work
    return answer


def _receive_raw(worker: _Worker) -> object:
    try:
        return worker.pipe.recv()
    except (EOFError, OSError):
        raise _died(worker) from None


def _died(worker: _Worker) -> InputError:
    worker.process.join(timeout=5)
    return InputError(
        f"a worker process ended (exit code {worker.process.exitcode})",
        where=f"process {worker.process.pid}",
        hint="what was merged is kept: run the same command again. If memory ran out, give fewer "
        "--workers. In a script, call build below: if __name__ == '__main__'",
    )
