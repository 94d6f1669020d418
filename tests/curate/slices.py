"""Slices of public formats: the true columns and elements, invented rows."""

from __future__ import annotations

HP_OBO = """format-version: 1.2
data-version: hp/releases/2031-02-03
ontology: hp

[Term]
id: HP:9000000
name: All
! a comment

[Term]
id: HP:9000001
name: Green ears
synonym: "Ears that are green" EXACT layperson []
synonym: "Ear trouble" BROAD []
xref: UMLS:C9000001
xref: SNOMEDCT_US:9001
xref: PMID:1
is_a: HP:9000000 ! All

[Term]
id: HP:9000002
name: Blue ears
xref: UMLS:C9000002
xref: SNOMEDCT_US:9001
is_a: HP:9000000 ! All

[Term]
id: HP:9000003
name: obsolete Grey ears
is_obsolete: true

[Term]
id: GO:9000001
name: ear growth
"""

HPOA = """#description: "invented"
#version: 2031-02-03
#hpo-version: x
database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\taspect\tbiocuration
OMIM:900001\tEAR SYNDROME\t\tHP:9000001\tPMID:11;PMID:12\tPCS\tHP:0003577\t3/4\tMALE\t\tP\tx
OMIM:900001\tEAR SYNDROME\tNOT\tHP:9000002\tPMID:11\tTAS\t\t\t\t\tP\tx
ORPHA:9001\tRare ears\t\tHP:9000001\tORPHA:9001\tTAS\t\tHP:0040285\t\t\tP\tx
OMIM:900001\tEAR SYNDROME\t\tHP:0000006\tPMID:11\tPCS\t\t\t\t\tI\tx
OMIM:900001\tEAR SYNDROME\t\tnothing\tPMID:11\tPCS\t\t\t\t\tP\tx
OMIM:900001\tbroken
"""

MONDO_OBO = """format-version: 1.2
data-version: releases/2031-01-01
ontology: mondo
property_value: dcterms-license https://creativecommons.org/licenses/by/4.0/ xsd:string

[Term]
id: MONDO:9000001
name: ear disease
xref: OMIM:900001 {source="MONDO:equivalentTo", source="MONDO:OMIM"}
xref: Orphanet:9001 {source="MONDO:relatedTo"}
xref: DOID:901 {source="MONDO:mondoIsBroaderThanSource"}
xref: ICD10CM:H61.9 {source="MONDO:equivalentTo"}
xref: ICD10CM:H61
xref: NORD:1 {source="MONDO:equivalentTo"}
property_value: exactMatch MESH:D900001
property_value: skos:exactMatch http://identifiers.org/mesh/D900002
property_value: skos:broadMatch MESH:D900003
"""

MESH_ASCII = """*NEWRECORD
RECTYPE = D
MH = Ear Diseases, Invented
AQ = BL CF
PRINT ENTRY = Green Ear Disease|T047|NON|EQV|NLM (2031)|310101|X|abcdefv
ENTRY = Small Green Ears|T047|NON|NRW|NLM (2031)|310101|X|abcdefv
ENTRY = Ears, Invented Diseases
MN = C09.900
MN = C23.888.900
UI = D900001

*NEWRECORD
RECTYPE = D
MH = Green Ear
MN = C09.900.100
UI = D900002

*NEWRECORD
RECTYPE = D
MH = Libraries, Invented
MN = L01.900
UI = D900003

*NEWRECORD
RECTYPE = C
NM = substance
UI = C900001

*NEWRECORD
RECTYPE = D
MN = C09.900.200
UI = D900004
"""

MESH_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DescriptorRecordSet SYSTEM "https://www.nlm.nih.gov/databases/dtd/nlmdescriptorrecordset_20250101.dtd">
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord DescriptorClass="1">
 <DescriptorUI>D900001</DescriptorUI>
 <DescriptorName><String>Ear Diseases, Invented</String></DescriptorName>
 <TreeNumberList><TreeNumber>C09.900</TreeNumber><TreeNumber>C23.888.900</TreeNumber></TreeNumberList>
 <ConceptList>
  <Concept PreferredConceptYN="Y"><ConceptUI>M1</ConceptUI><TermList>
   <Term ConceptPreferredTermYN="Y" IsPermutedTermYN="N"><String>Ear Diseases, Invented</String></Term>
   <Term IsPermutedTermYN="N"><String>Green Ear Disease</String></Term>
   <Term IsPermutedTermYN="Y"><String>Disease, Green Ear</String></Term></TermList></Concept>
  <Concept PreferredConceptYN="N"><ConceptUI>M2</ConceptUI><TermList>
   <Term IsPermutedTermYN="N"><String>Small Green Ears</String></Term></TermList></Concept>
 </ConceptList>
