"""The Cypher that keeps a graph in Neo4j: schema, reading, writing. The graph itself: see ``cypher``.

Data are parameters, always; the labels and types set into a text are of our own tables. Works on Neo4j
5.26 and later; ``#`` marks where a label or type is set in.
"""

from __future__ import annotations

from kgbuilder.model import NODE_TYPES, PATIENT, PREDICATES
from kgbuilder.store.network import UNKNOWN

__all__ = ["FORMAT", "LABELS", "SCHEMA"]

FORMAT = 1
"""What the node ``(:KnowledgeGraph)`` holds; a graph of a later format is refused, not guessed at."""

LABELS = (*sorted(type.value for type in NODE_TYPES), PATIENT, UNKNOWN)
"""Labels that a node may have beside ``Entity``; one at a time."""

SCHEMA = (
    "CREATE CONSTRAINT kg_graph IF NOT EXISTS FOR (n:KnowledgeGraph) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT kg_document IF NOT EXISTS FOR (n:Document) REQUIRE n.id IS UNIQUE",
    "CREATE INDEX kg_evidence IF NOT EXISTS FOR (n:Evidence) ON (n.statement_id)",
    "CREATE INDEX kg_event IF NOT EXISTS FOR (n:Evidence) ON (n.event)",
    *(
        f"CREATE INDEX kg_{name.lower()} IF NOT EXISTS FOR ()-[r:{name}]-() ON (r.id)"
        for name in PREDICATES
    ),
    "CREATE FULLTEXT INDEX kg_names IF NOT EXISTS FOR (n:Entity) ON EACH [n.name, n.synonyms, n.id]",
    "CREATE FULLTEXT INDEX kg_quotes IF NOT EXISTS FOR (n:Evidence) ON EACH [n.quote]",
    "CREATE FULLTEXT INDEX kg_texts IF NOT EXISTS FOR (n:Document) ON EACH [n.title, n.text]",
)
"""Made before anything is written, each an index by the name after ``kg_``."""
AWAIT_SCHEMA = "CALL db.awaitIndexes(300)"

SCHEMA_NAMES = [text.partition(" IF NOT EXISTS ")[0].rpartition(" ")[2] for text in SCHEMA]
COUNT_SCHEMA = "SHOW INDEXES YIELD name WHERE name IN $names RETURN count(*) AS n"
"""By name: somebody's own index may begin as ours do."""

LOCK = """
MERGE (g:KnowledgeGraph {id: 'kgbuilder'}) ON CREATE SET g.format = $format
SET g.locked = true REMOVE g.locked
RETURN g.format AS format"""
"""Writers wait for each other here: what a merge reads stays so until it has written."""

# -- reading -------------------------------------------------------------------------------------

ENTITIES = """
UNWIND $keys AS key MATCH (n:Entity {id: key})
RETURN n.id AS id, n.record AS record"""
UNDESCRIBED = """
UNWIND $keys AS key OPTIONAL MATCH (n:Entity {id: key})
WITH key, n WHERE n.record IS NULL
RETURN key, n IS NULL AS missing"""
"""Of nodes that should be there, those that no concept describes: most often few, of many."""
PAGE_OF_ENTITIES = """
MATCH (n:Entity) WHERE n.id > $last AND n.record IS NOT NULL
RETURN n.id AS id, n.record AS record ORDER BY n.id LIMIT $limit"""
PAGE_OF_ENTITIES_OF_TYPE = """
MATCH (n:Entity) WHERE n.id > $last AND n.record IS NOT NULL AND n:#
RETURN n.id AS id, n.record AS record ORDER BY n.id LIMIT $limit"""

DOCUMENTS = """
UNWIND $keys AS key MATCH (d:Document {id: key})
RETURN d.id AS id, d.text AS text, d.record AS record, d.digest AS digest"""
PAGE_OF_DOCUMENTS = """
MATCH (d:Document) WHERE d.id > $last AND d.record IS NOT NULL
RETURN d.id AS id, d.text AS text, d.record AS record ORDER BY d.id LIMIT $limit"""

TYPES = "CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType AS name"
PAGE_OF_EDGES = """
MATCH ()-[r:#]->() WHERE r.id > $last
RETURN r.id AS id, r.record AS record ORDER BY r.id LIMIT $limit"""
EDGES_FROM = """
MATCH (:Entity {id: $subject})-[r#]->() WHERE r.record IS NOT NULL
RETURN r.id AS id, r.record AS record ORDER BY id"""
EDGES_TO = """
MATCH ()-[r#]->(:Entity {id: $object}) WHERE r.record IS NOT NULL
RETURN r.id AS id, r.record AS record ORDER BY id"""
EDGES_BETWEEN = """
MATCH (:Entity {id: $subject})-[r#]->(:Entity {id: $object}) WHERE r.record IS NOT NULL
RETURN r.id AS id, r.record AS record ORDER BY id"""
EDGES = "\nUNION ALL".join(
    f"\nUNWIND $ids AS id MATCH ()-[r:{name}]->() WHERE r.id = id "
    "RETURN r.id AS id, r.record AS record"
    for name in PREDICATES
)
"""By id alone, whatever the type: each type has its index."""

HELD_EDGES = """
UNWIND $ids AS id MATCH ()-[r:#]->() WHERE r.id = id RETURN id, properties(r) AS shown"""

