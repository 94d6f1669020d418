CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kg_document IF NOT EXISTS FOR (n:Document) REQUIRE n.id IS UNIQUE;
CREATE INDEX kg_evidence IF NOT EXISTS FOR (n:Evidence) ON (n.statement_id);
CALL db.awaitIndexes(300);
UNWIND [
  {`id`: 'note-1', `text`: 'No fever. Takes warfarin 5 mg daily.', `source`: 'note-1.txt', `kind`: 'note', `record`: '{"id": "note-1", "kind": "note", "source": "note-1.txt"}'},
  {`id`: 'paper-1', `text`: 'Warfarin with aspirin caused bleeding. Aspirin did not cause fever.', `source`: 'papers.xml', `kind`: 'paper', `title`: 'Two drugs', `date`: '2020-05', `record`: '{"date": "2020-05", "id": "paper-1", "identifiers": ["PMID:1"], "kind": "paper", "sections": [[0, 67, "ABSTRACT", "abstract"]], "source": "papers.xml", "title": "Two drugs"}'},
  {`id`: 'paper-2', `text`: 'Zebra sickness follows warfarin. Naïve β-blockers 🦓.', `source`: 'p.xml', `kind`: 'paper', `record`: '{"id": "paper-2", "kind": "paper", "source": "p.xml"}'}
] AS row
MERGE (n:Document {id: row.id}) SET n += row;
UNWIND [
  {`id`: 'TEXT:Disease/zebra sickness', `name`: 'Zebra sickness', `synonyms`: [], `linked`: false, `record`: '{"id": "TEXT:Disease/zebra sickness", "name": "Zebra sickness", "type": "Disease"}'}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Disease, n += row;
UNWIND [
  {`id`: 'DRUGBANK:DB00682', `name`: 'Warfarin', `synonyms`: ['Coumadin'], `linked`: true, `record`: '{"id": "DRUGBANK:DB00682", "name": "Warfarin", "synonyms": ["Coumadin"], "type": "Drug"}'},
  {`id`: 'DRUGBANK:DB00945', `name`: 'Aspirin', `synonyms`: [], `linked`: true, `record`: '{"id": "DRUGBANK:DB00945", "name": "Aspirin", "type": "Drug"}'}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Drug, n += row;
UNWIND [
  {`id`: 'Patient:note-1', `name`: 'note-1', `synonyms`: [], `linked`: true}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Patient, n += row;
UNWIND [
  {`id`: 'HP:0001892', `name`: 'Abnormal bleeding', `synonyms`: [], `linked`: true, `record`: '{"id": "HP:0001892", "name": "Abnormal bleeding", "type": "Phenotype"}'},
  {`id`: 'HP:0001945', `name`: 'Fever', `synonyms`: [], `linked`: true, `record`: '{"id": "HP:0001945", "name": "Fever", "type": "Phenotype"}'}
] AS row
MERGE (n:Entity {id: row.id}) SET n:Phenotype, n += row;
UNWIND [
  {`subject`: 'DRUGBANK:DB00945', `object`: 'HP:0001892', `is`: {`id`: '74125caea7089cda768d7519d8d09798', `belief`: 0.8955, `n_support`: 1, `n_refute`: 0, `quote`: '', `record`: '{"object": "HP:0001892", "predicate": "CAUSES", "subject": "DRUGBANK:DB00945"}', `tally`: ''}},
  {`subject`: 'DRUGBANK:DB00682', `object`: 'TEXT:Disease/zebra sickness', `is`: {`id`: '9a60469bd5d01087590c2af60488d72c', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'Zebra sickness follows warfarin.', `record`: '{"object": "TEXT:Disease/zebra sickness", "predicate": "CAUSES", "subject": "DRUGBANK:DB00682"}', `tally`: '28313531182477 0 1 0.8'}},
  {`subject`: 'DRUGBANK:DB00682', `object`: 'HP:0001892', `is`: {`id`: '9cb415ecb4c5a1a67feae30ecd1ac491', `belief`: 0.9, `n_support`: 1, `n_refute`: 0, `quote`: 'Warfarin with aspirin caused bleeding.', `record`: '{"object": "HP:0001892", "predicate": "CAUSES", "subject": "DRUGBANK:DB00682"}', `tally`: '40507505339050 0 1 0.9'}},
  {`subject`: 'DRUGBANK:DB00945', `object`: 'HP:0001945', `is`: {`id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `belief`: 0.21, `n_support`: 1, `n_refute`: 1, `quote`: 'Aspirin did not cause fever.', `record`: '{"object": "HP:0001945", "predicate": "CAUSES", "subject": "DRUGBANK:DB00945"}', `tally`: '21180513566119 21180513566119 0 0.7'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:CAUSES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'Patient:note-1', `object`: 'HP:0001945', `is`: {`id`: '463fa7edbfde9369278f8d8ed769ae1f', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'No fever.', `polarity`: 'negated', `certainty`: 'certain', `temporality`: 'current', `experiencer`: 'patient', `record`: '{"assertion": {"certainty": "certain", "experiencer": "patient", "polarity": "negated", "temporality": "current"}, "object": "HP:0001945", "predicate": "HAS_FINDING", "subject": "Patient:note-1"}', `tally`: '28313531182477 0 1 0.8'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:HAS_FINDING {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'DRUGBANK:DB00682', `object`: 'DRUGBANK:DB00945', `is`: {`id`: '92a4e046fb16de92cbfc968df15d35d2', `belief`: 0.995, `n_support`: 2, `n_refute`: 0, `quote`: 'Warfarin with aspirin caused bleeding.', `severity`: 'major', `mechanism`: 'additive', `record`: '{"object": "DRUGBANK:DB00945", "predicate": "INTERACTS_WITH", "subject": "DRUGBANK:DB00682"}', `tally`: '93208984834673 0 1 0.9'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:INTERACTS_WITH {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`subject`: 'Patient:note-1', `object`: 'DRUGBANK:DB00682', `is`: {`id`: '6f34124471521fbe12bd737a8ccf058a', `belief`: 0.8, `n_support`: 1, `n_refute`: 0, `quote`: 'Takes warfarin 5 mg daily.', `dose`: '5 mg', `polarity`: 'affirmed', `certainty`: 'certain', `temporality`: 'current', `experiencer`: 'patient', `record`: '{"assertion": {"certainty": "certain", "experiencer": "patient", "polarity": "affirmed", "temporality": "current"}, "object": "DRUGBANK:DB00682", "predicate": "TAKES", "subject": "Patient:note-1"}', `tally`: '28313531182477 0 1 0.8'}}
] AS row
MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})
MERGE (s)-[r:TAKES {id: row.`is`.id}]->(o) SET r += row.`is`;
UNWIND [
  {`is`: {`statement_id`: '463fa7edbfde9369278f8d8ed769ae1f', `subject`: 'Patient:note-1', `predicate`: 'HAS_FINDING', `object`: 'HP:0001945', `key`: '269a05622631b7178f96a1b2e7227979', `event`: '02fb55300e2243c27ad178ae28a7ab8b', `probability`: 0.8, `refutes`: false, `record`: '{"document": "note-1", "end": 9, "extractor": "reader 1", "kind": "text", "probability": 0.8, "quote": "No fever.", "section": "history", "start": 0}', `kind`: 'text', `document`: 'note-1', `start`: 0, `end`: 9, `quote`: 'No fever.', `section`: 'history', `extractor`: 'reader 1'}, `documents`: ['note-1']},
  {`is`: {`statement_id`: '6f34124471521fbe12bd737a8ccf058a', `subject`: 'Patient:note-1', `predicate`: 'TAKES', `object`: 'DRUGBANK:DB00682', `key`: 'ccfeebf318954128312e8e4985c0fc57', `event`: '0e41fc2d46fde76a0f0b7e8a5a13d30d', `probability`: 0.8, `refutes`: false, `record`: '{"document": "note-1", "end": 36, "extractor": "reader 1", "kind": "text", "probability": 0.8, "qualifiers": [["dose", "5 mg"]], "quote": "Takes warfarin 5 mg daily.", "start": 10}', `kind`: 'text', `document`: 'note-1', `start`: 10, `end`: 36, `quote`: 'Takes warfarin 5 mg daily.', `extractor`: 'reader 1'}, `documents`: ['note-1']},
  {`is`: {`statement_id`: '74125caea7089cda768d7519d8d09798', `subject`: 'DRUGBANK:DB00945', `predicate`: 'CAUSES', `object`: 'HP:0001892', `key`: '68f9d03ee8da4a0b9a4c24a48f78a89b', `event`: '864066e0f440af078e260df55d207057', `probability`: 0.8955, `refutes`: false, `record`: '{"kind": "derived", "premises": [{"evidence": [{"document": "paper-1", "end": 38, "extractor": "reader 1", "kind": "text", "probability": 0.9, "quote": "Warfarin with aspirin caused bleeding.", "start": 0}], "id": "9cb415ecb4c5a1a67feae30ecd1ac491", "object": "HP:0001892", "predicate": "CAUSES", "subject": "DRUGBANK:DB00682"}, {"evidence": [{"how": "imported", "kind": "curated", "qualifiers": [["mechanism", "additive"], ["severity", "major"]], "record": "r1", "source": "DDI table", "version": "7"}, {"document": "paper-1", "end": 38, "extractor": "reader 1", "kind": "text", "probability": 0.9, "quote": "Warfarin with aspirin caused bleeding.", "start": 0}], "id": "92a4e046fb16de92cbfc968df15d35d2", "object": "DRUGBANK:DB00945", "predicate": "INTERACTS_WITH", "subject": "DRUGBANK:DB00682"}], "rule": "both bleed"}', `kind`: 'derived', `rule`: 'both bleed'}, `documents`: ['paper-1']},
  {`is`: {`statement_id`: '92a4e046fb16de92cbfc968df15d35d2', `subject`: 'DRUGBANK:DB00682', `predicate`: 'INTERACTS_WITH', `object`: 'DRUGBANK:DB00945', `key`: 'a3a38801d73ded97affafc7e36cbdc88', `event`: '494ef6d7bc45e966fb7560ecaca179c8', `probability`: 0.9, `refutes`: false, `record`: '{"document": "paper-1", "end": 38, "extractor": "reader 1", "kind": "text", "probability": 0.9, "quote": "Warfarin with aspirin caused bleeding.", "start": 0}', `kind`: 'text', `document`: 'paper-1', `start`: 0, `end`: 38, `quote`: 'Warfarin with aspirin caused bleeding.', `extractor`: 'reader 1'}, `documents`: ['paper-1']},
  {`is`: {`statement_id`: '9a60469bd5d01087590c2af60488d72c', `subject`: 'DRUGBANK:DB00682', `predicate`: 'CAUSES', `object`: 'TEXT:Disease/zebra sickness', `key`: 'a3051a836874722890d18a2ea9d37f8e', `event`: '82fc31c7d7842e087388b7daf1384617', `probability`: 0.8, `refutes`: false, `record`: '{"document": "paper-2", "end": 32, "extractor": "reader 1", "kind": "text", "probability": 0.8, "quote": "Zebra sickness follows warfarin.", "start": 0}', `kind`: 'text', `document`: 'paper-2', `start`: 0, `end`: 32, `quote`: 'Zebra sickness follows warfarin.', `extractor`: 'reader 1'}, `documents`: ['paper-2']},
  {`is`: {`statement_id`: '9cb415ecb4c5a1a67feae30ecd1ac491', `subject`: 'DRUGBANK:DB00682', `predicate`: 'CAUSES', `object`: 'HP:0001892', `key`: 'a3a38801d73ded97affafc7e36cbdc88', `event`: 'a5828b5bed6a17a0cfed29f24497e654', `probability`: 0.9, `refutes`: false, `record`: '{"document": "paper-1", "end": 38, "extractor": "reader 1", "kind": "text", "probability": 0.9, "quote": "Warfarin with aspirin caused bleeding.", "start": 0}', `kind`: 'text', `document`: 'paper-1', `start`: 0, `end`: 38, `quote`: 'Warfarin with aspirin caused bleeding.', `extractor`: 'reader 1'}, `documents`: ['paper-1']},
  {`is`: {`statement_id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `subject`: 'DRUGBANK:DB00945', `predicate`: 'CAUSES', `object`: 'HP:0001945', `key`: 'e15f0102988dae7a73d4401f4a96cd4a', `event`: 'aef9f9c29cde3cf2bb4ac21378575f53', `probability`: 0.7, `refutes`: true, `record`: '{"document": "paper-1", "end": 67, "extractor": "reader 1", "kind": "text", "probability": 0.7, "quote": "Aspirin did not cause fever.", "refutes": true, "start": 39}', `kind`: 'text', `document`: 'paper-1', `start`: 39, `end`: 67, `quote`: 'Aspirin did not cause fever.', `extractor`: 'reader 1'}, `documents`: ['paper-1']}
] AS row
MERGE (n:Evidence {statement_id: row.`is`.statement_id, key: row.`is`.key}) SET n += row.`is`
WITH n, row UNWIND row.documents AS id
MATCH (d:Document {id: id})
MERGE (n)-[:FROM]->(d);
UNWIND [
  {`statement_id`: '92a4e046fb16de92cbfc968df15d35d2', `subject`: 'DRUGBANK:DB00682', `predicate`: 'INTERACTS_WITH', `object`: 'DRUGBANK:DB00945', `key`: 'a318493af153bfcb8c9e6f69e6bb036a', `event`: 'a2faadf3cb656e5ad9f8ce63f00774e5', `probability`: 0.95, `refutes`: false, `record`: '{"how": "imported", "kind": "curated", "qualifiers": [["mechanism", "additive"], ["severity", "major"]], "record": "r1", "source": "DDI table", "version": "7"}', `kind`: 'curated', `source`: 'DDI table', `version`: '7', `record_id`: 'r1', `how`: 'imported'},
  {`statement_id`: 'bc17bbd5b58c44941106c4e2b1c61ea3', `subject`: 'DRUGBANK:DB00945', `predicate`: 'CAUSES', `object`: 'HP:0001945', `key`: '0e1440d64adb0782282b319adb0fc37b', `event`: '3f259ac9900b00cce6c549bc4d7551f7', `probability`: 0.7, `refutes`: false, `record`: '{"how": "recalled", "kind": "curated", "record": "p. 7", "source": "old book", "version": "1"}', `kind`: 'curated', `source`: 'old book', `version`: '1', `record_id`: 'p. 7', `how`: 'recalled'}
] AS row
MERGE (n:Evidence {statement_id: row.statement_id, key: row.key}) SET n += row;
