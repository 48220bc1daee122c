"""What may be said of objects, events, organisations, countries, ships, books and towns. Imported by relations.py, which
says what the slots are.
"""
from grammar import R

THINGS = [
    # --- objects
    R("object", "colour", """
      The {e} is {v}[| all over| in colour].
      The {e} [is|was|has been] [painted|dyed|coloured] {v}.
      The colour of the {e} [is|was] {v}.
      The {e} [has|had] a {v} colour.
      The {e} was of a [bright|pale|dark|] {v} colour.
      [They|Somebody once] [painted|dyed] the {e} {v}.
      The {e}, [which is {v}|painted {v}|{v} in colour], [stood in the corner|was covered with dust|caught the eye].
      ~Somebody had painted the {e} {v}.
      ~[What {v} paint|A coat of {v} paint] covers the {e}[|.].
      """, """
      [What|Which] colour [is|was] the {e}?
      [What|Which] colour [has|does] the {e} [have|been painted]?
      [How|In what colour] is the {e} painted?
      ~In which colour does the {e} [appear|shine]?
      ~With what colour did they cover the {e}?
      """, "the colour of the {e}\nthe {e}'s colour"),
    R("object", "person", """
      The {e} belongs to {v}.
      The owner of the {e} is {v}.
      The {e} is [the property of|owned by|the possession of] {v}.
      {v} [possesses|is the owner of|has owned for years|inherited|came into possession of] the {e}.
      [It is {v} who owns|It is to {v} that belongs] the {e}.
      [The {e} was left to|The {e} passed into the hands of] {v}.
      ~{v} owns the {e}.
      ~The {e} is among the belongings of {v}.
      """, """
      Who [owns|possesses|is the owner of|has] the {e}?
      [Who|Whom] does the {e} belong to?
      To whom does the {e} belong?
      ~Whose is the {e}?
      ~Whose property is the {e}?
      """, "[the owner|the name of the owner] of the {e}",
      updates="""
      {o} [sold|gave] the {e} to {v}, who owns it now.
      The {e} no longer belongs to {o}[; it belongs to| but to] {v}.
      ~The {e} has changed hands, from {o} to {v}.
      """, before="Who owned the {e} [before|earlier|formerly]?\nWho was the [former|previous] owner of the {e}?", describes="the owner of the {e}"),
    R("object", "material", """
      The {e} [is|was] made [of|from|out of] {v}.
      The {e} consists [entirely |]of {v}.
      The material of the {e} is {v}.
      The {e} was [cut|wrought|fashioned|crafted] from {v}.
      They [made|fashioned] the {e} [of|from] {v}.
      [For the {e}|To make the {e}], they [used|took] {v}.
      ~They had made the {e} of {v}.
      ~{v} is the stuff of the {e}.
      """, """
      What [is|was] the {e} [made of|made from|made out of|fashioned from]?
      [What|Which] material [is the {e} made of|was used for the {e}|did they use for the {e}]?
      What does the {e} consist of?
      ~Of what is the {e} made?
      ~Out of which stuff did they fashion the {e}?
      """, "the material of the {e}"),
    R("object", "price", """
      The {e} [costs|cost|is worth|was valued at] {v} dollars.
      The [price|value|cost] of the {e} [is|was] {v} dollars.
      The {e} [was sold|is for sale|was bought] for {v} dollars.
      {v} dollars [is|was] the price of the {e}.
      [They paid|The buyer paid|He asked] {v} dollars for the {e}.
      [For the {e}|To buy the {e}], [they paid|one needs] {v} dollars.
      ~One must pay {v} dollars for the {e}.
      ~The {e} changed hands at {v} dollars.
      """, """
      How much [does the {e} cost|did the {e} cost|is the {e}|is the {e} worth|was paid for the {e}]?
      [How many dollars|What] [does the {e} cost|did they pay for the {e}]?
      For how [much|many dollars] was the {e} sold?
      ~How many dollars must one pay for the {e}?
      ~At what sum did the {e} change hands?
      """, "the [price|cost|value] of the {e}",
      updates="The price of the {e} [rose|fell|was changed|went] from {o} to {v} dollars.\nThe {e} no longer costs {o} dollars but {v}.",
      before="How much did the {e} cost before?\nWhat was the old price of the {e}?"),
    R("object", "weight", """
      The {e} [weighs|weighed] {v} pounds.
      The weight of the {e} [is|was] {v} pounds.
      The {e} has a weight of {v} pounds.
      [On the scales|When they weighed it], the {e} [came to|weighed] {v} pounds.
      ~The {e} is {v} pounds in weight.
      ~It takes strong arms to lift the {v} pounds of the {e}.
      """, """
      How [much|heavy] [does|is] the {e}[| weigh]?
      How many pounds [does the {e} weigh|is the {e}]?
      ~How many pounds show on the scales for the {e}?
      """, "the weight of the {e}"),
    R("object", "place", """
      The {e} [is|was|is kept|was left|was put|is stored|stands|lies|has been put|was placed] in the {v}.
      [They|Someone|She|He] [put|left|placed|hid|stored] the {e} in the {v}.
      You [can find|may find] the {e} in the {v}.
      [In the {v}|There in the {v}] [is|stands|lies|was] the {e}.
      [Look for the {e} in|If you need the {e}, go to|The place of the {e} is] the {v}.
      ~You will find the {e} in the {v}.
      ~The {v} is where the {e} [ended up|has its place].
      """, """
      Where [is|was] the {e}[| kept| stored| put| left| now]?
      In [which|what] [room|place] is the {e}?
      Where [can|could|may|does] [one|you|somebody] find the {e}?
      Where [did they put|did someone leave|did they leave] the {e}?
      ~In what place is the {e}?
      ~Where should one look for the {e}?
      """, "the [place|whereabouts] of the {e}",
      updates="""
      The {e} [was moved|has been moved|was carried|was taken] from the {o} to the {v}.
      The {e} is no longer in the {o}[; it is| but] in the {v}[| now].
      ~Somebody dragged the {e} out of the {o} and into the {v}.
      """, before="Where was the {e} [before|earlier|at first|before it was moved]?\nWhere was the {e} before the {v}?"),
    R("object", "person", """
      {v} [made|built|designed|invented] the {e}.
      The {e} was [made|built|designed|invented] by {v}.
      The [maker|inventor] of the {e} is {v}.
      It was {v} who [made|invented] the {e}.
      ~The {e} came from the workshop of {v}.
      """, """
      Who [made|built|designed|invented] the {e}?
      By whom was the {e} [made|built|invented]?
      Who is the [maker|inventor] of the {e}?
      ~From whose workshop did the {e} come?
      """, "the [maker|inventor] of the {e}", describes="the maker of the {e}"),
    R("object", "person", """
      {v} [stole|took away|ran off with] the {e}.
      The {e} was [stolen|taken away] by {v}.
      The thief of the {e} [is|was] {v}.
      It was {v} who stole the {e}.
      ~{v} is to blame for the disappearance of the {e}.
      """, """
      Who [stole|took away|ran off with] the {e}?
      By whom was the {e} stolen?
      Who was the thief of the {e}?
      ~Who is to blame for the disappearance of the {e}?
      """, "the thief of the {e}", describes="the thief of the {e}"),
    R("object", "quantity", """
      The {e} [holds|can hold|contains] {v}.
      [There is room for|There are] {v} in the {e}.
      The {e} was [filled|loaded] with {v}.
      ~Nobody believed that {v} would go into the {e}.
      """, """
      How much does the {e} [hold|contain]?
      How much [is there|is there room for] in the {e}?
      What was the {e} [filled|loaded] with?
      ~How much would go into the {e}?
      """, "the contents of the {e}"),
    R("object", "object", """
      {v} [is|lies|stands|was put|was left] [under|behind|next to|on top of|beside] the {e}.
      [Under|Behind|Next to|Beside|On top of] the {e} [is|lies|stands|was] {v}.
      ~Whoever lifts the {e} finds {v}.
      """, """
      What [is|lies|stands] [near|by|at] the {e}?
      What was [left|put] [near|by] the {e}?
      ~What does one find at the {e}?
      """),
    # --- events
    R("event", "day", """
      The {e} [takes place|is|will be|will be held|is to be held|is set|is planned|happens] on {v}.
      The {e} [has been fixed|was arranged|has been set|was planned] for {v}.
      [On|This coming|Next] {v} [is|comes|there will be] the {e}.
      {v} is the day of the {e}.
      [They|We] [chose|agreed on|settled on] {v} for the {e}.
      [Do not forget|Remember] the {e} on {v}.
      ~They arranged the {e} for {v}.
      ~Keep {v} free for the {e}.
      """, """
      [When|On which day|On what day] [is|will be] the {e}?
      [When|On which day|On what day|Which day] does the {e} [happen|take place on]?
      [When|On which day] [will the {e} be held|was the {e} planned for]?
      What day is the {e}?
      ~Which day was chosen for the {e}?
      ~Which day must be kept free for the {e}?
      """, "the day of the {e}",
      updates="""
      The {e} [was moved|was postponed|was put off|has been moved] from {o} to {v}.
      The {e} is no longer on {o}[; it is| but] on {v}.
      ~Not {o} but {v} is the new day for the {e}.
      """, before="On which day was the {e} to be [before|at first|originally]?\nWhat was the [original|first] day of the {e}?"),
    R("event", "month", """
      The {e} [takes place|will be held|happens|is held|is] in {v}.
      The {e} [is planned|has been arranged] for {v}.
      [In|Every year in] {v} [is|comes|there is] the {e}.
      The month of the {e} is {v}.
      ~{v} brings the {e}.
      """, """
      In [which|what] month [is|will be] the {e}?
      [What|Which] month is the {e} in?
      ~In which month does the {e} take place?
      ~Which month brings the {e}?
      """, "the month of the {e}"),
    R("event", "place", """
      The {e} [takes place|will be held|will take place|is|is to be] in the {v}.
      The [place|venue] [of|for] the {e} is the {v}.
      [They chose|They have booked] the {v} for the {e}.
      [The guests of|The guests at] the {e} [met|will meet] in the {v}.
      The {v} is the [place|venue] of the {e}.
      ~Everyone should come to the {v} for the {e}.
      ~The {v} will open its doors for the {e}.
      """, """
      Where [is|will be|was] the {e}[| held]?
      Where [does|will] the {e} take place?
      [Where|In which place|In what place] will the {e} be[| held]?
      ~In which place is the {e} held?
      ~What will open its doors for the {e}?
      """, "the [place|venue] of the {e}",
      updates="The {e} [was moved|has been moved] from the {o} to the {v}.\nThe {e} will no longer be in the {o} but in the {v}."),
    R("event", "time", """
      The {e} [begins|starts|opens] at {v}.
      The {e} [is to begin|is to start|is] at {v}.
      [At {v}|Precisely at {v}] [begins|starts] the {e}.
      The {e} is [set|fixed|arranged] for {v}.
      [Come at|Be there at] {v} for the {e}.
      ~The {e} will begin at {v}.
      ~By {v} everybody must be seated for the {e}.
      """, """
      [When|At what time|At what hour] does the {e} [start|open]?
      [When|At what time] [is|will be] the {e}?
      What time does the {e} [begin|start]?
      ~What time is the {e}?
      ~By when must everybody be seated for the {e}?
      """, "the [time|hour] of the {e}\nthe starting time of the {e}"),
    R("event", "price", """
      [A ticket|Admission|Entrance] [for|to] the {e} costs {v} dollars.
      One pays {v} dollars to [see|attend] the {e}.
      The [ticket|entrance fee] for the {e} is {v} dollars.
      ~Nobody gets into the {e} without {v} dollars.
      """, """
      How much [is a ticket|is admission|does a ticket cost|does one pay] for the {e}?
      How many dollars is [a ticket|the entrance fee] for the {e}?
      ~What does it take to get into the {e}?
      """, "the [price of a ticket|entrance fee] for the {e}"),
    # --- organisations, ships, countries, books
    R("org", "year", """
      The {e} was [established|set up|created|opened] in [|the year ]{v}.
      [In|It was in] {v} [that |]the {e} was [founded|established|opened].
      The {e} [has existed|has been open] since {v}.
      The [founding|foundation|opening] of the {e} [was|took place] in {v}.
      The {e} was founded in {v}.
      ~The {e} dates from the year {v}.
      ~The history of the {e} goes back to {v}.
      """, """
      [When|In which year|In what year] was the {e} [founded|set up|created|opened]?
      [What|Which] year was the {e} [founded|opened|set up] in?
      Since when has the {e} existed?
      ~What year was the {e} established?
      ~To which year does the history of the {e} go back?
      """, "the year of the [founding|opening] of the {e}\nthe founding year of the {e}"),
    R("org", "city", """
      The {e} [is based|is located|has its office|is situated|has its home] in {v}.
      The [headquarters|main office|seat] of the {e} is in {v}.
      [In {v}|In the city of {v}] [is|stands] the {e}.
      {v} is the [home|seat] of the {e}.
      ~The headquarters of the {e} are found in {v}.
      ~Visitors of the {e} get off the train in {v}.
      """, """
      [Where|In which city|In what city|In which town] is the {e}[| based| located| situated]?
      [Where|In which city] does the {e} have its [office|seat]?
      [What|Which] city is the {e} [in|based in]?
      ~Where does the {e} have its headquarters?
      ~In which town do visitors of the {e} get off the train?
      """, "the [seat|home city|location] of the {e}"),
    R("org", "person", """
      The [head|leader|chief|president] of the {e} is {v}.
      The {e} is [led|headed|directed|run] by {v}.
      {v} [leads|runs|directs|heads|is in charge of|is the head of] the {e}.
      [They made|They elected] {v} [head|president] of the {e}.
      ~The director of the {e} is {v}.
      ~At the top of the {e} sits {v}.
      """, """
      Who [leads|runs|heads|directs|is the head of|is the president of|is in charge of] the {e}?
      By whom is the {e} [led|run|headed]?
      ~Who is the director of the {e}?
      ~Who sits at the top of the {e}?
      """, "the [head|leader|president] of the {e}",
      updates="{v} [succeeded|replaced|took over from] {o} as [head|president] of the {e}.\n{o} is no longer the head of the {e}; {v} is.",
      before="Who was [the head|the leader] of the {e} before?\nWho led the {e} before {v}?", describes="the head of the {e}"),
    R("org", "person", """
      The {e} was [founded|established|started] by {v}.
      {v} [founded|established|started|set up] the {e}.
      The founder of the {e} [is|was] {v}.
      It was {v} who [founded|set up] the {e}.
      ~The {e} owes its existence to {v}.
      """, """
      Who [founded|established|started|set up] the {e}?
      By whom was the {e} [founded|established]?
      Who [is|was] the founder of the {e}?
      ~To whom does the {e} owe its existence?
      """, "the founder of the {e}", describes="the founder of the {e}"),
    R("org", "number", """
      The {e} has {v} members.
      [There are|They counted] {v} members in the {e}.
      The {e} [counts|numbers] {v} members.
      ~{v} people pay their dues to the {e}.
      """, """
      How many members [does the {e} have|are in the {e}|are there in the {e}]?
      ~How many people pay their dues to the {e}?
      """, "the number of members of the {e}"),
    R("country", "town", """
      The capital [|city ]of {e} [is|was] [|called ]{v}.
      {v} is the capital [|city ]of {e}.
      {e} has its capital in {v}.
      {e}'s capital is {v}.
      The [government|parliament] of {e} [sits|meets] in {v}.
      ~The capital city of {e} bears the name of {v}.
      ~All roads in {e} lead to its capital, {v}.
      """, """
      [What|Which city] is the capital [|city ]of {e}?
      [What|Which city] is {e}'s capital?
      Where is the capital of {e}?
      In which city does the [government|parliament] of {e} [sit|meet]?
      ~What name does the capital of {e} bear?
      ~Where do all roads in {e} lead?
      """, "the [capital|capital city] of {e}\nthe name of the capital of {e}"),
    R("country", "number", """
      {e} has {v} [inhabitants|people|citizens].
      [There live|There are] {v} [people|inhabitants] in {e}.
      The population of {e} is {v}.
      {v} people live in {e}.
      ~The census of {e} counted {v} souls.
      """, """
      How many [people|inhabitants|citizens] [live in {e}|does {e} have|are there in {e}]?
      How large is the population of {e}?
      ~How many souls did the census of {e} count?
      """, "the [population|number of inhabitants] of {e}"),
    R("country", "person", """
      The [king|queen|ruler|president|governor] of {e} is {v}.
      {e} is [ruled|governed] by {v}.
      {v} [rules|governs|is the ruler of] {e}.
      ~{v} wears the crown of {e}.
      """, """
      Who [rules|governs|is the ruler of|is in power in] {e}?
      By whom is {e} [ruled|governed]?
      ~Who wears the crown of {e}?
      """, "the ruler of {e}", describes="the ruler of {e}",
      updates="{v} has [succeeded|followed] {o} as ruler of {e}.\n{o} no longer rules {e}; {v} does."),
    R("country", "noun", """
      {e} [exports|sells|sends abroad] {v} [above all|more than anything else|mostly].
      The [main|chief] export of {e} is {v}.
      {e} is [known|famous] for its {v}.
      ~Ships leave {e} loaded with {v}.
      """, """
      What does {e} [export|sell|send abroad]?
      What is {e} [known|famous] for?
      ~With what are the ships loaded that leave {e}?
      """, "the [main|chief] export of {e}"),
    R("ship", "person", """
      The captain of the {e} [is|was] {v}.
      The {e} [is commanded|is captained|sails under the command of|was sailed] [by |]{v}.
      {v} [commands|captains|is in command of|is the master of] the {e}.
      [They gave|The owners gave] {v} command of the {e}.
      ~{v} is the captain of the {e}.
      ~On the bridge of the {e} stands {v}.
      """, """
      Who [commands|captains|is in command of|is the captain of|is the master of] the {e}?
      By whom is the {e} commanded?
      ~What is the name of the captain of the {e}?
      ~Who stands on the bridge of the {e}?
      """, "the captain of the {e}", describes="the captain of the {e}",
      updates="{v} [relieved|replaced] {o} as captain of the {e}.\n{o} no longer commands the {e}; {v} does."),
    R("ship", "city", """
      The {e} [sails|is sailing|is bound|is headed|set out|is on her way] [to|for] {v}.
      The destination of the {e} is the port of {v}.
      The {e} [will call at|is expected in|makes for|carries goods to] {v}.
      [To {v}|For {v}] sails the {e}.
      ~The destination of the {e} is {v}.
      ~They wait on the quay of {v} for the {e}.
      """, """
      [Where|To which port|To what port] [does the {e} sail|is the {e} sailing|is the {e} bound|is the {e} headed]?
      [Which|What] port [does the {e} make for|is the {e} bound for]?
      Where is the {e} expected?
      ~Where is the {e} going?
      ~On whose quay do they wait for the {e}?
      """, "the [destination|port of destination] of the {e}",
      updates="The {e} [changed course|turned] from {o} to {v}.\nThe {e} no longer sails to {o} but to {v}."),
    R("ship", "noun", """
      The {e} [carries|is loaded with|has on board|transports] [|a cargo of ]{v}.
      The [cargo|load] of the {e} is {v}.
      [On board|In the hold of] the {e} [is|there is] {v}.
      ~The hold of the {e} is stuffed with {v}.
      """, """
      What [does the {e} carry|is the {e} loaded with|does the {e} have on board|does the {e} transport]?
      What is [on board|in the hold of] the {e}?
      ~With what is the hold of the {e} stuffed?
      """, "the [cargo|load] of the {e}"),
    R("book", "person", """
      {v} [wrote|is the author of|composed|published] {e}.
      {e} [is|was] [written|composed|published] by {v}.
      The [book|novel] {e} [was written|is] by {v}.
      The [author|writer] of {e} [is|was] {v}.
      It was {v} who wrote {e}.
      ~{v} wrote the book {e}.
      ~From the pen of {v} came {e}.
      """, """
      Who [wrote|is the author of|is the writer of|composed|published] {e}?
      By whom [is|was] {e}[| composed| published]?
      ~By whom was {e} written?
      ~From whose pen came {e}?
      """, "the [author|writer] of {e}\nthe name of the author of {e}", describes="the author of {e}"),
    R("book", "year", """
      {e} was [published|printed|written] in {v}.
      {e} [appeared|came out] in {v}.
      [In|It was in] {v} [that |]{e} [appeared|was published].
      ~The presses first ran for {e} in {v}.
      """, """
      [When|In which year] [was {e} published|was {e} printed|did {e} appear|did {e} come out]?
      ~When did the presses first run for {e}?
      """, "the year of publication of {e}"),
    R("book", "number", """
      {e} has {v} pages.
      [There are|One counts] {v} pages in {e}.
      {e} is {v} pages long.
      ~The reader of {e} must turn {v} pages.
      """, """
      How many pages [does {e} have|are there in {e}|long is {e}]?
      ~How many pages must the reader of {e} turn?
      """, "the number of pages of {e}"),
    # --- anything with a name
    R("thing", "anything", """
      The {x} of the {e} [is|was] {v}.
      The {e} has {v} as its {x}.
      {v} is the {x} of the {e}.
      [They chose|They took] {v} as the {x} of the {e}.
      The {x} for the {e} is {v}.
      ~The {e} has the {x} {v}.
      ~Ask at the {e} for its {x} and they will tell you {v}.
      """, """
      [What|Which] {x} does the {e} have?
      [What|Which one] was chosen as the {x} of the {e}?
      ~[What|Which] is listed as the {x} of the {e}?
      """, "the {x} [of|for] the {e}\nthe {e}'s {x}"),
    R("town", "person", """
      The [mayor|magistrate] of {e} is {v}.
      {v} is the [mayor|magistrate] of {e}.
      {v} was [elected|chosen as] mayor of {e}.
      ~The people of {e} voted for {v} as their mayor.
      """, """
      Who is [the mayor|the magistrate|mayor] of {e}?
      Who was [elected|chosen as] mayor of {e}?
      ~For whom did the people of {e} vote as their mayor?
      """, "the [mayor|magistrate] of {e}", describes="the mayor of {e}"),
    R("town", "quantity", """
      {e} [produces|harvests|sends to market] {v} of grain [every year|a year].
      [Every year|Each autumn], {e} [produces|sends to market] {v} of grain.
      ~{v} of grain leave the barns of {e} each year.
      """, """
      How much grain does {e} [produce|harvest|send to market]?
      ~How much grain leaves the barns of {e}?
      """, "the yearly harvest of {e}"),
]
