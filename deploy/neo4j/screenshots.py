"""Pictures of the saved queries in the real Neo4j Browser, for the README.

    python deploy/neo4j/screenshots.py ADDRESS BROWSER-PAGE OUT [NAME...]

Takes what ``server.py start`` prints. Drives headless Chromium by selenium, in the colours of
``kgbuilder.grass``; fewer than five nodes in a picture are an error. The server must ask no
password, and its graph should hold what ``make demo`` reads.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urljoin

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from kgbuilder.store.saved import saved_queries

GRASS = Path(__file__).with_name("kgbuilder.grass")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-dev-shm-usage", "--window-size=1180,860",
)  # fmt: skip
PATIENCE_S = 90
SETTLE_S = 6
"""What the layout of the drawing takes to come to rest."""
FEWEST_NODES = 5
FRAME = "article"
NODES, EDITOR = "svg g.node", ".monaco-editor textarea"


def style_of(grass: str) -> dict[str, dict[str, str]]:
    """A style sheet as the Browser keeps it: selector -> property -> value."""
    style = {}
    for selector, body in re.findall(r"(\S+)\s*\{(.*?)\}\s*$", grass, flags=re.M):
        pairs = (part.split(":", 1) for part in body.split(";") if ":" in part)
        style[selector] = {name.strip(): value.strip().strip("'") for name, value in pairs}
    return style


@contextmanager
def browser() -> Iterator[WebDriver]:
    """Headless Chromium."""
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or ""
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def draw(driver: WebDriver, address: str, page: str, cypher: str) -> int:
    """Run a query in the Browser and wait until it is drawn. :returns: how many nodes are."""
    driver.get(
        urljoin(page, "manifest.json")
    )  # a page of the same origin that keeps nothing itself
    kept = {
        "neo4j.grass": style_of(GRASS.read_text("utf-8")),
        "neo4j.settings": {"theme": "normal", "playImplicitInitCommands": False, "initCmd": ""},
        "neo4j.documents": [],
    }
    for key, value in kept.items():
        driver.execute_script(
            "localStorage.setItem(arguments[0], arguments[1])", key, json.dumps(value)
        )
    bolt = re.sub(r"^\w+", "bolt", address)
    asked = f"cmd=edit&arg={quote(cypher)}&preselectAuthMethod=NO_AUTH&connectURL={bolt}"
    driver.get("about:blank")
    driver.get(f"{page}?{asked}")
    wait = WebDriverWait(driver, PATIENCE_S)
    wait.until(
        lambda d: cypher.split()[0] in d.page_source and d.find_elements(By.CSS_SELECTOR, EDITOR)
    )
    time.sleep(SETTLE_S)  # the connection is made meanwhile
    driver.find_element(By.CSS_SELECTOR, EDITOR).send_keys(Keys.CONTROL, Keys.ENTER)
    wait.until(lambda d: d.find_elements(By.CSS_SELECTOR, NODES))
    time.sleep(SETTLE_S)
    return len(driver.find_elements(By.CSS_SELECTOR, NODES))


def main(argv: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Pictures of the saved queries in Neo4j Browser.")
    parser.add_argument("address", help="neo4j://127.0.0.1:PORT")
    parser.add_argument("page", help="http://127.0.0.1:PORT/browser/")
    parser.add_argument("out", type=Path, help="folder of the pictures")
    parser.add_argument("names", nargs="*", help="of saved queries; else all")
    arguments = parser.parse_args(argv)
    arguments.out.mkdir(parents=True, exist_ok=True)
    poor = 0
    wanted = [q for q in saved_queries() if not arguments.names or q.name in arguments.names]
    with browser() as driver:
        for query in wanted:
            n = draw(driver, arguments.address, arguments.page, query.example)
            frame = driver.find_element(By.CSS_SELECTOR, FRAME)
            frame.screenshot(str(arguments.out / f"{query.name}.png"))
            print(f"{query.name}: {n} nodes", flush=True)
            poor += n < FEWEST_NODES
    return 1 if poor else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
