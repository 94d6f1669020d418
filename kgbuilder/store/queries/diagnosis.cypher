// Findings of a diagnosis: what it is known to show, and what was seen in patients who have it
// :param disease => "Marfan syndrome"
MATCH (d:Entity) WHERE toLower(d.name) = toLower($disease)
OPTIONAL MATCH (d)-[k:HAS_PHENOTYPE|CAUSES|ASSOCIATED_WITH]-(known:Entity)
OPTIONAL MATCH (p:Patient)-[h:HAS_FINDING {polarity: "affirmed", experiencer: "patient"}]->(d)
OPTIONAL MATCH (p)-[s:HAS_FINDING {polarity: "affirmed", experiencer: "patient"}]->(seen:Phenotype)
RETURN d, k, known, p, h, s, seen LIMIT 60
