"""Countries that write Latin letters, north and east of Europe, Turkey, India and Vietnam."""

from __future__ import annotations

from benchmarks.identity.locale import Locale

NL = Locale(
    code="NL",
    weight=3,
    men="Jan Johannes Pieter Cornelis Hendrik Willem Gerrit Jacobus Daan Sem Lucas Levi Finn Noah Bram Thijs Jesse "
    "Lars Ruben Tim Thomas Sander Jeroen Martijn Bas Mark Peter Rob Hans Kees Dirk Maarten",
    women="Maria Johanna Anna Cornelia Elisabeth Wilhelmina Hendrika Emma Julia Tess Sophie Zoë Sara Eva Lotte Fleur "
    "Anouk Sanne Marieke Ingrid Monique Linda Esther Femke Annelies Saskia Chloë Roos Mila",
    last="de-Jong Jansen de-Vries van-den-Berg van-Dijk Bakker Janssen Visser Smit Meijer de-Boer Mulder de-Groot Bos "
    "Vos Peters Hendriks van-Leeuwen Dekker Brouwer de-Wit Dijkstra Smits de-Graaf van-der-Meer van-der-Linden Kok "
    "Jacobs de-Haan Vermeulen van-den-Heuvel van-der-Veen van-den-Broek de-Bruijn de-Bruin van-der-Heijden Schouten "
    "van-Beek Willems van-Vliet van-de-Ven Hoekstra Maas Verhoeven Koster van-Dam van-der-Wal Prins Blom Huisman "
    "Peeters Kuipers Veenstra Postma Bosman van-Wijk Gerritsen Bosch Martens Sanders",
    stems="Berg Blij Bol Dijk Haar Hof Hooge Kamp Klaas Kort Land Meul Nieuw Oost Rijn Schip Veld Water West Zand Zee",
    ends="stra sma ema kamp man veld mans huis horst meijer laar dam",
    nicknames="Johannes=Johan,Hans,Joop Cornelis=Kees,Cor Hendrik=Henk Willem=Wim,Pim Jacobus=Jaap,Koos Pieter=Piet "
    "Gerrit=Gert Thomas=Tom Martijn=Tijn Maarten=Maart Johanna=Hanna,Joke Cornelia=Corrie Wilhelmina=Mien,Willemijn "
    "Elisabeth=Els,Lies,Bep Hendrika=Riek Annelies=Lies Monique=Mo",
    towns="Amsterdam|10## @@;Rotterdam|30## @@;Utrecht|35## @@;Eindhoven|56## @@;Groningen|97## @@",
    streets="Kerkstraat;Schoolstraat;Molenweg;Dorpsstraat;Hoofdstraat;Julianastraat;Wilhelminastraat;Nieuwstraat;"
    "Beatrixstraat;Stationsweg;Lindelaan;Kastanjelaan;Marktplein;Parkweg;Emmastraat;Prinses Irenestraat;Eikenlaan",
    short="straat=str.;laan=ln.;Prinses=Pr.;plein=pln.",
    calling="31",
    mobiles="61%###### 62%###### 64%###### 65%######",
    landlines="20%###### 10%###### 30%###### 40%######",
    providers="gmail.com*5 hotmail.com*3 ziggo.nl*2 kpnmail.nl live.nl outlook.com",
    domain="nl",
    forms="B.V.;N.V.;V.O.F.",
)

