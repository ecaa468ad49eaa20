"""Countries that write Latin letters, west and south of Europe and the Americas."""

from __future__ import annotations

from benchmarks.identity.locale import Locale

US = Locale(
    code="US",
    weight=16,
    men="James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark "
    "Donald Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Ronald Jason Edward Jeffrey Ryan Jacob Gary "
    "Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond "
    "Jack Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle",
    women="Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret "
    "Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Dorothy Rebecca Sharon Laura Cynthia "
    "Amy Kathleen Angela Shirley Brenda Emma Anna Pamela Nicole Samantha Katherine Christine Helen Debra Rachel "
    "Carolyn Janet Maria Catherine Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Christina",
    last="Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson "
    "Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell "
    "Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales "
    "Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson "
    "Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long",
    stems="Ash Black Brad Brook Burn Car Chad Cole Cran Dal East Fair Fern Gold Hart Hay Hol Ken Lang Lock Mar Mill "
    "Nor Old Pen Red Rock Rose Shel Stan Sum Thorn Wal War West Whit Wil Win Wood Stock",
    ends="ford ton ley field wood worth well son man ner ham den by shaw more land",
    nicknames="James=Jim,Jimmy,Jamie John=Jack,Johnny Robert=Bob,Rob,Bobby Michael=Mike,Mick William=Bill,Will,Billy "
    "David=Dave Richard=Dick,Rick,Rich Joseph=Joe,Joey Thomas=Tom,Tommy Charles=Charlie,Chuck Christopher=Chris "
    "Daniel=Dan,Danny Matthew=Matt Anthony=Tony Donald=Don Steven=Steve Stephen=Steve Andrew=Andy,Drew Joshua=Josh "
    "Kenneth=Ken Timothy=Tim Ronald=Ron Edward=Ed,Eddie,Ted Jeffrey=Jeff Jacob=Jake Nicholas=Nick Jonathan=Jon "
    "Benjamin=Ben Samuel=Sam Gregory=Greg Alexander=Alex Patrick=Pat Raymond=Ray Nathan=Nate Henry=Hank,Harry "
    "Zachary=Zach Douglas=Doug Peter=Pete Patricia=Pat,Patty,Trish Jennifer=Jen,Jenny Elizabeth=Liz,Beth,Betsy,Lizzie "
    "Barbara=Barb Susan=Sue,Susie Jessica=Jess Sarah=Sally Sandra=Sandy Margaret=Maggie,Peggy,Meg Kimberly=Kim "
    "Emily=Em Michelle=Shelly Amanda=Mandy Melissa=Missy Deborah=Debbie,Deb Stephanie=Steph Dorothy=Dot,Dottie "
    "Rebecca=Becky,Becca Cynthia=Cindy Kathleen=Kathy Angela=Angie Pamela=Pam Nicole=Nikki Samantha=Sam "
    "Katherine=Kate,Katie,Kathy Christine=Chris,Tina Helen=Nell Debra=Deb Catherine=Cathy,Cate Victoria=Vicky,Tori "
    "Virginia=Ginny Christina=Tina,Chrissy",
    towns="Portland|972##;Austin|787##;Denver|802##;Chicago|606##;Seattle|981##;Boston|021##;Phoenix|850##;"
    "Atlanta|303##;Columbus|432##;Nashville|372##;Madison|537##;Tucson|857##",
    streets="Main Street;Oak Avenue;Maple Street;Cedar Lane;Park Avenue;Washington Street;Lake Drive;Hill Road;"
    "Walnut Street;Sunset Boulevard;Lincoln Avenue;Jefferson Street;Highland Avenue;Mill Road;River Road;"
    "Church Street;Elm Street;Pine Street;Chestnut Court;Franklin Avenue;Spring Lane;Ridge Road;Meadow Drive;"
    "Forest Avenue;Jackson Boulevard;Willow Lane;Adams Street;Valley Road;North Park Drive;South Lake Road",
    short="Street=St;Avenue=Ave;Boulevard=Blvd;Drive=Dr;Road=Rd;Lane=Ln;Court=Ct;North=N;South=S",
    number_first=True,
    calling="1",
    trunk="",
    mobiles="503%###### 512%###### 303%###### 312%###### 206%###### 617%###### 602%###### 404%###### 614%###### "
    "615%###### 608%###### 520%######",
    landlines="503%###### 512%###### 303%###### 312%###### 206%###### 617%###### 602%###### 404%######",
    providers="gmail.com*6 yahoo.com*2 outlook.com hotmail.com icloud.com aol.com comcast.net",
    domain="com",
    forms="LLC;Inc.;Corp.;Co.",
)

