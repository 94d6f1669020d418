// Findings of a diagnosis: what it is known to show, and what was seen in patients who have it
// :param disease => "Marfan syndrome"
MATCH (a:Entity)-[r:HAS_PHENOTYPE|CAUSES|ASSOCIATED_WITH]-(b:Entity)
WHERE toLower(a.name) = toLower($disease)
RETURN a, r, b
UNION
MATCH (a:Patient)-[:HAS_FINDING {polarity: "affirmed", experiencer: "patient"}]->(d:Entity)
WHERE toLower(d.name) = toLower($disease)
MATCH (a)-[r:HAS_FINDING {polarity: "affirmed", experiencer: "patient"}]->(b:Entity)
RETURN a, r, b
