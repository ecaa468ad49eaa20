"""Countries that write another script at home and Latin letters on most platforms."""

from __future__ import annotations

from benchmarks.identity.locale import Locale

RU = Locale(
    code="RU",
    weight=5,
    men="Александр:Aleksandr|Alexander|Alexandr Сергей:Sergey|Sergei|Serge Дмитрий:Dmitry|Dmitriy|Dmitri "
    "Алексей:Alexey|Aleksei|Alexei Андрей:Andrey|Andrei Михаил:Mikhail|Michail Иван:Ivan Евгений:Evgeny|Yevgeny|Evgenii "
    "Владимир:Vladimir Николай:Nikolay|Nikolai Максим:Maxim|Maksim Игорь:Igor Павел:Pavel Юрий:Yury|Yuri|Iurii "
    "Виктор:Viktor|Victor Олег:Oleg Константин:Konstantin|Constantine Роман:Roman Антон:Anton Денис:Denis|Dennis "
    "Артём:Artyom|Artem Илья:Ilya|Ilia Кирилл:Kirill|Kiril Никита:Nikita Вячеслав:Vyacheslav|Viacheslav Пётр:Pyotr|Petr "
    "Василий:Vasily|Vasiliy Григорий:Grigory|Grigoriy Георгий:Georgy|Georgii Фёдор:Fyodor|Fedor",
    women="Елена:Elena|Yelena Ольга:Olga Наталья:Natalya|Natalia|Nataliya Татьяна:Tatyana|Tatiana Ирина:Irina|Iryna "
    "Анна:Anna Светлана:Svetlana Мария:Maria|Mariya|Mariia Екатерина:Ekaterina|Yekaterina Юлия:Yulia|Julia|Yuliya "
    "Анастасия:Anastasia|Anastasiya Марина:Marina Людмила:Lyudmila|Ludmila Галина:Galina Валентина:Valentina "
    "Надежда:Nadezhda Оксана:Oksana|Oxana Вера:Vera Любовь:Lyubov|Liubov Дарья:Darya|Daria Ксения:Ksenia|Xenia "
    "Виктория:Viktoria|Victoria Евгения:Evgenia|Yevgenia Полина:Polina Алина:Alina София:Sofia|Sofiya Алла:Alla",
    last="Иванов:Ivanov Смирнов:Smirnov Кузнецов:Kuznetsov|Kuznecov Попов:Popov Васильев:Vasilyev|Vasiliev "
    "Петров:Petrov Соколов:Sokolov Михайлов:Mikhailov|Mikhaylov Новиков:Novikov Фёдоров:Fyodorov|Fedorov "
    "Морозов:Morozov Волков:Volkov Алексеев:Alekseev|Alexeev Лебедев:Lebedev Семёнов:Semyonov|Semenov Егоров:Egorov "
    "Павлов:Pavlov Козлов:Kozlov Степанов:Stepanov Николаев:Nikolaev|Nikolayev Орлов:Orlov Андреев:Andreev|Andreyev "
    "Макаров:Makarov Никитин:Nikitin Захаров:Zakharov Зайцев:Zaitsev|Zaytsev Соловьёв:Solovyov|Soloviev "
    "Борисов:Borisov Яковлев:Yakovlev|Iakovlev Григорьев:Grigoryev|Grigoriev Романов:Romanov Воробьёв:Vorobyov|Vorobiev "
    "Сергеев:Sergeev Кузьмин:Kuzmin Фролов:Frolov Александров:Alexandrov Дмитриев:Dmitriev Королёв:Korolyov|Korolev "
    "Гусев:Gusev Киселёв:Kiselyov|Kiselev Ильин:Ilyin|Ilin Максимов:Maximov Поляков:Polyakov Сорокин:Sorokin "
    "Виноградов:Vinogradov Ковалёв:Kovalyov|Kovalev Белов:Belov Медведев:Medvedev Антонов:Antonov Тарасов:Tarasov "
    "Жуков:Zhukov Баранов:Baranov Филиппов:Filippov Комаров:Komarov Давыдов:Davydov Чайковский:Tchaikovsky|Chaykovskiy",
    stems="Бел:Bel Бор:Bor Вол:Vol Гор:Gor Дроб:Drob Ерм:Yerm Жар:Zhar Зим:Zim Кал:Kal Кор:Kor Круг:Krug Лап:Lap Мал:Mal "
    "Мос:Mos Нос:Nos Пан:Pan Пол:Pol Рог:Rog Сав:Sav Сел:Sel Тим:Tim Хар:Khar Черн:Chern Шир:Shir Щер:Shcher Яр:Yar",
    ends="ов:ov ин:in аков:akov енко:enko иков:ikov овский:ovsky|ovskiy ушкин:ushkin анов:anov еев:eev ицын:itsyn",
    nicknames="Александр=Саша:Sasha,Шура:Shura Сергей=Серёжа:Seryozha Дмитрий=Дима:Dima Алексей=Лёша:Lyosha|Lesha "
    "Михаил=Миша:Misha Иван=Ваня:Vanya Евгений=Женя:Zhenya Владимир=Вова:Vova,Володя:Volodya Николай=Коля:Kolya "
    "Максим=Макс:Max Павел=Паша:Pasha Юрий=Юра:Yura Виктор=Витя:Vitya Константин=Костя:Kostya Роман=Рома:Roma "
    "Илья=Илюша:Ilyusha Вячеслав=Слава:Slava Пётр=Петя:Petya Василий=Вася:Vasya Георгий=Жора:Zhora Фёдор=Федя:Fedya "
    "Елена=Лена:Lena Ольга=Оля:Olya Наталья=Наташа:Natasha Татьяна=Таня:Tanya Ирина=Ира:Ira Анна=Аня:Anya "
    "Светлана=Света:Sveta Мария=Маша:Masha Екатерина=Катя:Katya Юлия=Юля:Yulya Анастасия=Настя:Nastya "
    "Людмила=Люда:Lyuda Надежда=Надя:Nadya Любовь=Люба:Lyuba Дарья=Даша:Dasha Ксения=Ксюша:Ksyusha Виктория=Вика:Vika "
    "София=Соня:Sonya Галина=Галя:Galya",
    towns="Moskva|101###;Sankt-Peterburg|190###;Novosibirsk|630###;Kazan|420###;Samara|443###",
    streets="ulitsa Lenina;ulitsa Mira;prospekt Pobedy;ulitsa Gagarina;ulitsa Pushkina;Sovetskaya ulitsa;"
    "Sadovaya ulitsa;Lesnaya ulitsa;Nevsky prospekt;ulitsa Kirova;Shkolnaya ulitsa;Molodyozhnaya ulitsa;"
    "Komsomolsky prospekt;ulitsa Chekhova",
    short="ulitsa=ul.;prospekt=pr.",
    calling="7",
    trunk="8",
    mobiles="903####### 905####### 910####### 916####### 921####### 926#######",
    landlines="495####### 812####### 383#######",
    providers="mail.ru*5 yandex.ru*4 gmail.com*4 rambler.ru bk.ru",
    domain="ru",
    forms="OOO;ZAO;PAO",
    feminine="ский=ская;sky=skaya;skiy=skaya;ов=ова;ев=ева;ёв=ёва;ин=ина;ын=ына;ov=ova;ev=eva;yov=yova;in=ina;yn=yna",
)