BE = Locale(
    code="BE",
    weight=2,
    men="Jean Marc Patrick Luc Michel Philippe Daniel Jan Christophe David Thomas Kevin Nicolas Pieter Wout Jef Bart "
    "Koen Stijn Geert Louis Arthur Jules Lucas",
    women="Maria Marie Martine Anne Nathalie Rita Christine Isabelle Monique Linda Emma Louise Olivia Elise Charlotte "
    "Els Griet Katrien Ann Sofie Lien Julie Camille Léa",
    last="Peeters Janssens Maes Jacobs Mertens Willems Claes Goossens Wouters De-Smet Dubois Lambert Dupont Martin Pauwels "
    "Hermans Michiels Aerts Vermeulen Desmet Van-den-Broeck Simon Leclercq Laurent Lemmens Renard De-Clercq Verhoeven "
    "Stevens Cools De-Backer Segers Van-Damme Bogaert Declercq Smets Thys Baert Hendrickx",
    stems="Bos Braek Cool Daem Goe Hae Kerk Lauw Mool Roel Sche Van-der- Ver Wyn",
    ends="aert brugge cke eghem ens ers haeghe man mans pen straete veld",
    nicknames="Christophe=Chris Nicolas=Nico Philippe=Flip Daniel=Danny Pieter=Piet Thomas=Tom Nathalie=Nath "
    "Charlotte=Lotte Isabelle=Isa Katrien=Trien Christine=Chris Sofie=Fie",
    towns="Bruxelles|10##;Antwerpen|20##;Gent|90##;Liège|40##;Namur|50##",
    streets="Kerkstraat;Stationsstraat;Rue de l'Église;Rue de la Station;Schoolstraat;Molenstraat;Avenue Louise;"
    "Grote Markt;Veldstraat;Rue du Moulin;Chaussée de Wavre;Dorpsstraat;Nieuwstraat",
    short="straat=str.;Rue=R.;Avenue=Av.;Chaussée=Chée",
    calling="32",
    mobiles="470###### 471###### 475###### 485###### 495######",
    landlines="25###### 32###### 92###### 42######",
    providers="gmail.com*4 hotmail.com*3 telenet.be*2 skynet.be*2 outlook.be",
    domain="be",
    forms="BV;NV;SRL;SA",
)

SE = Locale(
    code="SE",
    weight=2,
    men="Lars Mikael Anders Johan Per Erik Karl Peter Jan Thomas Daniel Fredrik Andreas Hans Stefan Magnus Björn "
    "Göran Sven Åke Henrik Oskar Axel Elias Hugo Alexander Viktor",
    women="Anna Eva Maria Karin Kristina Lena Sara Kerstin Emma Ingrid Malin Jenny Ulla Åsa Märta Elin Ida Sofia "
    "Linnéa Alice Maja Ebba Astrid Birgitta Margareta Elisabeth Cecilia",
    last="Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson "
    "Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Olofsson Lindström Lindqvist Lindgren Axelsson "
    "Berg Bergström Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg "
    "Sjöberg Wallin Engström Eklund Danielsson Håkansson Lundin Gunnarsson Björk Holm Samuelsson Fransson Nyström",
    stems="Ahl Alm Björk Blom Dahl Ed Ek En Fors Gran Hag Hed Hell Holm Häll Lund Nor Ny Ros Sand Sjö Strand Söder Väster",
    ends="berg ström gren qvist lund mark kvist dahl holm stedt in man",
    nicknames="Mikael=Micke Lars=Lasse Johan=Johnny Karl=Kalle Per=Pelle Jan=Janne Hans=Hasse Fredrik=Fredde "
    "Andreas=Adde Stefan=Steffe Björn=Nalle Erik=Jerka Henrik=Henke Alexander=Alex Viktor=Vicke Kristina=Kicki,Stina "
    "Birgitta=Gittan,Bibbi Margareta=Greta Elisabeth=Lisa,Bettan Cecilia=Cissi",
    towns="Stockholm|11# ##;Göteborg|41# ##;Malmö|21# ##;Uppsala|75# ##;Örebro|70# ##",
    streets="Storgatan;Kungsgatan;Skolgatan;Drottninggatan;Kyrkogatan;Järnvägsgatan;Ringvägen;Björkvägen;Skogsvägen;"
    "Parkgatan;Norra Allén;Södra Vägen;Strandvägen;Vasagatan;Åsgatan;Nygatan",
    short="gatan=g.;vägen=v.;Norra=N.;Södra=S.",
    calling="46",
    mobiles="70%###### 72%###### 73%###### 76%######",
    landlines="8%####### 31%##### 40%#####",
    providers="gmail.com*5 hotmail.com*3 telia.com outlook.com live.se",
    domain="se",
    forms="AB;HB",
)

