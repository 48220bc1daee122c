"""Wordings that only evaluation uses: how people might put the facts and questions that training words in its own way.

They were written to differ from the patterns of relations.py and wordings.py, share no sentence with them, and keep to
common words, unlike the idioms of the patterns that start with "~". So they tell whether a model understands a
sentence or a question that it was not trained on word for word. The patterns and their slots are those of grammar.py.
"""
from collections import namedtuple

Paraphrase = namedtuple("Paraphrase", "facts questions")


def lines(text):
    return [line.strip() for line in text.strip().split("\n")]


def P(facts, questions):
    return Paraphrase(lines(facts), lines(questions))


# One entry for each of relations.RELATIONS, in the same order.
PARAPHRASES = [
    # --- people
    P("""
      {v} was the [city|place] of {e}'s birth.
      The birth of {e} took place in {v}.
      {e} was born to a [large|poor] family in {v}.
      {v} is given as the place of birth on {e}'s birth certificate.
      """, """
      Which [city|town] was {e}'s place of birth?
      {e} was born in which [city|town]?
      Where did the birth of {e} take place?
      Do you know where {e} was born?
      What is the name of the [city|town] where {e} was born?
      """),  # born in
    P("""
      {e}'s current address is in {v}.
      The place where {e} lives is called {v}.
      You have to go to {v} if you want to see {e} at home.
      People who live in {v} have {e} as a neighbour.
      """, """
      Which [city|town] is home to {e}?
      {e} lives in which [city|town]?
      What is the name of the [city|town] where {e} lives?
      Which city is {e}'s address in?
      I'd like to know where {e} is living now.
      """),  # lives in
    P("""
      {v} is the [job|profession] that {e} has.
      The village has hired {e} as its {v}.
      {e} holds the [post|position] of {v}.
      Under occupation, {e} wrote {v} on the form.
      """, """
      What sort of job does {e} have?
      What is it that {e} does for work?
      How does {e} make money?
      Which profession is {e} in?
      What would {e} write under occupation?
      """),  # job
    P("""
      {e} enjoys {v} more than any other [food|dish].
      There is no food that tastes better to {e} than {v}.
      For {e}, no other dish is as good as {v}.
      When {e} is hungry, it has to be {v}.
      """, """
      Which food would {e} choose above all others?
      What kind of food does {e} enjoy most?
      What should I cook if I want to make {e} happy?
      Name the [food|dish] that {e} likes most.
      I'd like to know what {e}'s favourite dish is.
      """),  # favourite food
    P("""
      When {e} wants something to drink, it is [always|usually] {v}.
      {e}'s drink of choice is {v}.
      The waiter knows that {e} will have {v} to drink.
      At the inn, {e} always has a glass of {v}.
      """, """
      Which drink is {e}'s favourite?
      What does {e} usually have to drink?
      What drink should we [offer|bring] {e}?
      When {e} is thirsty, what should I pour?
      I'd like to know what {e} likes to drink.
      """),  # favourite drink
    P("""
      {e} thinks that {v} is the most beautiful of all colours.
      {v} is the colour that {e} likes [best|most].
      When {e} has to choose a colour, it is always {v}.
      """, """
      Which colour is {e}'s favourite?
      Which colour does {e} find the most beautiful?
      Of all the colours, which one does {e} like [best|most]?
      If {e} could choose a colour, which one would it be?
      """),  # favourite colour
    P("""
      {e} turned {v} [this year|last month].
      It has been {v} years since {e} was born.
      {e} reached the age of {v} [last week|this spring].
      """, """
      What is {e}'s age in years?
      How many years ago was {e} born?
      How many years has {e} been alive?
      {e} is how [old|many years old]?
      [Can you tell me|Do you know] how old {e} is?
      """),  # age
    P("""
      {e} has a pet {x}, and its name is {v}.
      The pet {x} in {e}'s house is called {v}.
      {e} chose {v} as a name for the {x}.
      At home, {e} looks after a pet {x} with the name {v}.
      """, """
      What is the name of the {x} that belongs to {e}?
      What name does {e}'s {x} have?
      What does {e} call the pet {x}?
      Which name did {e} [pick|choose] for the {x}?
      """),  # name of a pet
    P("""
      It is the {v} that {e} plays.
      {e} is known for playing the {v}.
      {e} sat down and played a tune on the {v}.
      The {v} is the only instrument that {e} knows how to play.
      """, """
      Which instrument does {e} know how to play?
      {e} plays which instrument?
      What instrument would {e} bring to a concert?
      When {e} makes music, what is the instrument?
      Name the instrument that {e} plays.
      """),  # instrument
    P("""
      {e} was raised in a family that spoke {v}.
      When {e} talks to the family, it is in {v}.
      The language {e} grew up with is {v}.
      At home, the language {e} uses is {v}.
      """, """
      What language was {e} raised in?
      {e} speaks which language?
      Which language should I use when I talk to {e}?
      What was the first language that {e} learnt?
      I'd like to know what language {e} speaks.
      """),  # language
    P("""
      {v} and {e} are husband and wife.
      [In June|At last], {e} got married to {v}.
      The person whom {e} married is {v}.
      {e} has been married to {v} for [ten|many] years.
      """, """
      Who did {e} get married to?
      Which person did {e} marry?
      {e} is married to whom?
      Who is {e}'s husband or wife?
      Name the person {e} is married to.
      """),  # spouse
    P("""
      {e} has a job with {v}.
      The one who pays {e}'s wages is {v}.
      {v} is the person {e} works for.
      At work, {e} has {v} as a boss.
      """, """
      Who pays {e}'s wages?
      {e} works for whom?
      Who does {e} have a job with?
      Who does {e} have as a boss?
      Name the person who employs {e}.
      """),  # employer
    P("""
      Of {v}'s children, {e} is the [oldest|youngest].
      One of {e}'s parents is {v}.
      {v} has a child whose name is {e}.
      {v} is the parent who raised {e}.
      """, """
      Who is {e} the child of?
      {e} is whose child?
      Who has a child called {e}?
      Which person is a parent of {e}?
      Name the mother or father of {e}.
      """),  # parent
    P("""
      {e} likes {v} more than any other friend.
      Of all {e}'s friends, {v} is the closest.
      {v} has been {e}'s best friend for years.
      {v} and {e} are the best of friends.
      """, """
      Which of {e}'s friends is the closest?
      Who is {e} best friends with?
      What is {e}'s best friend called?
      Which friend does {e} like most?
      Name the person who is {e}'s best friend.
      """),  # best friend
    P("""
      You can phone {e} on {v}.
      When you want to speak to {e} on the phone, the number is {v}.
      The phone book gives {v} for {e}.
      {e}'s phone rings when you dial {v}.
      """, """
      What number do I need to phone {e}?
      Which number is listed for {e} in the phone book?
      What is the number of {e}'s phone?
      I want to phone {e}; what is the number?
      Can you tell me which number to dial for {e}?
      """),  # telephone number
    P("""
      You will find {e} in room {v}.
      The guest in room {v} is {e}.
      The number on {e}'s door is {v}.
      """, """
      {e} is staying in which room?
      What is the number on {e}'s door?
      Which room should I go to if I want to visit {e}?
      Can you tell me what room {e} is in?
      """),  # room
    P("""
      In {e}'s case, the {x} is {v}.
      {v} is [listed as|known to be] {e}'s {x}.
      What {e} has as {x} is {v}.
      """, """
      Can you say what the {x} of {e} is?
      What does {e} have as {x}?
      In the case of {e}, what is the {x}?
      What is given as {e}'s {x}?
      I'd like to know {e}'s {x}.
      """),  # an attribute of a person
    P("""
      {v} is {e}'s birthday.
      The day {e} was born was {v}.
      The birth of {e} was on {v}.
      The date on {e}'s birth certificate is {v}.
      """, """
      What date was {e} born on?
      {e} was born on what date?
      Which day of the year is {e}'s birthday?
      When should we wish {e} a happy birthday?
      What is the date on {e}'s birth certificate?
      """),  # birthday
    P("""
      {e} lived until {v}.
      {e}'s life ended in {v}.
      {e} has been dead since {v}.
      The year {v} was the last of {e}'s life.
      """, """
      In which year did {e}'s life end?
      Until which year did {e} live?
      Since when has {e} been dead?
      {e} died in which year?
      What year of death is given on {e}'s grave?
      """),  # year of death
    P("""
      People heard {e} say, "{v}."
      The only thing {e} said was "{v}."
      "{v}" was all that {e} said.
      {e} looked up and said, "{v}."
      """, """
      What were {e}'s exact words?
      What was it that {e} said?
      What did people hear {e} say?
      Can you repeat what {e} said?
      I'd like to know what {e} said.
      """),  # what somebody said
    P("""
      {e} can no longer find {v}.
      {v} got lost when {e} was [travelling|away].
      {e} is the one who lost {v}.
      {e} had {v} in the morning and by evening had lost it.
      """, """
      What is it that {e} lost?
      What can {e} no longer find?
      Which of {e}'s things got lost?
      Name the object that {e} lost.
      """),  # lost
    P("""
      {v} was bought by {e} [last month|for a friend].
      {e} spent [some|a lot of] money on {v}.
      At the auction, {v} was sold to {e}.
      """, """
      What is it that {e} bought?
      What did {e} spend money on?
      What was sold to {e}?
      Which thing did {e} buy?
      What did {e} get at the shop?
      """),  # bought
    P("""
      {e} won't go near any {v}.
      Of all animals, {e} is most afraid of the {v}.
      The animal that scares {e} most is the {v}.
      {e} is scared of any kind of {v}.
      """, """
      What kind of animal scares {e}?
      What is it that {e} is so scared of?
      Of which animal is {e} afraid?
      What animal should we keep away from {e}?
      Name the animal that {e} fears.
      """),  # afraid of
    P("""
      {e} was a student in {v}.
      {e} went to {v} to study.
      The university that {e} went to is in {v}.
      {v} is where {e} got a university education.
      """, """
      Where was {e} a student?
      {e} studied in which city?
      In which city is the university that {e} went to?
      I'd like to know where {e} studied.
      """),  # studied in
    P("""
      {e} is one of the members of {v}.
      {v} has {e} among its members.
      {e} was accepted as a member by {v}.
      {e}'s name is on the list of members of {v}.
      """, """
      {e} is a member of which organisation?
      Which organisation has {e} as a member?
      Of what organisation is {e} a member?
      Which organisation did {e} join?
      I'd like to know which organisation {e} belongs to.
      """),  # member of
    # --- objects
    P("""
      {v} is the colour of the {e}.
      The painter chose {v} for the {e}.
      When you look at the {e}, the colour you see is {v}.
      """, """
      The {e} is [what|which] colour?
      What colour paint is on the {e}?
      If you look at the {e}, what colour do you see?
      Can you tell me what colour the {e} is?
      """),  # colour
    P("""
      The person who owns the {e} is {v}.
      The {e} is {v}'s.
      {v} is the one who owns the {e}.
      By law, the {e} is {v}'s property.
      """, """
      Who is the {e}'s owner?
      Which person owns the {e}?
      To which person does the {e} belong?
      The {e} belongs to whom?
      Name the person who owns the {e}.
      """),  # owner
    P("""
      {v} was used to make the {e}.
      Whoever made the {e} used {v} for it.
      It took a lot of {v} to make the {e}.
      The material they chose for the {e} was {v}.
      """, """
      What kind of material is the {e}?
      The {e} is made out of what?
      The {e} was made from which material?
      Which material did they use to make the {e}?
      """),  # material
    P("""
      You can buy the {e} for {v} dollars.
      The {e} will cost you {v} dollars.
      The label on the {e} says {v} dollars.
      The seller wants {v} dollars for the {e}.
      """, """
      How much money do I need to buy the {e}?
      What does the {e} sell for?
      How many dollars is the {e}?
      How much does the seller want for the {e}?
      """),  # price
    P("""
      The scale reads {v} pounds with the {e} on it.
      When you lift the {e}, you lift {v} pounds.
      The {e} has been weighed, and it is {v} pounds.
      You have to carry {v} pounds when you carry the {e}.
      """, """
      What does the {e} weigh?
      The {e} weighs how many pounds?
      What is the {e}'s weight in pounds?
      If I put the {e} on a scale, what would it show?
      Can you tell me how heavy the {e} is?
      """),  # weight
    P("""
      The {e} can be found in the {v}.
      We keep the {e} in the {v}.
      Somebody has taken the {e} to the {v}.
      When you go into the {v}, you will see the {e}.
      """, """
      Where do they keep the {e}?
      The {e} is in which [room|place]?
      Where do I have to go to get the {e}?
      I'm looking for the {e}; where is it?
      Do you know where the {e} is?
      """),  # place
    P("""
      The person who made the {e} is {v}.
      The {e} is the work of {v}.
      {v} put the {e} together [by hand|in a week].
      {v} spent [a year|many months] making the {e}.
      """, """
      Whose work is the {e}?
      Which person [built|made] the {e}?
      Who put the {e} together?
      The {e} was made by whom?
      Name the person who made the {e}.
      """),  # maker
    P("""
      The person who stole the {e} was {v}.
      {v} has admitted to stealing the {e}.
      The police say that the {e} was taken by {v}.
      {v} is guilty of the theft of the {e}.
      """, """
      Which person stole the {e}?
      Who is guilty of stealing the {e}?
      Who was it that stole the {e}?
      The {e} was stolen by whom?
      Name the person who stole the {e}.
      """),  # thief
    P("""
      You can put {v} into the {e}.
      It takes {v} to fill the {e}.
      The {e} is big enough for {v}.
      """, """
      How much fits into the {e}?
      How much does it take to fill the {e}?
      How much can you put into the {e}?
      What amount is inside the {e}?
      """),  # contents
    P("""
      You can see {v} near the {e}.
      Somebody put {v} close to the {e}.
      By the {e}, you will notice {v}.
      The {e} is close to {v}.
      """, """
      What is close to the {e}?
      Which thing is near the {e}?
      What can you see near the {e}?
      What is there right by the {e}?
      I'd like to know what is beside the {e}.
      """),  # what is near
    # --- events
    P("""
      {v} is when the {e} takes place.
      The {e} is going to be on {v}.
      We are going to the {e} on {v}.
      In the calendar, the {e} is under {v}.
      """, """
      Which day of the week is the {e}?
      The {e} is on which day?
      Which weekday is the {e} on?
      On which day are we going to the {e}?
      What day should I come for the {e}?
      """),  # day
    P("""
      {v} is the month in which the {e} takes place.
      You will have to wait until {v} for the {e}.
      We are going to the {e} in {v}.
      The month they picked for the {e} is {v}.
      """, """
      What month does the {e} happen in?
      The {e} is in which month?
      Which month of the year is the {e}?
      Which month did they pick for the {e}?
      In what month are we going to the {e}?
      """),  # month
    P("""
      The {v} is where they are holding the {e}.
      Anyone who wants to go to the {e} has to come to the {v}.
      We are all meeting in the {v} for the {e}.
      People will gather in the {v} for the {e}.
      """, """
      Where should I go for the {e}?
      Where are they holding the {e}?
      The {e} is in which place?
      Where will people gather for the {e}?
      """),  # place
    P("""
      It will be {v} when the {e} begins.
      They will start the {e} at {v}.
      The start of the {e} is at {v}.
      We have to be at the {e} by {v}.
      """, """
      The {e} starts at what time?
      What time do they start the {e}?
      By what time should I be at the {e}?
      At what hour of the day does the {e} begin?
      """),  # time
    P("""
      The tickets for the {e} are {v} dollars each.
      They charge {v} dollars for the {e}.
      A seat at the {e} costs {v} dollars.
      You have to pay {v} dollars if you want to go to the {e}.
      """, """
      What do tickets for the {e} cost?
      How much do they charge for the {e}?
      What does it cost to go to the {e}?
      How expensive is a [ticket to|seat at] the {e}?
      How much money do I need for a ticket to the {e}?
      """),  # price of a ticket
    # --- organisations, ships, countries, books
    P("""
      It was back in {v} that somebody started the {e}.
      The {e} began its work in {v}.
      {v} was the year when the {e} [began|opened].
      """, """
      What was the year when the {e} [began|opened]?
      In which year did the {e} begin its work?
      The {e} was founded in which year?
      Since which year has the {e} been open?
      """),  # year of founding
    P("""
      You will find the {e} in {v}.
      The {e}'s offices are in {v}.
      Anyone who wants to visit the {e} has to travel to {v}.
      """, """
      Which city is home to the {e}?
      The {e} is in which city?
      Where are the {e}'s offices?
      Which city do I have to go to if I want to visit the {e}?
      I'd like to know where the {e} is.
      """),  # city
    P("""
      The person in charge of the {e} is {v}.
      The {e} has {v} as its [leader|president].
      {v} makes the decisions at the {e}.
      At the {e}, {v} is the boss.
      """, """
      Who is the boss at the {e}?
      Who makes the decisions at the {e}?
      The {e} is led by whom?
      Who does the {e} have as its [leader|president]?
      Name the person in charge of the {e}.
      """),  # head
    P("""
      The person who founded the {e} was {v}.
      {v} was the one who started the {e}.
      We know {v} as the founder of the {e}.
      """, """
      Which person started the {e}?
      Who was it that set up the {e}?
      The {e} was founded by whom?
      Name the person who founded the {e}.
      """),  # founder
    P("""
      The {e} is made up of {v} members.
      {v} people belong to the {e}.
      {v} people are members of the {e}.
      The {e} has a membership of {v}.
      """, """
      How many people belong to the {e}?
      How many people are members of the {e}?
      How large is the membership of the {e}?
      The {e} has how many members?
      """),  # members
    P("""
      {v} serves as the capital of {e}.
      The city of {v} is {e}'s capital.
      The seat of government in {e} is {v}.
      {e} is governed from the city of {v}.
      """, """
      Which city serves as the capital of {e}?
      What is the name of {e}'s capital?
      From which city is {e} governed?
      {e} has which city as its capital?
      """),  # capital
    P("""
      {e} is home to {v} people.
      {e} has a population of {v}.
      The number of people living in {e} is {v}.
      When you count everybody in {e}, you get to {v} people.
      """, """
      What is the number of people living in {e}?
      How big is {e}'s population?
      {e} is home to how many people?
      How many people make up the population of {e}?
      I'd like to know how many people live in {e}.
      """),  # population
    P("""
      The person who rules {e} is {v}.
      {e} has {v} as its ruler.
      In {e}, {v} is in power.
      The people of {e} are ruled by {v}.
      """, """
      Which person rules {e}?
      Who holds power in {e}?
      {e} is ruled by whom?
      Who are the people of {e} ruled by?
      Name the person who governs {e}.
      """),  # ruler
    P("""
      What {e} sells to other countries is {v}.
      People in other countries buy their {v} from {e}.
      {v} is what {e} sells to the rest of the world.
      {e} earns most of its money by selling {v} abroad.
      """, """
      What do other countries buy from {e}?
      What does {e} sell to other countries?
      Which product is {e}'s main export?
      What product does {e} send to the rest of the world?
      I'd like to know what {e} exports.
      """),  # export
    P("""
      {v} serves as captain on the {e}.
      The {e} has {v} as its captain.
      On board the {e}, {v} is in charge.
      The sailors on the {e} follow the orders of {v}.
      """, """
      Who serves as captain on the {e}?
      Who is in charge on board the {e}?
      What is the {e}'s captain called?
      Whose orders do the sailors on the {e} follow?
      Name the person in command of the {e}.
      """),  # captain
    P("""
      {v} is where the {e} is going.
      The next port for the {e} is {v}.
      The voyage of the {e} will end in {v}.
      The {e} is due to arrive in {v} [next week|soon].
      """, """
      Which city is the {e} travelling to?
      The {e} is sailing to which port?
      What is the next port for the {e}?
      Where will the voyage of the {e} end?
      In which port is the {e} due to arrive?
      """),  # destination
    P("""
      They loaded {v} onto the {e}.
      The {e} is full of {v}.
      What the {e} is carrying is {v}.
      The {e} is bringing {v} to the market.
      """, """
      What kind of cargo is on the {e}?
      What goods is the {e} carrying?
      What did they load onto the {e}?
      The {e} is full of what?
      """),  # cargo
    P("""
      The person who wrote {e} is {v}.
      {e} is a [book|novel] by {v}.
      {v} is known for writing {e}.
      The name on the cover of {e} is {v}.
      """, """
      Who is {e} by?
      Which author wrote {e}?
      {e} was written by whom?
      Whose name is on the cover of {e}?
      Name the person who wrote {e}.
      """),  # author
    P("""
      The first edition of {e} is from {v}.
      {e} has been in the bookshops since {v}.
      {v} was the year in which {e} came out.
      People could first read {e} in {v}.
      """, """
      What year did {e} come out?
      {e} was published in which year?
      From which year is the first edition of {e}?
      Since which year has {e} been in the bookshops?
      When could people first read {e}?
      """),  # year of publication
    P("""
      {e} is a book of {v} pages.
      The last page of {e} is page {v}.
      You have to read {v} pages to finish {e}.
      """, """
      How long is {e} in pages?
      {e} has how many pages?
      How many pages do I have to read to finish {e}?
      What number is on the last page of {e}?
      """),  # pages
    # --- anything with a name
    P("""
      In the case of the {e}, the {x} is {v}.
      {v} is [listed as|known to be] the {e}'s {x}.
      The {e} was given {v} as its {x}.
      """, """
      Can you say what the {x} of the {e} is?
      In the case of the {e}, what is the {x}?
      What does the {e} have as its {x}?
      What was the {e} given as its {x}?
      """),  # an attribute of a thing
    P("""
      {v} serves as mayor in {e}.
      {e} has {v} as its mayor.
      In {e}, the mayor is called {v}.
      {v} won the election for mayor in {e}.
      """, """
      Who serves as mayor in {e}?
      What is the mayor of {e} called?
      Who does {e} have as its mayor?
      Who won the election for mayor in {e}?
      Name the person who is mayor of {e}.
      """),  # mayor
    P("""
      The farmers of {e} bring in {v} of grain [each|every] year.
      In a normal year, {e} grows {v} of grain.
      The yearly grain harvest in {e} comes to {v}.
      {v} of grain are grown in {e} every year.
      """, """
      How much grain is grown in {e}?
      How much grain do the farmers of {e} bring in?
      How large is {e}'s grain harvest?
      {e} grows how much grain a year?
      """),  # grain
]