UA = Locale(
    code="UA",
    weight=2,
    men="Олександр:Oleksandr|Alexander Сергій:Serhii|Sergiy Андрій:Andrii|Andriy Дмитро:Dmytro Володимир:Volodymyr "
    "Микола:Mykola Іван:Ivan Олексій:Oleksii|Oleksiy Василь:Vasyl Юрій:Yurii|Yuriy Михайло:Mykhailo Петро:Petro "
    "Тарас:Taras Богдан:Bohdan|Bogdan Максим:Maksym Віталій:Vitalii|Vitaliy Роман:Roman Ігор:Ihor|Igor Назар:Nazar",
    women="Олена:Olena Наталія:Nataliia|Natalia Тетяна:Tetiana|Tetyana Оксана:Oksana Ірина:Iryna|Irina Ольга:Olha|Olga "
    "Марія:Mariia|Maria Світлана:Svitlana Юлія:Yuliia|Yulia Катерина:Kateryna Анна:Anna Людмила:Liudmyla|Ludmila "
    "Галина:Halyna|Galyna Вікторія:Viktoriia|Victoria Анастасія:Anastasiia Дарина:Daryna Соломія:Solomiia Надія:Nadiia",
    last="Шевченко:Shevchenko Мельник:Melnyk|Melnik Коваленко:Kovalenko Бондаренко:Bondarenko Бойко:Boiko|Boyko "
    "Ткаченко:Tkachenko Кравченко:Kravchenko Ковальчук:Kovalchuk Коваль:Koval Олійник:Oliinyk|Oliynyk "
    "Шевчук:Shevchuk Поліщук:Polishchuk Бондар:Bondar Ткачук:Tkachuk Лисенко:Lysenko Марченко:Marchenko "
    "Мороз:Moroz Савченко:Savchenko Руденко:Rudenko Петренко:Petrenko Клименко:Klymenko Гончаренко:Honcharenko "
    "Павленко:Pavlenko Харченко:Kharchenko Мазур:Mazur Хоменко:Khomenko Кушнір:Kushnir Левченко:Levchenko "
    "Гаврилюк:Havryliuk|Gavrilyuk Романюк:Romaniuk|Romanyuk Іваненко:Ivanenko Дорошенко:Doroshenko Гриценко:Hrytsenko",
    stems="Бор:Bor Вак:Vak Гал:Hal Дем:Dem Захар:Zakhar Кос:Kos Лук:Luk Мак:Mak Нест:Nest Онищ:Onyshch Пан:Pan Пил:Pyl "
    "Сид:Syd Стец:Stets Тим:Tym Філ:Fil Чор:Chor Юрч:Yurch Яр:Yar",
    ends="енко:enko чук:chuk юк:iuk|yuk ко:ko ин:yn як:iak|yak",
    nicknames="Олександр=Саша:Sasha,Сашко:Sashko Сергій=Сергійко:Serhiiko Дмитро=Діма:Dima Володимир=Вова:Vova "
    "Микола=Коля:Kolia Михайло=Міша:Misha Петро=Петя:Petia Максим=Макс:Max Олена=Лєна:Lena,Оленка:Olenka "
    "Наталія=Наталка:Natalka Тетяна=Таня:Tania Оксана=Ксеня:Ksenia Ірина=Іра:Ira Ольга=Оля:Olia Марія=Маша:Masha "
    "Катерина=Катя:Katia Юлія=Юля:Yulia Вікторія=Віка:Vika Анастасія=Настя:Nastia Світлана=Світа:Svita Надія=Надя:Nadia",
    towns="Kyiv|01###;Lviv|79###;Odesa|65###;Kharkiv|61###",
    streets="vulytsia Shevchenka;vulytsia Franka;prospekt Peremohy;vulytsia Sadova;vulytsia Lesi Ukrainky;"
    "vulytsia Khreshchatyk;bulvar Shevchenka;vulytsia Zelena;vulytsia Naberezhna;prospekt Svobody",
    short="vulytsia=vul.;prospekt=prosp.;bulvar=bulv.",
    calling="380",
    mobiles="50%###### 67%###### 63%###### 97%###### 99%######",
    landlines="44%###### 32%######",
    providers="gmail.com*6 ukr.net*4 i.ua meta.ua",
    domain="com.ua",
    forms="TOV;PP",
)