</DescriptorRecord>
<DescriptorRecord DescriptorClass="1">
 <DescriptorUI>D900002</DescriptorUI>
 <DescriptorName><String>Green Ear</String></DescriptorName>
 <TreeNumberList><TreeNumber>C09.900.100</TreeNumber></TreeNumberList>
</DescriptorRecord>
<DescriptorRecord><DescriptorUI>D900004</DescriptorUI></DescriptorRecord>
</DescriptorRecordSet>
"""

MESH_SUPPLEMENT = """<SupplementalRecordSet LanguageCode="eng">
<SupplementalRecord SCRClass="1"><SupplementalRecordUI>C900001</SupplementalRecordUI>
<SupplementalRecordName><String>zorvaquinol</String></SupplementalRecordName></SupplementalRecord>
<SupplementalRecord SCRClass="2"><SupplementalRecordUI>C900002</SupplementalRecordUI>
<SupplementalRecordName><String>a protocol</String></SupplementalRecordName></SupplementalRecord>
</SupplementalRecordSet>
"""


def mesh_triple(subject: str, predicate: str, object: str) -> str:
    """A line of ``mesh.nt``; an object in quotation marks is a text, else an id."""
    spaces = {
        "label": "http://www.w3.org/2000/01/rdf-schema#",
        "type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
    base = "http://id.nlm.nih.gov/mesh/"
    value = object if object.startswith('"') else f"<{base}{object}>"
    return f"<{base}{subject}> <{spaces.get(predicate, base + 'vocab#')}{predicate}> {value} .\n"


MESH_NT = "".join(
    sorted(
        mesh_triple(*parts)
        for parts in (
            ("D900001", "type", "vocab#TopicalDescriptor"),
            ("D900001", "label", '"Ear Diseases, Invented"@en'),
            ("D900001", "label", '"Erfundene Ohrenleiden"@de'),
            ("D900001", "active", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
            ("D900001", "treeNumber", "C09.900"),
            ("D900001", "treeNumber", "C23.888.900"),
            ("D900001", "preferredConcept", "M1"),
            ("D900001", "concept", "M2"),
            ("D900001Q000008", "type", "vocab#AllowedDescriptorQualifierPair"),
            ("D900001Q000008", "label", '"Ear Diseases, Invented/blood"@en'),
            ("M1", "preferredTerm", "T1"),
            ("M1", "term", "T2"),
            ("M1", "term", "T9"),
            ("M2", "preferredTerm", "T3"),
            ("T1", "prefLabel", '"Ear Diseases, Invented"@en'),
            ("T2", "prefLabel", '"Green Ear Disease"@en'),
            ("T2", "altLabel", '"Disease, Green Ear"@en'),
            ("T3", "prefLabel", '"Small Green Ears"@en'),
            ("T9", "prefLabel", '"Old Green Ear"@en'),
            ("T9", "active", '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
            ("C09.900", "type", "vocab#TreeNumber"),
            ("C09.900", "label", '"C09.900"@en'),
            ("D900002", "type", "vocab#TopicalDescriptor"),
            ("D900002", "label", '"Green Ear"@en'),
            ("D900002", "treeNumber", "C09.900.100"),
            ("D900003", "type", "vocab#TopicalDescriptor"),
            ("D900003", "label", '"Libraries, Invented"@en'),
            ("D900003", "treeNumber", "L01.900"),
            ("D900004", "type", "vocab#TopicalDescriptor"),
            ("D900004", "treeNumber", "C09.900.200"),
        )
    )
)
MESH_NT_SUPPLEMENT = "".join(
    mesh_triple(f"2031/{subject}", predicate, object.replace("vocab", "2031/vocab"))
    for subject, predicate, object in (
        ("C900001", "type", "vocab#SCR_Chemical"),
        ("C900001", "label", '"\\u03B1-zorva\\"quinol\\""@en'),
        ("C900001", "preferredConcept", "2031/M9"),
        ("M9", "term", "2031/T9"),
        ("T9", "prefLabel", '"zorvaquinol"@en'),
        ("C900002", "type", "vocab#SCR_Protocol"),
        ("C900002", "label", '"a protocol"@en'),
        ("C900003", "type", "vocab#SCR_Chemical"),
        ("C900003", "label", '"[OBSOLETE] plimtamab"@en'),
        ("C900003", "active", '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
    )
)


def conso(cui: str, sab: str, tty: str, code: str, text: str, **more: str) -> str:
    """A row of MRCONSO or RXNCONSO."""
    cells = {"LAT": "ENG", "SUPPRESS": "N"} | more
    row = [cui, cells["LAT"], cells.get("TS", ""), "", cells.get("STT", ""), ""]
    row += [cells.get("ISPREF", ""), f"A{code}", "", "", "", sab, tty, code, text, ""]
    return "|".join([*row, cells["SUPPRESS"], "", "\n"])


RXNCONSO = "".join(
    (
        conso("901", "RXNORM", "IN", "901", "zorvaquinol"),
        conso("901", "RXNORM", "TMSY", "901", "ZORVAquinol"),
        conso("901", "DRUGBANK", "IN", "DB90001", "Zorvaquinol"),
        conso("901", "DRUGBANK", "SY", "DB90009", "Zorva"),
        conso("901", "MSH", "NM", "C900001", "zorvaquinol"),
        conso("901", "MSH", "ET", "C900009", "zorvaquinol tablets"),
        conso("901", "ATC", "IN", "N02BA90", "zorvaquinol"),
        conso("901", "ATC", "IN", "B01AC90", "zorvaquinol"),
        conso("901", "MTHSPL", "SU", "AAAA900001", "ZORVAQUINOL"),
        conso("902", "RXNORM", "BN", "902", "Zorvax"),
        conso("903", "RXNORM", "DF", "903", "Oral Tablet"),
        conso("904", "RXNORM", "SCD", "904", "zorvaquinol 5 MG Oral Tablet"),
        conso("904", "RXNORM", "IN", "904", "old", SUPPRESS="O"),
        conso("905", "VANDF", "PT", "905", "not of RxNorm"),
        "906|ENG|broken\n",
    )
)


def rel(one: str, rela: str, other: str, sab: str = "RXNORM") -> str:
    """A row of RXNREL that reads "``one`` ``rela`` ``other``": the second concept comes first."""
    return f"{other}||CUI|RN|{one}||CUI|{rela}|R{one}{other}||{sab}||||N||\n"


RXNREL = "".join(
    (
        rel("904", "isa", "901"),
        rel("901", "inverse_isa", "904"),
        rel("902", "tradename_of", "901"),
        rel("902", "isa", "901", "MSH"),
        rel("902", "teleports_to", "901"),
    )
)

MRCONSO = "".join(
    (
        conso("C9000001", "HPO", "PT", "HP:9000001", "Green ears"),
        conso("C9000001", "MTH", "PN", "NOCODE", "Green Ear", TS="P", STT="PF", ISPREF="Y"),
        conso("C9000001", "MSH", "MH", "D900002", "Green Ear"),
        conso("C9000001", "MSH", "ET", "D900009", "Green small ear"),
        conso("C9000001", "MSHFRE", "MH", "D900002", "Oreille verte", LAT="FRE"),
        conso("C9000002", "OMIM", "PT", "900001", "EAR SYNDROME"),
        conso("C9000002", "OMIM", "PT", "MTHU900001", "ear thing"),
        conso("C9000003", "MSH", "MH", "D900003", "Libraries, Invented"),
    )
)
MRSTY = (
    "C9000001|T184|A2.2.2|Sign or Symptom|AT1||\nC9000002|T047|B2.2.1.2.1|Disease or Syndrome|AT2||\n"
    "C9000003|T073|A1.3|Manufactured Object|AT3||\nC9000009|T047|B|Disease or Syndrome|AT4||\n"
)

DRUGBANK_XML = """<?xml version="1.0" encoding="UTF-8"?>
<drugbank xmlns="http://www.drugbank.ca" version="5.9" exported-on="2031-01-02">
<drug type="small molecule" created="2005-06-13" updated="2031-01-01">
  <drugbank-id primary="true">DB90001</drugbank-id><drugbank-id>BTD90001</drugbank-id>
  <name>Zorvaquinol</name><cas-number>0-00-0</cas-number><unii>AAAA900001</unii>
  <synonyms><synonym language="english" coder="">Zorvaquin</synonym>
    <synonym language="french" coder="">Zorvaquine</synonym></synonyms>
  <international-brands><international-brand><name>Zorvax</name><company/></international-brand></international-brands>
  <atc-codes><atc-code code="N02BA90"/></atc-codes>
  <drug-interactions><drug-interaction><drugbank-id>DB90002</drugbank-id><name>Plimtamab</name>
    <description>The risk of green ears can be increased.</description></drug-interaction>
    <drug-interaction><drugbank-id/><name>Nobody</name><description/></drug-interaction></drug-interactions>
  <external-identifiers>
    <external-identifier><resource>RxCUI</resource><identifier>901</identifier></external-identifier>
    <external-identifier><resource>ChEBI</resource><identifier>90001</identifier></external-identifier>
    <external-identifier><resource>Wikipedia</resource><identifier>Zorva</identifier></external-identifier>
  </external-identifiers>
  <pathways><pathway><drugs><drug><drugbank-id>DB90002</drugbank-id><name>Nested</name></drug></drugs></pathway></pathways>
  <targets><target position="1"><id>BE1</id><name>Ear protein</name><organism>Humans</organism>
    <actions><action>antagonist</action></actions><known-action>yes</known-action>
    <references><articles><article><pubmed-id>11</pubmed-id></article></articles></references>
    <polypeptide id="P90001" source="Swiss-Prot"><name>Ear protein</name><gene-name>EAR1</gene-name>
      <external-identifiers><external-identifier>
        <resource>HUGO Gene Nomenclature Committee (HGNC)</resource><identifier>HGNC:90001</identifier>
      </external-identifier></external-identifiers></polypeptide></target>
    <target><id>BE2</id><name>Silent</name><organism>Humans</organism><actions/>
      <polypeptide id="P90002" source="Swiss-Prot"><gene-name>SIL1</gene-name></polypeptide></target>
    <target><id>BE3</id><name>Of a germ</name><organism>Escherichia coli</organism>
      <polypeptide id="P90003"><gene-name>g</gene-name></polypeptide></target></targets>
  <enzymes><enzyme><id>BE4</id><name>Cytochrome</name><organism>Humans</organism>
    <actions><action>substrate</action><action>inducer</action><action>sings to</action></actions>
    <polypeptide id="P90004"><gene-name>CYP9Z9</gene-name></polypeptide></enzyme>
    <enzyme><id>BE5</id><name>Quiet</name><organism>Humans</organism><actions/>
    <polypeptide id="P90005"><gene-name>Q</gene-name></polypeptide></enzyme></enzymes>
