// Neighbours of a drug, with the evidence of each edge
// :param drug => "warfarin"
MATCH (d:Drug)-[r]-(n:Entity)
WHERE toLower(d.name) = toLower($drug) AND NOT n:Patient
WITH d, r, n ORDER BY r.belief DESC, r.id LIMIT 25
MATCH (e:Evidence {statement_id: r.id})
OPTIONAL MATCH (e)-[f:FROM]->(source:Document)
RETURN d, r, n, e, f, source
