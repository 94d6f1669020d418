from __future__ import annotations

import io

from kgbuilder.commands.progress import BuildProgress
from kgbuilder.train.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(stream: io.StringIO, n_bytes: int | None) -> str:
    now = iter([0.0, 10.0, 400.0, 400.1, 410.0]).__next__
    progress = BuildProgress(n_bytes, line=ProgressLine(stream), clock=now)
    for n, n_read in ((1000, 500), (1040, 20), (1041, 0), (1060, 10)):
        progress.n_bytes_read(n_read)
        progress.n_documents_done(n)
    progress.end()
    return stream.getvalue()


def test_a_terminal_sees_rate_and_time_left() -> None:
    said = [line.strip() for line in show(Terminal(), 1000).split("\r")[1:]]
    assert said == [
        "1,000 documents, 100.0 a second, 0:00:10 left",
        "1,040 documents, 0.1 a second, 2:36:00 left",
        "1,060 documents, 0.1 a second, 1:44:27 left",
    ]


def test_no_time_left_is_told_where_the_bytes_are_not_known() -> None:
    assert "left" not in show(Terminal(), None)


def test_a_pipe_sees_nothing() -> None:
    assert show(io.StringIO(), 1000) == ""
