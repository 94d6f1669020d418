"""The command line: parse, call, print. What a command does is in ``commands/``.

Exit codes: 0 done, 1 some input was refused (the rest was done, and says so), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import kgbuilder
from kgbuilder.errors import ConfigError, KgError, MissingExtra, UnknownName, UsageError

__all__ = ["main", "parser"]

_SAVED = (
    "neighbours", "regimen", "explanations", "patient", "diagnosis", "contradictions", "newest",
    "to_curate",
)  # fmt: skip
_MODELS = ("encoder", "tagger", "relater", "qualifier", "classifier")
_TASKS = (
    "extraction", "assertion", "assertion-from-text", "linking", "linking-from-text", "relations",
    "relations-from-text", "belief", "interactions", "diagnosis",
)  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """Names the known corpora, whose readers are imported when somebody asks for help."""

    names_corpora = False

    def format_help(self) -> str:
        if self.names_corpora:
            from kgbuilder.evaluate.corpora import CORPORA

            self.epilog = f"Known corpora: {', '.join(CORPORA)}"
        return super().format_help()


def parser() -> argparse.ArgumentParser:
    """The whole command line, as ``kgbuilder --help`` prints it."""
    top = _Parser(
        prog="kgbuilder",
        description="Clinical notes and papers in, a knowledge graph with evidence on every edge out.",
        epilog="Every command has --help. Start with: kgbuilder extract NOTE.txt",
    )
    top.add_argument("--version", action="version", version=f"kgbuilder {kgbuilder.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str, *, json: bool = True) -> _Parser:
        sub = commands.add_parser(name, help=help, description=help)
        if json:
            sub.add_argument("--json", action="store_true", help="one JSON object a line")
        return sub

    build = command("build", "read documents and write the graph")
    _add_sources(build)
    build.add_argument(
        "--into", required=True, metavar="GRAPH", help="graph on disk; made when new"
    )
    build.add_argument("--recipe", metavar="FILE", help="TOML that chooses the methods")
    build.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="processes that read (1: this one alone)",
    )

    extract = command("extract", "findings and relations of documents")
    _add_sources(extract)
    extract.add_argument("--text", help="read this text instead of sources")
    extract.add_argument("--graph", metavar="GRAPH", help="link to the names it imported, too")
    extract.add_argument("--recipe", metavar="FILE", help="TOML that chooses the methods")

    importer = command("import", "bring curated knowledge into a graph: files that you downloaded")
    importer.add_argument(
        "what",
        metavar="WHAT",
        help="hpo, mondo, mesh, rxnorm, umls, drugbank, sssom, kgx, ...; any other word lists them all",
    )
    importer.add_argument("path", metavar="PATH", help="a file, plain or .gz, or its folder")
    importer.add_argument("--map", metavar="MAP.toml", help="tsv: which column is what")
    importer.add_argument("--version", metavar="V", help="the release, where the file does not say")
    importer.add_argument(
        "--type", metavar="TYPE", help="obo: node type of terms of other id spaces"
    )
    importer.add_argument("--into", required=True, metavar="GRAPH")

    interactions = command("interactions", "do these drugs interact, and why")
    interactions.add_argument("drugs", nargs="*", metavar="DRUG")
    interactions.add_argument("--graph", metavar="GRAPH", help="ask what it read and imported, too")
    interactions.add_argument(
        "--patient", metavar="FILE.json", help="a patient record, a FHIR Bundle or a phenopacket"
    )
    interactions.add_argument(
        "--note", metavar="FILE", help="fill the patient's record from a text"
    )
    interactions.add_argument(
        "--planned", action="store_true", help="check what is planned for the patient, too"
    )
    interactions.add_argument(
        "--alternatives", action="store_true", help="drugs of the same class that may stand in"
    )
    interactions.add_argument(
        "--pairs", metavar="FILE.tsv", help="two names a line, an object each"
    )

    knowledge = command("knowledge", "what the shipped drug tables hold, and from where")
    knowledge.add_argument("action", choices=["show"], help="every row about a drug")
    knowledge.add_argument("drug", nargs="+", metavar="DRUG", help="a name, a brand or an id")

    diagnose = command("diagnose", "what may this patient have, and why")
    diagnose.add_argument(
        "note",
        nargs="?",
        metavar="NOTE",
        help="a text file, - for stdin, or .json: a patient record, FHIR Bundle, phenopacket",
    )
    diagnose.add_argument("--text", help="the note itself")
    diagnose.add_argument("--finding", action="append", default=[], metavar="HP:…", help="is there")
    diagnose.add_argument(
        "--absent", action="append", default=[], metavar="HP:…", help="is not there"
    )
    diagnose.add_argument(
        "--gene", action="append", default=[], metavar="SYMBOL", help="a gene under suspicion"
    )
    diagnose.add_argument(
        "--candidate", action="append", default=[], metavar="ID|NAME", help="rank among these alone"
    )
    diagnose.add_argument("--model", metavar="MODEL", help="ask a classifier that you trained, too")
    diagnose.add_argument(
        "--table", action="store_true", help="a table instead of reasons one by one"
    )
    diagnose.add_argument(
        "--plot", metavar="FILE.svg", help="draw the first diagnosis as a waterfall"
    )
    diagnose.add_argument("--age", metavar="P6Y", help="ISO 8601 duration")
    diagnose.add_argument("--sex", choices=["MALE", "FEMALE"])
    diagnose.add_argument("--graph", metavar="GRAPH", help="use what it read and imported, too")
    diagnose.add_argument("--cases", metavar="FILE.jsonl", help="a case a line, an object each")
    diagnose.add_argument("--top", type=int, default=10, metavar="N", help="how many (10)")

    query = command("query", "ask a graph in Cypher", json=False)
    query.add_argument("graph", metavar="GRAPH")
    query.add_argument("cypher", metavar="CYPHER", help="the query, or the name of a saved one")
    query.epilog = "Saved queries: " + ", ".join(_SAVED)
    query.add_argument("--format", choices=["table", "json", "csv"], default="table")
    query.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value for $NAME: JSON, else text; may be repeated",
    )

    search = command("search", "find words in names and quotes")
    search.add_argument("graph", metavar="GRAPH")
    search.add_argument("words", nargs="+", metavar="WORDS")
    search.add_argument("--limit", type=int, default=20, metavar="N")

    explain = command("explain", "why an edge is there, down to the sentences")
    explain.add_argument("graph", metavar="GRAPH")
    explain.add_argument(
        "subject", metavar="SUBJECT", help="an id such as DRUGBANK:DB00682, or a name"
    )
    explain.add_argument("predicate", metavar="PREDICATE")
    explain.add_argument("object", metavar="OBJECT")

    export = command("export", "write a graph for other programs")
    export.add_argument("graph", metavar="GRAPH")
    export.add_argument(
        "--to",
        required=True,
        metavar="FORMAT",
        help="graphml, jsonl, kgx, rdf (.ttl, .nq), cypher, neo4j-csv",
    )
    export.add_argument("out", metavar="OUT")

    stats = command("stats", "what is in a graph")
    stats.add_argument("graph", metavar="GRAPH")
    stats.add_argument(
        "--contradictions",
        action="store_true",
        help="list edges that some evidence refutes, with all their quotes",
    )

    serve = command("serve", "share a graph on disk, to be read over Bolt and HTTP")
    serve.add_argument("graph", metavar="GRAPH")
    serve.add_argument("--host", default="127.0.0.1", help="listen there (127.0.0.1: this machine)")
    serve.add_argument("--bolt-port", type=int, default=7687, metavar="N", help="7687; 0: any")
    serve.add_argument("--http-port", type=int, default=2480, metavar="N", help="2480; 0: any")
    serve.epilog = "User and password: NEO4J_USERNAME, NEO4J_PASSWORD, or the keyring."

    merge = command("merge", "make one node of what is stated to be the same, in a copy")
    merge.add_argument("graph", metavar="GRAPH")
    merge.add_argument("--into", required=True, metavar="NEW", help="graph to write; must be new")

    unmerge = command("unmerge", "take a merged graph apart again, in a copy")
    unmerge.add_argument("graph", metavar="GRAPH")
    unmerge.add_argument("ids", nargs="*", metavar="ID", help="only what was said of these")
    unmerge.add_argument("--into", required=True, metavar="NEW", help="graph to write; must be new")

    evaluate = command("evaluate", "score the stages on an annotated corpus")
    evaluate.add_argument("task", choices=_TASKS)
    evaluate.add_argument(
        "--corpus",
        metavar="NAME|PATH",
        help="a known corpus (below); or JSON lines, BRAT, PubTator, BIO columns, or their folder; "
        "interactions: the folder that holds crescenddi and ddi_knowledge",
    )
    evaluate.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="SYSTEM",
        help="extraction: score this, too: dictionary, transformer[:WEIGHTS], spacy:PIPELINE, "
        "huggingface:MODEL, recipe:FILE; may be repeated",
    )
    evaluate.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="LABEL=TYPE",
        help="what a label of the file means; TYPE|TYPE: either is right; may be repeated",
    )
    evaluate.add_argument(
        "--relation",
        action="append",
        default=[],
        metavar="LABEL=PREDICATE",
        help="what a relation label of the file means, a detail behind a colon; may be repeated",
    )
    evaluate.add_argument(
        "--limit", type=int, metavar="N", help="diagnosis: the first N of each set"
    )
    evaluate.names_corpora = True
    evaluate.add_argument("--recipe", metavar="FILE", help="TOML that chooses the methods")
    evaluate.add_argument("--graph", metavar="GRAPH", help="link to the names it imported, too")

    train = command("train", "train a model on your own text or labels")
    train.add_argument("what", choices=_MODELS, help="which model")
    train.add_argument(
        "data",
        nargs="+",
        metavar="DATA|RECIPE",
        help="encoder: files and folders of text; tagger, relater: a labelled set (BRAT, CoNLL, "
        "PubTator, JSON lines); qualifier: lines with [[name|TYPE|STATUS]] in them, or JSON lines; "
        "classifier: a CSV with a text and a label a row; or a TOML recipe",
    )
    train.add_argument("--into", required=True, metavar="MODEL", help="folder; the same goes on")
    train.add_argument("--dev", metavar="PATH", help="choose by these, else by one in ten of DATA")
    train.add_argument(
        "--label", action="append", default=[], metavar="LABEL=TYPE", help="what a label means here"
    )
    train.add_argument(
        "--relation", action="append", default=[], metavar="LABEL=PREDICATE", help="of the relater"
    )
    train.add_argument(
        "--base", metavar="MODEL", help="start from: shipped, minilm, a folder, a name"
    )
    train.add_argument("--text-column", metavar="NAME", help="of the classifier's CSV (text)")
    train.add_argument("--label-column", metavar="NAME", help="of the classifier's CSV (label)")
    train.add_argument("--epochs", type=int, metavar="N", help="at most; tagger 10, encoder 3")
    train.add_argument("--steps", type=int, metavar="N", help="encoder: end after so many")
    train.add_argument("--seed", type=int, metavar="N", help="of everything that is random (7)")
    train.add_argument("--learning-rate", type=float, metavar="X")
    train.add_argument("--device", metavar="NAME", help="auto, cpu, cuda")
    train.add_argument("--licence", metavar="TEXT", help="terms of your data, for the card")

    command("doctor", "versions, models, vocabularies, licences; what is missing")
    return top


def _add_sources(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("sources", nargs="*", metavar="SOURCE", help="files, folders, - for stdin")
    sub.add_argument("--format", help="medline, jats, bioc, pubtator, plain, csv, jsonl; else seen")
    sub.add_argument("--id-column", metavar="NAME", help="CSV, JSONL: which column is the id")
    sub.add_argument("--text-column", metavar="NAME", help="CSV, JSONL: which column is the text")
    sub.add_argument(
        "--kind", choices=["note", "paper"], help="else by format: a paper is no patient"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. :returns: the exit code."""
    arguments = parser().parse_args(argv)
    from kgbuilder.commands.table import run

    try:
        code = run(arguments)
        sys.stdout.flush()
    except (UsageError, ConfigError, UnknownName, MissingExtra) as error:
        print(f"kgbuilder {arguments.command}: {error}", file=sys.stderr)
        return 2
    except KgError as error:
        print(f"kgbuilder {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"kgbuilder {arguments.command}: stopped; what was done is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our pipe went away: not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    raise SystemExit(main())
