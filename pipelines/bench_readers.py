"""How fast and in how much memory sources are read: documents, issues, rate, peak memory.

    python pipelines/bench_readers.py ../shared/corpora/bc5cdr/CDR_TestSet.PubTator.txt.gz notes/

Any file or folder of the user's own will do. Each source is read in a process of its own, so that the
peak is that of the source.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument
from kgbuilder.read.sources import iter_documents


def main(sources: list[str]) -> None:
    """Read each source in a new process."""
    print("documents deleted issues   text MB  documents/s  peak MB  source")
    for source in sources:
        subprocess.run([sys.executable, __file__, "--one", source], check=True)


def read_one(source: str) -> None:
    """Read ``source`` to its end and print one line of figures."""
    issues = Issues()
    n_documents = n_deleted = n_characters = 0
    start = time.perf_counter()
    for document in iter_documents([source], issues=issues):
        if isinstance(document, DeletedDocument):
            n_deleted += 1
        else:
            n_documents += 1
            n_characters += len(document.text)
    seconds = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n_documents:>9} {n_deleted:>7} {sum(issues.counts().values()):>6} "
        f"{n_characters / 1e6:>9.1f} {n_documents / seconds:>12.0f} {peak_mb:>8.0f}  {source}"
    )
    for kind, n in issues.counts().items():
        example = next(issue for issue in issues if issue.kind == kind)
        print(f"          {n} {kind}, first: {example}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        read_one(sys.argv[2])
    elif len(sys.argv) > 1:
        main(sys.argv[1:])
    else:
        sys.exit(__doc__)