GR = Locale(
    code="GR",
    weight=2,
    men="Γιώργος:Giorgos|Yiorgos|George Γιάννης:Giannis|Yannis|Ioannis Κώστας:Kostas|Costas Δημήτρης:Dimitris|Dimitrios "
    "Νίκος:Nikos|Nikolaos Παναγιώτης:Panagiotis Βασίλης:Vasilis|Vassilis Χρήστος:Christos Αθανάσιος:Athanasios "
    "Μιχάλης:Michalis Ευάγγελος:Evangelos Σπύρος:Spyros|Spiros Αντώνης:Antonis Θεόδωρος:Theodoros Στέλιος:Stelios "
    "Ανδρέας:Andreas Αλέξανδρος:Alexandros Πέτρος:Petros Σταύρος:Stavros Ηλίας:Ilias|Elias",
    women="Μαρία:Maria Ελένη:Eleni|Helen Κατερίνα:Katerina|Ekaterini Βασιλική:Vasiliki Σοφία:Sofia|Sophia "
    "Αγγελική:Angeliki|Aggeliki Γεωργία:Georgia Δήμητρα:Dimitra Αναστασία:Anastasia Ευαγγελία:Evangelia Ιωάννα:Ioanna "
    "Παρασκευή:Paraskevi Χριστίνα:Christina Άννα:Anna Αικατερίνη:Aikaterini Φωτεινή:Foteini|Fotini Δέσποινα:Despina "
    "Ειρήνη:Eirini|Irene Κωνσταντίνα:Konstantina Ζωή:Zoi|Zoe",
    last="Παπαδόπουλος:Papadopoulos Βλάχος:Vlachos Αγγελόπουλος:Angelopoulos|Aggelopoulos Νικολαΐδης:Nikolaidis "
    "Γεωργίου:Georgiou Παπαδάκης:Papadakis Παππάς:Pappas Οικονόμου:Oikonomou|Economou Καραγιάννης:Karagiannis "
    "Δημητρίου:Dimitriou Ιωάννου:Ioannou Μακρής:Makris Αντωνίου:Antoniou Κωνσταντίνου:Konstantinou "
    "Χατζής:Chatzis|Hatzis Θεοδωρίδης:Theodoridis Αλεξίου:Alexiou Παπανικολάου:Papanikolaou Σαμαράς:Samaras "
    "Λαμπρόπουλος:Lambropoulos Αθανασίου:Athanasiou Μιχαηλίδης:Michailidis Ράπτης:Raptis Τσιπάς:Tsipas "
    "Κωστόπουλος:Kostopoulos Πετρίδης:Petridis Σταθόπουλος:Stathopoulos Καλογεράκης:Kalogerakis Ζαχαρίου:Zachariou",
    stems="Αναγνωστ:Anagnost Βασιλ:Vasil Γαλαν:Galan Διαμαντ:Diamant Ευθυμ:Efthym Καλλ:Kall Κουκ:Kouk Λεοντ:Leont "
    "Μανωλ:Manol Παναγ:Panag Σαββ:Savv Στεφαν:Stefan Τριαντ:Triant Φιλιππ:Filipp Χαραλαμπ:Charalamp|Haralamp",
    ends="όπουλος:opoulos ίδης:idis άκης:akis ιάδης:iadis άς:as",
    nicknames="Παναγιώτης=Τάκης:Takis,Πάνος:Panos Αθανάσιος=Θανάσης:Thanasis,Σάκης:Sakis Ευάγγελος=Βαγγέλης:Vangelis "
    "Δημήτρης=Μήτσος:Mitsos,Τζίμης:Jimmy Θεόδωρος=Θοδωρής:Thodoris Αλέξανδρος=Αλέκος:Alekos,Άλεξ:Alex "
    "Κατερίνα=Κατίνα:Katina Βασιλική=Βάσω:Vaso Γεωργία=Γωγώ:Gogo Δήμητρα=Μιμή:Mimi Αναστασία=Νατάσα:Natasa "
    "Παρασκευή=Βούλα:Voula,Εύη:Evi Κωνσταντίνα=Ντίνα:Dina Ευαγγελία=Λίτσα:Litsa Ελένη=Λένα:Lena Αικατερίνη=Κατερίνα:Katerina "
    "Γιώργος=Γιωργάκης:Giorgakis Νίκος=Νικόλας:Nikolas",
    towns="Athina|10# ##;Thessaloniki|54# ##;Patra|26# ##;Irakleio|71# ##",
    streets="Ermou;Athinas;Stadiou;Panepistimiou;Leoforos Kifisias;Tsimiski;Egnatia;Leoforos Alexandras;Solonos;"
    "Patission;Plateia Eleftherias;Agiou Dimitriou",
    short="Leoforos=Leof.;Plateia=Pl.;Agiou=Ag.",
    calling="30",
    trunk="",
    mobiles="694####### 697####### 698####### 693#######",
    landlines="210%###### 231%######",
    providers="gmail.com*6 yahoo.gr*2 hotmail.com*2 otenet.gr windowslive.com",
    domain="gr",
    forms="A.E.;E.P.E.",
    feminine="ος=ου;ης=η;άς=ά;ής=ή;opoulos=opoulou;os=ou;is=i;as=a",
)