GB = Locale(
    code="GB",
    weight=9,
    men="Oliver George Harry Jack Jacob Noah Charlie Thomas Oscar William James Henry Leo Alfie Joshua Freddie Archie "
    "Ethan Isaac Alexander Joseph Edward Samuel Max Logan Lucas Daniel Theo Arthur Mohammed Harrison Benjamin Mason "
    "David Paul Andrew Mark Stephen Christopher Ian Gareth Alan Graham Neil Colin Stuart Simon Nigel",
    women="Olivia Amelia Isla Emily Ava Lily Mia Sophia Isabella Grace Poppy Ella Evie Charlotte Jessica Daisy Alice "
    "Freya Ruby Florence Sophie Phoebe Matilda Eleanor Rosie Susan Margaret Elizabeth Patricia Christine Jacqueline "
    "Julie Karen Alison Fiona Heather Joanne Catherine Victoria Gillian Hazel Rebecca Harriet Imogen Nicola",
    last="Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts "
    "Green Hall Wood Jackson Clarke Patel Khan Lewis James Phillips Mitchell Turner Hill Ward Moore Cooper Harris King "
    "Lee Martin Allen Baker Clark Scott Bell Young Watson Davis Parker Bennett Price Griffiths Kelly Simpson Collins "
    "Marshall Cook Shaw Murphy Gray Ali Begum Ahmed Hussain Singh MacDonald O'Connor Stewart Murray Fraser Reid Ross",
    stems="Alder Ashing Barn Birch Brad Brough Clay Cold Dun East Elling Far Green Hard Hazel Holl Ken Lang Led Long "
    "Mid Nether Pem Rad Rush Sher Stan Thorn Up Wal Wethers Whit Win Worth",
    ends="bury ton ham ley wick worth croft field stead well don by brook more gate",
    nicknames="Thomas=Tom,Tommy William=Will,Bill,Billy Joshua=Josh Alexander=Alex,Sandy Joseph=Joe Edward=Ed,Ted,Ned "
    "Samuel=Sam Daniel=Dan Benjamin=Ben David=Dave Andrew=Andy Stephen=Steve Christopher=Chris Harrison=Harry "
    "Olivia=Liv,Livvy Isabella=Bella,Izzy Charlotte=Lottie,Charlie Jessica=Jess Florence=Flo Sophie=Soph "
    "Matilda=Tilly Eleanor=Ellie,Nell Susan=Sue Margaret=Maggie,Peggy Elizabeth=Liz,Beth,Libby Patricia=Pat,Trish "
    "Christine=Chris Jacqueline=Jackie Alison=Ali Joanne=Jo Catherine=Cath,Kate Victoria=Vicky Gillian=Gill "
    "Rebecca=Becky Harriet=Hattie Nicola=Nicky",
    towns="London|SW# #@@;Manchester|M# #@@;Leeds|LS# #@@;Bristol|BS# #@@;Glasgow|G# #@@;Cardiff|CF# #@@;"
    "Sheffield|S# #@@;Norwich|NR# #@@;York|YO# #@@",
    streets="High Street;Station Road;Church Lane;Victoria Road;Green Lane;Manor Road;Park Road;Queens Road;Kings Road;"
    "Mill Lane;School Lane;London Road;Albert Road;Grove Avenue;The Crescent;New Street;West Street;North Road;"
    "Windsor Road;Richmond Road;York Close;Chapel Street;Alexandra Road;Springfield Avenue;Orchard Close",
    short="Street=St;Road=Rd;Avenue=Ave;Lane=Ln;Crescent=Cres;Close=Cl",
    number_first=True,
    calling="44",
    mobiles="7400###### 7500###### 7702###### 7711###### 7801###### 7903###### 7812###### 7525######",
    landlines="207%###### 1612###### 1132###### 1179######",
    providers="gmail.com*5 hotmail.co.uk*2 outlook.com btinternet.com yahoo.co.uk icloud.com sky.com",
    domain="co.uk",
    forms="Ltd;Limited;PLC;LLP",
)

