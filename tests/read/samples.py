# ruff: noqa: E501  the samples are laid out as such files are
"""Small sources in every format, written for these tests; the findings in them are invented."""

MEDLINE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_190101.dtd">
<PubmedArticleSet>
<!-- <PubmedArticle><MedlineCitation><PMID Version="1">999</PMID></MedlineCitation></PubmedArticle> -->
<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="2">101</PMID>
<Article><Journal><JournalIssue><PubDate><Year>2003</Year><Month>May</Month><Day>4</Day></PubDate>
</JournalIssue></Journal>
<ArticleTitle>Colchicine in <i>familial</i> fever &amp; pain: 10<sup>9</sup> cells.</ArticleTitle>
<ELocationID EIdType="doi" ValidYN="Y">10.1000/x.1</ELocationID>
<Abstract><AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Fever   comes
back.</AbstractText><AbstractText Label="PATIENTS AND METHODS" NlmCategory="METHODS">Ten took
colchicine.</AbstractText><AbstractText Label="WHAT WE SAW" NlmCategory="RESULTS">CO<sub>2</sub> fell.</AbstractText>
<AbstractText Label="Odd words">Nobody died.</AbstractText></Abstract>
<Language>eng</Language></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">101</ArticleId><ArticleId IdType="pmc">PMC77</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1000/other</ArticleId><ArticleId IdType="pmc">PMC1</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData>
</PubmedArticle>
<PubmedArticle><MedlineCitation><PMID Version="1">102</PMID><Article><Journal><JournalIssue>
<PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue></Journal>
<ArticleTitle>[Not Available].</ArticleTitle><VernacularTitle>Über das Fieber.</VernacularTitle>
<Language>ger</Language></Article></MedlineCitation></PubmedArticle>
<DeleteCitation><PMID Version="1">55</PMID><PMID Version="1">56</PMID></DeleteCitation>
</PubmedArticleSet>
"""

JATS = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.0//EN" "JATS-archivearticle1.dtd">
<article xmlns:mml="http://www.w3.org/1998/Math/MathML" xml:lang="en"><front><article-meta>
<article-id pub-id-type="pmid">201</article-id><article-id pub-id-type="pmc">301</article-id>
<article-id pub-id-type="doi">10.1000/y</article-id>
<title-group><article-title>Gout &alpha; study</article-title><subtitle>ten years on</subtitle></title-group>
<pub-date pub-type="ppub"><year>2011</year></pub-date>
<pub-date pub-type="epub"><day>3</day><month>8</month><year>2011</year></pub-date>
<abstract><sec><title>Aims</title><p>To see gout.</p></sec></abstract>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
</article-meta></front>
<body><p>A word before.</p>
<sec><title>2. Materials and methods</title><p>We gave allopurinol<sup><xref ref-type="bibr" rid="b1">12</xref></sup> to <italic>ten</italic>.
<table-wrap><label>Table 1</label><caption><p>Who took part.</p></caption><table><tr><td>SECRET CELL</td></tr></table></table-wrap></p>
<sec><title>Ethics of asking</title><p>They agreed.</p><list><list-item><p>One.</p></list-item><list-item><p>Two.</p></list-item></list></sec>
<fig-group><caption><p>All figures.</p></caption><fig><label>Fig. 1</label><caption><title>Curve.</title><p>It falls.</p></caption><graphic/></fig></fig-group>
</sec>
<sec sec-type="results"><title>What came of it</title><p>Gout went (<xref ref-type="fig" rid="f1">Fig. 1</xref>).</p>
<disp-formula><tex-math>SECRET TEX</tex-math></disp-formula></sec></body>
<back><ref-list><ref><mixed-citation>SECRET REFERENCE</mixed-citation></ref></ref-list></back>
<sub-article><body><p>SECRET REVIEW</p></body></sub-article></article>
"""

BIOC_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>ours</source><date>2020</date><key>k</key>
<document><id>b1</id><infon key="year">2019</infon><passage><infon key="type">title</infon>
<infon key="article-id_pmid">401</infon><offset>0</offset><text>Lithium and tremor</text></passage>
<passage><infon key="type">abstract</infon><offset>20</offset><text>Tremor came late.</text></passage>
<passage><infon key="section_type">REF</infon><infon key="type">ref</infon><offset>40</offset><text>SECRET REFERENCE</text></passage></document>
<document><id>b2</id><passage><offset>0</offset><sentence><offset>0</offset><text>One.</text></sentence>
<sentence><offset>6</offset><text>Two.</text></sentence></passage></document></collection>
"""

BIOC_JSON = """{"source": "ours", "infons": {}, "documents": [
 {"id": "j1", "infons": {}, "passages": [
  {"offset": 0, "infons": {"type": "title", "article-id_pmid": "402"}, "text": "Lithium", "annotations": []},
  {"offset": 8, "infons": {"type": "abstract"}, "text": "It was stopped."}]},
 {"id": 8, "passages": [{"offset": 0, "text": "Bare."}]}]}
"""

PUBTATOR = """501|t|Naloxone and pressure.
501|a|It rose again | with naloxone.
501\t0\t8\tNaloxone\tChemical\tD009270

502|t|A title alone
502|a|
"""

CSV = 'id,text\n7,"He said ""no pain"",\nthen left."\n08,Ünsicher\n'
JSONL = '{"id": 7, "text": "No fever.\\r\\nCough."}\n{"id": "b", "text": "Rash."}\n'
NOTE = "HISTORY:\r\nNo chest pain. Temperature 38.5 °C\r\n"
