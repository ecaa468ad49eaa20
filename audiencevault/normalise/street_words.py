"""Words of postal addresses in many languages and their one short form; all in comparison form.

From general knowledge of how people and post offices write addresses, November 2026.
"""

from __future__ import annotations

from typing import Final

# fmt: off
UNITS: Final = frozenset({
    # English, German, French
    "apt", "apartment", "apmt", "aptmt", "unit", "suite", "ste", "flat", "floor", "fl", "room", "rm", "bldg", "lot",
    "app", "whg", "wohnung", "etage", "stock", "stiege", "og", "eg", "dg", "hinterhaus", "hh", "appt",
    "appartement", "batiment", "bat", "escalier",
    # Spanish, Portuguese, Italian
    "piso", "puerta", "pta", "escalera", "esc", "bajo", "izq", "izda", "dcha", "depto", "dpto", "departamento", "int",
    "interno", "interior", "scala", "apto", "apartamento", "bloco", "andar", "sala", "conj", "complemento",
    # Scandinavian, Dutch, Polish, Czech, Turkish, Russian, Greek
    "lgh", "lejl", "leil", "leilighet", "etg", "bus", "verdieping", "mieszkanie", "kv", "kvartira", "ofis", "daire",
    "kat", "orofos",
    "#",
})
"""Words after which a flat or floor is named. The sign `#` is a word of its own."""

NO_NUMBER: Final = frozenset({
    "no", "nr", "number", "num", "nummer", "n0", "numero", "nro", "hausnummer", "hausnr", "numara", "nomer",
})
"""Words before a house number."""

DROPPED: Final = frozenset({"ul", "ulica", "ulitsa", "ulice", "vulytsia", "vul", "odos", "utca"})
"""Words for *street* that people of a country leave out as often as they write them."""

SUFFIXES: Final = frozenset({"bis", "ter", "quater"})
"""What French house numbers have instead of letters."""

STREET_WORDS: Final = {
    # English
    "street": "st", "str": "st", "strt": "st", "avenue": "ave", "av": "ave", "aven": "ave", "avn": "ave",
    "avenu": "ave", "road": "rd",
    "boulevard": "blvd", "boul": "blvd", "bd": "blvd", "bld": "blvd", "bvd": "blvd", "blv": "blvd",
    "drive": "dr", "drv": "dr", "lane": "ln", "court": "ct", "crt": "ct", "place": "pl", "plc": "pl",
    "square": "sq", "sqr": "sq", "terrace": "ter", "terr": "ter", "tce": "ter", "highway": "hwy", "hiway": "hwy",
    "parkway": "pkwy", "pky": "pkwy", "freeway": "fwy", "expressway": "expy", "turnpike": "tpke", "circle": "cir",
    "circuit": "cct", "crescent": "cres", "cr": "cres", "close": "cl", "trail": "trl", "way": "wy",
    "junction": "jct", "esplanade": "esp", "parade": "pde", "promenade": "prom", "walk": "wlk", "bridge": "brg",
    "creek": "crk", "point": "pt", "ridge": "rdg", "valley": "vly", "view": "vw", "station": "stn", "park": "pk",
    "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se",
    "southwest": "sw", "saint": "st", "sainte": "st", "sankt": "st", "mount": "mt", "fort": "ft",
    "gardens": "gdns", "grove": "gr", "mews": "mws", "heights": "hts",
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th",
    "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th", "postfach": "pob", "apartado": "pob",
    # German: written apart it is joined to the word before
    "strasse": "st", "gasse": "g", "platz": "pl", "allee": "all", "ring": "ring",
    # French, Spanish, Portuguese, Italian
    "chemin": "ch", "che": "ch", "route": "rte", "impasse": "imp", "faubourg": "fbg", "fg": "fbg",
    "residence": "res", "calle": "c", "cl": "cl",
    "avenida": "ave", "avda": "ave", "avd": "ave", "plaza": "pl", "pza": "pl", "plza": "pl", "paseo": "po",
    "pso": "po", "carretera": "ctra", "crta": "ctra", "camino": "cno", "ronda": "rda", "glorieta": "gta",
    "rua": "r", "rue": "r", "praca": "pl", "pca": "pl", "travessa": "tv", "alameda": "al", "rodovia": "rod",
    "estrada": "estr", "viale": "ve", "vle": "ve", "piazza": "pl", "pzza": "pl", "piazzale": "ple", "corso": "cso",
    "largo": "lgo", "strada": "str", "vicolo": "vic", "lungomare": "lgm",
    # Dutch, Scandinavian, Finnish, Polish
    "straat": "st", "laan": "ln", "plein": "pl", "gracht": "gr", "weg": "wg", "gata": "g", "gatan": "g", "gate": "g",
    "gade": "g", "vag": "v", "vagen": "v", "vej": "v", "vei": "v", "veien": "v", "katu": "k", "tie": "t",
    "aleja": "al", "aleje": "al", "osiedle": "os", "plac": "pl", "namesti": "nam", "trida": "tr",
    # Turkish, Russian, Greek in Latin letters
    "sokak": "sk", "sokagi": "sk", "sok": "sk", "cadde": "cd", "caddesi": "cd", "cad": "cd", "mahalle": "mh",
    "mahallesi": "mh", "mah": "mh", "bulvari": "blvd", "bulvar": "blvd", "bulv": "blvd", "prospekt": "pr",
    "prkt": "pr", "prosp": "pr", "pereulok": "per", "ploshchad": "pl", "shosse": "sh",
    "leoforos": "ave", "plateia": "pl",
}
"""Words of streets and their one short form."""

