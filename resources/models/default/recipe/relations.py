"""Relations between an entity and a value, with the patterns of their facts and questions.

Slots: {e} entity, {v} value, {x} what kind of attribute or pet, {o} the value before an update. Imported by wordings.py
and episodes.py.
"""
from grammar import R

RELATIONS = [
    # --- people
    R("person", "city", """
      {e} was born [|and raised ]in [|the city of |the town of ]{v}.
      The [birthplace|native city|native town|place of birth] of {e} [is|was] {v}.
      [{e} came into the world|{e} first saw the light of day] in {v}.
      {v} [is|was] [the birthplace of {e}|the town where {e} was born|the city in which {e} was born|the place where {e} was born].
      [It was in|In] {v} [that |]{e} was born.
      {e} [is a native of|hails from|comes from|is from|originally came from] {v}.
      {e}'s [birthplace|native town|native city] [is|was] {v}.
      {e}, who was born in {v}, [said nothing|smiled|sat down by the fire|looked out of the window|was the last to speak].
      [Born in {v}, {e} never forgot the place|A native of {v}, {e} often spoke of it].
      ~{v} is where {e}'s [parents lived when the child was born|cradle stood].
      ~[{e} gave a first cry in|The life of {e} began in] {v}.
      """, """
      [Where|In which city|In which town|In what city|In what town|In which place] was {e} born?
      [Where|From where|From which city|Which city|What town] does {e} [come from|hail from|originate]?
      [What|Which] [city|town|place] was {e} born in?
      [Which|What] [city|town|place] is [the birthplace of {e}|{e}'s birthplace|{e} from|{e} a native of]?
      ~[In what place|Whereabouts] did {e} [come into the world|enter the world]?
      ~Where did the life of {e} begin?
      """, "[the birthplace|the native city|the place of birth|the native town] of {e}\n{e}'s [birthplace|native city|place of birth]"),
    R("person", "city", """
      {e} [lives|resides|dwells|makes a home|is living|has settled|has a house|keeps a house|has lodgings] in {v}.
      The [home|house|residence|dwelling] of {e} is in {v}.
      {e}'s [home|house|residence] is in {v}.
      [For many years|For a long time|These days|At present|Nowadays], {e} [has lived|lives|resides|has resided] in {v}.
      [Anyone|Whoever|Those] who [wishes|wish|wants|want] to visit {e} must [go|travel|journey] to {v}.
      {v} is [where {e} lives|the home of {e}|the city where {e} resides|the town in which {e} lives].
      {e}, [a resident of {v}|who lives in {v}|who has a house in {v}], [was not at home|wrote every week|kept quiet|came late].
      ~[You can write to|Letters reach] {e} at an address in {v}.
      ~{e} [calls {v} home|has a roof over the head in {v}].
      """, """
      [Where|In which city|In which town|In what city] does {e} [live|reside|dwell|have a house|have a home]?
      [What|Which] [city|town|place] does {e} [live in|reside in]?
      [Where|In which city|In which town] is [the home|the house|the residence] of {e}?
      [Where|In which city] is {e}'s [home|house|residence]?
      [Where|To which city] must one [go|travel] to visit {e}?
      ~[What place does {e} call home|Where has {e} settled down|Where does one find the home of {e}]?
      """, "[the home town|the city of residence|the place of residence] of {e}",
      updates="""
      {e} [has moved|moved|later moved|has since moved|moved house] from {o} to {v}.
      {e} no longer [lives|resides] in {o}[;| but|: the new home is] in {v} [now|these days].
      [Later|After that|Some time later|A year later], {e} [left|gave up the house in] {o} and [settled|took a house] in {v}.
      ~{e} has [exchanged|given up] {o} for {v}.
      """,
      before="Where did {e} [live|reside] [before|earlier|at first|previously]?\nWhere did {e} live before moving to {v}?\n~What was {e}'s former home?"),
    R("person", "job", """
      {e} [works|is working|is employed|earns a living|makes a living|has found work|serves] as a {v}.
      {e} is a {v}[| by profession| by trade| by occupation].
      {e} [became|trained as|was trained as|has long been] a {v}.
      The [profession|occupation|trade|job] of {e} is that of a {v}.
      {e}'s [profession|occupation|trade|job] is {v}.
      [By profession|By trade|As to occupation], {e} is a {v}.
      {e}, [a {v} by trade|a {v}|who is a {v}], [laughed|said nothing|shook hands with everybody|had no time].
      [As a {v}, {e} was|Being a {v}, {e} was] [always busy|paid poorly|well known|up early].
      ~{e} [has spent a whole life as|puts bread on the table as] a {v}.
      ~In the street everybody knew {e} the {v}.
      """, """
      What [does {e} work as|does {e} do|is {e} by profession|is {e} by trade]?
      [What|Which] [profession|occupation|trade|job] does {e} [have|follow|practise]?
      [How|By what trade] does {e} [earn a living|make a living]?
      What [kind of work|work|job] does {e} do?
      ~What does {e} do for a living?
      ~In what [line of work|capacity] is {e} employed?
      """, "[the profession|the occupation|the trade|the job] of {e}\n{e}'s [profession|occupation|trade|job]",
      updates="""
      {e} [gave up being|is no longer|stopped working as] a {o} and [became|is now|now works as] a {v}.
      {e}, [once|formerly] a {o}, is now a {v}.
      ~{e} has changed trades: a {o} then, a {v} today.
      """, before="What [was {e}|did {e} work as] [before|earlier|formerly|previously]?\n~What was the former trade of {e}?"),
    R("person", "food", """
      The [favourite food|favourite dish|best-loved food] of {e} is {v}.
      {e}'s [favourite food|favourite dish] is {v}.
      {e} [likes|loves] {v} [best of all|best|more than anything|above all other food].
      {e} [loves to eat|likes to eat|is very fond of|is fond of eating|cannot resist|would eat nothing but|adores eating] {v}.
      [Of all food|Of all dishes|At table], {e} [prefers|likes best|always asks for] {v}.
      [What {e} likes to eat|What {e} eats most gladly] is {v}.
      ~Nothing pleases {e} more than {v}.
      ~[Give|Serve] {e} {v} and there will be no complaint about the dinner.
      """, """
      What [does {e} like to eat|does {e} love to eat|does {e} like eating best|is {e} fond of eating|food does {e} like best|food does {e} prefer]?
      [Which|What] [food|dish] [does {e} like|does {e} prefer|is {e} fond of|can {e} not resist]?
      ~Which food does {e} love?
      ~What [should one cook for|would one serve to please] {e}?
      """, "[the favourite food|the favourite dish|the best-loved food] of {e}\n{e}'s [favourite food|favourite dish]"),
    R("person", "drink", """
      {e} [drinks|always drinks|likes to drink|orders|never drinks anything but] {v} [with dinner|in the morning|in the evening|at breakfast|every day].
      The [favourite drink|usual drink] of {e} is {v}.
      {e}'s [favourite drink|usual drink] is {v}.
      [To drink|When thirsty], {e} [prefers|asks for|wants] {v}.
      ~The glass of {e} is always filled with {v}.
      """, """
      What does {e} [drink|like to drink|always drink|prefer to drink|order to drink]?
      [Which|What] drink does {e} [like|prefer|order|ask for]?
      ~What is in the glass of {e}?
      """, "[the favourite drink|the usual drink] of {e}\n{e}'s [favourite drink|usual drink]"),
    R("person", "colour", """
      The [favourite colour|best-loved colour|preferred colour] of {e} is {v}.
      {e}'s [favourite colour|preferred colour] is {v}.
      {e} [prefers the colour|likes no colour so well as|has always loved the colour|is fond of the colour] {v}.
      [Of all colours|Among the colours], {e} [likes|prefers|loves] {v} [best|most].
      ~{e} likes the colour {v} best.
      ~If {e} could paint the whole world, it would be {v}.
      """, """
      [What|Which] colour does {e} [prefer|love|like most|like best of all|love best]?
      ~Which colour does {e} like best?
      ~What colour pleases {e} [most|best]?
      """, "[the favourite colour|the preferred colour|the best-loved colour] of {e}\n{e}'s [favourite colour|preferred colour]"),
    R("person", "age", """
      {e} is {v} years [old|of age].
      The age of {e} is {v}[| years].
      {e}'s age is {v}[| years].
      [At the age of {v}|Aged {v}|At {v} years of age], {e} [was still strong|went back to school|began to travel|took up dancing].
      {e}, [who is {v} years old|aged {v}|{v} years old], [sat by the window|stood up|was the first to answer].
      [Though|Although] {v} years old, {e} [still danced|worked every day|felt young].
      ~{e} has just turned {v}.
      ~{e} has seen {v} summers.
      """, """
      How old is {e}[|now|today]?
      [How many years old|Of what age] is {e}?
      [What age|How many years] is {e}?
      ~How many [years has {e} lived|summers has {e} seen]?
      """, "the age of {e}\n{e}'s age"),
    R("person", "pet", """
      {e} [has|owns|keeps|bought] a {x} [called|named|by the name of|whose name is] {v}.
      The [name of the {x} of {e}|{x} of {e} is named|{x} of {e} is called] [is |]{v}.
      {e}'s {x} is [called|named] {v}.
      [The {x} that {e} keeps|The {x} which belongs to {e}] is [called|named] {v}.
      {e} [called|named] the {x} {v}.
      {v} is the [name of {e}'s {x}|{x} of {e}|name of the {x} that {e} keeps].
      ~{e} owns a {x} that answers to the name of {v}.
      ~"{v}!" {e} would shout, and the {x} came running.
      """, """
      What [is|was] [{e}'s {x}|the {x} of {e}] [called|named]?
      [How|What] did {e} [name|call] the {x}?
      [Which|What] name did {e} give to the {x}?
      ~To what name does {e}'s {x} answer?
      """, "the name of {e}'s {x}\nthe name of the {x} of {e}"),
    R("person", "instrument", """
      {e} plays the {v}[| very well| every evening| badly].
      {e} [can play|has learnt to play|has been learning|practises|took lessons on|is a master of] the {v}.
      [In the orchestra|At the concert|In the evenings], {e} [played|plays] the {v}.
      The instrument of {e} is the {v}.
      {e}'s [instrument|favourite instrument] is the {v}.
      [Everybody loves to hear|They listened to] {e} [play|playing] the {v}.
      ~{e} [performs on|makes music on] the {v}.
      """, """
      [Which|What] [instrument|musical instrument] [does {e} play|can {e} play|does {e} practise|has {e} learnt to play]?
      [What|Which instrument] is {e} [able to play|playing]?
      ~What does {e} play?
      ~On what does {e} [perform|make music]?
      """, "[the instrument|the musical instrument] of {e}\n{e}'s instrument"),
    R("person", "language", """
      {e} speaks {v}[| fluently| at home| with the children| very well].
      {e}'s [native language|mother tongue|first language] is {v}.
      The [native language|mother tongue|first language] of {e} is {v}.
      {e} [learnt {v} as a child|was taught {v} at home|thinks and dreams in {v}|talks in {v}].
      [With {e}, one must speak|One must talk to {e} in|Letters to {e} must be written in] {v}.
      ~{e} grew up speaking {v}.
      ~{v} comes most easily to the lips of {e}.
      """, """
      [Which|What] [language|tongue] does {e} [speak|talk in|think in|speak at home]?
      In [which|what] language [does {e} speak|must one talk to {e}]?
      ~What is the language of {e}?
      ~Which tongue did {e} grow up with?
      """, "[the native language|the mother tongue|the first language] of {e}\n{e}'s [native language|mother tongue]"),
    R("person", "person", """
      {e} is [married|wedded] to {v}.
      {e} [married|wedded|has married] {v}[| in the spring| last year| in secret].
      The [wife|husband|spouse] of {e} is {v}.
      {e}'s [wife|husband|spouse] is {v}.
      {v} is [the wife|the husband] of {e}.
      {v} is {e}'s [wife|husband].
      [A few years ago|Last year|One day], {e} [and {v} were married|took {v} in marriage].
      ~{e} is the spouse of {v}.
      ~{e} [walked down the aisle with|put a ring on the finger of] {v}.
      """, """
      [Who|Whom] [is {e} married to|did {e} marry|has {e} married]?
      [Who|What person] [is|was] [the wife|the husband|the spouse] of {e}?
      Who [is|was] {e}'s [wife|husband|spouse]?
      ~To whom is {e} [married|wedded]?
      ~With whom did {e} [walk down the aisle|exchange rings]?
      """, "[the wife|the husband|the spouse] of {e}\n{e}'s [wife|husband|spouse]", describes="the spouse of {e}"),
    R("person", "person", """
      {e} [works|has worked for years|is working] for {v}.
      {e} is [employed|paid|hired] by {v}.
      The [employer|boss|master] of {e} is {v}.
      {e}'s [employer|boss] is {v}.
      {v} [employs|pays|has hired|gave work to] {e}.
      [It is {v} who|It is {v} that] [employs|pays] {e}.
      ~{e} takes orders from {v}.
      ~{e} is on the payroll of {v}.
      """, """
      [Who|Whom] [does {e} work for|is {e} working for]?
      Who [employs|pays|has hired] {e}?
      By whom is {e} [employed|paid]?
      ~For whom does {e} work?
      ~From whom does {e} take orders?
      """, "[the employer|the boss|the name of the employer] of {e}\n{e}'s [employer|boss]",
      updates="""
      {e} no longer works for {o}[; the new employer is| but for] {v}.
      {e} [left|quit the service of] {o} and [now works|went to work] for {v}.
      ~{v} has lured {e} away from {o}.
      """, before="[Who|Whom] did {e} work for [before|earlier|previously]?\n~Who used to employ {e}?", describes="the employer of {e}"),
    R("person", "person", """
      {e} is the [child|only child] of {v}.
      The [mother|father|parent] of {e} [is|was] {v}.
      {e}'s [mother|father] [is|was] {v}.
      {v} is the [mother|father] of {e}.
      {v} is {e}'s [mother|father].
      {v} has a [son|daughter] [called|named] {e}.
      ~{e} was brought up by {v}.
      """, """
      Who [is|was] [the mother|the father|the parent] of {e}?
      Who [is|was] {e}'s [mother|father]?
      [Whose child|The child of whom] is {e}?
      ~Who brought up {e}?
      """, "[the mother|the father|the parent] of {e}\n{e}'s [mother|father]", describes="the parent of {e}"),
    R("person", "person", """
      The [best friend|closest friend] of {e} is {v}.
      {e}'s [best friend|closest friend] is {v}.
      {e} has no [better|closer] friend than {v}.
      {v} is {e}'s [best|closest] friend.
      {e} and {v} have been [best friends|inseparable] since they were children.
      ~{e} trusts nobody so much as {v}.
      """, """
      Who is [the best friend|the closest friend] of {e}?
      Who is {e}'s [best|closest] friend?
      ~Whom does {e} trust most?
      """, "the name of {e}'s best friend\nthe best friend of {e}", describes="the best friend of {e}"),
    R("person", "phone", """
      The [telephone number|phone number|number] of {e} is {v}.
      {e}'s [telephone number|phone number] is {v}.
      [Call|Ring|Telephone] {e} [at|on] {v}.
      [To call|To reach|To speak to] {e}, [dial|ring|telephone] {v}.
      {v} is the [telephone number|phone number] of {e}.
      ~{e} can be reached at {v}.
      ~If you need {e}, the number is {v}.
      """, """
      [Which|What] [number|telephone number|phone number] does {e} have?
      [Which|What] number [must|should|do] [I|one|you] [dial|call|ring] [to reach|to speak to|for] {e}?
      ~At what number can {e} be reached?
      ~How can I ring {e}?
      """, "[the telephone number|the phone number] of {e}\n{e}'s [telephone number|phone number]"),
    R("person", "room", """
      {e} [stays|sleeps|lodges|was put] in room {v}.
      The room number of {e} is {v}.
      {e}'s [room|room number] is [number |]{v}.
      Room {v} [is occupied by|belongs to|was given to|is kept for] {e}.
      [They gave|The clerk gave] {e} [the key to |]room {v}.
      ~Knock at {v} if you look for {e}'s room.
      """, """
      In [which|what] room does {e} [stay|sleep|lodge]?
      [Which|What] room [is {e} in|does {e} have|was given to {e}|belongs to {e}]?
      ~At which door must one knock to find {e}?
      """, "the room number of {e}\n{e}'s [room number|room]",
      updates="{e} [changed|moved] from room {o} to room {v}.\n{e} is no longer in room {o} but in room {v}.",
      before="In which room did {e} stay [before|earlier]?"),
    R("person", "anything", """
      The {x} of {e} [is|was] {v}.
      {e}'s {x} [is|was] {v}.
      {v} is [the {x} of {e}|{e}'s {x}].
      [{e} has {v} as {x}|For {x}, {e} chose {v}|{e} chose {v} as {x}].
      [They|People] say that {e}'s {x} is {v}.
      ~As for {e}, the {x} is {v}.
      ~When it comes to the {x}, {e} has {v}.
      """, """
      [What|Which] {x} does {e} have?
      [What|Which one] did {e} choose as {x}?
      ~[What|Which] is listed as the {x} of {e}?
      """, "the {x} of {e}\n{e}'s {x}"),
    R("person", "date", """
      {e} was born on {v}.
      The birthday of {e} is {v}.
      {e}'s [birthday|date of birth] is {v}.
      [On {v}, {e} was born|{e} has a birthday on {v}|{e} celebrates a birthday on {v}].
      ~{e} blows out the candles on {v}.
      """, """
      When [is {e}'s birthday|was {e} born|is the birthday of {e}]?
      On [what|which] [day|date] [was {e} born|is {e}'s birthday]?
      ~When does {e} blow out the candles?
      """, "[the birthday|the date of birth] of {e}\n{e}'s [birthday|date of birth]"),
    R("person", "year", """
      {e} died in [|the year ]{v}.
      {e} [passed away|was buried|was laid to rest] in {v}.
      The year of {e}'s death was {v}.
      The [death of {e} came|funeral of {e} was] in {v}.
      [It was in|In the year|In] {v} [that |]{e} died.
      ~{e} drew a last breath in {v}.
      """, """
      [When|In which year|In what year] did {e} [die|pass away]?
      [What|Which] year did {e} die in?
      ~When did {e} draw a last breath?
      """, "the year of {e}'s death\nthe year in which {e} died"),
    R("person", "quotation", """
      "{v}," said {e}.
      {e} [said|cried|answered|whispered|told us|declared|wrote]: "{v}."
      "{v}," [cried|whispered|answered|murmured|repeated] {e}[| again| with a smile| at last].
      [Then|At last|Suddenly] {e} [said|cried|called out]: "{v}!"
      ~The words that {e} left on the slate were "{v}."
      """, """
      What did {e} [say|cry|answer|tell us|declare]?
      What [were the words|was the saying] of {e}?
      ~Which words came from {e}?
      """, "the words of {e}"),
    R("person", "object", """
      {e} [lost|has lost|mislaid] {v} [on the way|yesterday|in the crowd|last week].
      [On the journey|Yesterday|Somewhere], {e} lost {v}.
      What {e} lost was {v}.
      ~{v} slipped out of the hands of {e} and was never seen again.
      """, """
      What [did {e} lose|has {e} lost|did {e} mislay]?
      [Which|What] thing did {e} lose?
      ~What went missing from {e}?
      """, "the thing that {e} lost"),
    R("person", "object", """
      {e} [bought|has bought|purchased] {v} [at the market|yesterday|for the house|last week|in town].
      [Yesterday|At the fair|In town], {e} [bought|paid for] {v}.
      What {e} [bought|purchased] was {v}.
      ~{e} came home from the shop with {v}.
      """, """
      What did {e} [buy|purchase|pay for]?
      What has {e} bought?
      ~What did {e} bring home from the shop?
      """, "the thing that {e} bought"),
    R("person", "animal", """
      {e} is [afraid|frightened|terrified] of [every|any] {v}.
      {e} [fears|dreads] nothing so much as a {v}.
      [The sight of a {v}|A {v}] [frightens|terrifies|scares] {e}.
      ~{e} runs away whenever a {v} comes near.
      """, """
      What [is {e} afraid of|is {e} frightened of|does {e} fear|frightens {e}|scares {e}]?
      [Which|What] animal [does {e} fear|frightens {e}|is {e} afraid of]?
      ~What makes {e} run away?
      """),
    R("person", "city", """
      {e} [studied|went to university|was educated|took a degree|spent the years of study] in {v}.
      {e} [is a graduate of|graduated from] the university of {v}.
      The [studies|student years] of {e} [took place|were spent] in {v}.
      ~It was the professors of {v} who taught {e}.
      """, """
      [Where|In which city|In what city] [did {e} study|was {e} educated|did {e} go to university]?
      [Which|What] university did {e} [go to|graduate from]?
      ~Whose professors taught {e}?
      """, "the city where {e} studied"),
    R("person", "org", """
      {e} is a member of {v}.
      {e} [joined|has joined|belongs to|was elected to] {v}.
      [They made {e} a member of|The members admitted {e} to] {v}.
      ~{e} carries the badge of {v}.
      """, """
      [What|Which society] is {e} a member of?
      What [did {e} join|has {e} joined|does {e} belong to]?
      ~Whose badge does {e} carry?
      """),
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
