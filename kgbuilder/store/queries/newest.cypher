// Newest evidence: what the latest papers say, newest first
MATCH (source:Document)<-[f:FROM]-(e:Evidence)
WHERE source.date IS NOT NULL
WITH source, f, e ORDER BY source.date DESC, e.statement_id LIMIT 12
MATCH (a:Entity {id: e.subject})-[r]->(b:Entity {id: e.object})
WHERE r.id = e.statement_id
RETURN a, r, b, e, f, source