ENDINGS: Final = (
    ("strasse", "st"), ("straat", "st"), ("str", "st"), ("platz", "pl"), ("gasse", "g"), ("gatan", "g"), ("vagen", "v"),
    ("gade", "g"), ("allee", "all"), ("laan", "ln"), ("plein", "pl"), ("vej", "v"), ("veien", "v"), ("weg", "wg"),
    ("gata", "g"), ("katu", "k"),
)
"""Endings of streets written as one word (Hauptstrasse, Kerkstraat, Storgatan), with their short form."""

JOINED: Final = frozenset({"strasse", "straat", "str", "gasse", "platz", "allee", "laan", "plein", "weg"})
"""Kinds of street that German and Dutch write in one word with the name before."""

CITIES: Final = {
    "munich": "munchen", "cologne": "koln", "nuremberg": "nurnberg", "hanover": "hannover", "brunswick": "braunschweig",
    "vienna": "wien", "geneva": "geneve", "genf": "geneve", "ginevra": "geneve", "zuerich": "zurich",
    "basle": "basel", "bale": "basel", "lucerne": "luzern", "berne": "bern", "monaco di baviera": "munchen",
    "francfort": "frankfurt", "francoforte": "frankfurt", "frankfurt am main": "frankfurt",
    "frankfurt main": "frankfurt", "frankfurt a m": "frankfurt", "colonia": "koln", "amburgo": "hamburg",
    "milan": "milano", "mailand": "milano", "rome": "roma", "rom": "roma", "florence": "firenze", "florenz": "firenze",
    "turin": "torino", "naples": "napoli", "neapel": "napoli", "venice": "venezia", "venedig": "venezia",
    "genoa": "genova", "genua": "genova", "padua": "padova",
    "lisbon": "lisboa", "lissabon": "lisboa", "oporto": "porto", "seville": "sevilla", "saragossa": "zaragoza",
    "la coruna": "coruna", "a coruna": "coruna", "palma de mallorca": "palma",
    "brussels": "bruxelles", "brussel": "bruxelles", "brussels bruxelles": "bruxelles", "antwerp": "antwerpen",
    "anvers": "antwerpen", "ghent": "gent", "gand": "gent", "bruges": "brugge", "luik": "liege",
    "luttich": "liege", "the hague": "den haag", "s gravenhage": "den haag", "la haye": "den haag",
    "copenhagen": "kobenhavn", "kopenhagen": "kobenhavn", "gothenburg": "goteborg",
    "helsingfors": "helsinki", "prague": "praha", "prag": "praha", "warsaw": "warszawa", "warschau": "warszawa",
    "varsovie": "warszawa", "cracow": "krakow", "krakau": "krakow", "breslau": "wroclaw", "danzig": "gdansk",
    "bucharest": "bucuresti", "bukarest": "bucuresti", "belgrade": "beograd", "belgrad": "beograd",
    "athens": "athina", "athinai": "athina", "athen": "athina", "salonica": "thessaloniki", "moscow": "moskva",
    "moskau": "moskva", "moscou": "moskva", "kiev": "kyiv", "kiew": "kyiv", "kyyiv": "kyiv",
    "odessa": "odesa", "kharkov": "kharkiv",
    "new york city": "new york", "nyc": "new york", "manhattan": "new york",
    "saint petersburg": "sankt peterburg", "st petersburg": "sankt peterburg", "saint peterburg": "sankt peterburg",
    "la": "los angeles", "sf": "san francisco", "mexico city": "mexico",
    "ciudad de mexico": "mexico", "cdmx": "mexico", "mexico df": "mexico", "mexico d f": "mexico",
    "peking": "beijing", "bombay": "mumbai", "calcutta": "kolkata", "madras": "chennai", "bangalore": "bengaluru",
    "constantinople": "istanbul", "smyrna": "izmir", "tokio": "tokyo", "singapur": "singapore", "pusan": "busan",
    "kairo": "cairo", "al qahirah": "cairo", "le caire": "cairo", "beyrouth": "beirut", "damas": "damascus",
    "tel aviv yafo": "tel aviv", "tel aviv jaffa": "tel aviv", "jeruzalem": "jerusalem", "yerushalayim": "jerusalem",
    "soul": "seoul", "marrakesch": "marrakech", "marrakesh": "marrakech", "tiflis": "tbilisi", "erevan": "yerevan",
}
"""Cities with two names, both in comparison form."""