DK = Locale(
    code="DK",
    weight=1.5,
    men="Peter Jens Lars Michael Henrik Thomas Søren Jan Christian Martin Niels Anders Morten Jesper Hans Mads Rasmus "
    "Jørgen Bjørn Emil William Noah Oscar",
    women="Anne Kirsten Hanne Mette Anna Helle Susanne Lene Maria Marianne Karen Camilla Inge Pia Søs Sofie Ida Freja "
    "Emma Line Louise Rikke Gitte",
    last="Nielsen Jensen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen "
    "Kristensen Olsen Thomsen Christiansen Poulsen Johansen Møller Mortensen Knudsen Jakobsen Jacobsen Mikkelsen Olesen "
    "Frederiksen Laursen Henriksen Lund Schmidt Eriksen Holm Kristiansen Clausen Simonsen Svendsen Østergaard Nørgaard",
    stems="Bjerre Bol Brand Dal Fris Grøn Hede Høj Kjær Lind Ny Ris Skov Sønder Toft Vester Øster",
    ends="gaard holm strup borg dahl sen toft mark bæk",
    nicknames="Christian=Chris Henrik=Henning Thomas=Tom Rasmus=Ras Michael=Mick Susanne=Sanne Camilla=Milla "
    "Kirsten=Kis Marianne=Janne Louise=Lulu Anders=Ande",
    towns="København|1###;Aarhus|80##;Odense|50##;Aalborg|90##",
    streets="Hovedgaden;Skolevej;Kirkevej;Møllevej;Stationsvej;Nørregade;Søndergade;Vestergade;Østergade;Birkevej;"
    "Strandvejen;Skovvej;Engvej;Rosenvænget",
    short="gade=g.;vej=v.",
    calling="45",
    trunk="",
    mobiles="20###### 26###### 30###### 40###### 50###### 61######",
    landlines="33###### 86######",
    providers="gmail.com*5 hotmail.com*3 mail.dk outlook.dk live.dk",
    domain="dk",
    forms="ApS;A/S",
    shift=5,
)

FI = Locale(
    code="FI",
    weight=1.5,
    men="Juhani Johannes Mikael Olavi Antero Matti Tapani Kari Timo Jari Mikko Juha Pekka Antti Ville Janne Heikki "
    "Sami Eero Leo Elias Onni Väinö Petri",
    women="Maria Helena Anneli Johanna Kaarina Marjatta Hannele Kristiina Liisa Emilia Aino Eeva Tuula Päivi Minna "
    "Sari Kirsi Laura Anni Sofia Sanna Heidi Hanna",
    last="Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Lehtinen "
    "Saarinen Salminen Heinonen Niemi Heikkilä Kinnunen Salonen Turunen Salo Laitinen Tuominen Rantanen Karjalainen "
    "Jokinen Mattila Savolainen Lahtinen Ahonen Ojala Leppänen Hiltunen Väisänen Pitkänen Kallio Leinonen Räsänen",
    stems="Aho Haka Harju Hieta Honka Jänis Kangas Kata Kuusi Lampi Lepo Mänty Niitty Paju Pelto Ranta Suo Tammi Vesa",
    ends="la nen maa mäki ranta järvi koski niemi lainen",
    nicknames="Johannes=Hannes Mikael=Mika Matti=Masa Timo=Timppa Juha=Juffe Antti=Anttu Ville=Vilppu Pekka=Pexi "
    "Johanna=Hanna Kristiina=Kiti Marjatta=Marja Emilia=Milla Hannele=Hanne Helena=Leena Kaarina=Kaija",
    towns="Helsinki|001##;Tampere|331##;Turku|201##;Oulu|901##;Jyväskylä|401##",
    streets="Koulukatu;Rantatie;Kirkkokatu;Mannerheimintie;Asemakatu;Koivukuja;Keskuskatu;Hämeenkatu;Puistokatu;"
    "Metsätie;Kauppakatu;Mäkitie;Satamakatu",
    short="katu=k.;tie=t.",
    calling="358",
    mobiles="40####### 41####### 44####### 45####### 50#######",
    landlines="9%####### 3%####### 2%######",
    providers="gmail.com*5 hotmail.com*3 luukku.com outlook.com elisanet.fi",
    domain="fi",
    forms="Oy;Oyj;Ky",
)

