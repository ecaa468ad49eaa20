"""Names in scripts whose letters alone do not give what their bearers write in Latin letters.

Arabic and Hebrew leave vowels out, Chinese characters are read in another way in Japan, Korean names have customary
spellings. Words: a *native* word is written in its own script; its *reading* is the usual Latin spelling in lower case.
From general knowledge, November 2026; what is not here goes letter by letter.
"""

from __future__ import annotations

from typing import Final


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], (word.replace("_", " ") for word in words[1::2]), strict=True))


ARABIC: Final = _pairs("""
محمد muhammad احمد ahmad محمود mahmud علي ali حسن hasan حسين husayn خالد khalid عمر umar عمرو amr عثمان uthman
يوسف yusuf ابراهيم ibrahim مصطفي mustafa مصطفى mustafa كريم karim عبدالله abdallah عبدالرحمن abdulrahman
عبدالعزيز abdulaziz عبدالرحيم abdulrahim عبدالكريم abdulkarim الله allah الرحمن rahman الرحيم rahim العزيز aziz
الكريم karim القادر qadir الحميد hamid اللطيف latif الناصر nasir الوهاب wahhab الرزاق razzaq السلام salam
الملك malik المجيد majid الحكيم hakim عبدالقادر abdulqadir عبدالحميد abdulhamid عبد abdul سعيد said سعد saad
سالم salem سليم salim سامي sami سمير samir طارق tariq وليد walid ياسر yasir ياسين yasin زياد ziyad هشام hisham
حمزة hamza بلال bilal رشيد rashid راشد rashid ماجد majid مجيد majid ناصر nasir نبيل nabil جمال jamal كمال kamal
كامل kamil حمدي hamdi زكي zaki نصر nasr رمضان ramadan شاهين shahin خليل khalil درويش darwish البنا banna بنا banna
شوقي shawqi فتحي fathi فوزي fawzi رشدي rushdi صبحي subhi مجدي majdi عادل adil وجدي wajdi لبيب labib بكري bakri
شكري shukri قنديل qandil زيدان zaydan سرور surur حجازي hijazi نعمان numan عوض awad عطية atiya غريب gharib منير munir
عزت izzat رأفت rafat طلعت talaat هاشم hashim شعبان shaban بركات barakat فيصل faysal فهد fahad سلطان sultan
سلمان salman سليمان sulayman منصور mansur عادل adil عماد imad ايمن ayman رامي rami فادي fadi هادي hadi مهدي mahdi
رضا rida عباس abbas جعفر jafar صالح salih صلاح salah طه taha اسماعيل ismail اسلام islam اسامة usama انس anas
بدر badr تامر tamir حاتم hatim داود dawud زكريا zakariya شريف sharif عصام isam غسان ghassan فؤاد fuad قاسم qasim
لؤي luay مروان marwan معاذ muadh موسي musa موسى musa عيسي isa عيسى isa نور nur هاني hani يحيي yahya يحيى yahya
يعقوب yaqub ادم adam امين amin امير amir بشير bashir حبيب habib حمد hamad حميد hamid جابر jabir لطيف latif
منير munir رحيم rahim شاكر shakir ظاهر zahir زاهر zahir ماهر mahir باسم basim وسيم wasim جواد jawad حيدر haydar
كاظم kazim صادق sadiq باقر baqir مالك malik نزار nizar رائد raid سيف sayf عزيز aziz غانم ghanim فاروق faruq
فارس faris لطفي lutfi مراد murad مازن mazin ميشيل michel جورج george الياس elias انطوان antoine شادي shadi
شربل charbel جوزيف josef بيار pierre اكرم akram انور anwar اشرف ashraf ايهاب ihab تيسير taysir جلال jalal رمزي ramzi
رياض riyad زهير zuhayr صبري sabri عزالدين izzaldin علاء ala فريد farid قيس qays محسن muhsin مسعود masud معتز mutazz
نادر nadir نجيب najib نعيم naim وائل wail يزن yazan فاطمة fatima عائشة aisha مريم maryam خديجة khadija زينب zaynab
سارة sarah سارا sarah ليلي layla ليلى layla نورة nura نورا nura هدي huda هدى huda مني mona منى mona امل amal
امينة amina آمنة amina ايمان iman اسماء asma حنان hanan دعاء dua دينا dina رانيا rania رنا rana ريم rim سلمي salma
سلمى salma سعاد suad سميرة samira شيماء shaima عبير abir غادة ghada فريدة farida كريمة karima لبني lubna لبنى lubna
مها maha نادية nadia ناديا nadia نجلاء najla ندي nada ندى nada نسرين nasrin نوال nawal هالة hala هبة hiba هند hind
وفاء wafa ياسمين yasmin يسرا yusra رحمة rahma جميلة jamila سهام siham صفاء safa ملك malak جني jana جنى jana
بسمة basma جواهر jawahir رباب rabab رجاء raja زهرة zahra زهراء zahra سحر sahar سوسن sawsan شهد shahd صباح sabah
عليا alia فاتن fatin كوثر kawthar لينا lina لمياء lamya مروة marwa مرام maram منال manal ميساء maysa نجوي najwa
نجوى najwa نهي nuha نهى nuha هناء hana هيفاء hayfa وردة warda يارا yara حليمة halima سعيدة saida رشيدة rashida
لطيفة latifa نعيمة naima ابتسام ibtisam الحسن hasan الحسيني husayni السيد sayyid المصري masri الشامي shami
حداد haddad الحداد haddad خوري khuri الخوري khuri نجار najjar النجار najjar الخطيب khatib خطيب khatib
الهاشمي hashimi هاشمي hashimi القحطاني qahtani العتيبي utaybi الغامدي ghamdi الزهراني zahrani الحربي harbi
الشمري shammari الدوسري dawsari المطيري mutayri المنصوري mansuri الصباغ sabbagh صباغ sabbagh الشريف sharif
البغدادي baghdadi الحلبي halabi العلي ali الاحمد ahmad المالكي maliki الفارسي farsi التميمي tamimi الانصاري ansari
الجبوري jaburi الراشد rashid الصالح salih القاسم qasim العمري umari الكردي kurdi اللبناني lubnani الجزائري jazairi
التونسي tunisi المغربي maghribi العربي arabi الفاسي fasi بنعلي benali حسني hasani احمدي ahmadi محمدي muhammadi
حسيني husayni رضايي rezaei کریمی karimi علوی alavi موسوی mousavi جعفری jafari رحیمی rahimi اکبری akbari قاسمی qasimi
صادقی sadeghi نجفی najafi
""")
"""Arabic and Persian: without vowel signs, alef without hamza (`احمد` for `أحمد`), `عبد` joined to the word behind;
the article of surnames is left out, as so many do in Latin letters."""