NATIVE_CITIES: Final = {
    "東京": "tokyo", "東京都": "tokyo", "东京": "tokyo", "大阪": "osaka", "大阪市": "osaka", "大阪府": "osaka",
    "京都": "kyoto", "京都市": "kyoto", "横浜": "yokohama", "横浜市": "yokohama", "名古屋": "nagoya",
    "名古屋市": "nagoya", "札幌": "sapporo", "札幌市": "sapporo", "福岡": "fukuoka", "福岡市": "fukuoka",
    "神戸": "kobe", "神戸市": "kobe", "広島": "hiroshima", "広島市": "hiroshima", "仙台": "sendai", "仙台市": "sendai",
    "香港": "hong kong", "台北": "taipei", "臺北": "taipei", "台北市": "taipei",
    "高雄": "kaohsiung", "新北市": "new taipei",
    "서울": "seoul", "서울시": "seoul", "서울특별시": "seoul", "부산": "busan", "부산광역시": "busan",
    "인천": "incheon",
    "대구": "daegu", "대전": "daejeon", "광주": "gwangju",
    "القاهرة": "cairo", "الإسكندرية": "alexandria", "دبي": "dubai", "أبو ظبي": "abu dhabi", "الرياض": "riyadh",
    "جدة": "jeddah", "مكة": "mecca", "بيروت": "beirut", "عمان": "amman", "بغداد": "baghdad", "دمشق": "damascus",
    "الدوحة": "doha", "الكويت": "kuwait", "المنامة": "manama", "مسقط": "muscat", "الدار البيضاء": "casablanca",
    "الرباط": "rabat", "مراكش": "marrakech", "تونس": "tunis", "الجزائر": "alger", "طرابلس": "tripoli",
    "تهران": "tehran", "تل أبيب": "tel aviv",
    "תל אביב": "tel aviv", "תל אביב יפו": "tel aviv", "ירושלים": "jerusalem", "חיפה": "haifa", "באר שבע": "beer sheva",
    "נתניה": "netanya", "רמת גן": "ramat gan", "אשדוד": "ashdod",
    "ראשון לציון": "rishon lezion",
    "Москва": "moskva", "Санкт-Петербург": "sankt peterburg", "Київ": "kyiv", "Киев": "kyiv", "Одеса": "odesa",
    "Одесса": "odesa", "Харків": "kharkiv", "Харьков": "kharkiv", "Львів": "lviv", "Минск": "minsk",
    "Αθήνα": "athina", "Αθήναι": "athina", "Θεσσαλονίκη": "thessaloniki", "Πάτρα": "patra", "Ηράκλειο": "heraklion",
    "กรุงเทพ": "bangkok", "กรุงเทพมหานคร": "bangkok",
}
"""Cities as their people write them, where letter by letter gives another word than the one that others know."""