EG = Locale(
    code="EG",
    weight=3,
    men="محمد:Mohamed|Mohammed|Muhammad أحمد:Ahmed|Ahmad محمود:Mahmoud|Mahmud مصطفى:Mostafa|Mustafa علي:Ali "
    "حسن:Hassan|Hasan حسين:Hussein|Hussain إبراهيم:Ibrahim يوسف:Youssef|Yousef|Yusuf عمر:Omar|Umar خالد:Khaled|Khalid "
    "كريم:Karim|Kareem طارق:Tarek|Tariq سعيد:Said|Saeed عمرو:Amr وليد:Walid|Waleed شريف:Sherif|Sharif هشام:Hisham "
    "ياسر:Yasser|Yasir أشرف:Ashraf سامي:Sami|Samy رامي:Rami|Ramy",
    women="فاطمة:Fatma|Fatima مريم:Mariam|Maryam عائشة:Aisha|Aysha سارة:Sara|Sarah نور:Nour|Noor هبة:Heba|Hiba "
    "منى:Mona|Muna أمل:Amal دعاء:Doaa|Duaa ياسمين:Yasmin|Yasmine إيمان:Eman|Iman سلمى:Salma نادية:Nadia ليلى:Layla|Leila "
    "هدى:Huda|Hoda رانيا:Rania شيماء:Shaimaa دينا:Dina زينب:Zeinab|Zaynab آية:Aya سمر:Samar ندى:Nada",
    last="محمد:Mohamed|Mohammed أحمد:Ahmed|Ahmad علي:Ali حسن:Hassan|Hasan إبراهيم:Ibrahim محمود:Mahmoud "
    "السيد:Elsayed|El-Sayed|Alsayed عبدالله:Abdallah|Abdullah عثمان:Osman|Othman سليمان:Soliman|Suleiman "
    "منصور:Mansour|Mansoor فاروق:Farouk|Farooq المصري:Elmasry|El-Masry خليل:Khalil سالم:Salem|Salim "
    "رمضان:Ramadan عبدالرحمن:Abdelrahman|Abdulrahman الشريف:Elsherif|Alsharif زكي:Zaki كامل:Kamel|Kamil "
    "فؤاد:Fouad|Fuad شاهين:Shahin|Shaheen البنا:Elbanna نصر:Nasr صالح:Saleh|Salih حمدي:Hamdy|Hamdi غانم:Ghanem "
    "النجار:Elnaggar|Alnajjar حداد:Haddad بدوي:Badawi|Badawy الخطيب:Elkhatib|Alkhatib درويش:Darwish قاسم:Kassem|Qasim",
    nicknames="محمد=حمادة:Hamada,ميدو:Mido أحمد=حمادة:Hamada مصطفى=درش:Darsh,صاصا:Sasa إبراهيم=هيما:Hima محمود=حودة:Houda "
    "فاطمة=فوفو:Fofo مريم=مريومة:Maryouma ياسمين=ياسو:Yaso زينب=زيزي:Zizi شيماء=شيمو:Shimo يوسف=جو:Joe خالد=خلود:Khaloud",
    towns="Cairo|11###;Alexandria|21###;Giza|12###",
    streets="Tahrir Street;Ramses Street;Talaat Harb Street;Gamaat El Dowal Street;Nile Corniche;Abbas El Akkad Street;"
    "Makram Ebeid Street;El Haram Street;Port Said Street;Salah Salem Road",
    short="Street=St.;Road=Rd.",
    number_first=True,
    calling="20",
    mobiles="100####### 101####### 106####### 111####### 112####### 120####### 122#######",
    landlines="2%####### 3%######",
    providers="gmail.com*6 yahoo.com*4 hotmail.com*3 outlook.com",
    domain="com.eg",
    forms="LLC;S.A.E.",
    shift=4,
)

