// Edges about medicine that are believed least, for a curator
// :param below => 0.5
MATCH (a:Entity)-[r]->(b:Entity)
WHERE r.n_support > 0 AND r.belief < $below AND NOT a:Patient
RETURN a, r, b ORDER BY r.belief, r.id LIMIT 25
