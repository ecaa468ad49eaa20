"""Words that stand around names in many languages: titles, credentials, particles, placeholders.

All words are comparison forms: lower case, transliterated, dots removed. Collected in November 2026 from style guides
of the languages named beside them; a word that is also a common given name or surname is left out or only counts with
its dot.
"""

from __future__ import annotations

from typing import Final

# fmt: off

HONORIFICS: Final = frozenset({
    # English
    "dr", "drs", "prof", "professor", "doctor", "mr", "mrs", "ms", "miss", "mx", "sir", "madam", "dame", "rev",
    "reverend", "rabbi", "messrs",
    # German, Dutch, Scandinavian, Finnish
    "herr", "herrn", "frau", "fraulein", "familie", "dipl", "dipling", "diplom", "dhr", "mevr", "mw", "mevrouw",
    "meneer", "fru", "froken", "rouva",
    # French
    "monsieur", "madame", "mademoiselle", "mme", "mlle", "maitre",
    # Spanish, Portuguese, Italian
    "senor", "senora", "senorita", "sra", "srta", "senhor", "senhora", "signor", "signora", "signorina", "sigra",
    "dott", "dottssa", "dottoressa", "avv", "geom",
    # Polish, Czech, Russian, Turkish, Arabic, Indian, Malay
    "pani", "inz", "mgr", "judr", "mudr", "phdr", "gospodin", "gospozha", "gzha", "sayin", "sheikh", "shaikh", "hajji",
    "shri", "smt", "dato", "datuk", "datin", "encik", "puan",
})
"""Left out at the start of a name, where something remains."""

HONORIFICS_WITH_DOT: Final = frozenset({
    "fr", "hr", "sr", "capt", "lt", "sgt", "col", "ir", "mag", "sig", "hon", "rag", "ing",
})
"""Left out at the start only when written with a dot: *Mag. Falk*, not the given name *Mag*."""

SUFFIXES: Final = frozenset({
    "jr", "sr", "junior", "senior", "ii", "iii", "iv", "esq", "esquire", "phd", "mba", "msc", "bsc", "mphil", "dphil",
    "psyd", "pharmd", "dds", "dmd", "dvm", "mph", "msw", "lcsw", "lmft", "cpa", "cfa", "pmp", "llm", "llb", "facs",
    "frcs", "cissp", "bcba", "shrmcp", "mbe", "obe", "cbe",
})
"""Left out at the end of a name where two words remain: *Li Junior* is a whole name."""

DEGREES: Final = frozenset({
    "phd", "mba", "msc", "bsc", "mph", "cpa", "dds", "dvm", "llm", "mphil", "dphil",
})
"""Left out at the end even where one word remains: *Hale PhD*."""

CREDENTIALS: Final = SUFFIXES | frozenset({
    "md", "ma", "ba", "ms", "bs", "jd", "do", "np", "pa", "dr", "prof", "ret", "retired", "hons", "pgce", "ccim",
    "cpc", "acc", "cfp", "clu", "cfre", "leed", "ap", "pt", "dpt", "ot", "otr", "sphr", "phr", "ccna", "itil",
    "pgdip", "dipl", "ing", "edd", "beng", "meng", "csm", "pe", "rn",
})
"""Left out after a comma."""

PARTICLES: Final = frozenset({
    "van", "von", "vom", "zu", "zum", "zur", "der", "den", "ter", "ten", "te", "op", "het", "t", "de", "del", "della",
    "dello", "dei", "degli", "di", "da", "do", "dos", "das", "du", "des", "la", "le", "lo", "los", "las", "l", "d",
    "af", "av", "bin", "ibn", "bint", "binti", "binte", "abu", "al", "el", "ul", "ap", "mac", "san", "santa", "saint",
    "st", "nic", "ni", "o", "vander", "vanden", "dalla", "dal",
})
"""With one of these before the last word the surname begins: *Ludwig van Beethoven*."""

LOWER_PARTICLES: Final = frozenset({
    "van", "von", "vom", "zu", "zum", "zur", "der", "den", "ter", "ten", "te", "op", "het", "t", "de", "del", "della",
    "dello", "dei", "degli", "do", "dos", "das", "du", "des", "af", "av", "bin", "ibn", "bint", "binti", "binte",
})
"""Written small when case has to be repaired; `la`, `di`, `el` only after another particle."""

BETWEEN_SURNAMES: Final = frozenset({"y", "e", "i"})
"""Joins two surnames of one person: *José Ortega y Gasset*."""