DE = Locale(
    code="DE",
    weight=10,
    men="Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Günter Stefan Christian Uwe Werner Horst Frank Dieter "
    "Manfred Bernd Jörg Markus Matthias Martin Jan Florian Tobias Alexander Daniel Sebastian Lukas Leon Felix Paul "
    "Jonas Maximilian Ben Finn Moritz Johannes Björn Götz Rüdiger Hans Karl Heinrich Friedrich Ralf Holger Sören",
    women="Maria Ursula Monika Petra Elisabeth Sabine Renate Helga Karin Brigitte Ingrid Erika Andrea Gisela Claudia "
    "Susanne Gabriele Christa Christine Anna Julia Katharina Sandra Nicole Stefanie Kathrin Lena Lea Hannah Mia Emma "
    "Sophie Laura Sarah Käthe Bärbel Jördis Franziska Johanna Charlotte Barbara Heike Anja Ute Silke Birgit Annette",
    last="Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
    "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier "
    "Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß "
    "Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht "
    "Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Yilmaz "
    "Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas",
    stems="Alten Berg Birken Blum Brei Dorn Eichen Ein Feld Frei Grün Hagen Hei Hirsch Hohen Kalten Kirch Klee Kron "
    "Linden Löwen Mühl Neu Ober Oster Rosen Roten Schön Silber Sonnen Stern Tannen Unter Wald Weiden Wein Wester Wies",
    ends="mann bach berg berger er hofer stein thal müller meier feld hagen baum bauer hoff brock kamp",
    nicknames="Thomas=Tom Andreas=Andi Wolfgang=Wolf Jürgen=Jogi Stefan=Steff Christian=Chris Manfred=Manni "
    "Matthias=Matze Florian=Flo Tobias=Tobi Alexander=Alex,Sascha Sebastian=Basti Maximilian=Max Johannes=Hannes,Jo "
    "Friedrich=Fritz Heinrich=Heiner Hans=Hansi Elisabeth=Lisa,Lisbeth,Elli,Sissi Katharina=Kathi,Käthe "
    "Susanne=Susi,Sanne Gabriele=Gabi Christine=Tina Stefanie=Steffi Franziska=Franzi Johanna=Hanna Brigitte=Gitte "
    "Ursula=Uschi,Ulla Barbara=Babsi Sandra=Sandy Annette=Netti Monika=Moni Andrea=Andi",
    towns="Berlin|101##;Hamburg|203##;München|803##;Köln|506##;Leipzig|041##;Bremen|281##;Nürnberg|904##;"
    "Dresden|010##;Münster|481##;Würzburg|970##",
    streets="Hauptstraße;Schulstraße;Gartenstraße;Bahnhofstraße;Dorfstraße;Bergstraße;Birkenweg;Lindenstraße;"
    "Kirchstraße;Waldstraße;Ringstraße;Goethestraße;Schillerstraße;Mozartstraße;Am Markt;Beethovenstraße;Rosenweg;"
    "Wiesenweg;Blumenstraße;Feldstraße;Mühlenweg;Friedrichstraße;Königstraße;Parkallee;Burgweg;Marktplatz;"
    "Jahnstraße;Eichenweg;Sonnenstraße;Uferstraße",
    short="straße=str.;Straße=Str.;platz=pl.",
    calling="49",
    mobiles="151######## 160####### 170####### 171####### 172####### 175####### 176######## 1520####### 1577#######",
    landlines="30%####### 40%####### 89%####### 221%###### 341%###### 911%######",
    providers="gmail.com*4 gmx.de*3 web.de*3 t-online.de*2 outlook.de freenet.de icloud.com",
    domain="de",
    forms="GmbH;AG;GmbH & Co. KG;e.K.;UG",
)