EVIDENCE = """
UNWIND $ids AS id MATCH (e:Evidence {statement_id: id})
RETURN id AS statement_id, e.key AS key, e.record AS record, e.event AS event"""
EVIDENCE_OF_EVENTS = """
UNWIND $events AS event MATCH (e:Evidence {event: event})
RETURN e.statement_id AS statement_id, e.key AS key, e.record AS record, event"""
STATEMENTS_OF_DOCUMENTS = """
UNWIND $keys AS key MATCH (:Document {id: key})<-[:FROM]-(e:Evidence)
RETURN DISTINCT e.statement_id AS id"""

COUNT_LABELS = """
MATCH (n:Entity) UNWIND labels(n) AS label WITH label WHERE label IN $labels
RETURN label, count(*) AS n"""
COUNT_PREDICATES = """
MATCH (:Entity)-[r]->(:Entity) WHERE r.record IS NOT NULL
RETURN type(r) AS predicate, count(*) AS n"""
COUNT_EVIDENCE = "MATCH (e:Evidence) RETURN count(e) AS n"
COUNT_DOCUMENTS = "MATCH (d:Document) WHERE d.record IS NOT NULL RETURN count(d) AS n"
COUNT_UNLINKED = "MATCH (n:Entity) WHERE n.id >= 'TEXT:' AND n.id < 'TEXT;' RETURN count(n) AS n"
COUNT_CONTRADICTED = """
MATCH (:Entity)-[r]->(:Entity) WHERE r.n_support > 0 AND r.n_refute > 0 RETURN count(r) AS n"""
FIRST_CONTRADICTED = """
MATCH (:Entity)-[r]->(:Entity) WHERE r.n_support > 0 AND r.n_refute > 0
RETURN r.id AS id, r.record AS record ORDER BY id LIMIT $limit"""

# -- full text -----------------------------------------------------------------------------------

FIND_NAMES = """
CALL db.index.fulltext.queryNodes('#', $words, {limit: $limit}) YIELD node, score
WHERE node.record IS NOT NULL RETURN node.record AS record ORDER BY score DESC, node.id"""
FIND_QUOTES = """
CALL db.index.fulltext.queryNodes('#', $words, {limit: $limit}) YIELD node, score
RETURN node.statement_id AS id ORDER BY score DESC, id, node.key"""
FIND_TEXTS = """
CALL db.index.fulltext.queryNodes('#', $words, {limit: $limit}) YIELD node, score
WHERE node.record IS NOT NULL
RETURN node.id AS id, node.text AS text, node.record AS record ORDER BY score DESC, id"""
ANY_ENTITY = "MATCH (n:Entity) RETURN 1 AS n LIMIT 1"
FULL_TEXT = "SHOW FULLTEXT INDEXES YIELD name RETURN name"
FULL_TEXT_INDEXES = (
    ("kg_names", "kg_quotes", "kg_texts"),
    ("Entity[names]", "Evidence[quote]", "Document[title,text]"),
)
"""On names, quotes and documents: of :data:`SCHEMA`, and of a graph on disk that is served."""

# -- writing -------------------------------------------------------------------------------------

ADD_ENTITIES = "UNWIND $rows AS row CREATE (n:Entity:#) SET n = row"
PUT_ENTITIES = (
    f"UNWIND $rows AS row MATCH (n:Entity {{id: row.id}}) REMOVE n:{':'.join(LABELS)} "
    "SET n:#, n += row"
)
REMOVE_ORPHANS = """
UNWIND $keys AS key MATCH (n:Entity {id: key})
WHERE NOT EXISTS { (n)--() } AND (n.record IS NULL OR NOT n.linked)
DELETE n"""
"""A node that only this text named goes with it; a vocabulary's concept stays."""
PLACES_OF_BARE = """
UNWIND $keys AS key MATCH (n:Entity {id: key}) WHERE n.record IS NULL
RETURN key,
       COLLECT { MATCH (n)-[r]->() WHERE r.record IS NOT NULL RETURN DISTINCT type(r) } AS out,
       COLLECT { MATCH (n)<-[r]-() WHERE r.record IS NOT NULL RETURN DISTINCT type(r) } AS into"""

PUT_DOCUMENTS = "UNWIND $rows AS row MERGE (d:Document {id: row.id}) SET d = row"
PUT_DIGESTS = "UNWIND $rows AS row MERGE (d:Document {id: row.id}) SET d.digest = row.digest"
REMOVE_DOCUMENTS = "UNWIND $rows AS key MATCH (d:Document {id: key}) DETACH DELETE d"

ADD_EDGES = """
UNWIND $rows AS row
MATCH (a:Entity {id: row[0]})
UNWIND row[1] AS out
MATCH (b:Entity {id: out[0]})
CREATE (a)-[r:$(out[1])]->(b) SET r = out[2]"""
"""Rows grouped by start: it is looked up, and locked, once for all its edges, whatever their types."""
PUT_EDGES = "UNWIND $rows AS row MATCH ()-[r:#]->() WHERE r.id = row.id SET r = row"
REMOVE_EDGES = "UNWIND $rows AS id MATCH ()-[r:#]->() WHERE r.id = id DELETE r"

ADD_EVIDENCE = """
UNWIND $rows AS row
CREATE (e:Evidence) SET e = row[0]
WITH e, row UNWIND row[1] AS key
MATCH (d:Document {id: key})
CREATE (e)-[:FROM]->(d)"""
PUT_EVIDENCE = """
UNWIND $rows AS row MATCH (e:Evidence {statement_id: row.statement_id}) WHERE e.key = row.key
SET e = row"""
REMOVE_EVIDENCE = """
UNWIND $rows AS row MATCH (e:Evidence {statement_id: row[0]}) WHERE e.key = row[1]
DETACH DELETE e"""
