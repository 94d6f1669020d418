CREATE CONSTRAINT kgbuilder_disease_id IF NOT EXISTS FOR (n:Disease) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kgbuilder_drug_id IF NOT EXISTS FOR (n:Drug) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kgbuilder_patient_id IF NOT EXISTS FOR (n:Patient) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kgbuilder_phenotype_id IF NOT EXISTS FOR (n:Phenotype) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kgbuilder_document_id IF NOT EXISTS FOR (n:Document) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kgbuilder_evidence_id IF NOT EXISTS FOR (n:Evidence) REQUIRE n.id IS UNIQUE;
CREATE INDEX kgbuilder_evidence_statement IF NOT EXISTS FOR (n:Evidence) ON (n.statement_id);
CALL db.awaitIndexes();
UNWIND [
  {`id`: 'TEXT:Disease/zebra sickness', `name`: 'Zebra sickness', `linked`: false}
] AS row
MERGE (n:Disease {id: row.id}) SET n += row;
UNWIND [
  {`id`: 'note-1', `source`: 'note-1.txt'},
  {`id`: 'paper-1', `title`: 'Two drugs', `date`: '2020-05', `source`: 'papers.xml', `identifiers`: ['PMID:1']},
  {`id`: 'paper-2', `source`: 'p.xml'}
] AS row
MERGE (n:Document {id: row.id}) SET n += row;
UNWIND [
  {`id`: 'DRUGBANK:DB00682', `name`: 'Warfarin', `linked`: true, `synonyms`: ['Coumadin']},
  {`id`: 'DRUGBANK:DB00945', `name`: 'Aspirin', `linked`: true}
] AS row
MERGE (n:Drug {id: row.id}) SET n += row;
UNWIND [
  {`id`: 'Patient:note-1', `name`: 'note-1', `linked`: true}
] AS row
MERGE (n:Patient {id: row.id}) SET n += row;
UNWIND [
  {`id`: 'HP:0001892', `name`: 'Abnormal bleeding', `linked`: true},
  {`id`: 'HP:0001945', `name`: 'Fever', `linked`: true}
] AS row
MERGE (n:Phenotype {id: row.id}) SET n += row;
UNWIND [
  {`subject`: 'DRUGBANK:DB00682', `object`: 'TEXT:Disease/zebra sickness', `is`: {`id`: '9a60469bd5d01087590c2af60488d72c', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'Zebra sickness follows warfarin.'}}
] AS row
MATCH (s:Drug {id: row.subject}), (o:Disease {id: row.object})
MERGE (s)-[r:CAUSES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'DRUGBANK:DB00682', `object`: 'DRUGBANK:DB00945', `is`: {`id`: '92a4e046fb16de92cbfc968df15d35d2', `belief`: 0.995, `n_support`: 2, `n_refute`: 0, `quote`: 'Warfarin with aspirin caused bleeding.', `severity`: 'major', `mechanism`: 'additive'}}
] AS row
MATCH (s:Drug {id: row.subject}), (o:Drug {id: row.object})
MERGE (s)-[r:INTERACTS_WITH {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'DRUGBANK:DB00945', `object`: 'HP:0001892', `is`: {`id`: '74125caea7089cda768d7519d8d09798', `belief`: 0.8955, `n_support`: 1, `n_refute`: 0, `quote`: ''}},
  {`subject`: 'DRUGBANK:DB00682', `object`: 'HP:0001892', `is`: {`id`: '9cb415ecb4c5a1a67feae30ecd1ac491', `belief`: 0.9, `n_support`: 1, `n_refute`: 0, `quote`: 'Warfarin with aspirin caused bleeding.'}},
  {`subject`: 'DRUGBANK:DB00945', `object`: 'HP:0001945', `is`: {`id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `belief`: 0.21000000000000002, `n_support`: 1, `n_refute`: 1, `quote`: 'Aspirin did not cause fever.'}}
] AS row
MATCH (s:Drug {id: row.subject}), (o:Phenotype {id: row.object})
MERGE (s)-[r:CAUSES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'Patient:note-1', `object`: 'DRUGBANK:DB00682', `is`: {`id`: '6f34124471521fbe12bd737a8ccf058a', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'Takes warfarin 5 mg daily.', `dose`: '5 mg', `polarity`: 'affirmed', `certainty`: 'certain', `temporality`: 'current', `experiencer`: 'patient'}}
] AS row
MATCH (s:Patient {id: row.subject}), (o:Drug {id: row.object})
MERGE (s)-[r:TAKES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'Patient:note-1', `object`: 'HP:0001945', `is`: {`id`: '463fa7edbfde9369278f8d8ed769ae1f', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'No fever.', `polarity`: 'negated', `certainty`: 'certain', `temporality`: 'current', `experiencer`: 'patient'}}
] AS row
MATCH (s:Patient {id: row.subject}), (o:Phenotype {id: row.object})
MERGE (s)-[r:HAS_FINDING {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`id`: '463fa7edbfde9369278f8d8ed769ae1f-269a05622631b7178f96a1b2e7227979', `statement_id`: '463fa7edbfde9369278f8d8ed769ae1f', `refutes`: false, `kind`: 'text', `quote`: 'No fever.', `start`: 0, `end`: 9, `section`: 'history', `extractor`: 'reader 1', `probability`: 0.8},
  {`id`: '6f34124471521fbe12bd737a8ccf058a-ccfeebf318954128312e8e4985c0fc57', `statement_id`: '6f34124471521fbe12bd737a8ccf058a', `refutes`: false, `kind`: 'text', `quote`: 'Takes warfarin 5 mg daily.', `start`: 10, `end`: 36, `section`: '', `extractor`: 'reader 1', `probability`: 0.8, `dose`: '5 mg'},
  {`id`: '74125caea7089cda768d7519d8d09798-68f9d03ee8da4a0b9a4c24a48f78a89b', `statement_id`: '74125caea7089cda768d7519d8d09798', `refutes`: false, `kind`: 'derived', `rule`: 'both bleed', `premises`: ['9cb415ecb4c5a1a67feae30ecd1ac491', '92a4e046fb16de92cbfc968df15d35d2']},
  {`id`: '92a4e046fb16de92cbfc968df15d35d2-a318493af153bfcb8c9e6f69e6bb036a', `statement_id`: '92a4e046fb16de92cbfc968df15d35d2', `refutes`: false, `kind`: 'curated', `source`: 'DDI table', `version`: '7', `record`: 'r1', `how`: 'imported', `mechanism`: 'additive', `severity`: 'major'},
  {`id`: '92a4e046fb16de92cbfc968df15d35d2-a3a38801d73ded97affafc7e36cbdc88', `statement_id`: '92a4e046fb16de92cbfc968df15d35d2', `refutes`: false, `kind`: 'text', `quote`: 'Warfarin with aspirin caused bleeding.', `start`: 0, `end`: 38, `section`: '', `extractor`: 'reader 1', `probability`: 0.9},
  {`id`: '9a60469bd5d01087590c2af60488d72c-a3051a836874722890d18a2ea9d37f8e', `statement_id`: '9a60469bd5d01087590c2af60488d72c', `refutes`: false, `kind`: 'text', `quote`: 'Zebra sickness follows warfarin.', `start`: 0, `end`: 32, `section`: '', `extractor`: 'reader 1', `probability`: 0.8},
  {`id`: '9cb415ecb4c5a1a67feae30ecd1ac491-a3a38801d73ded97affafc7e36cbdc88', `statement_id`: '9cb415ecb4c5a1a67feae30ecd1ac491', `refutes`: false, `kind`: 'text', `quote`: 'Warfarin with aspirin caused bleeding.', `start`: 0, `end`: 38, `section`: '', `extractor`: 'reader 1', `probability`: 0.9},
  {`id`: 'bc17bbd5b58c44941106c4e2b1c61ea3-0e1440d64adb0782282b319adb0fc37b', `statement_id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `refutes`: false, `kind`: 'curated', `source`: 'old book', `version`: '1', `record`: 'p. 7', `how`: 'recalled'},
  {`id`: 'bc17bbd5b58c44941106c4e2b1c61ea3-e15f0102988dae7a73d4401f4a96cd4a', `statement_id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `refutes`: true, `kind`: 'text', `quote`: 'Aspirin did not cause fever.', `start`: 39, `end`: 67, `section`: '', `extractor`: 'reader 1', `probability`: 0.7}
] AS row
MERGE (n:Evidence {id: row.id}) SET n += row;
UNWIND [
  {`id`: '463fa7edbfde9369278f8d8ed769ae1f-269a05622631b7178f96a1b2e7227979', `from`: 'note-1'},
  {`id`: '6f34124471521fbe12bd737a8ccf058a-ccfeebf318954128312e8e4985c0fc57', `from`: 'note-1'},
  {`id`: '92a4e046fb16de92cbfc968df15d35d2-a3a38801d73ded97affafc7e36cbdc88', `from`: 'paper-1'},
  {`id`: '9a60469bd5d01087590c2af60488d72c-a3051a836874722890d18a2ea9d37f8e', `from`: 'paper-2'},
  {`id`: '9cb415ecb4c5a1a67feae30ecd1ac491-a3a38801d73ded97affafc7e36cbdc88', `from`: 'paper-1'},
  {`id`: 'bc17bbd5b58c44941106c4e2b1c61ea3-e15f0102988dae7a73d4401f4a96cd4a', `from`: 'paper-1'}
] AS row
MATCH (e:Evidence {id: row.id}), (d:Document {id: row.`from`})
MERGE (e)-[:FROM]->(d);