HEBREW: Final = _pairs("""
כהן cohen לוי levi מזרחי mizrahi פרץ peretz ביטון biton דהן dahan אברהם avraham פרידמן friedman מלכה malka
אזולאי azoulay כץ katz יוסף yosef דוד david עמר amar אוחיון ohayon חדד haddad גבאי gabay אדרי edri לוין levin טל tal
קליין klein חן chen שפירא shapira חזן hazan משה moshe יעקב yaakov יצחק yitzhak שלמה shlomo אליהו eliyahu
מיכאל michael דניאל daniel נועם noam איתי itay אורי uri יונתן yonatan עמית amit רון ron גיל gil אסף asaf עומר omer
אריאל ariel יאיר yair אבי avi אלון alon עידו ido עדו ido גיא guy ניר nir תומר tomer שי shai ליאור lior שרה sarah
רחל rachel רבקה rivka לאה leah מרים miriam אסתר esther חנה hannah יעל yael מיכל michal נועה noa תמר tamar שירה shira
מאיה maya מיה mia עדי adi טליה talia רוני roni הילה hila ענת anat אורית orit גלית galit דנה dana שרון sharon
ליאת liat אביגיל avigail איילת ayelet אפרת efrat הדס hadas לימור limor נעמי naomi סיון sivan ענבל inbal קרן keren
רותם rotem רות ruth שני shani דורון doron אהרן aharon אהרון aharon בנימין binyamin חיים chaim מרדכי mordechai
שמעון shimon ראובן reuven נתן natan שמואל shmuel יהודה yehuda עמוס amos צבי zvi דב dov זאב zeev אייל eyal ערן eran
רועי roi איתן eitan אופיר ofir עופר ofer יובל yuval עמרי omri מתן matan בן ben נדב nadav ברק barak יניב yaniv
שחר shahar גדעון gideon אלעד elad אביב aviv יגאל yigal עוז oz רפאל rafael גבריאל gabriel סימון simon מאיר meir
ברוך baruch אלכסנדר alexander אולגה olga מרינה marina אירינה irina סבטלנה svetlana נטליה natalia גולדברג goldberg
גולדשטיין goldstein רוזנברג rosenberg רוזן rosen שוורץ schwartz וייס weiss גרין green ברגר berger שטרן stern
גרינברג greenberg הופמן hoffman אלון alon בר bar שמש shemesh סגל segal פלד peled גולן golan שלום shalom
אשכנזי ashkenazi סויסה swisa אלבז elbaz ועקנין vaknin נחום nahum יפה yafe רביבו ravivo אוחנה ohana חביב haviv
עזרא ezra בוזגלו buzaglo אורנה orna אילנה ilana אסנת osnat גילה gila ורד vered זהבה zehava חגית hagit יפית yafit
לילך lilach מירב merav נורית nurit סיגל sigal עינת einat צילה tzila קרני karni רונית ronit שולמית shulamit
שושנה shoshana תהילה tehila
""")