PL = Locale(
    code="PL",
    weight=3,
    men="Jan Andrzej Piotr Krzysztof Stanisław Tomasz Paweł Józef Marcin Marek Michał Grzegorz Jerzy Tadeusz Adam "
    "Łukasz Zbigniew Ryszard Dariusz Henryk Mariusz Kazimierz Wojciech Robert Mateusz Rafał Jacek Jakub Kamil Dawid "
    "Bartosz Szymon Antoni Franciszek",
    women="Anna Maria Katarzyna Małgorzata Agnieszka Krystyna Barbara Ewa Elżbieta Zofia Janina Teresa Joanna Magdalena "
    "Monika Jadwiga Danuta Irena Halina Helena Beata Aleksandra Marta Dorota Marianna Grażyna Jolanta Iwona Karolina "
    "Natalia Julia Zuzanna Weronika Agata",
    last="Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski "
    "Kozłowski Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski "
    "Michalski Król Wieczorek Jabłoński Wróbel Nowakowski Majewski Olszewski Stępień Malinowski Jaworski Adamczyk Dudek "
    "Nowicki Pawlak Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski Pietrzak",
    stems="Bar Biel Bor Brzez Chmiel Czarn Dęb Dobr Gaj Głow Jawor Kalin Klim Kras Lip Łuk Mał Mos Ol Pol Rad Sad Sosn "
    "Star Syp Świd Tur Urb Wil Zaw Żel",
    ends="ecki iński owski icki ak czyk ański ewicz ka czak",
    nicknames="Krzysztof=Krzysiek Stanisław=Staszek,Stach Tomasz=Tomek Józef=Józek Andrzej=Jędrek Piotr=Piotrek "
    "Grzegorz=Grzesiek Tadeusz=Tadek Łukasz=Łuki Zbigniew=Zbyszek Ryszard=Rysiek Dariusz=Darek Wojciech=Wojtek "
    "Mateusz=Mati Rafał=Rafi Jakub=Kuba Bartosz=Bartek Franciszek=Franek Antoni=Antek Kazimierz=Kazik Jan=Janek "
    "Paweł=Pawełek Katarzyna=Kasia Małgorzata=Gosia,Małgosia Agnieszka=Aga Barbara=Basia Elżbieta=Ela Zofia=Zosia "
    "Joanna=Asia Magdalena=Magda Aleksandra=Ola Anna=Ania Maria=Marysia Ewa=Ewunia Jadwiga=Jadzia Danuta=Danka "
    "Krystyna=Krysia Karolina=Karola Zuzanna=Zuza Weronika=Wera Natalia=Nati Julia=Julka Dorota=Dorotka Jolanta=Jola",
    towns="Warszawa|00-###;Kraków|30-###;Łódź|90-###;Wrocław|50-###;Poznań|60-###;Gdańsk|80-###",
    streets="ulica Polna;ulica Leśna;ulica Słoneczna;ulica Krótka;ulica Szkolna;ulica Ogrodowa;ulica Lipowa;"
    "ulica Łąkowa;ulica Brzozowa;ulica Kwiatowa;aleja Niepodległości;plac Wolności;ulica Kościelna;ulica Sosnowa;"
    "osiedle Piastów;ulica Mickiewicza;ulica Żeromskiego",
    short="ulica=ul.;aleja=al.;plac=pl.;osiedle=os.",
    calling="48",
    trunk="",
    mobiles="50%###### 51%###### 60%###### 66%###### 69%###### 78%######",
    landlines="22%###### 12%###### 61%######",
    providers="gmail.com*5 wp.pl*3 onet.pl*2 o2.pl*2 interia.pl",
    domain="pl",
    forms="Sp. z o.o.;S.A.;sp.j.",
    feminine="ski=ska;cki=cka;dzki=dzka",
)