IL = Locale(
    code="IL",
    weight=1.5,
    men="דוד:David יוסף:Yosef|Joseph|Yossef משה:Moshe יעקב:Yaakov|Jacob|Yakov אברהם:Avraham|Abraham "
    "יצחק:Yitzhak|Itzhak|Isaac דניאל:Daniel מיכאל:Michael חיים:Haim|Chaim שלמה:Shlomo אריאל:Ariel נועם:Noam איתי:Itai|Itay "
    "עומר:Omer אורי:Uri|Ori רון:Ron גיל:Gil אלון:Alon יונתן:Yonatan|Jonathan אליהו:Eliyahu",
    women="שרה:Sara|Sarah רחל:Rachel|Rahel מרים:Miriam אסתר:Esther|Ester חנה:Hana|Hannah|Chana יעל:Yael תמר:Tamar נועה:Noa "
    "מיכל:Michal|Mihal רות:Ruth|Rut לאה:Lea|Leah שירה:Shira מאיה:Maya טליה:Talia רבקה:Rivka|Rebecca דינה:Dina אורית:Orit "
    "גלית:Galit ענת:Anat סיגל:Sigal",
    last="כהן:Cohen|Kohen לוי:Levi|Levy מזרחי:Mizrahi|Mizrachi פרץ:Peretz|Perez ביטון:Biton|Bitton דהן:Dahan "
    "אברהם:Avraham פרידמן:Friedman|Fridman מלכה:Malka אזולאי:Azoulay|Azulay כץ:Katz|Kats יוסף:Yosef דוד:David "
    "עמר:Amar|Amer אוחיון:Ohayon חדד:Hadad|Haddad גבאי:Gabay|Gabbai בן-דוד:Ben-David אדרי:Edri|Adri לוין:Levin "
    "טל:Tal קליין:Klein שפירא:Shapira|Shapiro משה:Moshe ברק:Barak גולדברג:Goldberg רוזנברג:Rosenberg שטרן:Stern "
    "הרשקוביץ:Hershkovitz|Herskovic סגל:Segal רוזן:Rosen וייס:Weiss|Vais אשכנזי:Ashkenazi",
    nicknames="יוסף=יוסי:Yossi אברהם=אבי:Avi יצחק=איציק:Itzik דוד=דודי:Dudi,דודו:Dudu יעקב=קובי:Kobi,יענקל:Yankel "
    "דניאל=דני:Dani,דנה:Danny מיכאל=מיקי:Miki יונתן=יוני:Yoni אליהו=אלי:Eli רבקה=ריקי:Riki שרה=שרי:Sari רחל=רחלי:Racheli "
    "אסתר=אסתי:Esti מרים=מירי:Miri תמר=תמי:Tami מיכל=מיכלי:Michali",
    towns="Tel Aviv|61#####;Jerusalem|91#####;Haifa|31#####",
    streets="Herzl;Ben Yehuda;Dizengoff;Jabotinsky;Rothschild Boulevard;Allenby;Weizmann;Bialik;HaNassi Boulevard;"
    "King George Street;Sokolov",
    short="Boulevard=Blvd;Street=St",
    calling="972",
    mobiles="50%###### 52%###### 54%###### 53%######",
    landlines="3%###### 2%###### 4%######",
    providers="gmail.com*8 walla.co.il*3 hotmail.com*2 netvision.net.il",
    domain="co.il",
    forms="Ltd",
)