AT = Locale(
    code="AT",
    weight=2,
    men="Lukas Tobias Maximilian Jakob David Felix Paul Elias Alexander Johannes Franz Josef Johann Karl Herbert "
    "Gerhard Walter Christoph Stefan Michael Martin Wolfgang Bernhard Georg Manuel Dominik",
    women="Anna Sophie Lena Marie Laura Emma Hannah Johanna Katharina Elisabeth Maria Theresia Eva Christina Martina "
    "Claudia Birgit Verena Magdalena Viktoria Barbara Gertrude Ingrid Renate",
    last="Gruber Huber Bauer Wagner Müller Pichler Steiner Moser Mayer Hofer Leitner Berger Fuchs Eder Fischer Schmid "
    "Winkler Weber Schwarz Maier Schneider Reiter Mayr Schmidt Wimmer Egger Brunner Lang Baumgartner Auer Binder "
    "Lechner Wolf Wallner Aigner Ebner Koller Lehner Haas Schuster Novak Horvath Strasser Koch Haider Riegler",
    stems="Ach Alt Brand Dach Edel Feicht Grub Hasel Hinter Holz Ober Katz Lind Nuss Ober Pöll Rain Sattel Stein Stadl "
    "Tann Unter Wald Wind",
    ends="bauer hofer berger bichler egger huber ecker mayr ner inger steiner acher auer",
    nicknames="Maximilian=Max Alexander=Alex Johannes=Hannes Josef=Sepp,Pepi Johann=Hans,Hansi Christoph=Stoffl "
    "Michael=Michl Georg=Schorsch Katharina=Kathi Elisabeth=Lisi,Sissi Theresia=Resi Magdalena=Leni Viktoria=Vicky "
    "Barbara=Babsi Gertrude=Trude Christina=Tina",
    towns="Wien|1##0;Graz|80##;Linz|40##;Salzburg|50##;Innsbruck|60##",
    streets="Hauptstraße;Bahnhofstraße;Schulgasse;Kirchengasse;Wiener Straße;Feldgasse;Gartengasse;Linzer Straße;"
    "Lindengasse;Mozartgasse;Waldweg;Kaiserstraße;Berggasse;Dorfplatz;Mühlgasse;Neubaugasse",
    short="straße=str.;Straße=Str.;gasse=g.",
    calling="43",
    mobiles="664####### 676####### 660####### 699########",
    landlines="1%###### 316%##### 732%##### 512%#####",
    providers="gmail.com*4 gmx.at*3 aon.at hotmail.com outlook.com",
    domain="at",
    forms="GmbH;KG;OG",
)

CH = Locale(
    code="CH",
    weight=2,
    men="Noah Liam Luca Matteo Leon Daniel Peter Hans Thomas Christian Martin Andreas Marco Bruno Urs Beat Reto René "
    "Stefan Markus François Jean-Pierre Laurent Patrick Simon",
    women="Mia Emma Lea Sofia Elena Maria Anna Ursula Ruth Elisabeth Sandra Monika Claudia Verena Nicole Barbara "
    "Céline Corinne Regula Françoise Chantal Laura Daniela",
    last="Müller Meier Schmid Keller Weber Schneider Huber Meyer Steiner Fischer Gerber Brunner Baumann Frei Zimmermann "
    "Moser Widmer Wyss Graf Roth Suter Baumgartner Bachmann Kunz Lehmann Bühler Egli Hofer Favre Rochat Bernasconi "
    "Zürcher Bürki Lüthi Ammann Stalder Rüegg",
    stems="Aesch Bären Bir Burg Christ Die Ege Gross Hof Imhof Küng Leuen Mett Nieder Ober Sing Stein Wald Zür",
    ends="mann bach egger ler thaler berger wiler meier hard li",
    nicknames="Daniel=Dani Christian=Chrigi Andreas=Res,Andi Stefan=Steff Markus=Märk Elisabeth=Lisbeth Monika=Moni "
    "Barbara=Babs Sandra=Sändy Nicole=Nici",
    towns="Zürich|80##;Bern|30##;Basel|40##;Genève|12##;Lausanne|10##;Luzern|60##",
    streets="Bahnhofstrasse;Hauptstrasse;Dorfstrasse;Seestrasse;Kirchgasse;Schulhausstrasse;Bernstrasse;Rue du Lac;"
    "Avenue de la Gare;Chemin des Vignes;Industriestrasse;Bergstrasse;Oberdorfstrasse;Rosenweg",
    short="strasse=str.;Avenue=Av.;Chemin=Ch.",
    calling="41",
    mobiles="79####### 78####### 76#######",
    landlines="44%###### 31%###### 61%###### 22%######",
    providers="gmail.com*4 bluewin.ch*3 gmx.ch*2 hotmail.com sunrise.ch",
    domain="ch",
    forms="AG;GmbH;SA;Sàrl",
)