CZ = Locale(
    code="CZ",
    weight=2,
    men="Jiří Jan Petr Josef Pavel Martin Tomáš Jaroslav Miroslav Zdeněk František Václav Michal Milan Karel Jakub "
    "Lukáš David Vladimír Ladislav Ondřej Roman Stanislav Marek Radek Vojtěch Matěj",
    women="Marie Jana Eva Hana Anna Věra Lenka Alena Kateřina Petra Lucie Jaroslava Ludmila Helena Jitka Martina "
    "Zdeňka Veronika Jarmila Michaela Ivana Jiřina Monika Tereza Zuzana Eliška Adéla",
    last="Novák Svoboda Novotný Dvořák Černý Procházka Kučera Veselý Horák Němec Marek Pospíšil Pokorný Hájek Král "
    "Jelínek Růžička Beneš Fiala Sedláček Doležal Zeman Kolář Navrátil Čermák Vaněk Urban Blažek Kříž Kovář Kratochvíl "
    "Bartoš Vlček Polák Musil Kopecký Šimek Konečný Malý Holub Čech Štěpánek Staněk Kadlec Dostál Soukup Šťastný",
    stems="Bed Ben Bur Ced Dol Dub Fro Hav Hol Hru Jan Kal Klim Koz Kub Lin Mach Mar Mat Ned Pet Rud Sed Sla Toma Vav",
    ends="ák ček ek ínek ka ný ouš ovský ník lík",
    nicknames="Jiří=Jirka Jan=Honza Petr=Péťa Josef=Pepa Tomáš=Tom Jaroslav=Jarda Miroslav=Mirek František=Franta "
    "Václav=Vašek Karel=Kája Jakub=Kuba Vladimír=Vláďa Ladislav=Láďa Stanislav=Standa Vojtěch=Vojta Zdeněk=Zdenda "
    "Ondřej=Ondra Michal=Míša Marie=Maruška Jana=Janička Hana=Hanka Kateřina=Katka,Káťa Veronika=Verča Michaela=Míša "
    "Tereza=Terka Zuzana=Zuzka Ludmila=Lída Eliška=Eli Lucie=Lucka Martina=Marťa",
    towns="Praha|1## 00;Brno|6## 00;Ostrava|7## 00;Plzeň|3## 00;Olomouc|77# 00",
    streets="Nádražní;Školní;Zahradní;Krátká;Dlouhá;Na Výsluní;Husova;Komenského;náměstí Míru;Palackého;Lesní;Polní;"
    "třída Míru;Jiráskova;Sokolská;Tyršova",
    short="náměstí=nám.;třída=tř.",
    calling="420",
    trunk="",
    mobiles="602###### 603###### 604###### 720###### 730###### 776######",
    landlines="22####### 54#######",
    providers="gmail.com*4 seznam.cz*5 email.cz centrum.cz",
    domain="cz",
    forms="s.r.o.;a.s.",
    feminine="ský=ská;cký=cká;ný=ná;rý=rá;lý=lá;tý=tá;ek=ková;ec=cová;a=ová;=ová",
)

HU = Locale(
    code="HU",
    weight=1.5,
    men="László István József János Zoltán Sándor Ferenc Gábor Attila Péter Tamás Tibor Zsolt András Csaba Imre Lajos "
    "György Balázs Gyula Mihály Dániel Bence Máté Ádám",
    women="Mária Erzsébet Katalin Ilona Éva Anna Zsuzsanna Margit Judit Ágnes Julianna Andrea Ildikó Krisztina Irén "
    "Eszter Mónika Piroska Gabriella Edit Tímea Anikó Réka Zsófia Hanna Lilla",
    last="Nagy Kovács Tóth Szabó Horváth Varga Kiss Molnár Németh Farkas Balogh Papp Takács Juhász Lakatos Mészáros Oláh "
    "Simon Rácz Fekete Szilágyi Török Fehér Balázs Gál Kis Szűcs Kocsis Orsós Pintér Fodor Szalai Sipos Magyar Lukács "
    "Gulyás Biró Király Katona László Jakab Bogdán Balog Sándor Boros Fazekas Kelemen Antal Somogyi Váradi",
    stems="Al Bar Bes Bod Csep Deb Er Fár Gyön Hal Ken Kor Len Már Nem Pász Rad Sár Szen Tar Vár Zá",
    ends="bányi dai esi falvi hegyi házi kai ményi nyei szegi székelyi tai vári zányi",
    nicknames="László=Laci István=Pista,Isti József=Józsi,Jóska János=Jani,Jancsi Zoltán=Zoli Sándor=Sanyi Ferenc=Feri "
    "Gábor=Gabi Attila=Ati Péter=Peti Tamás=Tomi András=Andris,Bandi György=Gyuri Mihály=Misi Dániel=Dani Lajos=Lali "
    "Erzsébet=Erzsi,Bözsi Katalin=Kati Zsuzsanna=Zsuzsa,Zsuzsi Margit=Manci Judit=Jutka Ágnes=Ági Julianna=Juli "
    "Mária=Mari,Marika Ilona=Ili,Ica Krisztina=Kriszti Gabriella=Gabi Zsófia=Zsófi Eszter=Eszti Éva=Évi",
    towns="Budapest|1##0;Debrecen|40##;Szeged|67##;Pécs|76##;Győr|90##",
    streets="Kossuth Lajos utca;Petőfi utca;Rákóczi út;Fő utca;Ady Endre utca;Dózsa György út;Arany János utca;"
    "Bem tér;Széchenyi tér;József Attila utca;Szabadság tér;Béke utca;Deák Ferenc utca",
    short="utca=u.;tér=t.",
    calling="36",
    trunk="06",
    mobiles="20%###### 30%###### 70%######",
    landlines="1%###### 52%##### 62%#####",
    providers="gmail.com*5 freemail.hu*4 citromail.hu hotmail.com",
    domain="hu",
    forms="Kft.;Zrt.;Bt.",
    family_first=True,
)

