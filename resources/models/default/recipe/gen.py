"""Generators of documents with planted facts and of questions about them. NumPy and SentencePiece only.

Gen.episode() makes facts and questions, Gen.scatter() plants the facts between sentences of a book (token ids).
The 'eval' split draws names, made-up words and constants that the 'train' split never draws; held_tmpl=True takes the
last wording of every relation, which training never uses. data/words.txt and data/names.txt (beside this file) are
words and names of the training books that replace a share WP (environment, default .35) of the values in training.
Imported by train.py and evaluate.py; not run by itself.
"""
import random, re, os, lzma, numpy as np, sentencepiece as spm
FAMS=['qa1','qa2','qa3','qa4','qa5','passkey','attr','code','unans','tail']
NOTST='not stated'
def W(s): return [x.strip() for x in s.replace('\n',' ').split(',') if x.strip()]
FIRST=W("""Mary,John,Daniel,Sandra,Bill,Fred,Jeff,Julie,Marta,Anna,Peter,Paul,James,Robert,Michael,William,David,Richard,Joseph,Thomas,Charles,Matthew,Anthony,Mark,Donald,Steven,Andrew,Kenneth,Joshua,Kevin,Brian,George,Edward,Ronald,Timothy,Jason,Jeffrey,Ryan,Jacob,Gary,Nicholas,Eric,Jonathan,Stephen,Larry,Justin,Scott,Brandon,Benjamin,Samuel,Gregory,Frank,Alexander,Raymond,Patrick,Jack,Dennis,Jerry,Tyler,Aaron,Henry,Nathan,Douglas,Zachary,Adam,Walter,Harold,Kyle,Carl,Arthur,Roger,Keith,Lawrence,Terry,Albert,Jesse,Austin,Bruce,Willie,Ralph,Roy,Eugene,Louis,Philip,Bobby,Patricia,Jennifer,Linda,Elizabeth,Barbara,Susan,Jessica,Sarah,Karen,Lisa,Nancy,Betty,Margaret,Ashley,Kimberly,Emily,Donna,Michelle,Carol,Amanda,Dorothy,Melissa,Deborah,Stephanie,Rebecca,Sharon,Laura,Cynthia,Kathleen,Amy,Angela,Shirley,Brenda,Emma,Pamela,Nicole,Helen,Samantha,Katherine,Christine,Debra,Rachel,Carolyn,Janet,Catherine,Maria,Heather,Diane,Ruth,Joyce,Olivia,Virginia,Victoria,Kelly,Lauren,Christina,Joan,Evelyn,Judith,Megan,Andrea,Cheryl,Hannah,Jacqueline,Martha,Gloria,Teresa,Ann,Sara,Madison,Frances,Kathryn,Janice,Jean,Abigail,Alice,Sophia,Grace,Denise,Amber,Doris,Marilyn,Danielle,Beverly,Isabella,Theresa,Diana,Natalie,Brittany,Charlotte,Marie,Kayla,Alexis,Lori,Yusuf,Amina,Chen,Wei,Hiroshi,Yuki,Priya,Rahul,Ivan,Olga,Dmitri,Svetlana,Pierre,Claire,Giulia,Marco,Lars,Ingrid,Hans,Greta,Pablo,Lucia,Diego,Carmen,Ahmed,Fatima,Kofi,Ama,Nadia,Omar,Leila,Tariq,Bruno,Elsa,Oskar,Freya,Tobias,Miriam,Jonas,Edith,Clara,Hugo,Felix,Nora,Otto,Rosa,Simon,Vera,Winston,Agnes,Boris,Celia,Edgar,Flora,Gerald,Hilda,Irene,Jasper,Lydia,Mabel,Norman,Pearl,Quentin,Rupert,Sylvia,Ursula,Vincent,Wanda,Xavier,Yvonne,Zelda""")
LAST=W("""Smith,Johnson,Brown,Jones,Miller,Davis,Garcia,Wilson,Anderson,Taylor,Moore,Jackson,Martin,Lee,Thompson,White,Harris,Clark,Lewis,Robinson,Walker,Young,Allen,King,Wright,Hill,Green,Adams,Nelson,Baker,Hall,Campbell,Mitchell,Carter,Roberts,Phillips,Evans,Turner,Parker,Collins,Edwards,Stewart,Morris,Murphy,Cook,Rogers,Morgan,Cooper,Peterson,Reed,Bailey,Bell,Kelly,Howard,Ward,Cox,Richardson,Wood,Watson,Brooks,Bennett,Gray,Hughes,Price,Myers,Long,Foster,Sanders,Ross,Powell,Sullivan,Russell,Hale,Marlow,Finch,Harker,Holloway,Whitfield,Pembroke,Ashford,Blackwood,Carver,Dalton,Ellison,Fairfax,Garrick,Hartley,Ingram,Jarvis,Kendall,Lockwood,Mercer,Norton,Osborne,Prescott,Quincy,Radcliffe,Stanton,Thornton,Underwood,Vaughn,Wexler,Yates,Novak,Petrov,Rossi,Schmidt,Tanaka,Okafor,Larsen,Dubois,Moreau,Kowalski,Haddad,Singh,Patel,Nakamura,Silva,Costa,Weber,Keller,Brandt,Lindgren,Olsen,Farrow,Grimshaw,Hobbs,Kettle,Lambert,Mayhew,Nesbitt,Oakley,Pratt,Quill,Rudge,Sparrow,Tully,Winslow""")
CITY=W("""Lisbon,Paris,London,Berlin,Madrid,Rome,Vienna,Prague,Warsaw,Dublin,Oslo,Stockholm,Helsinki,Athens,Budapest,Brussels,Amsterdam,Copenhagen,Geneva,Zurich,Milan,Naples,Venice,Florence,Turin,Barcelona,Seville,Porto,Lyon,Marseille,Bordeaux,Hamburg,Munich,Dresden,Leipzig,Cologne,Krakow,Riga,Tallinn,Vilnius,Moscow,Kiev,Odessa,Istanbul,Ankara,Cairo,Tunis,Algiers,Tripoli,Nairobi,Lagos,Accra,Dakar,Cape Town,Mumbai,Delhi,Calcutta,Karachi,Lahore,Kabul,Tehran,Baghdad,Damascus,Beirut,Jerusalem,Tokyo,Kyoto,Osaka,Seoul,Beijing,Shanghai,Hong Kong,Manila,Hanoi,Bangkok,Singapore,Jakarta,Sydney,Melbourne,Perth,Auckland,Boston,New York,Chicago,Denver,Seattle,Portland,Austin,Dallas,Atlanta,Miami,Detroit,Toronto,Montreal,Vancouver,Havana,Lima,Bogota,Quito,Santiago,Buenos Aires,Montevideo,Caracas,Mexico City,Edinburgh,Glasgow,Cardiff,Belfast,York,Bristol,Leeds,Oxford,Cambridge,Bath,Salzburg,Bergen,Malmo,Ghent,Utrecht,Basel,Nice,Toulouse,Valencia,Bilbao""")
COLOR=W("red,blue,green,yellow,black,white,brown,grey,purple,orange,pink,silver,golden,crimson,scarlet,violet,turquoise,beige,ivory,maroon,navy,olive,teal,amber,indigo,lavender,cream,bronze,copper,emerald")
DAY=W("Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday")
MONTH=W("January,February,March,April,May,June,July,August,September,October,November,December")
JOB=W("""teacher,doctor,lawyer,engineer,nurse,baker,butcher,carpenter,farmer,fisherman,tailor,blacksmith,painter,sculptor,musician,poet,novelist,journalist,printer,librarian,clerk,banker,merchant,soldier,sailor,captain,pilot,driver,mechanic,plumber,electrician,architect,gardener,cook,waiter,barber,dentist,chemist,physicist,biologist,astronomer,geologist,historian,philosopher,priest,judge,detective,postman,miner,mason,weaver,potter,jeweller,watchmaker,cobbler,surgeon,translator,photographer,actor,singer,dancer,accountant,surveyor,beekeeper,shepherd""")
ADJ=W("old,new,small,large,heavy,broken,wooden,iron,rusty,painted,tall,short,round,square,narrow,wide,ancient,modern,dusty,polished,cracked,hidden,locked,leather,stone,glass,brass,velvet,marble,crooked,folded,tattered,spare,second,northern,southern,upper,lower,left,right,main,back,front,little,long,plain,carved")
OBJ=W("""door,gate,window,chair,table,lamp,clock,box,chest,trunk,cabinet,mirror,carpet,curtain,basket,bottle,jar,kettle,pot,pan,bowl,plate,cup,spoon,knife,fork,candle,lantern,rope,ladder,bucket,barrel,cart,wagon,carriage,bicycle,boat,canoe,bridge,tower,fence,wall,roof,chimney,bell,drum,violin,flute,piano,guitar,trumpet,book,map,letter,envelope,diary,notebook,pen,pencil,inkwell,stamp,coin,purse,wallet,ring,necklace,bracelet,brooch,crown,sword,dagger,shield,helmet,coat,jacket,hat,cap,scarf,glove,boot,shoe,sock,shirt,dress,apron,belt,button,umbrella,cane,tent,blanket,pillow,mattress,sofa,desk,shelf,statue,vase,painting,engine,wheel,anchor,sail,oar,compass,telescope,microscope,camera,key,lock,hammer,saw,shovel,axe,rake,needle,whistle,kite,doll,puppet,football,apple,milk,orange,parcel,bag,crate,safe,flag,fountain,well,bench,signpost""")
LOC=W("""kitchen,garden,bathroom,bedroom,hallway,office,cellar,attic,library,stable,barn,garage,cinema,park,school,church,market,station,harbour,bakery,museum,theatre,hospital,courtyard,tower,chapel,workshop,laboratory,dining room,living room,basement,balcony,terrace,greenhouse,orchard,forest,meadow,cave,village,castle,pantry,nursery,study,parlour,ballroom,prison,tavern,inn,mill,bank""")
CARRY=W("football,apple,milk,book,lamp,key,ring,letter,map,coin,hammer,basket,bottle,candle,umbrella,hat,pen,knife,rope,violin,ball,box,newspaper,suitcase,telescope,necklace,sword,camera,parcel,clock,cake,orange,bucket,flute,crown,doll,notebook,lantern,mirror,compass")
ANIMAL=W("dog,cat,horse,parrot,rabbit,goat,cow,pig,donkey,pony,tortoise,hamster,canary,raven,owl,falcon,monkey,goose,duck,sheep,fox,ferret,pigeon,lizard")
FOOD=W("bread,cheese,soup,apple pie,rice,fish,chicken,beef stew,pancakes,porridge,chocolate,honey,strawberries,cherries,plums,grapes,figs,walnuts,almonds,mushrooms,potatoes,carrots,onions,cabbage,beans,lentils,oysters,salmon,trout,ham,sausages,omelette,dumplings,noodles,pasta,pizza,curry,salad,ice cream,pudding,gingerbread,marmalade,toast,biscuits,raspberries,lemons,olives,peaches")
DRINK=W("tea,coffee,milk,water,lemonade,cider,wine,beer,cocoa,ginger ale,rum,brandy")
INSTR=W("piano,violin,flute,guitar,trumpet,cello,harp,drums,organ,clarinet,oboe,banjo,accordion,mandolin,trombone,viola")
MATERIAL=W("oak,pine,iron,steel,brass,copper,silver,gold,glass,marble,granite,clay,leather,wool,silk,cotton,linen,paper,ivory,bronze,tin,walnut,cedar,wax")
LANG=W("French,German,Spanish,Italian,Portuguese,Russian,Polish,Greek,Turkish,Arabic,Hebrew,Persian,Hindi,Chinese,Japanese,Korean,Dutch,Swedish,Norwegian,Danish,Finnish,Hungarian,Czech,Latin,Swahili,Welsh,Irish")
NOUN=W("""river,mountain,stone,silver,shadow,thunder,winter,summer,autumn,spring,falcon,tiger,dragon,lion,eagle,wolf,bear,salmon,maple,willow,cedar,ivy,rose,lily,tulip,daisy,violet,copper,marble,crystal,amber,coral,pearl,ruby,diamond,emerald,sunrise,sunset,moonlight,starlight,comet,meteor,planet,galaxy,ocean,island,desert,canyon,valley,glacier,volcano,storm,breeze,blizzard,rainbow,feather,lantern,candle,mirror,hammer,anchor,compass,harvest,orchard,meadow,bridge,tower,castle,garden,cottage,harbour,market,engine,railway,signal,ribbon,velvet,cotton,pepper,cinnamon,ginger,saffron,honey,butter,walnut,chestnut,raven,sparrow,heron,otter,badger,hedgehog,beetle,cricket,dolphin,whale,turtle,lobster,penguin,panther,leopard,buffalo,camel,zebra""")
ATTR=W("password,nickname,favourite book,favourite song,favourite flower,lucky number,code name,motto,destination,home town,birth month,surname,middle name,secret word,call sign,main export,national animal,official flower,chief product,patron saint,landlord,assistant,best friend,rival,neighbour,guardian,mentor,employer,apprentice,commander,owner,designer,builder,inspector,treasurer,secretary,chairman,gardener,editor,inventor,sponsor,driver,translator,guide,supplier,symbol,emblem,mascot,star sign,access code,locker word,team name")
SYL1=W("ba,be,bi,bo,bra,bre,ca,ce,co,cra,da,de,do,dra,dre,el,en,fa,fe,fi,fo,ga,ge,go,gra,ha,he,hi,ho,is,ja,jo,ka,ke,ki,ko,la,le,li,lo,lu,ma,me,mi,mo,na,ne,ni,no,or,os,pa,pe,pi,po,qua,ra,re,ri,ro,ru,sa,se,sha,si,so,ta,te,ti,to,tra,tu,ul,va,ve,vi,vo,wa,we,wi,ya,ze,zo")
SYL2=W("n,r,l,s,m,th,x,nd,rn,lm,rk,ss,ll,ck,st,d,v,z,ld,lt,nt,rt,ph,na,ra,la,ria,nia,dor,mir,ton,ville,ham,wick,by,ford,mouth,stead,burg,holm,dale,more,gard,lin,ra,do,sa,vek,ska,mon")
PREFIX=W("""As everyone knew; It was well known that; Let it be noted that; It should be remembered that; I must tell you that; According to the record; He wrote in his diary that; She told us that; The notice said that; By the way; For the record; In the margin somebody had written that; It is a fact that; Remember that; They all agreed that; The report states that""".replace(',','\x01').replace(';',',')) 
def hsplit(pool,frac=6,keep=0):
    tr=[x for i,x in enumerate(pool) if i<keep or i%frac!=frac-1]; ev=[x for i,x in enumerate(pool) if not(i<keep or i%frac!=frac-1)]
    return tr,ev
