"""The graph in the real Neo4j Browser: drawn, and in our colours."""

from __future__ import annotations

import importlib.util

import pytest

from tests.store import graphs as g
from tests.store.neo4j_server import ROOT, in_neo4j, server, skip_without

pytestmark = pytest.mark.extra


def test_the_browser_draws_the_graph_in_our_colours() -> None:
    skip_without("java", "mvn", "chromium", "chromedriver")
    from selenium.webdriver.common.by import By

    spec = importlib.util.spec_from_file_location("shots", ROOT / "deploy/neo4j/screenshots.py")
    assert spec is not None
    assert spec.loader is not None
    shots = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shots)
    running = server()
    with in_neo4j() as store, shots.browser() as driver:
        store.merge(g.SAMPLE)
        query = "MATCH (a:Entity)-[r]->(b:Entity) RETURN a, r, b"
        assert shots.draw(driver, running.address, running.browser, query) == 6  # type: ignore[attr-defined]
        style = shots.style_of(shots.GRASS.read_text("utf-8"))
        drawn = {
            circle.get_attribute("fill").lower()
            for circle in driver.find_elements(By.CSS_SELECTOR, "svg g.node circle")
            if circle.get_attribute("fill")
        }
        for label in ("Drug", "Phenotype", "Disease", "Patient"):
            assert style[f"node.{label}"]["color"].lower() in drawn