CN = Locale(
    code="CN",
    weight=5,
    men="伟:Wei 强:Qiang 磊:Lei 军:Jun 勇:Yong 杰:Jie 涛:Tao 明:Ming 超:Chao 刚:Gang 平:Ping 辉:Hui 鹏:Peng 华:Hua 飞:Fei 鑫:Xin "
    "波:Bo 斌:Bin 宇:Yu 浩:Hao 建华:Jianhua|Jian-Hua|Jian_Hua 志强:Zhiqiang|Zhi-Qiang 国强:Guoqiang 建国:Jianguo "
    "浩然:Haoran 子轩:Zixuan 宇轩:Yuxuan 俊杰:Junjie 文博:Wenbo 志明:Zhiming|Zhi-Ming 小龙:Xiaolong|Xiao-Long 家豪:Jiahao "
    "天宇:Tianyu 思远:Siyuan 海涛:Haitao 晓东:Xiaodong 立新:Lixin 永康:Yongkang",
    women="芳:Fang 娜:Na 敏:Min 静:Jing 丽:Li 艳:Yan 娟:Juan 霞:Xia 秀英:Xiuying|Xiu-Ying 燕:Yan 玲:Ling 桂英:Guiying 丹:Dan "
    "萍:Ping 红:Hong 梅:Mei 婷:Ting 雪:Xue 慧:Hui 莉:Li 欣怡:Xinyi|Xin-Yi 梓涵:Zihan 诗涵:Shihan 雨桐:Yutong 思琪:Siqi "
    "佳怡:Jiayi 晓燕:Xiaoyan|Xiao-Yan 丽娟:Lijuan 美玲:Meiling|Mei-Ling 春花:Chunhua 小红:Xiaohong 雅婷:Yating 若曦:Ruoxi "
    "静怡:Jingyi 语嫣:Yuyan 海燕:Haiyan",
    last="王:Wang 李:Li|Lee 张:Zhang|Chang 刘:Liu 陈:Chen|Chan 杨:Yang 黄:Huang 赵:Zhao 吴:Wu 周:Zhou 徐:Xu|Hsu 孙:Sun 马:Ma "
    "朱:Zhu 胡:Hu 郭:Guo 何:He 林:Lin 高:Gao 罗:Luo 郑:Zheng 梁:Liang 谢:Xie 宋:Song 唐:Tang 许:Xu 韩:Han 邓:Deng 冯:Feng 曹:Cao "
    "彭:Peng 曾:Zeng 肖:Xiao 田:Tian 董:Dong 潘:Pan 袁:Yuan 蔡:Cai|Tsai 蒋:Jiang 余:Yu 于:Yu 杜:Du 叶:Ye 程:Cheng 魏:Wei 苏:Su "
    "吕:Lü|Lu|Lyu 丁:Ding 任:Ren 卢:Lu 姚:Yao 沈:Shen 钟:Zhong 姜:Jiang 崔:Cui 谭:Tan 陆:Lu 范:Fan 汪:Wang 廖:Liao 石:Shi",
    nicknames="伟=大伟:Dawei 静=小静:Xiaojing 丽=丽丽:Lili 娜=娜娜:Nana 芳=芳芳:Fangfang 婷=婷婷:Tingting 磊=磊磊:Leilei "
    "强=小强:Xiaoqiang 明=小明:Xiaoming 燕=燕子:Yanzi 雪=小雪:Xiaoxue 敏=敏敏:Minmin 杰=杰哥:Jay 玲=玲玲:Lingling",
    towns="Beijing|100###;Shanghai|200###;Guangzhou|510###;Shenzhen|518###;Chengdu|610###",
    streets="Zhongshan Road;Renmin Road;Jiefang Road;Beijing Road;Nanjing Road;Jianshe Road;Heping Street;"
    "Xinhua Street;Changjiang Road;Huaihai Road;Wenhua Road;Guangming Street",
    short="Road=Rd;Street=St",
    number_first=True,
    calling="86",
    trunk="",
    mobiles="138######## 139######## 136######## 150######## 186######## 188########",
    landlines="10%####### 21%####### 20%#######",
    providers="qq.com*5 163.com*4 126.com*2 gmail.com*2 sina.com",
    domain="cn",
    forms="Co., Ltd.;Group",
    shift=4,
    family_first=True,
    glue="",
)