</drug>
<drug type="biotech"><drugbank-id primary="true">DB90002</drugbank-id><name>Plimtamab</name>
  <drug-interactions><drug-interaction><drugbank-id>DB90001</drugbank-id><name>Zorvaquinol</name>
    <description>The risk of green ears can be increased.</description></drug-interaction>
  </drug-interactions>
  <external-identifiers><external-identifier><resource>ChEBI</resource><identifier>90001</identifier>
  </external-identifier></external-identifiers></drug>
<drug><name>no id</name></drug>
</drugbank>
"""

SSSOM = """#mapping_set_id: https://example.org/ears
#mapping_set_version: "2031-01-01"
#license: https://creativecommons.org/publicdomain/zero/1.0/
#curie_map:
#  HP: http://purl.obolibrary.org/obo/HP_
subject_id\tsubject_label\tpredicate_id\tpredicate_modifier\tobject_id\tobject_label\tmapping_justification\tconfidence
HP:9000001\tGreen ears\tskos:exactMatch\t\tUMLS:C9000001\tGreen Ear\tsemapv:ManualMappingCuration\t0.9
HP:9000002\tBlue ears\tskos:exactMatch\tNot\tUMLS:C9000001\tGreen Ear\tsemapv:ManualMappingCuration\t
HP:9000002\tBlue ears\tskos:broadMatch\t\tUMLS:C9000003\tEars\tsemapv:ManualMappingCuration\t
HP:9000002\tBlue ears\tskos:closeMatch\t\tUMLS:C9000004\tEars\tsemapv:LexicalMatching\t
HP:9000002\tBlue ears\tskos:exactMatch\t\tsssom:NoTermFound\t\tsemapv:ManualMappingCuration\t
HP:9000002\tBlue ears\tex:soundsLike\t\tUMLS:C9000005\tEars\tsemapv:LexicalMatching\t
Blue ears\tBlue ears\tskos:exactMatch\t\tUMLS:C9000005\tEars\tsemapv:LexicalMatching\t
"""

KGX_NODES = (
    "id\tcategory\tname\tsynonym\txref\n"
    "DRUGBANK:DB90001\tbiolink:NamedThing|biolink:Drug\tZorvaquinol\tZorva|Zorvax\tCHEBI:1\n"
    "MONDO:9000001\tbiolink:Disease\tear disease\t\t\n"
    "HGNC:90001\tbiolink:Gene\tEAR1\t\t\n"
    "GO:9000001\tbiolink:BiologicalProcess\tear growth\t\t\n"
    "X:1\tbiolink:Spaceship\tship\t\t\n"
)
KGX_EDGES = (
    "id\tsubject\tpredicate\tobject\tobject_aspect_qualifier\tobject_direction_qualifier\tnegated\t"
    "primary_knowledge_source\tpublications\n"
    "e1\tDRUGBANK:DB90001\tbiolink:treats\tMONDO:9000001\t\t\t\tinfores:drugbank\tPMID:11|PMID:12\n"
    "e2\tDRUGBANK:DB90001\tbiolink:affects\tHGNC:90001\tactivity\tdecreased\t\tinfores:drugbank\t\n"
    "e3\tDRUGBANK:DB90001\tbiolink:affects\tHGNC:90001\t\t\t\tinfores:drugbank\t\n"
    "e4\tMONDO:9000001\tbiolink:has_contraindication\tDRUGBANK:DB90001\t\t\ttrue\tinfores:x\t\n"
    "e5\tDRUGBANK:DB90001\tbiolink:causes\tGO:9000001\t\t\t\tinfores:x\t\n"
    "e6\tDRUGBANK:DB90001\tbiolink:sings_to\tMONDO:9000001\t\t\t\tinfores:x\t\n"
)

HETIONET_NODES = (
    "id\tname\tkind\nCompound::DB90001\tZorvaquinol\tCompound\nDisease::DOID:901\tear disease\tDisease\n"
    "Gene::90001\tEAR1\tGene\nSymptom::D900002\tGreen Ear\tSymptom\n"
    "Side Effect::C9000001\tGreen Ear\tSide Effect\nPathway::PC7_1\tears\tPathway\nShip::1\tship\tShip\n"
)
HETIONET_EDGES = (
    "source\tmetaedge\ttarget\nCompound::DB90001\tCtD\tDisease::DOID:901\n"
    "Compound::DB90001\tCcSE\tSide Effect::C9000001\nDisease::DOID:901\tDpS\tSymptom::D900002\n"
    "Gene::90001\tGpPW\tPathway::PC7_1\nCompound::DB90001\tCdG\tGene::90001\n"
    "Compound::DB90001\tXyZ\tGene::90001\nCompound::DB90001\tCtD\n"
)

DDINTER = (
    "DDInterID_A,Drug_A,DDInterID_B,Drug_B,Level\n"
    'DDInter90001,Zorvaquinol,DDInter90002,"Plimtamab, pegylated",Major\n'
    "DDInter90001,Zorvaquinol,DDInter90003,Wexol,Unknown\n"
)
DRUGBANK_VOCABULARY = (
    "DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms,Standard InChI Key\n"
    "DB90001,BTD90001,Zorvaquinol,0-00-0,AAAA900001,Zorva | Zorvaquin,X-Y-Z\n"
    "DB90002,,Plimtamab,,,,\n"
)
ANSM = (
    "prota2\tprota1\tmecanisme\tCI\tAD\tPE\tPC\tniveau\tmol1\tmol2\n"
    "OREILLES\tZORVAQUINE\tIl verdit.\tNA\tNA\tNA\tX\t1\tzorvaquine\tplimtamab\n"
    "OREILLES\tZORVAQUINE\tNA\tX\tNA\tNA\tNA\t4\tzorvaquine\twexol\n"
)
SIDER_EFFECTS = (
    "CID190000001\tCID090000001\tC9000001\tLLT\tC9000001\tGreen ears\n"
    "CID190000001\tCID090000001\tC9000001\tPT\tC9000001\tGreen ear\n"
)
SIDER_FREQUENCIES = (
    "CID190000001\tCID090000001\tC9000001\t\t21%\t0.21\t0.21\tPT\tC9000001\tGreen ear\n"
    "CID190000001\tCID090000001\tC9000001\tplacebo\t5%\t0.05\t0.05\tPT\tC9000001\tGreen ear\n"
)
SIDER_INDICATIONS = (
    "CID190000001\tC9000002\tNLP_indication\tEar\tPT\tC9000002\tEar syndrome\n"
    "CID190000001\tC9000003\tNLP_precondition\tNose\tPT\tC9000003\tNose syndrome\n"
)
SIDER_NAMES = "CID190000001\tzorvaquinol\n"

ATC = (
    "atc_code,atc_name,ddd,uom,adm_r,note\n"
    "S,SENSORY ORGANS OF ALL KINDS,NA,NA,NA,NA\nS09,EARS,NA,NA,NA,NA\nS09X,GREEN EARS,NA,NA,NA,NA\n"
    "S09XA,Ear verdants,NA,NA,NA,NA\nS09XA01,zorvaquinol,2,g,O,NA\nS09XA01,zorvaquinol,1,g,P,NA\n"
)
MESH_2015 = (
    "mesh_id\tmesh_name\tmesh_tree_number\nD900009\tEar Diseases of Ducks\tC09.900\n"
    "D900002\tGreen Ear\tC09.900.100\nD900001\tZorvaquinol\tD02.900\nD900008\tVeranda\tJ01.900\n"
)
SIDER_OF_DRUGBANK = (
    "drugbank_id\tname\tumls_cui\tside_effect\nDB90001\tZorvaquinol\tC9000001\tGreen ear\n"
)

FILES: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "hpo": (("", {"hp.obo": HP_OBO, "phenotype.hpoa": HPOA}),),
    "mondo": (("mondo.obo", {"mondo.obo": MONDO_OBO}),),
    "obo": (("x.obo", {"x.obo": HP_OBO}),),
    "mesh": (
        ("d2031.bin", {"d2031.bin": MESH_ASCII}),
        ("desc2031.xml", {"desc2031.xml": MESH_XML}),
        ("supp2031.xml", {"supp2031.xml": MESH_SUPPLEMENT}),
        ("mesh2031.nt", {"mesh2031.nt": MESH_NT}),
    ),
    "rxnorm": (("", {"RXNCONSO.RRF": RXNCONSO, "RXNREL.RRF": RXNREL}),),
    "umls": (("", {"MRCONSO.RRF": MRCONSO, "MRSTY.RRF": MRSTY}),),
    "drugbank": (("full database.xml", {"full database.xml": DRUGBANK_XML}),),
    "sssom": (("ears.sssom.tsv", {"ears.sssom.tsv": SSSOM}),),
    "kgx": (("", {"x_nodes.tsv": KGX_NODES, "x_edges.tsv": KGX_EDGES}),),
    "hetionet": (
        (
            "",
            {"hetionet-v1.0-nodes.tsv": HETIONET_NODES, "hetionet-v1.0-edges.sif": HETIONET_EDGES},
        ),
    ),
    "ddinter": (("ddinter_downloads_code_A.csv", {"ddinter_downloads_code_A.csv": DDINTER}),),
    "drugbank_vocabulary": (("v.csv", {"v.csv": DRUGBANK_VOCABULARY}),),
    "ansm": (("thesaurus.csv", {"thesaurus.csv": ANSM}),),
    "sider_names": (("drug_names.tsv", {"drug_names.tsv": SIDER_NAMES}),),
    "sider_effects": (("se.tsv", {"se.tsv": SIDER_EFFECTS}),),
    "sider_frequencies": (("freq.tsv", {"freq.tsv": SIDER_FREQUENCIES}),),
    "sider_indications": (("ind.tsv", {"ind.tsv": SIDER_INDICATIONS}),),
    "sider": (("effects.tsv", {"effects.tsv": SIDER_OF_DRUGBANK}),),
    "atc": (("atc.csv", {"atc.csv": ATC}),),
    "mesh2015": (("tree-numbers.tsv", {"tree-numbers.tsv": MESH_2015}),),
}
"""WHAT -> the files that it is tried on: the path to give, and the files with their content."""
