"""What may be said of a person: relations with the patterns of their facts and questions. Imported by relations.py, which
says what the slots are.
"""
from grammar import R

PEOPLE = [
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
]