FR = Locale(
    code="FR",
    weight=7,
    men="Jean Pierre Michel André Philippe René Louis Alain Jacques Bernard Marcel Daniel Roger Robert Paul Claude "
    "Christian Henri Georges Nicolas François Patrick Gérard Christophe Joseph Julien Maurice Laurent Frédéric Éric "
    "David Stéphane Pascal Sébastien Alexandre Thierry Olivier Antoine Raymond Guillaume Jérôme Lucas Hugo Théo Mathéo "
    "Jean-Pierre Jean-Luc Clément Benoît",
    women="Marie Jeanne Françoise Monique Catherine Nathalie Isabelle Jacqueline Anne Sylvie Martine Madeleine Nicole "
    "Suzanne Hélène Christine Marguerite Denise Louise Christiane Valérie Sophie Sandrine Stéphanie Véronique Céline "
    "Chantal Brigitte Geneviève Camille Léa Manon Chloé Inès Zoé Amélie Aurélie Émilie Marie-Claude Anne-Sophie",
    last="Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David "
    "Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier "
    "Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry "
    "Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard "
    "Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martínez Gérard Roche Renard Schmitt Roy Leroux Colin",
    stems="Bou Beau Bel Chat Cor Dela Des Fer Gros Haute La Le Mar Mon Pel Per Pois Ram Rou Saint- Tour Val Ver Vil",
    ends="chard lain mont det net rin get ville sard lot pin teau ron geon lier fort geois nier zier let",
    nicknames="Jean-Pierre=JP Alexandre=Alex Frédéric=Fred Sébastien=Seb Christophe=Chris,Tof Nicolas=Nico "
    "Guillaume=Guigui Daniel=Dany Antoine=Toine Benoît=Ben Catherine=Cathy Isabelle=Isa,Zaza Nathalie=Nath "
    "Christine=Kikine Valérie=Val Stéphanie=Steph Véronique=Véro Geneviève=Gene Françoise=Fanfan Madeleine=Mado "
    "Suzanne=Suzie Amélie=Mel Aurélie=Lili Brigitte=Gigi",
    towns="Paris|750##;Lyon|690##;Marseille|130##;Toulouse|310##;Nantes|440##;Lille|590##;Bordeaux|330##;"
    "Saint-Étienne|420##;Besançon|250##",
    streets="rue de l'Église;place de la Mairie;Grande Rue;rue du Moulin;rue de la Gare;rue des Écoles;rue Victor Hugo;"
    "avenue Jean Jaurès;boulevard Gambetta;rue Pasteur;chemin des Vignes;rue du Château;avenue de la République;"
    "rue de la Paix;impasse des Lilas;rue Jules Ferry;boulevard de la Liberté;rue des Jardins;route de Paris;"
    "allée des Tilleuls;rue du Stade;rue Émile Zola",
    short="avenue=av.;boulevard=bd;chemin=ch.;place=pl.;impasse=imp.;route=rte;rue=r.",
    number_first=True,
    calling="33",
    mobiles="61####### 62####### 66####### 67####### 76#######",
    landlines="1%####### 4%####### 5%#######",
    providers="gmail.com*5 orange.fr*3 free.fr*2 hotmail.fr*2 laposte.net sfr.fr wanadoo.fr yahoo.fr",
    domain="fr",
    forms="SARL;SAS;SA;EURL",
)

ES = Locale(
    code="ES",
    weight=5,
    men="Antonio José Manuel Francisco David Juan Javier Daniel Carlos Jesús Alejandro Miguel Rafael Pedro Ángel Pablo "
    "Sergio Fernando Jorge Luis Alberto Álvaro Adrián Diego Raúl Rubén Iván Enrique Ramón Víctor Andrés Joaquín "
    "Santiago Eduardo Mario Roberto Jaime Ignacio Óscar Martín",
    women="María Carmen Ana Isabel Laura Cristina Marta Josefa Lucía Antonia Dolores Sara Paula Elena Francisca Pilar "
    "Raquel Concepción Rosario Mercedes Beatriz Silvia Rosa Julia Irene Patricia Rocío Mónica Andrea Alba Ángela Nuria "
    "Sonia Inmaculada Sofía Teresa Inés Begoña",
    last="García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz "
    "Moreno Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano Morales "
    "Molina Blanco Suárez Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias Cortés Garrido "
    "Santos Guerrero Lozano Cano Cruz Méndez Flores Prieto Herrera Peña León Márquez Cabrera Gallego Calvo Vidal",
    stems="Al Arr Ber Bust Car Ech Etx Gal Iru Lar Men Mon Oli Peñ Quint Riv Sal Sor Urr Val Vill Zab",
    ends="aguirre amante anilla arte ebarria edo era ero iaga illa ino izaga oeta osa oya uelo ueta alde",
    nicknames="José=Pepe Manuel=Manolo,Manu Francisco=Paco,Fran,Curro Javier=Javi Daniel=Dani Jesús=Chus Miguel=Migue "
    "Alejandro=Alex,Ale Rafael=Rafa Ignacio=Nacho Santiago=Santi Eduardo=Edu Enrique=Quique Joaquín=Quino Sergio=Sergi "
    "Alberto=Berto Roberto=Berto Fernando=Fer,Nando María=Mari Dolores=Lola Josefa=Pepa Francisca=Paqui "
    "Concepción=Concha,Conchi Rosario=Charo Mercedes=Merche Isabel=Isa Cristina=Cris Beatriz=Bea Teresa=Tere "
    "Patricia=Patri Inmaculada=Inma Mónica=Moni Pilar=Pili",
    towns="Madrid|280##;Barcelona|080##;Valencia|460##;Sevilla|410##;Zaragoza|500##;Málaga|290##;Bilbao|480##;"
    "A Coruña|150##",
    streets="Calle Mayor;Calle Real;Avenida de la Constitución;Plaza de España;Calle del Carmen;Calle San Juan;"
    "Paseo del Prado;Calle de Alcalá;Calle Nueva;Avenida de Andalucía;Calle Cervantes;Calle del Sol;Plaza Mayor;"
    "Calle de la Iglesia;Camino Viejo;Calle San José;Avenida de Madrid;Calle de la Fuente",
    short="Calle=C/;Avenida=Avda.;Plaza=Pza.;Paseo=Pº;Camino=Cno.",
    calling="34",
    trunk="",
    mobiles="60####### 61####### 62####### 63####### 65####### 66####### 67####### 69#######",
    landlines="91%###### 93%###### 96%###### 95%######",
    providers="gmail.com*7 hotmail.com*3 yahoo.es telefonica.net outlook.es",
    domain="es",
    forms="S.L.;S.A.;SLU",
    two_last=0.6,
    shift=6,
)