AND: Final = frozenset({"and", "und", "et", "en", "og", "och", "ja"})
"""Words that join two people in one cell; `&` and `+` do so in every language."""

JUNK_NAMES: Final = frozenset({
    "", "na", "n a", "none", "no name", "noname", "null", "nil", "undefined", "unknown", "unknown unknown",
    "not provided",
    "anonymous", "anonym", "anonyme", "anonimo", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend",
    "test", "test test", "test user", "testuser", "tester", "testing", "demo", "demo user", "sample", "example",
    "dummy",
    "asdf", "asdf asdf", "asd", "asd asd", "qwe", "qwerty", "qwertz", "abc", "abcd", "xxx", "xx", "x x", "xyz",
    "aaa", "aa", "a a",
    "foo", "foo bar", "blah", "name", "first name", "last name", "firstname", "lastname", "firstname lastname",
    "vorname",
    "nachname", "vorname nachname", "prenom", "nom", "prenom nom", "nombre", "apellido", "full name", "your name",
    "guest", "gast", "invite", "invitado", "customer", "kunde", "client", "cliente", "klant", "user", "benutzer",
    "utilisateur", "usuario", "utente", "admin", "administrator", "me", "ich", "moi", "you", "someone",
    "instagram user", "instagramuser", "instagram nutzer", "instagram benutzer", "utilisateur instagram",
    "usuario de instagram",
    "facebook user", "facebook nutzer", "facebook benutzer", "utilisateur facebook", "usuario de facebook",
    "linkedin member",
    "linkedin mitglied", "membre linkedin", "miembro de linkedin", "deleted account", "deleted user",
    "geloschtes konto",
    "compte supprime", "cuenta eliminada", "deleted", "twitter user", "tiktok user", "whatsapp user", "telegram user",
    "no first name", "no last name", "keine angabe", "k a", "ka", "mr", "mrs", "ms", "herr", "frau", "mister", "dr",
})
"""What stands in a name field when there is no name: placeholders of platforms, forms and people in a hurry."""

COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "司徒", "东方", "東方", "皇甫",
    "尉迟", "慕容",
"令狐", "夏侯", "南宫", "南宮", "端木", "남궁", "황보", "제갈", "사공", "선우", "독고",
})
"""Chinese and Korean surnames of two characters; all others have one."""

