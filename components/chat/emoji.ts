/**
 * Common emoji by group, with English words to find them by. Each line: the sign, then its words. From Unicode's list of emoji, those
 * that people use; skin tones are left to the keyboard.
 */
export interface Emoji {
  readonly sign: string;
  readonly words: readonly string[];
}

const SMILEYS = `
😀 grinning happy smile
😃 smiley happy joy
😄 smile happy laugh
😁 beaming grin teeth
😆 laughing squint haha
😅 sweat relief nervous
🤣 rolling floor laughing rofl
😂 joy tears laughing cry
🙂 slight smile
🙃 upside down silly
😉 wink
😊 blush smile warm
😇 angel halo innocent
🥰 hearts love adore
😍 heart eyes love
🤩 star struck wow
😘 kiss love
😗 kissing
☺️ smiling relaxed
😚 kissing closed eyes
😋 yum tasty tongue
😛 tongue
😜 wink tongue silly
🤪 zany crazy
😝 squint tongue
🤑 money mouth rich
🤗 hug hands
🤭 giggle hand mouth
🤫 shush quiet secret
🤔 thinking hmm
🤐 zipper mouth secret
🤨 raised eyebrow doubt
😐 neutral meh
😑 expressionless
😶 no mouth silent
😏 smirk
😒 unamused
🙄 rolling eyes
😬 grimace awkward
🤥 lying nose
😌 relieved calm
😔 pensive sad
😪 sleepy
🤤 drool
😴 sleeping tired zzz
😷 mask ill
🤒 thermometer fever ill
🤕 hurt bandage
🤢 nausea sick green
🤮 vomit sick
🤧 sneeze cold tissue
🥵 hot heat
🥶 cold freezing
🥴 woozy drunk
😵 dizzy
🤯 exploding mind blown
🤠 cowboy hat
🥳 party celebrate birthday
😎 cool sunglasses
🤓 nerd glasses
🧐 monocle inspect
😕 confused
😟 worried
🙁 frown sad
☹️ frowning sad
😮 open mouth surprised wow
😯 hushed
😲 astonished
😳 flushed embarrassed
🥺 pleading please
😦 frowning open
😧 anguished
😨 fearful scared
😰 anxious sweat
😥 sad relieved
😢 crying sad tear
😭 sobbing crying loud
😱 scream fear
😖 confounded
😣 persevering
😞 disappointed sad
😓 downcast sweat
😩 weary tired
😫 tired
🥱 yawn bored
😤 triumph huff
😡 angry rage red
😠 angry mad
🤬 swearing cursing
😈 devil smiling
💀 skull dead
💩 poo
🤡 clown
👻 ghost
👽 alien
🤖 robot
😺 cat smile
🙈 monkey see no evil
🙉 monkey hear no evil
🙊 monkey speak no evil
`;

const PEOPLE = `
👍 thumbs up yes good like
👎 thumbs down no bad
👌 ok perfect
🤌 pinched fingers
✌️ victory peace
🤞 crossed fingers luck
🤟 love you
🤘 rock horns
🤙 call me
👈 point left
👉 point right
👆 point up
👇 point down
☝️ index up
👋 wave hello bye
🤚 back hand
✋ raised hand stop high five
🖖 vulcan spock
👊 fist punch
✊ raised fist
👏 clap applause bravo
🙌 raising hands hooray
👐 open hands
🤲 palms together
🤝 handshake deal
🙏 thanks please pray folded hands
✍️ writing hand
💅 nail polish
🤳 selfie
💪 muscle strong
👂 ear listen
👃 nose
🧠 brain
👀 eyes look
👁️ eye
👄 mouth lips
👶 baby
🧒 child
👦 boy
👧 girl
🧑 person
👨 man
👩 woman
🧓 older person
👴 old man
👵 old woman
🙅 no gesture
🙆 ok gesture
🤷 shrug
🤦 facepalm
🙋 raising hand question
🧑‍💻 technologist computer
🧑‍🍳 cook chef
🧑‍🎓 student graduate
🧑‍🔧 mechanic
🧑‍⚕️ health worker doctor
🕵️ detective
👮 police
🧑‍🚒 firefighter
🎅 santa christmas
🧙 mage wizard
🚶 walking
🏃 running
💃 dancing woman
🕺 dancing man
👫 couple
👪 family
👣 footprints
`;