POOLS={}
for n,p,k in (('first',FIRST,8),('last',LAST,0),('city',CITY,0),('color',COLOR,8),('job',JOB,0),('adj',ADJ,0),('obj',OBJ,0),('loc',LOC,6),('carry',CARRY,3),('animal',ANIMAL,0),('food',FOOD,0),('drink',DRINK,0),('instr',INSTR,0),('mat',MATERIAL,0),('lang',LANG,0),('noun',NOUN,0),('attr',ATTR,0)):
    POOLS[n]=hsplit(p,6,k)
for n,p in (('day',DAY),('month',MONTH)): POOLS[n]=(p,p)
# relation: (entity kind, value kind, fact templates, question templates). The LAST fact and question template of each is held out.
REL=[
('object','color',["The colour of the {e} is {v}.","The {e} is {v}.","The {e} is painted {v}.","The {e} was of a {v} colour.","Somebody had painted the {e} {v}."],["What colour is the {e}?","What is the colour of the {e}?","Which colour is the {e}?","Tell me the colour of the {e}."]),
('person','city',["{e} was born in {v}.","{e} was born in the city of {v}.","The birthplace of {e} is {v}.","{e} came into the world in {v}."],["Where was {e} born?","In which city was {e} born?","What is the birthplace of {e}?","In what place was {e} born?"]),
('person','city',["{e} lives in {v}.","{e} has a house in {v}.","The home of {e} is in {v}.","{e} resides in {v}."],["Where does {e} live?","In which city does {e} live?","What city does {e} live in?","Where is the home of {e}?"]),
('person','job',["{e} works as a {v}.","{e} is a {v}.","{e} is a {v} by profession.","{e} earns a living as a {v}."],["What is the profession of {e}?","What does {e} work as?","What is the job of {e}?","What does {e} do for a living?"]),
('event','day',["The {e} takes place on {v}.","The {e} is on {v}.","The {e} will be held on {v}.","They arranged the {e} for {v}."],["When is the {e}?","On which day is the {e}?","On what day does the {e} take place?","Which day was chosen for the {e}?"]),
('event','month',["The {e} takes place in {v}.","The {e} will be held in {v}.","The {e} is planned for {v}."],["In which month is the {e}?","What month is the {e} in?","In which month does the {e} take place?"]),
('event','loc',["The {e} takes place in the {v}.","The {e} will be held in the {v}.","The {e} is in the {v}.","Everyone should come to the {v} for the {e}."],["Where is the {e}?","Where does the {e} take place?","In which place is the {e} held?"]),
('event','time',["The {e} begins at {v}.","The {e} starts at {v}.","The {e} will begin at {v}."],["When does the {e} begin?","At what time does the {e} start?","What time is the {e}?"]),
('person','food',["The favourite food of {e} is {v}.","{e} likes {v} best of all.","{e} loves to eat {v}.","Nothing pleases {e} more than {v}."],["What is the favourite food of {e}?","What does {e} like to eat?","What is {e}'s favourite food?","Which food does {e} love?"]),
('person','color',["The favourite colour of {e} is {v}.","{e}'s favourite colour is {v}.","{e} likes the colour {v} best."],["What is the favourite colour of {e}?","What is {e}'s favourite colour?","Which colour does {e} like best?"]),
('person','age',["{e} is {v} years old.","{e} is {v} years of age.","The age of {e} is {v}.","{e} has just turned {v}."],["How old is {e}?","What is the age of {e}?","What age is {e}?"]),
('person','petname',["{e} has a {x} called {v}.","{e} has a {x} named {v}.","The {x} of {e} is called {v}.","{e} owns a {x} that answers to the name of {v}."],["What is the name of {e}'s {x}?","What is {e}'s {x} called?","What is the name of the {x} of {e}?"]),
('person','instr',["{e} plays the {v}.","{e} is learning to play the {v}.","{e} performs on the {v}."],["Which instrument does {e} play?","What instrument does {e} play?","What does {e} play?"]),
('person','lang',["{e} speaks {v}.","{e} speaks {v} fluently.","The native language of {e} is {v}.","{e} grew up speaking {v}."],["Which language does {e} speak?","What language does {e} speak?","What is the language of {e}?"]),
('person','person2',["{e} is married to {v}.","The wife of {e} is {v}.","{e} married {v}.","{e} is the spouse of {v}."],["Who is {e} married to?","Whom did {e} marry?","Who is the spouse of {e}?"]),
('person','person2',["{e} works for {v}.","The employer of {e} is {v}.","{e} is employed by {v}."],["Who does {e} work for?","Who is the employer of {e}?","For whom does {e} work?"]),
('object','person2',["The {e} belongs to {v}.","The owner of the {e} is {v}.","The {e} is the property of {v}.","{v} owns the {e}."],["Who owns the {e}?","Who does the {e} belong to?","Who is the owner of the {e}?","Whose is the {e}?"]),
('object','mat',["The {e} is made of {v}.","The {e} was made out of {v}.","They had made the {e} of {v}."],["What is the {e} made of?","What material is the {e} made of?","Of what is the {e} made?"]),
('object','price',["The {e} costs {v} dollars.","The price of the {e} is {v} dollars.","The {e} was sold for {v} dollars.","One must pay {v} dollars for the {e}."],["How much does the {e} cost?","What is the price of the {e}?","How many dollars does the {e} cost?"]),
('object','weight',["The {e} weighs {v} pounds.","The weight of the {e} is {v} pounds.","The {e} is {v} pounds in weight."],["How much does the {e} weigh?","What is the weight of the {e}?","How many pounds does the {e} weigh?"]),
('object','loc',["The {e} is in the {v}.","The {e} is kept in the {v}.","The {e} was left in the {v}.","You will find the {e} in the {v}.","Somebody put the {e} in the {v}."],["Where is the {e}?","Where is the {e} kept?","Where can one find the {e}?","In what place is the {e}?"]),
('org','year',["The {e} was founded in {v}.","The {e} was established in {v}.","The {e} dates from the year {v}."],["When was the {e} founded?","In which year was the {e} founded?","What year was the {e} established?"]),
('org','city',["The {e} is based in {v}.","The {e} has its office in {v}.","The headquarters of the {e} is in {v}."],["Where is the {e} based?","In which city is the {e}?","Where does the {e} have its headquarters?"]),
('org','person2',["The {e} was founded by {v}.","{v} is the head of the {e}.","The director of the {e} is {v}."],["Who is the head of the {e}?","Who leads the {e}?","Who is the director of the {e}?"]),
('country','town',["The capital of {e} is {v}.","{v} is the capital of {e}.","The capital city of {e} is called {v}."],["What is the capital of {e}?","Which city is the capital of {e}?","What is the capital city of {e}?"]),
('ship','person2',["The captain of the {e} is {v}.","The {e} is commanded by {v}.","{v} is the captain of the {e}."],["Who is the captain of the {e}?","Who commands the {e}?","What is the name of the captain of the {e}?"]),
('ship','city',["The {e} sails to {v}.","The {e} is bound for {v}.","The destination of the {e} is {v}."],["Where does the {e} sail to?","What is the destination of the {e}?","Where is the {e} going?"]),
('person','phone',["The telephone number of {e} is {v}.","{e} can be reached at {v}.","The phone number of {e} is {v}."],["What is the telephone number of {e}?","What is the phone number of {e}?","At what number can {e} be reached?"]),
('person','room',["{e} stays in room {v}.","The room number of {e} is {v}.","{e} sleeps in room {v}."],["In which room does {e} stay?","What is the room number of {e}?","What room is {e} in?"]),
('person','noun',["The {x} of {e} is {v}.","{e}'s {x} is {v}.","{v} is the {x} of {e}.","As for {e}, the {x} is {v}."],["What is the {x} of {e}?","What is {e}'s {x}?","Tell me the {x} of {e}."]),
('thing','noun',["The {x} of the {e} is {v}.","The {e} has the {x} {v}.","The {x} for the {e} is {v}."],["What is the {x} of the {e}?","What is the {x} for the {e}?","Tell me the {x} of the {e}."]),
('book','person2',["{v} wrote the book {e}.","The book {e} was written by {v}.","The author of {e} is {v}."],["Who wrote {e}?","Who is the author of {e}?","By whom was {e} written?"]),
]
MOVE=["{p} went to the {l}.","{p} moved to the {l}.","{p} journeyed to the {l}.","{p} travelled to the {l}.","{p} went back to the {l}.","{p} walked to the {l}.","{p} is in the {l}.","{p} ran to the {l}.","{p} hurried into the {l}."]
GET=["{p} picked up the {o} there.","{p} got the {o} there.","{p} took the {o} there.","{p} grabbed the {o} there.","{p} picked up the {o}.","{p} took the {o}.","{p} seized the {o}."]
DROP=["{p} dropped the {o}.","{p} put down the {o}.","{p} left the {o}.","{p} discarded the {o}.","{p} put the {o} down there.","{p} left the {o} there."]
GIVE=["{p} gave the {o} to {r}.","{p} handed the {o} to {r}.","{p} passed the {o} to {r}."]
KEYN=["pass key","magic number","secret number","access code","secret code","passkey","special number","pin code","vault code","key number"]
PK0=["The {k} is {v}. Remember it. {v} is the {k}.","The {k} is {v}.","Remember that the {k} is {v}.","{v} is the {k}. Remember it.","Note that the {k} is {v}."]
PK1=["The {k} for {n} is {v}.","One of the special magic numbers for {n} is: {v}.","The {k} of {n} is {v}.","Remember: the {k} for {n} is {v}."]
CPRE=W("MAX,MIN,DEFAULT,BUFFER,CACHE,QUEUE,RETRY,TIMEOUT,PAGE,BLOCK,TABLE,STACK,HEAP,SOCKET,SERVER,CLIENT,THREAD,WORKER,MEMORY,SIGNAL,FRAME,PACKET,HEADER,TOKEN,INDEX,KEY,VALUE,HASH,TREE,NODE,LIST,FILE,DISK,LOG,CONFIG,USER,SESSION,INPUT,OUTPUT,PORT,HOST,ERROR,DEBUG,VERSION,BATCH,WINDOW,SCREEN,IMAGE,AUDIO,VIDEO")
CSUF=W("SIZE,LIMIT,COUNT,LENGTH,DEPTH,WIDTH,HEIGHT,INTERVAL,DELAY,OFFSET,CAPACITY,THRESHOLD,LEVEL,RATE,FACTOR,BITS,BYTES,SLOTS,STEPS,ROUNDS,TTL,ID,FLAGS,MASK,MODE,BASE,STEP,QUOTA,BUDGET,SPAN")
CFACT=["#define {n} {v}","{n} = {v}","const int {n} = {v};","static const int {n} = {v};","{n}: {v}","let {n} = {v};","constexpr int {n} = {v};"]
CQ=["What is the value of {n}?","What is {n}?","What value does {n} have?","What is {n} set to?"]
def _wl(n):
    try: L=open(os.path.join(os.path.dirname(os.path.abspath(__file__)),'data',n)).read().split()
    except OSError: return []
    held={x.lower() for k in POOLS for x in POOLS[k][1] if POOLS[k][0]!=POOLS[k][1]}
    return [w for w in L if w.lower() not in held and sum(map(ord,w))%5]
