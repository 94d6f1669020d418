CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kg_document IF NOT EXISTS FOR (n:Document) REQUIRE n.id IS UNIQUE;
CREATE INDEX kg_evidence IF NOT EXISTS FOR (n:Evidence) ON (n.statement_id);
CALL db.awaitIndexes(300);
UNWIND [
  {`id`: 'note-1', `source`: 'note-1.txt'},
  {`id`: 'paper-1', `title`: 'Two drugs', `date`: '2020-05', `source`: 'papers.xml', `identifiers`: ['PMID:1']},
  {`id`: 'paper-2', `source`: 'p.xml'}
] AS row
MERGE (n:Document {id: row.id}) SET n += row;
UNWIND [
  {`synonyms`: [], `id`: 'TEXT:Disease/zebra sickness', `name`: 'Zebra sickness', `linked`: false}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Disease, n += row;
UNWIND [
  {`synonyms`: ['Coumadin'], `id`: 'DRUGBANK:DB00682', `name`: 'Warfarin', `linked`: true},
  {`synonyms`: [], `id`: 'DRUGBANK:DB00945', `name`: 'Aspirin', `linked`: true}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Drug, n += row;
UNWIND [
  {`synonyms`: [], `id`: 'Patient:note-1', `name`: 'note-1', `linked`: true}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Patient, n += row;
UNWIND [
  {`synonyms`: [], `id`: 'HP:0001892', `name`: 'Abnormal bleeding', `linked`: true},
  {`synonyms`: [], `id`: 'HP:0001945', `name`: 'Fever', `linked`: true}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Phenotype, n += row;
UNWIND [
  {`subject`: 'DRUGBANK:DB00945', `object`: 'HP:0001892', `is`: {`id`: '74125caea7089cda768d7519d8d09798', `belief`: 0.8955, `n_support`: 1, `n_refute`: 0, `quote`: ''}},
  {`subject`: 'DRUGBANK:DB00682', `object`: 'TEXT:Disease/zebra sickness', `is`: {`id`: '9a60469bd5d01087590c2af60488d72c', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'Zebra sickness follows warfarin.'}},
  {`subject`: 'DRUGBANK:DB00682', `object`: 'HP:0001892', `is`: {`id`: '9cb415ecb4c5a1a67feae30ecd1ac491', `belief`: 0.9, `n_support`: 1, `n_refute`: 0, `quote`: 'Warfarin with aspirin caused bleeding.'}},
  {`subject`: 'DRUGBANK:DB00945', `object`: 'HP:0001945', `is`: {`id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `belief`: 0.21000000000000002, `n_support`: 1, `n_refute`: 1, `quote`: 'Aspirin did not cause fever.'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:CAUSES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'Patient:note-1', `object`: 'HP:0001945', `is`: {`id`: '463fa7edbfde9369278f8d8ed769ae1f', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'No fever.', `polarity`: 'negated', `certainty`: 'certain', `temporality`: 'current', `experiencer`: 'patient'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:HAS_FINDING {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'DRUGBANK:DB00682', `object`: 'DRUGBANK:DB00945', `is`: {`id`: '92a4e046fb16de92cbfc968df15d35d2', `belief`: 0.995, `n_support`: 2, `n_refute`: 0, `quote`: 'Warfarin with aspirin caused bleeding.', `severity`: 'major', `mechanism`: 'additive'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:INTERACTS_WITH {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'Patient:note-1', `object`: 'DRUGBANK:DB00682', `is`: {`id`: '6f34124471521fbe12bd737a8ccf058a', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'Takes warfarin 5 mg daily.', `dose`: '5 mg', `polarity`: 'affirmed', `certainty`: 'certain', `temporality`: 'current', `experiencer`: 'patient'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:TAKES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`statement_id`: '74125caea7089cda768d7519d8d09798', `key`: '68f9d03ee8da4a0b9a4c24a48f78a89b', `refutes`: false, `kind`: 'derived', `rule`: 'both bleed', `premises`: ['9cb415ecb4c5a1a67feae30ecd1ac491', '92a4e046fb16de92cbfc968df15d35d2']},
  {`statement_id`: '92a4e046fb16de92cbfc968df15d35d2', `key`: 'a318493af153bfcb8c9e6f69e6bb036a', `refutes`: false, `kind`: 'curated', `source`: 'DDI table', `version`: '7', `record_id`: 'r1', `how`: 'imported', `mechanism`: 'additive', `severity`: 'major'},
  {`statement_id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `key`: '0e1440d64adb0782282b319adb0fc37b', `refutes`: false, `kind`: 'curated', `source`: 'old book', `version`: '1', `record_id`: 'p. 7', `how`: 'recalled'}
] AS row
MERGE (n:Evidence {statement_id: row.statement_id, key: row.key}) SET n += row;
UNWIND [
  {`statement_id`: '463fa7edbfde9369278f8d8ed769ae1f', `key`: '269a05622631b7178f96a1b2e7227979', `refutes`: false, `kind`: 'text', `document`: 'note-1', `quote`: 'No fever.', `start`: 0, `end`: 9, `section`: 'history', `extractor`: 'reader 1', `probability`: 0.8},
  {`statement_id`: '6f34124471521fbe12bd737a8ccf058a', `key`: 'ccfeebf318954128312e8e4985c0fc57', `refutes`: false, `kind`: 'text', `document`: 'note-1', `quote`: 'Takes warfarin 5 mg daily.', `start`: 10, `end`: 36, `section`: '', `extractor`: 'reader 1', `probability`: 0.8, `dose`: '5 mg'},
  {`statement_id`: '92a4e046fb16de92cbfc968df15d35d2', `key`: 'a3a38801d73ded97affafc7e36cbdc88', `refutes`: false, `kind`: 'text', `document`: 'paper-1', `quote`: 'Warfarin with aspirin caused bleeding.', `start`: 0, `end`: 38, `section`: '', `extractor`: 'reader 1', `probability`: 0.9},
  {`statement_id`: '9a60469bd5d01087590c2af60488d72c', `key`: 'a3051a836874722890d18a2ea9d37f8e', `refutes`: false, `kind`: 'text', `document`: 'paper-2', `quote`: 'Zebra sickness follows warfarin.', `start`: 0, `end`: 32, `section`: '', `extractor`: 'reader 1', `probability`: 0.8},
  {`statement_id`: '9cb415ecb4c5a1a67feae30ecd1ac491', `key`: 'a3a38801d73ded97affafc7e36cbdc88', `refutes`: false, `kind`: 'text', `document`: 'paper-1', `quote`: 'Warfarin with aspirin caused bleeding.', `start`: 0, `end`: 38, `section`: '', `extractor`: 'reader 1', `probability`: 0.9},
  {`statement_id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `key`: 'e15f0102988dae7a73d4401f4a96cd4a', `refutes`: true, `kind`: 'text', `document`: 'paper-1', `quote`: 'Aspirin did not cause fever.', `start`: 39, `end`: 67, `section`: '', `extractor`: 'reader 1', `probability`: 0.7}
] AS row
MERGE (n:Evidence {statement_id: row.statement_id, key: row.key}) SET n += row
WITH n, row MATCH (d:Document {id: row.document})
MERGE (n)-[:FROM]->(d);