TR = Locale(
    code="TR",
    weight=3,
    men="Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Murat Ömer Ramazan Halil Süleyman Abdullah "
    "Mahmut Recep Salih Fatih Kadir Emre Hakan Adem Kemal Yaşar Bekir Musa Metin Orhan Burak Serkan Çağlar Eymen",
    women="Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Zehra Sultan Hanife Merve Havva Zeliha Esra Fadime Özlem "
    "Hacer Yasemin Hülya Cemile Sevim Gülsüm Leyla Dilek Büşra Aysel Songül Kübra Defne Çiğdem Gülay",
    last="Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt "
    "Özkan Şimşek Polat Korkmaz Özcan Çakır Erdoğan Yavuz Can Acar Şen Aktaş Güler Yalçın Güneş Bozkurt Bulut Keskin "
    "Ünal Turan Gül Özer Işık Kaplan Avcı Sarı Tekin Taş Köse Yüksel Ateş Aksoy",
    stems="Ak Al Alt Bay Çal Dem Er Gök Gün Kara Koca Kız Öz Sar Taş Tek Tun Uz Yaz Yüc",
    ends="alan bay baş can doğan han kan kaya man oğlu soy taş tepe türk er gül",
    nicknames="Mehmet=Memo Mustafa=Mıstık İbrahim=İbo Abdullah=Apo Süleyman=Sülo Hüseyin=Hüso Ramazan=Ramo Fatma=Fatoş "
    "Ayşe=Ayşegül Hatice=Hatçe Zeynep=Zeyno Emine=Emoş Yasemin=Yaso Hasan=Haso",
    towns="İstanbul|34###;Ankara|06###;İzmir|35###;Bursa|16###;Antalya|07###",
    streets="Atatürk Caddesi;Cumhuriyet Caddesi;İnönü Sokak;Gül Sokak;Lale Sokak;Bağdat Caddesi;İstiklal Caddesi;"
    "Fatih Sokak;Çınar Sokak;Zafer Caddesi;Menekşe Sokak;Gazi Bulvarı;Papatya Sokak",
    short="Caddesi=Cad.;Sokak=Sok.;Bulvarı=Blv.",
    calling="90",
    mobiles="532####### 533####### 535####### 542####### 555####### 505#######",
    landlines="212%###### 312%###### 232%######",
    providers="gmail.com*6 hotmail.com*4 yahoo.com outlook.com mynet.com",
    domain="com.tr",
    forms="A.Ş.;Ltd. Şti.",
)