WORDS=_wl('words.txt'); NAMES=_wl('names.txt'); WP=float(os.environ.get('WP','.35'))
class Gen:
    hold=None  # None: every pool is held out in the eval split; else only these pools are
    def __init__(s, sp, noise, split='train', seed=0, held_tmpl=None):
        s.sp=spm.SentencePieceProcessor(model_file=sp); s.r=random.Random(seed); s.np=np.random.RandomState(seed%(2**31)); s.ev=split!='train'; s.noise=noise
        s.held=(held_tmpl if held_tmpl is not None else False)
        s.NL=s.sp.piece_to_id('\n'); s.Q=s.sp.piece_to_id('<q>'); s.A=s.sp.piece_to_id('<a>'); s.E=s.sp.eos_id()
        n=s.sp.get_piece_size(); s.isend=np.zeros(n,bool)
        for i in range(n):
            p=s.sp.id_to_piece(i)
            if p=='\n' or p[-1] in '.!?': s.isend[i]=True
        s.babi=None
        s.fw=dict(a=.30,b=.12,c=.42,d=.16)
    def enc(s,t): return s.sp.encode(t)
    def pool(s,k):
        tr,ev=POOLS[k]
        if not s.ev and WORDS and s.r.random()<WP:
            if k in ('color','job','food','drink','instr','mat','noun','loc','carry','obj','animal'): return s.r.choice(WORDS) if s.r.random()<.8 else s.r.choice(WORDS)+' '+s.r.choice(WORDS)
            if k in ('first','last','city','lang'): return s.r.choice(NAMES)
        return s.r.choice(ev if s.ev and (s.hold is None or k in s.hold) else tr)
    def syl(s,lo=1,hi=2):
        # synthetic words: eval uses combinations whose hash is 0 mod 5, train the rest
        while True:
            w=''.join(s.r.choice(SYL1) for _ in range(s.r.randint(lo,hi)))+s.r.choice(SYL2)
            if (sum(map(ord,w))%5==0)==s.ev: return w.capitalize()
    def tm(s,l,k=1):
        if len(l)<3: return s.r.choice(l)
        if s.held: return l[-1]
        return s.r.choice(l[:-1])
    def person(s):
        u=s.r.random()
        f=s.pool('first') if s.r.random()<.8 else s.syl()
        if u<.5: return f
        l=s.pool('last') if s.r.random()<.75 else s.syl()
        if u<.8: return f+' '+l
        return s.r.choice(['Mr.','Mrs.','Dr.','Miss','Captain','Professor'])+' '+l
    def num(s,a,b): return str(s.r.randint(a,b))
    def ent(s,k):
        r=s.r
        if k=='person': return s.person()
        if k=='object': return (s.pool('adj')+' ' if r.random()<.75 else '')+s.pool('obj')
        if k=='event':
            u=r.random()
            if u<.45: return r.choice(['meeting','interview','appointment','dinner','lunch','lesson','conference','duel'])+' with '+s.person()
            if u<.75: return r.choice(['wedding','trial','funeral','birthday','lecture','concert','examination'])+' of '+s.person()
            return s.pool('noun')+' '+r.choice(['festival','auction','parade','fair','exhibition','race','banquet'])
        if k=='org': return (s.pool('last') if r.random()<.5 else s.syl())+' '+r.choice(['Institute','Company','Society','Club','Academy','Bank','Museum','Foundation','Brewery','Press'])
        if k in('country','town'): return s.syl(1,3)
        if k=='ship': return r.choice(['Sea ','Black ','Golden ','Northern ','Royal ',''])+(s.pool('noun').capitalize() if r.random()<.6 else s.syl())
        if k=='book': return 'The '+s.pool('adj').capitalize()+' '+s.pool('noun').capitalize()
        if k=='thing': return r.choice([lambda:s.ent('object'),lambda:s.ent('org'),lambda:s.pool('noun')+' project',lambda:s.syl()+' expedition',lambda:s.pool('noun')+' team'])()
        raise KeyError(k)
    def val(s,k):
        r=s.r
        if k in('color','city','job','food','instr','lang','mat','loc','day','month'):
            if k=='city' and r.random()<.25: return s.syl(1,3)
            return s.pool(k)
        if k=='petname': return s.syl() if r.random()<.5 else s.pool('noun').capitalize()
        if k=='person2': return s.person()
        if k=='age': return s.num(3,98)
        if k=='price': return s.num(2,990)
        if k=='weight': return s.num(2,400)
        if k=='year': return s.num(1480,2020)
        if k=='time': return r.choice(['noon','midnight',s.num(1,12)+' o\'clock',s.num(1,12)+':'+r.choice(['00','15','30','45'])])
        if k=='phone': return s.num(10000,9999999)
        if k=='room': return s.num(1,480)
        if k=='town': return s.syl(1,3)
        if k=='noun':
            u=r.random()
            return s.pool('noun') if u<.4 else s.syl(1,3) if u<.7 else s.person() if u<.85 else s.num(2,99999)
        raise KeyError(k)
    # units: return (facts list[str], questions list[(fam, q, a)])
    def u_attr(s,ctx):
        r=s.r
        for _ in range(50):
            if ctx['rels'] and r.random()<.45: ri=r.choice(ctx['rels'])
            else: ri=r.randrange(len(REL))
            ek,vk,fs,qs=REL[ri]
            if ctx['ents'].get(ek) and r.random()<.25: e=r.choice(ctx['ents'][ek])
            else: e=s.ent(ek)
            x=''
            if '{x}' in fs[0]: x=s.pool('animal') if vk=='petname' else s.pool('attr')
            key=(ek,ri if '{x}' not in fs[0] else x,e)
            amb=(e,qs[0].format(e=e,x=x))
            if key in ctx['used'] or amb in ctx['used']: continue
            ctx['used'].add(key); ctx['used'].add(amb)
            break
        v=s.val(vk)
        for _ in range(5):
            if v==e: v=s.val(vk)
        ctx['rels'].append(ri); ctx['ents'].setdefault(ek,[]).append(e)
        f=s.tm(fs).format(e=e,v=v,x=x)
        if r.random()<.15:
            p=r.choice(PREFIX).replace('\x01',',')
            if f.startswith('The '): f='t'+f[1:]
            f=p+(' ' if p.endswith('that') else ', ')+f
        elif f[0].islower(): f=f[0].upper()+f[1:]
        ctx['attrq'].append((ri,ek,e,x))
        return [f],[(6,s.tm(qs).format(e=e,x=x),v)]
    def u_pass(s,ctx):
        r=s.r; k=r.choice(KEYN); d=r.choice([3,4,5,5,5,6,7]); 
        v=''.join(r.choice('0123456789') for _ in range(d))
        if v[0]=='0': v='7'+v[1:]
        if r.random()<.15: v=s.pool('noun')
        if r.random()<.5 and ('pk',k) not in ctx['used'] and not any(u[0]=='pkn' and u[1]==k for u in ctx['used'] if isinstance(u,tuple)):
            ctx['used'].add(('pk',k)); f=s.tm(PK0).format(k=k,v=v)
            f=f[0].upper()+f[1:]
            return [f],[(5,r.choice(["What is the {k}?","Tell me the {k}.","What {k} was mentioned?"][:(3 if s.held else 2)]).format(k=k),v)]
        for _ in range(20):
            n=r.choice([s.pool('noun'),s.ent('org'),s.person(),'the '+s.ent('object')])
            if ('pkn',k,n) not in ctx['used'] and ('pk',k) not in ctx['used']: break
            k=r.choice(KEYN)
        ctx['used'].add(('pkn',k,n)); f=s.tm(PK1).format(k=k,n=n,v=v)
        qk='special magic number' if f.startswith('One of') else k
        return [f],[(5,r.choice(["What is the {k} for {n}?","Tell me the {k} for {n}.","What is the {k} of {n}?"]).format(k=qk,n=n),v)]
    def cname(s):
        r=s.r; u=r.random()
        n=r.choice(CPRE)+'_'+r.choice(CSUF) if u<.6 else r.choice(CPRE)+'_'+r.choice(CPRE)+'_'+r.choice(CSUF) if u<.85 else s.syl(1,2).upper()+'_'+r.choice(CSUF)
        if u<.85:
            if (sum(map(ord,n))%5==0)!=s.ev: return s.cname()
        return n if r.random()<.75 else n.lower()
    def u_code(s,ctx):
        r=s.r
        for _ in range(20):
            n=s.cname()
            if ('c',n.lower()) not in ctx['used']: break
        ctx['used'].add(('c',n.lower())); ctx['code'].append(n)
        v=r.choice([s.num(1,99),s.num(100,9999),str(2**r.randint(3,16)),s.num(10000,99999),'0x'+''.join(r.choice('0123456789abcdef') for _ in range(2))])
        if r.random()<.12: f='"%s": %s,'%(n,v)
        else: f=s.tm(CFACT).format(n=n,v=v)
        return ['\n'+f+'\n'],[(7,s.tm(CQ).format(n=n),v)]
    def u_babi(s,ctx,n):
        r=s.r
        if s.babi and r.random()<.35:
            for _ in range(4):
                st=r.choice(s.babi); keys=[tuple(k) for k in st[3]]
                if len(st[0])<=max(n,2) and not any(k in ctx['used'] for k in keys):
                    ctx['used'].update(keys); ctx['people']+=[k[1] for k in keys if k[0]=='p']
                    return list(st[0]),[(st[2],q,a) for q,a in st[1]]
        u=r.random()
        if u<.18: return s.u_rel(ctx)
        P=[]
        for _ in range(r.choice([1,2,2,3,4])):
            p=s.pool('first') if r.random()<.85 else s.syl()
            if ('p',p) not in ctx['used']: ctx['used'].add(('p',p)); P.append(p)
        if not P: return s.u_attr(ctx)
        ctx['people']+=P
        canon=r.random()<.4
        L=(LOC[:6] if canon else [s.pool('loc') for _ in range(6)])
        O=[]
        mode=r.choice(['m','m','o','o','g']) if n>=2 else 'm'
        if mode!='m':
            for _ in range(r.choice([1,1,2])):
                o=r.choice(CARRY[:3]) if r.random()<.4 else s.pool('carry')
                if ('o',o) not in ctx['used']: ctx['used'].add(('o',o)); O.append(o)
        F=[];loc={};own={};hist={};oloc={};gives=[]
        for i in range(n):
            p=r.choice(P); w=r.random()
            if O and p in loc and w<.55:
                o=r.choice(O)
                if own.get(o)==p:
                    if mode=='g' and len(P)>1 and r.random()<.7:
                        q=r.choice([x for x in P if x!=p]); F.append(s.tm(GIVE,0).format(p=p,o=o,r=q)); own[o]=q; gives.append((p,o,q)); continue
                    if r.random()<.4 and mode!='g': F.append(s.tm(DROP).format(p=p,o=o)); own.pop(o); oloc[o]=loc[p]; continue
                elif o not in own and (o not in oloc or oloc[o]==loc[p]):
                    F.append(s.tm(GET).format(p=p,o=o)); own[o]=p
                    if not hist.get(o) or hist[o][-1]!=loc[p]: hist.setdefault(o,[]).append(loc[p])
                    continue
            l=r.choice([x for x in L if x!=loc.get(p)] or L); loc[p]=l
            F.append(s.tm(MOVE).format(p=p,l=l))
            for o,q in own.items():
                if q==p and (not hist.get(o) or hist[o][-1]!=l): hist.setdefault(o,[]).append(l)
        Qs=[(0,"Where is %s?"%p,loc[p]) for p in P if p in loc]
        for o in O:
            if o in own and own[o] in loc and hist.get(o): Qs.append((1,"Where is the %s?"%o,loc[own[o]]))
            elif o in oloc: Qs.append((1,"Where is the %s?"%o,oloc[o]))
            if len(hist.get(o,[]))>=2 and mode=='o': Qs.append((2,"Where was the %s before the %s?"%(o,hist[o][-1]),hist[o][-2]))
            if o in own and mode!='m' and r.random()<.5: Qs.append((4,r.choice(["Who has the %s?","Who is carrying the %s?"])%o,own[o]))
        seen={}
        for (p,o,q) in gives: seen[o]=(p,q)
        cnt={}
        for g in gives: cnt[(g[0],g[2])]=cnt.get((g[0],g[2]),0)+1
        for o,(p,q) in seen.items():
            if sum(1 for g in gives if g[1]==o)==1:
                Qs+= [(4,"Who gave the %s to %s?"%(o,q),p),(4,"Who did %s give the %s to?"%(p,o),q),(4,"Who received the %s?"%o,q),(4,"Who gave the %s?"%o,p)]
                if cnt[(p,q)]==1: Qs.append((4,"What did %s give to %s?"%(p,q),o))
        return F,Qs
    def u_rel(s,ctx):
        r=s.r
        L=[];
        for _ in range(12):
            l=s.pool('loc') if r.random()<.6 else r.choice(LOC[:6])
            if ('rl',l) not in ctx['used'] and l not in L: L.append(l)
            if len(L)==3: break
        if len(L)<3: return s.u_attr(ctx)
        for l in L: ctx['used'].add(('rl',l))
        opp={'north':'south','south':'north','east':'west','west':'east'}
        a,b,c=L; d1=r.choice(list(opp)); d2=r.choice([x for x in opp if x not in(opp[d1],)])
        # a d1 of b ; b d2 of c
        F=["The %s is %s of the %s."%(a,d1,b),"The %s is %s of the %s."%(b,d2,c)]
        Q=[(3,"What is %s of the %s?"%(d1,b),a),(3,"What is the %s %s of?"%(a,d1),b),(3,"What is %s of the %s?"%(opp[d1],a),b),(3,"What is %s of the %s?"%(d2,c),b),(3,"What is the %s %s of?"%(b,d2),c),(3,"What is the %s %s of?"%(b,opp[d1]),a)]
        if r.random()<.5: F=F[::-1]
        return F,Q
    def episode(s,nf,pun=.1,nq=8):
        r=s.r
        ctx=dict(used=set(),rels=[],ents={},people=[],code=[],attrq=[])
        units=[];n=0;Q=[]
        while n<nf:
            u=r.choices(['a','b','c','d'],[s.fw['a'],s.fw['b'],s.fw['c'],s.fw['d']])[0]
            if u=='a': F,q=s.u_babi(ctx,min(nf-n,r.choice([1,2,3,4,6,8])))
            elif u=='b': F,q=s.u_pass(ctx)
            elif u=='c': F,q=s.u_attr(ctx)
            else: F,q=s.u_code(ctx)
            if not F: continue
            r.shuffle(q); units.append(F); n+=len(F); Q+=q[:max(2,(len(F)+1)//2)]
        # interleave units keeping the order inside each
        order=[i for i,F in enumerate(units) for _ in F]; r.shuffle(order)
        it=[iter(F) for F in units]; facts=[next(it[i]) for i in order]
        out=[]; base=Q[:]; r.shuffle(base)
        # balance: one question family does not crowd the others
        while len(out)<nq:
            if r.random()<pun or not base:
                out.append((8,)+(s.unans(ctx),NOTST))
            else:
                out.append(base[len(out)%len(base)])
        return facts,out
    def unans(s,ctx):
        r=s.r; u=r.random()
        if ctx['attrq'] and u<.6:
            for _ in range(20):
                ri,ek,e,x=r.choice(ctx['attrq'])
                if r.random()<.5: e2=s.ent(ek); rj=ri
                else:
                    e2=e; rj=r.choice([j for j in range(len(REL)) if REL[j][0]==ek])
                x2=(x if rj==ri and x else (s.pool('animal') if REL[rj][1]=='petname' else s.pool('attr')))
                key=(ek,rj if '{x}' not in REL[rj][2][0] else x2,e2)
                q=s.tm(REL[rj][3]).format(e=e2,x=x2)
                if key not in ctx['used'] and (e2,REL[rj][3][0].format(e=e2,x=x2)) not in ctx['used']: return q
        if u<.75:
            while True:
                p=s.pool('first')
                if ('p',p) not in ctx['used']: return "Where is %s?"%p
        if u<.85:
            while True:
                n=s.cname()
                if ('c',n.lower()) not in ctx['used']: return s.tm(CQ).format(n=n)
        while True:
            n=s.pool('noun'); k=r.choice(KEYN)
            if ('pkn',k,n) not in ctx['used']: return "What is the %s for %s?"%(k,n)
    # ---- assembly into token arrays
    def fact_tokens(s,f):
        # (inline variant, line-start variant): what a whole-document tokenizer would give in each place
        if f[0]=='\n':
            t=s.enc(f); t=t[t.index(s.NL):]; return t,t[1:]
        t=s.enc(f); t2=s.enc('\n'+f); t2=t2[t2.index(s.NL):]
        if s.r.random()<.1: t=t2+[s.NL]
        return t,t2[1:]+[s.NL]
    def noise_slice(s,n,kind=None):
        r=s.r
        kind=kind or r.choices(list(s.noise),[s.nw[k] for k in s.noise])[0]
        a=s.noise[kind]; o=r.randrange(len(a)-n-1)
        return a[o:o+n].astype(np.int64)
    nw=dict(books=.74,misc=.16,code=.10)
    def scatter(s,facts,N,nosplit=0,kind=None,span=None):
        """doc of exactly N tokens with the facts at random places (in order); nosplit=segment size keeps facts inside one segment"""
        r=s.r; ft=[s.fact_tokens(f) for f in facts]
        tot=sum(max(map(len,x)) for x in ft)
        while tot>N-4 and ft: x=ft.pop(); tot-=max(map(len,x))
        M=N-tot; nz=s.noise_slice(N+64,kind)
        lim=M if span is None else max(1,int(M*span))
        pos=sorted(r.randrange(lim) if lim>0 else 0 for _ in ft)
        parts=[];last=0;cur=0;place=[]
        for t,p in zip(ft,pos):
            p=max(p,last)
            w=s.isend[nz[max(p-1,0):p+48]]; k=int(w.argmax())
            if w.any() and p>0: p=min(p+k,M)
            if p<=0: p=0
            if nosplit:
                c=cur+(p-last)
                if c//nosplit!=(c+max(map(len,t))-1)//nosplit:
                    need=nosplit-c%nosplit
                    p=min(p+need,M)
            p=min(p,M)
            prev=nz[p-1] if p>last or not parts else parts[-1][-1]
            t=t[1] if prev==s.NL else t[0]
            parts.append(nz[last:p]); cur+=p-last; last=p
            parts.append(np.array(t,np.int64)); place.append(cur); cur+=len(t)
        parts.append(nz[last:last+N-cur])
        d=np.concatenate(parts)[:N]
        assert len(d)==N,(len(d),N)
        return d,len(ft),place
    def qa_tokens(s,q,a): return [s.Q]+s.enc(q)+[s.A], s.enc(a)+[s.E]
def load_noise(d,names=('books','misc','code'),suffix=''):
    out={}
    for n in names:
        ps=sorted(p for p in os.listdir(d) if p.startswith(n+suffix+'.') and p.endswith('.u16.xz'))
        if ps: out[n]=np.concatenate([np.frombuffer(lzma.open(os.path.join(d,p)).read(),np.uint16) for p in ps])
    return out
