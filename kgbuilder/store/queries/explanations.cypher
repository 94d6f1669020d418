// Shortest explanations between a drug and a disease
// :param drug => "clarithromycin"
// :param disease => "Hypothyroidism"
MATCH (d:Drug) WHERE toLower(d.name) = toLower($drug)
MATCH (x:Entity) WHERE toLower(x.name) = toLower($disease)
MATCH p = allShortestPaths((d)-[:INTERACTS_WITH|CAUSES|TREATS|CONTRAINDICATED_IN|INHIBITS|INDUCES|ACTIVATES|SUBSTRATE_OF|TARGETS|ASSOCIATED_WITH|HAS_PHENOTYPE|IS_A|SAME_AS*..4]-(x))
RETURN p LIMIT 25