JP = Locale(
    code="JP",
    weight=3,
    men="翔太:Shota|Shouta 健太:Kenta 大輔:Daisuke 拓也:Takuya 翔:Sho|Shou 達也:Tatsuya 健一:Kenichi|Ken'ichi 誠:Makoto "
    "隆:Takashi 浩:Hiroshi 和也:Kazuya 直樹:Naoki 太郎:Taro|Tarou 一郎:Ichiro|Ichirou 修:Osamu 大翔:Hiroto 蓮:Ren 悠斗:Yuto|Yuuto "
    "陽太:Yota|Youta 健:Ken 亮:Ryo|Ryou 哲也:Tetsuya 正:Tadashi 勇気:Yuki|Yuuki 俊介:Shunsuke 航:Wataru 洋平:Yohei|Youhei",
    women="花子:Hanako 陽子:Yoko|Youko 恵子:Keiko 由美子:Yumiko 久美子:Kumiko 真由美:Mayumi 智子:Tomoko 裕子:Yuko|Yuuko 美咲:Misaki "
    "愛:Ai 彩:Aya 葵:Aoi 結衣:Yui 陽菜:Hina 美穂:Miho 恵:Megumi 香織:Kaori 直美:Naomi 優子:Yuko|Yuuko 麻衣:Mai 千尋:Chihiro "
    "さくら:Sakura 凛:Rin 京子:Kyoko|Kyouko 明美:Akemi 洋子:Yoko|Youko 美香:Mika 純子:Junko",
    last="佐藤:Sato|Satou|Satoh 鈴木:Suzuki 高橋:Takahashi 田中:Tanaka 伊藤:Ito|Itou|Itoh 渡辺:Watanabe 山本:Yamamoto "
    "中村:Nakamura 小林:Kobayashi 加藤:Kato|Katou 吉田:Yoshida 山田:Yamada 佐々木:Sasaki 山口:Yamaguchi 松本:Matsumoto "
    "井上:Inoue 木村:Kimura 林:Hayashi 斎藤:Saito|Saitou 清水:Shimizu 山崎:Yamazaki 森:Mori 池田:Ikeda 橋本:Hashimoto "
    "阿部:Abe 石川:Ishikawa 山下:Yamashita 中島:Nakajima 前田:Maeda 藤田:Fujita 小川:Ogawa 後藤:Goto|Gotou 岡田:Okada "
    "長谷川:Hasegawa 村上:Murakami 近藤:Kondo|Kondou 石井:Ishii 坂本:Sakamoto 遠藤:Endo|Endou 青木:Aoki 藤井:Fujii "
    "西村:Nishimura 福田:Fukuda 太田:Ota|Oota|Ohta 三浦:Miura 大野:Ono|Oono|Ohno 竹内:Takeuchi 原田:Harada",
    stems="山:Yama 川:Kawa 北:Kita 南:Minami 西:Nishi 東:Higashi 松:Matsu 竹:Take 杉:Sugi 藤:Fuji 黒:Kuro 白:Shira 赤:Aka "
    "青:Ao 森:Mori 石:Ishi 岩:Iwa 金:Kana 水:Mizu 浅:Asa 深:Fuka 古:Furu 新:Nii 永:Naga 細:Hoso 広:Hiro",
    ends="田:da 川:kawa 山:yama 野:no 沢:sawa 原:hara 島:shima 村:mura 井:i 木:ki 本:moto 谷:ya 崎:saki 尾:o 岡:oka 浦:ura",
    nicknames="健太=ケンタ:Ken 大輔=ダイ:Dai 拓也=タク:Taku 直樹=ナオ:Nao 美咲=みさ:Misa 陽菜=ひな:Hina-chan 久美子=くみ:Kumi "
    "由美子=ゆみ:Yumi 真由美=まゆ:Mayu 結衣=ゆいゆい:Yuiyui 翔太=しょう:Sho 誠=マコ:Mako 智子=とも:Tomo 香織=かお:Kao",
    towns="Tokyo|10#-00##;Osaka|53#-00##;Kyoto|60#-80##;Nagoya|46#-00##;Sapporo|06#-08##",
    streets="Chuo;Honcho;Sakae-cho;Midori-cho;Asahi-cho;Sakura-cho;Nishi-machi;Higashi-machi;Kita;Minami;Ginza;Umeda",
    short="-cho=;-machi=",
    number_first=True,
    calling="81",
    mobiles="90%####### 80%####### 70%#######",
    landlines="3%####### 6%#######",
    providers="gmail.com*5 yahoo.co.jp*4 docomo.ne.jp*2 icloud.com ezweb.ne.jp",
    domain="co.jp",
    forms="K.K.;G.K.;Co., Ltd.",
    family_first=True,
)