IN = Locale(
    code="IN",
    weight=4,
    men="Rahul Amit Rajesh Sanjay Vijay Suresh Ramesh Anil Sunil Manoj Rakesh Arun Ashok Ravi Deepak Sandeep Vikram "
    "Arjun Rohan Aditya Karthik Mohammed Prakash Krishna Ganesh Harish Nikhil Pradeep Srinivas Venkatesh Imran Gurpreet",
    women="Priya Anjali Sunita Pooja Neha Kavita Rekha Lakshmi Meena Geeta Anita Asha Divya Shreya Sneha Swati Deepa "
    "Radha Nisha Jyoti Shanti Usha Aishwarya Ananya Kavya Fatima Manpreet Sangeeta Savita Aarti Ishita",
    last="Kumar Singh Sharma Patel Gupta Khan Reddy Das Verma Yadav Shah Jain Nair Mehta Iyer Rao Joshi Mishra Pandey Roy "
    "Agarwal Chauhan Malhotra Kapoor Chopra Bhat Pillai Menon Desai Kulkarni Ghosh Banerjee Mukherjee Chatterjee Bose Sinha "
    "Thakur Tiwari Dubey Srivastava Saxena Naidu Kaur Gill Sethi Bhatia Arora Ahuja Choudhary Trivedi",
    stems="Aga Bha Chak Chan Deva Gan Gop Hari Jag Kala Maha Mani Nara Padma Rama Sata Shiva Subra Vasu Venka",
    ends="dhara kar krishnan murthy nathan pati raj raman swamy tanu varma yana",
    nicknames="Rajesh=Raj Sanjay=Sanju Vijay=Viju Suresh=Suri Rakesh=Rocky Deepak=Deepu Sandeep=Sandy Aditya=Adi "
    "Mohammed=Mohd Srinivas=Srini Venkatesh=Venky Nikhil=Nik Vikram=Vicky Priya=Pri Anjali=Anju Kavita=Kavi "
    "Aishwarya=Aishu Lakshmi=Laxmi Sunita=Sunu Ananya=Anu Sangeeta=Sangi Divya=Divu",
    towns="Mumbai|4000##;Delhi|1100##;Bengaluru|5600##;Chennai|6000##;Kolkata|7000##;Hyderabad|5000##",
    streets="Mahatma Gandhi Road;Nehru Road;Station Road;Gandhi Nagar;Park Street;Brigade Road;Temple Road;Lake Road;"
    "Civil Lines;Mall Road;Market Road;Residency Road;Church Street;Rajiv Gandhi Marg",
    short="Road=Rd;Street=St;Mahatma Gandhi=MG;Nagar=Ngr",
    number_first=True,
    calling="91",
    mobiles="98######## 99######## 97######## 90######## 88######## 77########",
    landlines="112####### 222####### 802#######",
    providers="gmail.com*8 yahoo.co.in*2 rediffmail.com*2 hotmail.com outlook.com",
    domain="in",
    forms="Pvt Ltd;Limited;LLP",
    shift=4,
)

VN = Locale(
    code="VN",
    weight=2,
    men="Hùng Dũng Minh Tuấn Hải Anh Nam Long Sơn Thành Quang Đức Hoàng Huy Phúc Khoa Bình Thắng Trung Cường Việt Kiên",
    women="Hương Lan Hoa Mai Linh Thảo Trang Hà Nga Hằng Thu Ngọc Phương Yến Vân Hạnh Huyền Quỳnh Nhung Chi Dung Loan",
    last="Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Mai Tô Cao Lương Tạ Châu",
    towns="Hà Nội|10####;Hồ Chí Minh|70####;Đà Nẵng|55####;Huế|53####",
    streets="Đường Trần Hưng Đạo;Đường Lê Lợi;Đường Nguyễn Huệ;Đường Hai Bà Trưng;Phố Huế;Đường Quang Trung;"
    "Đường Lý Thường Kiệt;Phố Hàng Bông;Đường Điện Biên Phủ;Đường Pasteur",
    short="Đường=Đ.;Phố=P.",
    number_first=True,
    calling="84",
    mobiles="90####### 91####### 98####### 97####### 93#######",
    landlines="243####### 283#######",
    providers="gmail.com*8 yahoo.com.vn outlook.com",
    domain="com.vn",
    forms="JSC;Co., Ltd",
    shift=1,
    family_first=True,
)

NORTH = (NL, BE, SE, DK, FI, PL, CZ, HU, TR, IN, VN)
