// Interactions within a regimen
// :param drugs => ["warfarin", "amiodarone", "simvastatin", "fluconazole", "phenytoin", "carbamazepine", "digoxin", "clarithromycin"]
MATCH (a:Drug)-[r:INTERACTS_WITH]->(b:Drug)
WHERE toLower(a.name) IN $drugs AND toLower(b.name) IN $drugs
RETURN a, r, b ORDER BY r.belief DESC, r.id