IT = Locale(
    code="IT",
    weight=5,
    men="Giuseppe Antonio Giovanni Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco Domenico Bruno "
    "Paolo Michele Giorgio Aldo Sergio Luciano Andrea Marco Alessandro Matteo Lorenzo Davide Luca Stefano Roberto "
    "Riccardo Gabriele Simone Federico Tommaso Niccolò Filippo",
    women="Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Carmela Caterina Francesca Antonietta Elena Concetta "
    "Rita Margherita Giulia Chiara Martina Sara Federica Silvia Alessandra Paola Valentina Elisa Laura Sofia Aurora "
    "Alice Ginevra Beatrice Benedetta Eleonora",
    last="Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Giordano "
    "Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone Longo "
    "Gentile Martinelli Vitale Lombardo Serra Coppola D'Angelo Marchetti Parisi Villa Conte Ferraro Ferri Fabbri Bianco "
    "Marini Grasso Valentini Messina Sala Gatti Pellegrini Palumbo Sanna Farina Rizzi Monti Cattaneo D'Amico",
    stems="Ag Al Bal Barb Bert Bon Calv Cap Cas Cer Crist Fer Gal Gar Lan Mal Mar Mon Pas Pel Pic Pol Sal San Tam Tor "
    "Val Ven Ver Zan",
    ends="ini etti ato elli ese oni otti ucci aro esi illo erio igo otto",
    nicknames="Giuseppe=Beppe,Peppe,Pino Antonio=Toni,Nino Giovanni=Gianni,Nanni Luigi=Gigi Francesco=Franco,Checco "
    "Vincenzo=Enzo Salvatore=Totò,Turi Alessandro=Ale,Sandro Domenico=Mimmo Lorenzo=Renzo Roberto=Robi Stefano=Ste "
    "Federico=Fede Tommaso=Tommy Filippo=Pippo Giuseppina=Pina,Giusy Caterina=Rina Antonietta=Tonia Francesca=Franci "
    "Valentina=Vale Alessandra=Sandra,Ale Federica=Fede Eleonora=Ele,Nora Concetta=Tina Margherita=Rita Teresa=Resi "
    "Elisabetta=Betta Beatrice=Bea",
    towns="Roma|001##;Milano|201##;Napoli|801##;Torino|101##;Bologna|401##;Firenze|501##;Verona|371##;Forlì|471##",
    streets="Via Roma;Via Garibaldi;Corso Italia;Via Mazzini;Piazza Dante;Via Verdi;Via Marconi;Via Cavour;"
    "Viale della Libertà;Via XX Settembre;Via Manzoni;Corso Vittorio Emanuele;Via Matteotti;Piazza del Popolo;"
    "Via Dante Alighieri;Via Leonardo da Vinci;Via San Francesco;Vicolo Stretto",
    short="Via=V.;Viale=V.le;Corso=C.so;Piazza=P.za;Vicolo=V.lo",
    calling="39",
    trunk="",
    mobiles="320####### 328####### 333####### 338####### 339####### 347####### 349####### 380####### 392#######",
    landlines="06%####### 02%####### 011%###### 051%######",
    providers="gmail.com*5 libero.it*3 hotmail.it*2 virgilio.it tiscali.it alice.it",
    domain="it",
    forms="S.r.l.;S.p.A.;S.n.c.",
)