const HEARTS = `
❤️ red heart love
🧡 orange heart
💛 yellow heart
💚 green heart
💙 blue heart
💜 purple heart
🖤 black heart
🤍 white heart
🤎 brown heart
💔 broken heart
❣️ heart exclamation
💕 two hearts
💞 revolving hearts
💓 beating heart
💗 growing heart
💖 sparkling heart
💘 heart arrow
💝 heart ribbon gift
💋 kiss mark
💯 hundred perfect
💢 anger
💥 boom collision
💫 dizzy star
💦 sweat drops
💨 dash wind
💬 speech bubble chat
💭 thought bubble
💤 sleep zzz
`;

const NATURE = `
🐶 dog
🐱 cat
🐭 mouse
🐹 hamster
🐰 rabbit
🦊 fox
🐻 bear
🐼 panda
🐨 koala
🐯 tiger
🦁 lion
🐮 cow
🐷 pig
🐸 frog
🐵 monkey
🐔 chicken
🐧 penguin
🐦 bird
🐤 chick
🦆 duck
🦉 owl
🐺 wolf
🐴 horse
🦄 unicorn
🐝 bee
🐛 bug caterpillar
🦋 butterfly
🐌 snail
🐞 ladybird beetle
🐜 ant
🕷️ spider
🐢 turtle
🐍 snake
🐙 octopus
🐠 fish
🐬 dolphin
🐳 whale
🦈 shark
🐘 elephant
🦔 hedgehog
💐 bouquet flowers
🌸 cherry blossom flower
🌹 rose flower
🌻 sunflower
🌷 tulip flower
🌱 seedling plant
🌲 evergreen tree
🌳 tree
🌵 cactus
🍀 clover luck
🍁 maple leaf autumn
🍄 mushroom
🌍 earth globe world
🌙 moon night
⭐ star
🌟 glowing star
✨ sparkles
⚡ lightning bolt
🔥 fire hot
🌈 rainbow
☀️ sun
⛅ cloud sun
☁️ cloud
🌧️ rain
⛈️ thunder storm
❄️ snow cold
⛄ snowman
☔ umbrella rain
🌊 wave sea
`;

const FOOD = `
🍎 apple
🍐 pear
🍊 orange
🍋 lemon
🍌 banana
🍉 watermelon
🍇 grapes
🍓 strawberry
🍒 cherries
🍑 peach
🥭 mango
🍍 pineapple
🥥 coconut
🥝 kiwi
🍅 tomato
🥑 avocado
🍆 aubergine
🥔 potato
🥕 carrot
🌽 corn
🌶️ pepper chilli
🥦 broccoli
🧄 garlic
🍞 bread
🥐 croissant
🥨 pretzel
🧀 cheese
🥚 egg
🍳 cooking breakfast
🥞 pancakes
🥓 bacon
🍔 burger
🍟 fries chips
🍕 pizza
🌭 hot dog
🥪 sandwich
🌮 taco
🥗 salad
🍝 spaghetti pasta
🍜 noodles soup
🍣 sushi
🍚 rice
🍦 ice cream
🍩 doughnut
🍪 cookie biscuit
🎂 birthday cake
🍰 cake
🍫 chocolate
🍬 sweet candy
🍭 lollipop
🍯 honey
🥛 milk
☕ coffee tea
🍵 tea
🍷 wine
🍸 cocktail
🍺 beer
🍻 beers cheers
🥂 cheers champagne
🍴 fork knife
`;

const ACTIVITIES = `
⚽ football soccer
🏀 basketball
🎾 tennis
🏐 volleyball
🏉 rugby
🎱 billiards
🏓 table tennis
🏸 badminton
⛳ golf
🎣 fishing
🥊 boxing
🎿 ski
🏊 swimming
🚴 cycling bike
🧗 climbing
🧘 yoga
🏆 trophy win
🥇 gold medal first
🎮 game
🎲 dice
♟️ chess
🧩 puzzle
🎨 art paint
🎬 film movie
🎤 microphone sing
🎧 headphones music
🎵 music note
🎸 guitar
🎹 piano
🥁 drum
🎻 violin
🎉 party tada celebrate
🎊 confetti
🎈 balloon
🎁 gift present
🎄 christmas tree
🎃 pumpkin halloween
🎆 fireworks
`;