KR = Locale(
    code="KR",
    weight=3,
    men="민준:Min-jun|Minjun|Min-joon 서준:Seo-jun|Seojun 도윤:Do-yun|Doyoon 예준:Ye-jun 시우:Si-woo|Siwoo 주원:Ju-won|Joowon "
    "지훈:Ji-hoon|Jihun|Ji-hun 성민:Sung-min|Seongmin 현우:Hyun-woo|Hyeonu 영수:Young-soo|Yeongsu 동현:Dong-hyun|Donghyeon "
    "성호:Sung-ho|Seongho 준호:Jun-ho|Junho 상철:Sang-chul 재현:Jae-hyun|Jaehyeon 민수:Min-su|Minsoo 진우:Jin-woo|Jinu "
    "승현:Seung-hyun 태현:Tae-hyun 우진:Woo-jin|Ujin",
    women="서연:Seo-yeon|Seoyeon|Seo-yun 서윤:Seo-yoon 지우:Ji-woo|Jiu 민서:Min-seo|Minseo 하은:Ha-eun|Haeun 지현:Ji-hyun|Jihyeon "
    "수빈:Su-bin|Soobin 유진:Yu-jin|Eugene 은지:Eun-ji|Eunji 미경:Mi-kyung|Migyeong 영희:Young-hee|Yeonghui 지영:Ji-young|Jiyeong "
    "수진:Su-jin|Soojin 혜진:Hye-jin|Hyejin 은영:Eun-young 예은:Ye-eun 채원:Chae-won 다은:Da-eun 소영:So-young 정숙:Jung-sook",
    last="김:Kim|Gim 이:Lee|Yi|Rhee 박:Park|Bak|Pak 최:Choi|Choe 정:Jung|Jeong|Chung 강:Kang|Gang 조:Cho|Jo 윤:Yoon|Yun "
    "장:Jang|Chang 임:Lim|Im 한:Han 오:Oh|O 서:Seo|Suh 신:Shin|Sin 권:Kwon|Gwon 황:Hwang 안:Ahn|An 송:Song 전:Jeon|Jun 홍:Hong "
    "유:Yoo|Yu 고:Ko|Go 문:Moon|Mun 양:Yang 손:Son|Sohn 배:Bae|Pae 백:Baek|Paik 허:Heo|Huh 남:Nam 심:Shim|Sim 노:Noh|Roh 하:Ha",
    nicknames="유진=유지니:Eugenie 지훈=훈:Hoon 서연=연이:Yeoni 민준=준:Jun 은지=지지:Gigi 지우=우:Woo 수진=진:Jin",
    towns="Seoul|04###;Busan|48###;Incheon|22###;Daegu|41###",
    streets="Sejong-daero;Teheran-ro;Gangnam-daero;Jong-ro;Eulji-ro;Hangang-daero;Olympic-ro;Dosan-daero;Mapo-daero;"
    "Yangjae-ro",
    short="-daero=-dr;-ro=-r",
    number_first=True,
    calling="82",
    mobiles="102####### 103####### 105####### 109#######",
    landlines="2%####### 51%######",
    providers="naver.com*6 gmail.com*4 daum.net*2 hanmail.net*2 nate.com",
    domain="co.kr",
    forms="Co., Ltd.;Inc.",
    shift=1,
    family_first=True,
    glue="",
)

SCRIPTS = (RU, UA, GR, EG, IL, CN, JP, KR)
