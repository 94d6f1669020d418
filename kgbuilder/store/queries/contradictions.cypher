// Contradictions: edges that some evidence supports and some refutes, with both
MATCH (a:Entity)-[r]->(b:Entity)
WHERE r.n_support > 0 AND r.n_refute > 0
WITH a, r, b ORDER BY r.id LIMIT 25
MATCH (e:Evidence {statement_id: r.id})
OPTIONAL MATCH (e)-[f:FROM]->(source:Document)
RETURN a, r, b, e, f, source