const PLACES = `
🚗 car
🚕 taxi
🚌 bus
🚑 ambulance
🚒 fire engine
🚲 bicycle bike
🛵 scooter
🚂 train locomotive
🚆 train
🚇 metro underground
✈️ aeroplane flight
🚀 rocket
🚁 helicopter
⛵ sailing boat
🚢 ship
⚓ anchor
⛽ fuel
🚦 traffic light
🚧 construction
🗺️ map
🏠 house home
🏡 house garden
🏢 office
🏥 hospital
🏫 school
🏪 shop
⛪ church
🕌 mosque
🕍 synagogue
🏰 castle
⛺ tent camping
🏖️ beach
🏝️ island
⛰️ mountain
🌅 sunrise
🌃 night city
`;

const OBJECTS = `
⌚ watch
📱 phone mobile
💻 laptop computer
⌨️ keyboard
🖨️ printer
📷 camera photo
📹 video camera
📞 telephone call
📺 television
📻 radio
⏰ alarm clock
⏳ hourglass time
🔋 battery
🔌 plug
💡 idea light bulb
🔦 torch
🕯️ candle
💸 money wings
💰 money bag
💳 credit card
🔧 spanner
🔨 hammer
🛠️ tools
⚙️ gear settings
🔒 lock closed
🔓 lock open
🔑 key
🗝️ old key
🚪 door
🛏️ bed
🚿 shower
🧹 broom
🧺 basket
🛒 shopping trolley
✉️ envelope letter
📦 box parcel
📅 calendar date
📈 chart up
📉 chart down
📎 paperclip
📌 pin
✂️ scissors
📝 memo note
📚 books
📖 book open read
🔍 search magnifying
💊 pill medicine
💉 syringe
🩹 plaster
👓 glasses
👕 shirt
👖 jeans
👗 dress
👟 shoe
👑 crown
🎒 backpack
☂️ umbrella
💍 ring
💎 gem diamond
`;

const SYMBOLS = `
✅ check done yes
✔️ check tick
❌ cross no
❎ cross mark
➕ plus
➖ minus
❓ question
❗ exclamation
‼️ double exclamation
⚠️ warning
🚫 prohibited no
⛔ no entry
♻️ recycle
🔔 bell
🔕 bell off mute
🔇 muted
🔊 loud speaker
➡️ arrow right
⬅️ arrow left
⬆️ arrow up
⬇️ arrow down
🔄 arrows repeat
🔝 top
🆗 ok
🆕 new
🆘 sos help
🅿️ parking
🚻 toilet
♿ wheelchair
🔴 red circle
🟠 orange circle
🟡 yellow circle
🟢 green circle
🔵 blue circle
🟣 purple circle
⚫ black circle
⚪ white circle
🏁 finish flag
🏳️ white flag
🏳️‍🌈 rainbow flag pride
🏴‍☠️ pirate flag
`;

function readGroup(lines: string): readonly Emoji[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [sign = '', ...words] = line.split(' ');
      return { sign, words };
    });
}

/** `key` of the group's name. */
export const EMOJI: readonly { readonly key: string; readonly emoji: readonly Emoji[] }[] = [
  { key: 'emoji_smileys', emoji: readGroup(SMILEYS) },
  { key: 'emoji_people', emoji: readGroup(PEOPLE) },
  { key: 'emoji_hearts', emoji: readGroup(HEARTS) },
  { key: 'emoji_nature', emoji: readGroup(NATURE) },
  { key: 'emoji_food', emoji: readGroup(FOOD) },
  { key: 'emoji_activities', emoji: readGroup(ACTIVITIES) },
  { key: 'emoji_places', emoji: readGroup(PLACES) },
  { key: 'emoji_objects', emoji: readGroup(OBJECTS) },
  { key: 'emoji_symbols', emoji: readGroup(SYMBOLS) },
];
