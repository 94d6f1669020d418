// A patient's findings, drugs and procedures, and how each is meant
// :param patient => "oncology_clinic.txt"
MATCH (p:Patient {id: "Patient:" + $patient})-[r]->(n:Entity)
RETURN p, r, n ORDER BY type(r), r.polarity, n.name LIMIT 60