KOREAN_SURNAMES: Final = _pairs("""
김 kim 이 lee 박 park 최 choi 정 jung 강 kang 조 cho 윤 yoon 장 jang 임 lim 한 han 오 oh 서 seo 신 shin 권 kwon
황 hwang 안 ahn 송 song 류 ryu 유 yoo 전 jeon 홍 hong 고 ko 문 moon 양 yang 손 son 배 bae 백 baek 허 heo 남 nam
심 shim 노 noh 하 ha 곽 kwak 성 sung 차 cha 주 joo 우 woo 구 koo 민 min 나 na 진 jin 지 ji 엄 um 채 chae 원 won
천 chun 방 bang 공 kong 현 hyun 함 ham 변 byun 염 yeom 여 yeo 추 choo 도 do 소 so 석 seok 선 sun 설 seol 마 ma
길 gil 연 yeon 위 wi 표 pyo 명 myung 기 ki 반 ban 왕 wang 금 keum 옥 ok 육 yook 인 in 맹 maeng 제 je 모 mo
남궁 namgung 황보 hwangbo 제갈 jegal 사공 sagong 선우 sunwoo 독고 dokgo
""")

KOREAN_SYLLABLES: Final = _pairs("""
영 young 현 hyun 준 jun 수 su 민 min 지 ji 은 eun 정 jung 성 sung 희 hee 경 kyung 우 woo 진 jin 미 mi 선 sun 순 soon
호 ho 훈 hoon 연 yeon 윤 yoon 재 jae 혜 hye 서 seo 아 a 나 na 상 sang 철 chul 용 yong 원 won 주 ju 규 kyu 태 tae
기 ki 동 dong 석 seok 승 seung 종 jong 하 ha 유 yu 예 ye 다 da 인 in 빈 bin 건 gun 찬 chan 화 hwa 숙 sook 옥 ok
자 ja 애 ae 란 ran 림 rim 린 rin 율 yul 솔 sol 별 byul 봄 bom 병 byung 명 myung 광 kwang 창 chang 형 hyung 환 hwan
흥 heung 근 keun 남 nam 도 do 두 doo 만 man 무 moo 문 moon 배 bae 범 bum 복 bok 봉 bong 빛 bit 삼 sam 세 se 소 so
송 song 식 sik 신 shin 안 an 양 yang 언 eon 업 up 여 yeo 열 yeol 오 oh 완 wan 욱 wook 운 woon 웅 woong 월 wol 유 yu
의 eui 이 yi 익 ik 일 il 임 im 장 jang 전 jeon 제 je 조 jo 중 joong 창 chang 채 chae 천 chun 춘 choon 충 choong
탁 tak 필 pil 한 han 해 hae 향 hyang 혁 hyuk 홍 hong 효 hyo 후 hoo 휘 hwi 라 ra 루 ru 리 ri 빈 bin 슬 seul 시 si
""")