PT = Locale(
    code="PT",
    weight=2,
    men="João José António Manuel Francisco Pedro Luís Carlos Paulo Miguel Rui Tiago Nuno Ricardo Bruno Diogo André "
    "Gonçalo Rafael Duarte Afonso Tomás Vítor Jorge Fernando Hélder",
    women="Maria Ana Rita Marta Joana Inês Sofia Catarina Mariana Beatriz Carla Sandra Teresa Isabel Helena Cristina "
    "Patrícia Mónica Conceição Fátima Lúcia Margarida Leonor Matilde",
    last="Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Jesus Sousa Fernandes Gonçalves Gomes Lopes "
    "Marques Alves Almeida Ribeiro Pinto Carvalho Teixeira Moreira Correia Mendes Nunes Soares Vieira Monteiro Cardoso "
    "Rocha Neves Coelho Cruz Cunha Pires Ramos Reis Simões Antunes Matos Fonseca Machado Araújo Barbosa Tavares",
    stems="Ala Bara Cal Car Fi Gui Len Ma Mal Mo Pa Pe Que Sam Se Val Vas",
    ends="gueiro canta deira lheiro mões nato queira rães ta vado xoto zes goso",
    nicknames="José=Zé António=Tó Francisco=Chico Pedro=Pedrocas Ricardo=Rick Miguel=Mica Fernando=Nando "
    "Catarina=Cat Maria=Mariazinha Beatriz=Bia Isabel=Bela Conceição=São Margarida=Guida Mariana=Mari Patrícia=Paty",
    towns="Lisboa|1###-0##;Porto|4###-1##;Braga|47##-2##;Coimbra|30##-3##;Évora|70##-5##",
    streets="Rua da Igreja;Rua Direita;Avenida da Liberdade;Rua do Comércio;Travessa do Forno;Rua Nova;Largo da Sé;"
    "Rua das Flores;Avenida Central;Rua 25 de Abril;Rua de São João;Praça da República;Rua do Sol",
    short="Rua=R.;Avenida=Av.;Travessa=Tv.;Largo=Lg.;Praça=Pç.",
    calling="351",
    trunk="",
    mobiles="91####### 93####### 96#######",
    landlines="21%###### 22%######",
    providers="gmail.com*6 hotmail.com*3 sapo.pt*2 outlook.pt",
    domain="pt",
    forms="Lda.;S.A.;Unipessoal Lda.",
    two_last=0.5,
    shift=6,
)

BR = Locale(
    code="BR",
    weight=4,
    men="José João Antônio Francisco Carlos Paulo Pedro Lucas Luiz Marcos Luís Gabriel Rafael Daniel Marcelo Bruno "
    "Eduardo Felipe Raimundo Rodrigo Manoel Mateus André Fernando Fábio Leonardo Gustavo Guilherme Leandro Tiago "
    "Anderson Ricardo Márcio Jorge Sebastião Alexandre Roberto Edson Diego Vítor Sérgio Cláudio Thiago",
    women="Maria Ana Francisca Antônia Adriana Juliana Márcia Fernanda Patrícia Aline Sandra Camila Amanda Bruna "
    "Jéssica Letícia Júlia Luciana Vanessa Mariana Gabriela Vera Vitória Larissa Cláudia Beatriz Luana Rita Sônia "
    "Renata Eliane Josefa Simone Natália Cristiane Carla Débora Rosângela Jaqueline Rosa",
    last="Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Ribeiro Carvalho Almeida Lopes Soares "
    "Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes Freitas Cardoso Ramos "
    "Gonçalves Santana Teixeira Araújo Costa Martins Barros Melo Pinto Moura Cavalcanti Monteiro Moraes Castro Campos "
    "Batista Medeiros Duarte Azevedo Conceição Cruz",
    stems="Al Bor Bra Cam Car Du Fa Gui Leit Mai Mir Nov Pal Pei Qua Sam Sar Ta Val Xav",
    ends="anda ares beiro cante deiros ges go lhães nheiro ão queira rães ros tes valho vares",
    nicknames="José=Zé,Zeca Antônio=Toninho,Tonho Francisco=Chico Carlos=Carlinhos Eduardo=Dudu,Edu Fernando=Nando "
    "Rafael=Rafa Gabriel=Gabi,Biel Gustavo=Guga Guilherme=Gui Leonardo=Léo Rodrigo=Digo Felipe=Lipe Sebastião=Tião "
    "Roberto=Beto Alexandre=Xande Luiz=Lula Juliana=Ju Fernanda=Nanda,Fê Mariana=Mari Gabriela=Gabi Beatriz=Bia "
    "Patrícia=Paty Letícia=Lê Amanda=Mandinha Luciana=Lu Francisca=Chica Camila=Cami Vanessa=Nessa Larissa=Lari",
    towns="São Paulo|010##-0##;Rio de Janeiro|200##-1##;Belo Horizonte|301##-2##;Brasília|700##-3##;Recife|500##-4##;"
    "Porto Alegre|900##-5##;Curitiba|800##-2##",
    streets="Rua das Flores;Avenida Brasil;Rua São José;Rua XV de Novembro;Avenida Paulista;Rua Sete de Setembro;"
    "Travessa Bela Vista;Rua Tiradentes;Rua da Paz;Avenida Getúlio Vargas;Rua Dom Pedro II;Praça da Sé;"
    "Alameda Santos;Rua Boa Vista;Rua Santa Luzia",
    short="Rua=R.;Avenida=Av.;Travessa=Tv.;Praça=Pça.;Alameda=Al.",
    calling="55",
    mobiles="119%####### 219%####### 319%####### 619%####### 819%####### 519%#######",
    landlines="113####### 213####### 313####### 613####### 513#######",
    providers="gmail.com*7 hotmail.com*3 yahoo.com.br uol.com.br*2 bol.com.br outlook.com",
    domain="com.br",
    forms="Ltda.;S.A.;ME;EIRELI",
    two_last=0.6,
    shift=4,
)