NICKNAMES: Final = {
    # Names in their own right that the English table takes for pet forms
    "ana": (), "jan": (), "kim": (), "lena": (), "mia": (), "nina": (), "tina": (),
    # English
    "abigail": ("abby", "abbie", "gail"), "albert": ("al", "bert", "bertie"),
    "alexandra": ("alexa", "lexi", "sandra", "sandy"),
    "alfred": ("alf", "alfie"), "amanda": ("mandy",), "andrew": ("drew",), "anne": ("annie", "ann", "nan", "nancy"),
    "anthony": ("tony", "ant"), "arthur": ("art", "artie"), "benjamin": ("ben", "benny", "benji", "benjy"),
    "catherine": ("cathy", "kathy", "kate", "katie", "cat", "cath", "kath", "katy", "kathryn", "katherine", "kit",
    "kitty"),
    "charles": ("charlie", "chuck", "chas", "charley", "chip"), "christina": ("chrissy", "kristina"),
    "christopher": ("chris", "topher", "kit", "kris"), "daniel": ("dan", "danny"), "david": ("dave", "davy", "davey"),
    "deborah": ("deb", "debbie", "debra", "debby"), "donald": ("don", "donny", "donnie"),
    "dorothy": ("dot", "dottie", "dolly"),
    "douglas": ("doug",), "edward": ("ed", "eddie", "ted", "teddy", "ned", "eddy"),
    "eleanor": ("ellie", "nell", "nellie", "nora", "elly"),
    "elizabeth": ("liz", "lizzie", "beth", "eliza", "libby", "lisa", "bess", "bessie", "lizzy", "betsy", "liza",
    "elsie", "elisabeth", "elli", "lisbeth",
                  "liesl", "sissi", "betty"),
    "emily": ("em", "emmy"), "emma": ("em",), "frances": ("fran", "frannie", "francie"),
    "francis": ("frank", "frankie"),
    "frederick": ("freddie", "freddy", "rick"), "gerald": ("gerry", "jerry"), "gregory": ("greg", "gregg"),
    "harold": ("hal", "harry"), "henry": ("hank", "harry", "hal"), "isabella": ("bella", "izzy", "isabel", "isabelle"),
    "jacob": ("jake", "coby"), "james": ("jim", "jimmy", "jamie", "jem", "jimmie"),
    "jeffrey": ("jeff", "geoff", "geoffrey"),
    "jennifer": ("jen", "jenny", "jenn", "jennie"), "jessica": ("jess", "jessie"),
    "john": ("johnny", "jack", "jock", "johnnie"),
    "jonathan": ("jon", "jonny", "nathan"), "joseph": ("joe", "joey"), "joshua": ("josh",), "judith": ("judy", "jude"),
    "kenneth": ("ken", "kenny"), "kimberly": ("kimmy",), "lawrence": ("larry", "laurie"),
    "leonard": ("leo", "len", "lenny"),
    "louis": ("lou", "louie"), "madeline": ("maddie", "maddy"),
    "margaret": ("maggie", "meg", "peggy", "peg", "marge", "madge", "margie", "daisy"),
    "martha": ("marty", "mattie"), "martin": ("marty",), "matthew": ("matt", "matty"), "melissa": ("missy", "mel"),
    "nathaniel": ("nate", "nat"), "nicholas": ("nick", "nicky", "nico"), "nicole": ("nikki", "nicky", "coco"),
    "olivia": ("liv", "livvy", "ollie"), "oliver": ("ollie", "olly"), "pamela": ("pam", "pammy"),
    "patricia": ("pat", "patty", "trish", "tricia", "patti"),
    "patrick": ("paddy", "rick"), "peter": ("pete", "petey"), "philip": ("phil", "pip", "phillip"),
    "rachel": ("rach", "rae"),
    "raymond": ("ray",), "rebecca": ("becky", "becca", "bec"),
    "richard": ("rick", "dick", "rich", "richie", "ricky", "rickie"),
    "robert": ("bob", "bobby", "rob", "robbie", "bert", "bobbie"), "ronald": ("ron", "ronnie", "ronny"),
    "rosemary": ("rosie", "rose"), "samantha": ("sammie",), "samuel": ("sam", "sammy"), "sarah": ("sally", "sadie"),
    "steven": ("steve", "stevie", "stephen"), "susan": ("sue", "susie", "suzie", "suzy"), "theodore": ("theo",),
    "timothy": ("tim", "timmy"), "valerie": ("val",), "victoria": ("vicky", "vicki", "tori"),
    "vincent": ("vince", "vinny"),
    "virginia": ("ginny",), "walter": ("walt", "wally"),
    "william": ("bill", "billy", "will", "willie", "liam", "billie"),
    "zachary": ("zach", "zack", "zac"),
    # German
    "alexander": ("alex", "sascha", "xander", "lex"), "andreas": ("andi", "andy", "anderl"), "bernhard": ("berni",),
    "christian": ("christl",),
    "franziska": ("franzi",), "friedrich": ("fritz", "fred"), "gabriele": ("gabi", "gaby"),
    "georg": ("schorsch", "jorg"),
    "gerhard": ("gerd", "gert"), "guenther": ("guni",), "hans": ("hansi",), "heinrich": ("heinz", "heini", "heiner"),
    "ignaz": ("naz",), "johannes": ("hannes", "johann", "jo"), "josef": ("sepp", "jupp", "pepi"),
    "juergen": ("juergi",),
    "karl": ("kalle", "charly"), "katharina": ("kathi", "kati", "katja", "kathrin", "trine"), "klaus": ("claus",),
    "magdalena": ("leni", "lena", "magda"), "margarete": ("grete", "gretel", "gitte", "greta", "margarethe"),
    "maximilian": ("maxi", "max"), "michael": ("michi", "mike", "mick", "michel"),
    "sebastian": ("basti", "seb", "wastl"),
    "stefan": ("steffen", "steff", "stephan"), "stefanie": ("steffi", "stephanie", "steph"),
    "susanne": ("susi", "sanne"),
    "theresa": ("resi", "tess", "tessa", "theres"), "thomas": ("tom", "tommy", "thom"), "tobias": ("tobi", "toby"),
    "ulrich": ("uli", "ulli"), "ulrike": ("ulla", "rike"), "wilhelm": ("willi", "willy", "wim"),
    "wolfgang": ("wolfi", "wolf"),
    "matthias": ("matze", "hias", "mathias"), "nikolaus": ("klausi", "niko", "nico", "nicolaus"), "dominik": ("domi",),
    "eva": ("evi", "evchen"), "manuela": ("manu", "ela"), "julia": ("jule", "juli"), "johanna": ("hanna", "hanni"),
    # French
    "jean": ("jeannot",), "francois": ("fanfan",), "frederic": ("fred",), "isabelle": ("isa", "belle"),
    "veronique": ("vero",), "nathalie": ("nath",), "dominique": ("dom", "domi"), "philippe": ("phil",),
    # Spanish, Portuguese, Italian
    "francisco": ("paco", "pancho", "fran", "curro", "chico", "kiko"), "jose": ("pepe", "pepito", "chepe", "ze"),
    "enrique": ("quique", "kike"), "ignacio": ("nacho",), "jesus": ("chuy", "chus"), "guillermo": ("memo", "guille"),
    "dolores": ("lola", "loli"), "mercedes": ("merche",), "concepcion": ("concha", "conchi"), "rosario": ("charo",),
    "guadalupe": ("lupe", "lupita"), "eduardo": ("lalo", "edu", "duda"), "gonzalo": ("gonza",),
    "antonio": ("tonio", "toni", "tonino"),
    "manuel": ("manolo", "manu", "lolo", "manny"), "rafael": ("rafa", "rafi"), "giuseppe": ("beppe", "peppe", "pino"),
    "giovanni": ("gianni", "nanni", "vanni"), "luigi": ("gigi", "gino"), "salvatore": ("toto", "turi"),
    "alessandro": ("ale", "sandro"), "alessandra": ("ale", "sandra"), "francesco": ("ciccio", "checco", "franco"),
    "giacomo": ("mimmo",), "domenico": ("mimmo", "menico"), "vincenzo": ("enzo", "cenzo"), "lorenzo": ("renzo",),
    # Dutch, Scandinavian, Finnish
    "cornelis": ("kees", "cees", "cor"), "hendrik": ("henk", "rik"), "pieter": ("piet",),
    "willem": ("wim", "pim"), "jacobus": ("koos", "jaap"), "lars": ("lasse",), "niels": ("nils",), "bjorn": ("nalle",),
    # Slavic
    "aleksandr": ("sasha", "sanya", "shura"), "aleksandra": ("sasha", "shura", "ola"), "aleksei": ("lyosha", "alyosha"),
    "dmitrii": ("dima", "mitya", "dmitri", "dmitry"), "ekaterina": ("katya", "katia"), "elena": ("lena", "lenochka"),
    "evgenii": ("zhenya", "evgeny", "evgeniy"), "ivan": ("vanya",), "konstantin": ("kostya",),
    "mariya": ("masha", "manya"),
    "mikhail": ("misha",), "natalya": ("natasha", "nata"), "nikolai": ("kolya",), "olga": ("olya",),
    "pavel": ("pasha",),
    "sergei": ("seryozha", "sergey"), "svetlana": ("sveta",), "tatyana": ("tanya",), "viktor": ("vitya",),
    "vladimir": ("vova", "volodya"), "yulia": ("yulya", "julia", "yuliya", "iuliia"),
    "yurii": ("yura", "yuri", "yuriy"),
    "malgorzata": ("gosia", "malgosia"), "katarzyna": ("kasia",), "agnieszka": ("aga",),
    "krzysztof": ("krzysiek", "krzys"),
    "tomasz": ("tomek",), "pawel": ("pawelek",), "joanna": ("asia",), "barbara": ("basia", "barb", "babs", "bibi"),
    "jakub": ("kuba",), "wojciech": ("wojtek",), "andrzej": ("jedrek",), "zbigniew": ("zbyszek",), "jiri": ("jirka",),
    "vaclav": ("vasek",), "frantisek": ("franta",), "jaroslav": ("jarda",),
    # Greek, Hungarian, Turkish, Arabic
    "konstantinos": ("kostas", "dinos", "costas"), "ioannis": ("giannis", "yannis"), "georgios": ("giorgos", "yorgos"),
    "dimitrios": ("dimitris", "mitsos"), "eleni": ("lena", "nitsa"), "aikaterini": ("katerina",), "laszlo": ("laci",),
    "ferenc": ("feri",), "erzsebet": ("zsuzsa", "bozsi"), "istvan": ("pista",), "mehmet": ("memo",), "muhammad": (
        "mohammed", "mohamed", "mohammad", "muhammed", "mohamad", "mehdi", "md", "mo",
    ),
}
"""Given name to its short and pet forms; the forms are only a hint for comparing and never decide a merge. In addition
to the English table of the package `nicknames`."""