JAPANESE_SURNAMES: Final = _pairs("""
佐藤 sato 鈴木 suzuki 高橋 takahashi 高槗 takahashi 田中 tanaka 伊藤 ito 渡辺 watanabe 渡邊 watanabe 渡邉 watanabe
山本 yamamoto 中村 nakamura 小林 kobayashi 加藤 kato 吉田 yoshida 山田 yamada 佐々木 sasaki 山口 yamaguchi
松本 matsumoto 井上 inoue 木村 kimura 斎藤 saito 斉藤 saito 齋藤 saito 齊藤 saito 清水 shimizu 山崎 yamazaki
阿部 abe 安部 abe 森 mori 池田 ikeda 橋本 hashimoto 石川 ishikawa 山下 yamashita 中島 nakajima 中嶋 nakajima
小川 ogawa 石井 ishii 岡田 okada 長谷川 hasegawa 後藤 goto 近藤 kondo 村上 murakami 遠藤 endo 前田 maeda 藤田 fujita
坂本 sakamoto 青木 aoki 福田 fukuda 西村 nishimura 太田 ota 藤井 fujii 三浦 miura 金子 kaneko 岡本 okamoto
藤原 fujiwara 中川 nakagawa 中野 nakano 原田 harada 松田 matsuda 竹内 takeuchi 小野 ono 田村 tamura 中山 nakayama
和田 wada 石田 ishida 上田 ueda 森田 morita 柴田 shibata 酒井 sakai 工藤 kudo 横山 yokoyama 宮崎 miyazaki
宮本 miyamoto 内田 uchida 高木 takagi 安藤 ando 谷口 taniguchi 大野 ono 丸山 maruyama 今井 imai 高田 takada
藤本 fujimoto 河野 kono 武田 takeda 村田 murata 上野 ueno 杉山 sugiyama 増田 masuda 平野 hirano 菅原 sugawara
大塚 otsuka 小島 kojima 千葉 chiba 久保 kubo 松井 matsui 岩崎 iwasaki 桜井 sakurai 櫻井 sakurai 木下 kinoshita
野口 noguchi 松尾 matsuo 野村 nomura 菊地 kikuchi 菊池 kikuchi 佐野 sano 渡部 watanabe 大西 onishi 杉本 sugimoto
新井 arai 浜田 hamada 古川 furukawa 市川 ichikawa 小松 komatsu 水野 mizuno 島田 shimada 山内 yamauchi 吉川 yoshikawa
西田 nishida 北村 kitamura 安田 yasuda 吉村 yoshimura 川口 kawaguchi 平田 hirata 川崎 kawasaki 飯田 iida 関 seki
本田 honda 久保田 kubota 辻 tsuji 沢田 sawada 五十嵐 igarashi 川村 kawamura 荒木 araki 服部 hattori 大久保 okubo
星野 hoshino 秋山 akiyama 永井 nagai 黒田 kuroda 土屋 tsuchiya 松岡 matsuoka 樋口 higuchi 望月 mochizuki 岩田 iwata
篠原 shinohara 大橋 ohashi 福島 fukushima 東 higashi 西川 nishikawa
""")

JAPANESE_GIVEN: Final = _pairs("""
太郎 taro 一郎 ichiro 次郎 jiro 三郎 saburo 健太 kenta 健太郎 kentaro 翔太 shota 大輔 daisuke 大翔 hiroto
拓也 takuya 直樹 naoki 和也 kazuya 達也 tatsuya 哲也 tetsuya 健一 kenichi 隆 takashi 誠 makoto 浩 hiroshi 博 hiroshi
修 osamu 茂 shigeru 勝 masaru 実 minoru 清 kiyoshi 進 susumu 豊 yutaka 健 ken 剛 tsuyoshi 学 manabu 亮 ryo 翔 sho
蓮 ren 陽翔 haruto 悠真 yuma 湊 minato 樹 itsuki 颯太 sota 蒼 aoi 大和 yamato 陸 riku 悠斗 yuto 雄太 yuta 裕太 yuta
祐介 yusuke 裕介 yusuke 雄介 yusuke 智也 tomoya 亮太 ryota 涼太 ryota 洋平 yohei 洋介 yosuke 秀樹 hideki 正樹 masaki
雅人 masato 幸一 koichi 浩一 koichi 光一 koichi 浩二 koji 健二 kenji 賢治 kenji 正 tadashi 武 takeshi 昭 akira
明 akira 晃 akira 花子 hanako 恵子 keiko 京子 kyoko 洋子 yoko 陽子 yoko 幸子 sachiko 和子 kazuko 節子 setsuko
美智子 michiko 裕子 yuko 優子 yuko 由美子 yumiko 由美 yumi 真由美 mayumi 久美子 kumiko 智子 tomoko 直美 naomi
明美 akemi 恵美 emi 愛 ai 美咲 misaki 陽菜 hina 結衣 yui 葵 aoi 結菜 yuna 凛 rin 咲良 sakura 美優 miyu 七海 nanami
彩 aya 綾 aya 彩香 ayaka 舞 mai 遥 haruka 千尋 chihiro 麻衣 mai 真理子 mariko 麻里子 mariko 香織 kaori 佳奈 kana
加奈 kana 奈々 nana 美穂 miho 友美 tomomi 知子 tomoko 典子 noriko 紀子 noriko 京香 kyoka 純子 junko 順子 junko
文子 fumiko 良子 yoshiko 佳子 yoshiko 礼子 reiko 玲子 reiko 弘子 hiroko 博子 hiroko 悦子 etsuko 千代 chiyo 美香 mika
美紀 miki 美樹 miki 早紀 saki 沙希 saki 萌 moe 恵 megumi 航 wataru 陽太 yota 勇気 yuki 優 yu 悠 yu 大地 daichi
隼人 hayato 海斗 kaito 拓海 takumi 陽 haru 結 yui 楓 kaede
""")
"""Given names; those of one character are read like this only behind a Japanese surname."""