MX = Locale(
    code="MX",
    weight=3,
    men="José Juan Luis Carlos Miguel Jesús Francisco Jorge Antonio Alejandro Manuel Pedro Roberto Fernando Ricardo "
    "Eduardo Javier Raúl Sergio Óscar Arturo Víctor Rafael Guillermo Héctor Enrique Santiago Mateo Sebastián Emiliano",
    women="María Guadalupe Juana Margarita Verónica Patricia Alejandra Leticia Rosa Elizabeth Gabriela Silvia Martha "
    "Adriana Yolanda Claudia Sofía Valentina Ximena Regina Camila Fernanda Mariana Daniela Andrea Mónica Lucía Laura",
    last="Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Morales Vázquez "
    "Reyes Jiménez Torres Díaz Gutiérrez Ruiz Mendoza Aguilar Ortiz Moreno Castillo Romero Álvarez Méndez Chávez "
    "Rivera Juárez Ramos Domínguez Herrera Medina Castro Vargas Guzmán Velázquez Muñoz Rojas Contreras Salazar Luna",
    stems="Al Ar Bar Cal Cam Es Gal In Lar Lo Mon Nav Pal Quin Sal San Tre Val Ve Zam",
    ends="ajas ana ano arro cerra dillo era ezuma fante illo jano onza pinosa reto tana vide zuela ora",
    nicknames="José=Pepe Jesús=Chuy Francisco=Pancho,Paco Alejandro=Alex Eduardo=Lalo Guillermo=Memo Roberto=Beto "
    "Enrique=Quique,Kike Antonio=Toño Ricardo=Ricky Sebastián=Sebas Fernando=Fer Guadalupe=Lupita,Lupe Patricia=Paty "
    "Gabriela=Gaby Alejandra=Ale Verónica=Vero Leticia=Lety Elizabeth=Eli Margarita=Mago Fernanda=Fer Daniela=Dani "
    "Valentina=Vale Adriana=Adri",
    towns="Ciudad de México|06###;Guadalajara|44###;Monterrey|64###;Puebla|72###;Mérida|97###",
    streets="Calle Hidalgo;Avenida Juárez;Calle Morelos;Calle Benito Juárez;Avenida Insurgentes;Calle Reforma;"
    "Calle 5 de Mayo;Avenida Revolución;Privada Allende;Calle Zaragoza;Calle Guerrero;Calzada Independencia",
    short="Calle=C.;Avenida=Av.;Privada=Priv.;Calzada=Calz.",
    calling="52",
    trunk="",
    mobiles="55%####### 33%####### 81%####### 222%###### 999%######",
    landlines="55%####### 33%####### 81%#######",
    providers="gmail.com*6 hotmail.com*4 yahoo.com.mx outlook.com prodigy.net.mx",
    domain="com.mx",
    forms="S.A. de C.V.;S. de R.L.",
    two_last=0.6,
    shift=5,
)

WEST = (US, GB, DE, AT, CH, FR, ES, IT, PT, BR, MX)