# For the lists of the same names in wordings.py.
WORLD = {
    "MOVE": lines("""
      The {l} is where {p} is now.
      {p} headed [over to|for] the {l}.
      {p} reached the {l}.
      {p} can now be found in the {l}.
      The next place {p} went to was the {l}.
      """),
    "GET": lines("""
      {p} has taken the {o}.
      {p} is now carrying the {o}.
      {p} decided to take the {o} along.
      The {o} was picked up by {p}.
      """),
    "DROP": lines("""
      {p} left the {o} behind.
      {p} placed the {o} on the [ground|floor].
      {p} stopped carrying the {o} and put it down.
      The {o} was put down by {p}.
      """),
    "GIVE": lines("""
      {r} [received|got] the {o} from {p}.
      {r} was given the {o} by {p}.
      {p} let {r} have the {o}.
      The {o} went from {p} to {r}.
      """),
    "WHERE_PERSON": lines("""
      Where is {p} [at the moment|right now]?
      {p} is in which place?
      Can you tell me what place {p} is in?
      Where should I go if I want to see {p}?
      I'm looking for {p}; where should I go?
      Do you know where {p} is?
      """),
    "WHERE_THING": lines("""
      Where is the {o} [at the moment|right now]?
      The {o} is in which place?
      What place is the {o} in?
      Where should I go to get the {o}?
      I'm looking for the {o}; where is it?
      Do you know where the {o} is?
      """),
    "WHERE_BEFORE": lines("""
      Before the {l}, where was the {o}?
      Before the {o} was in the {l}, where was it?
      What place was the {o} in before the {l}?
      Where had the {o} been before it was in the {l}?
      Where was the {o} just before it reached the {l}?
      """),
    "WHO_HAS": lines("""
      Who is the one with the {o} [|now]?
      Which person has the {o}?
      The {o} is with whom?
      Do you know who has the {o}?
      Name the person who is carrying the {o}.
      """),
    "KEY": lines("""
      The {k} has been set to {v}.
      The {k} you will need is {v}.
      We chose {v} as the {k}.
      They changed the {k}, and it is now {v}.
      Here is the {k}: {v}.
      """),
    "KEY_FOR": lines("""
      The {k} for {n} has been set to {v}.
      The {k} that goes with {n} is {v}.
      We chose {v} as the {k} for {n}.
      If you need the {k} for {n}, it is {v}.
      Here is the {k} for {n}: {v}.
      """),
    "ASK_KEY": lines("""
      What was the {k} again?
      What {k} do I need?
      What has the {k} been set to?
      I forgot the {k}; what is it?
      Please let me know what the {k} is.
      """),
    "ASK_KEY_FOR": lines("""
      What {k} goes with {n}?
      For {n}, what is the {k}?
      What has the {k} for {n} been set to?
      I forgot the {k} for {n}; what is it?
      Please let me know the {k} [for|of] {n}.
      """),
    "CONSTANT": lines("""
      static readonly object {c} = {v};
      local {c} = {v}
      {c} <- {v}
      parameter ({c} = {v})
      (define {c} {v})
      ENV {c} {v}
      -D{c}={v}
      <option name="{c}">{v}</option>
      # {c} defaults to {v}
      The constant {c} is set to {v}.
      """),
    "ASK_CONSTANT": lines("""
      Which value is stored [in|under] {c}?
      What value is given to {c} in the code?
      {c} has what value?
      What is {c} in this code?
      Look up {c} and tell me its value.
      I'd like to know the value of {c}.
      """),
}