JAPANESE_FIRST: Final = _pairs("""
山 yama 田 ta 川 kawa 木 ki 村 mura 野 no 原 hara 島 shima 崎 saki 谷 tani 井 i 浦 ura 尾 o 沢 sawa 澤 sawa 橋 hashi
本 moto 上 ue 下 shimo 中 naka 西 nishi 東 higashi 北 kita 南 minami 石 ishi 松 matsu 竹 take 藤 fuji 永 naga
長 naga 古 furu 青 ao 白 shira 黒 kuro 赤 aka 水 mizu 高 taka 大 o 小 ko 吉 yoshi 森 mori 林 hayashi 池 ike 岡 oka
坂 saka 前 mae 内 uchi 浜 hama 岸 kishi 塚 tsuka 宮 miya 寺 tera 岩 iwa 福 fuku 平 hira 広 hiro 秋 aki 春 haru
夏 natsu 冬 fuyu 桜 sakura 梅 ume 杉 sugi 柳 yanagi 荒 ara 新 ara 今 ima 金 kane 片 kata 桑 kuwa 黄 ki 近 chika
千 chi 辻 tsuji 土 tsuchi 堀 hori 丸 maru 三 mi 望 mochi 矢 ya 米 yone 若 waka 横 yoko 関 seki 星 hoshi 奥 oku 樋 hi
栗 kuri 菅 suga 須 su 瀬 se 仲 naka 畑 hata 早 haya 深 fuka
""")
"""Characters at the beginning of Japanese surnames, and their usual reading there."""

JAPANESE_SECOND: Final = _pairs("""
山 yama 田 da 川 kawa 木 ki 村 mura 野 no 原 hara 島 shima 嶋 shima 崎 saki 谷 ya 井 i 浦 ura 尾 o 沢 zawa 澤 zawa
橋 hashi 本 moto 口 guchi 上 kami 下 shita 中 naka 林 bayashi 森 mori 岡 oka 坂 saka 内 uchi 浜 hama 岸 kishi
塚 zuka 宮 miya 寺 dera 場 ba 辺 be 边 be 部 be 津 tsu 瀬 se 根 ne 越 koshi 沼 numa 池 ike 畑 hata 葉 ha 屋 ya 美 mi
杉 sugi 松 matsu 江 e 見 mi
""")
"""Characters at the end of Japanese surnames, and their usual reading there."""

CHINESE_SURNAMES: Final = _pairs("""
单 shan 單 shan 曾 zeng 解 xie 仇 qiu 查 zha 朴 piao 覃 qin 区 ou 區 ou 翟 zhai 尉迟 yuchi 尉遲 yuchi 盖 ge 任 ren
华 hua 员 yun 缪 miao 繆 miao 乐 yue 洗 xian 冼 xian 黑 he 秘 bi 种 chong 万俟 moqi 澹台 tantai
""")
"""Surnames that are read in another way than the same character elsewhere."""
