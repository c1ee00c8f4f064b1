//! Questions whose keys are known facts, and explanations on which graders may differ.

use crate::question::{Form, Question};

/// Word, meaning, and what it does not mean.
const WORDS: [(&str, &str, &str); 24] = [
    ("reluctant", "unwilling", "quick to agree"),
    ("abundant", "plentiful", "very rare"),
    ("brittle", "easily broken", "hard to break"),
    ("candid", "frank and open", "kept back"),
    ("diligent", "hard-working", "lazy"),
    ("elated", "very happy", "worn out"),
    ("frugal", "careful with money", "fond of spending"),
    ("hasty", "too quick", "well considered"),
    ("immense", "very large", "tiny"),
    ("jovial", "cheerful", "sad"),
    ("lenient", "not strict", "severe"),
    ("meticulous", "very careful about details", "careless"),
    ("novice", "beginner", "expert"),
    ("obsolete", "no longer in use", "brand new"),
    ("placid", "calm", "stormy"),
    ("scarce", "hard to find", "found everywhere"),
    ("tedious", "long and dull", "thrilling"),
    ("vacant", "empty", "full"),
    ("concise", "short and clear", "long-winded"),
    ("adjacent", "next to", "far from"),
    ("transparent", "easy to see through", "dark"),
    ("postpone", "put off until later", "bring forward"),
    ("conceal", "hide", "show"),
    ("mend", "repair", "break"),
];

/// Three words with their plurals, and plurals that do not exist.
const PLURALS: [[(&str, &str, &str); 3]; 3] = [
    [("criterion", "criteria", "criterions"), ("ox", "oxen", "oxes"), ("leaf", "leaves", "leafs")],
    [("mouse", "mice", "mouses"), ("child", "children", "childs"), ("knife", "knives", "knifes")],
    [
        ("phenomenon", "phenomena", "phenomenas"),
        ("foot", "feet", "foots"),
        ("tooth", "teeth", "tooths"),
    ],
];

const PLACES: [(&str, &str, &str); 20] = [
    ("What is the capital of Australia?", "Canberra", "Sydney"),
    ("What is the capital of Canada?", "Ottawa", "Toronto"),
    ("What is the capital of Brazil?", "Brasília", "Rio de Janeiro"),
    ("What is the capital of Turkey?", "Ankara", "Istanbul"),
    ("What is the capital of New Zealand?", "Wellington", "Auckland"),
    ("What is the capital of Morocco?", "Rabat", "Casablanca"),
    ("Which is the largest ocean?", "the Pacific", "the Atlantic"),
    ("Which country has the only land border with Portugal?", "Spain", "France"),
    ("On which river does London lie?", "the Thames", "the Severn"),
    ("On which continent does Egypt's capital lie?", "Africa", "Europe"),
    ("Which mountain is the highest above sea level?", "Mount Everest", "K2"),
    ("Which is the largest island that is not a continent?", "Greenland", "Madagascar"),
    ("Which sea lies between Italy and Croatia?", "the Adriatic Sea", "the Black Sea"),
    ("Which strait parts Spain from Morocco?", "the Strait of Gibraltar", "the Bosporus"),
    ("Which river flows through Vienna and Budapest?", "the Danube", "the Rhine"),
    ("Of which country is Reykjavik the capital?", "Iceland", "Norway"),
    ("Of which country is Lima the capital?", "Peru", "Chile"),
    ("Of which country is Nairobi the capital?", "Kenya", "Ghana"),
    ("Of which country is Hanoi the capital?", "Vietnam", "Thailand"),
    ("Which ocean lies east of Africa?", "the Indian Ocean", "the Atlantic Ocean"),
];

type Three = (&'static str, [(&'static str, &'static str); 3]);

const PLACE_PARTS: [Three; 3] = [
    (
        "Name the capitals of (a) Estonia, (b) Latvia, (c) Lithuania.",
        [("Tallinn", "Minsk"), ("Riga", "Helsinki"), ("Vilnius", "Warsaw")],
    ),
    (
        "Name the capitals of (a) Norway, (b) Sweden, (c) Finland.",
        [("Oslo", "Bergen"), ("Stockholm", "Malmö"), ("Helsinki", "Turku")],
    ),
    (
        "On which continent lies (a) Chile, (b) Nepal, (c) Mali?",
        [("South America", "Africa"), ("Asia", "Europe"), ("Africa", "Asia")],
    ),
];

const FACTS: [(&str, &str, &str); 22] = [
    ("Which gas do green plants take in for photosynthesis?", "carbon dioxide", "nitrogen"),
    ("Which gas makes up most of the air?", "nitrogen", "oxygen"),
    ("What is the chemical symbol of sodium?", "Na", "So"),
    ("What is the chemical symbol of iron?", "Fe", "Ir"),
    ("What is the chemical symbol of gold?", "Au", "Go"),
    ("Which planet is closest to the Sun?", "Mercury", "Mars"),
    ("Which planet is the largest of the solar system?", "Jupiter", "Neptune"),
    ("At how many degrees Celsius does water boil at sea level?", "100", "80"),
    ("Which organ pumps the blood through the body?", "the heart", "the liver"),
    ("How many legs has a spider?", "8", "6"),
    ("How many legs has an insect?", "6", "10"),
    ("What is the charge of an electron?", "negative", "positive"),
    ("Which particle of the atom's nucleus has no charge?", "the neutron", "the electron"),
    ("Which metal is liquid at room temperature?", "mercury", "zinc"),
    ("What is the pH of pure water at 25 °C?", "7", "3"),
    ("Which force keeps the Moon on its path around the Earth?", "gravity", "magnetism"),
    ("What do bees collect from flowers to make honey?", "nectar", "sap"),
    ("Which instrument measures air pressure?", "a barometer", "a hygrometer"),
    ("Which instrument measures temperature?", "a thermometer", "a voltmeter"),
    ("What is the unit of electric resistance?", "ohm", "watt"),
    ("Which acid is in the human stomach?", "hydrochloric acid", "citric acid"),
    ("What is frozen water called?", "ice", "steam"),
];

const FACT_PARTS: [Three; 3] = [
    (
        "What is the unit of (a) force, (b) power, (c) electric current?",
        [("newton", "joule"), ("watt", "pascal"), ("ampere", "volt")],
    ),
    (
        "Name the young of (a) a horse, (b) a sheep, (c) a goose.",
        [("foal", "calf"), ("lamb", "kid"), ("gosling", "duckling")],
    ),
    (
        "Give the chemical symbol of (a) oxygen, (b) carbon, (c) potassium.",
        [("O", "Ox"), ("C", "Ca"), ("K", "P")],
    ),
];

/// An explanation: question, three things to be said, and an answer with the number of them that it
/// says beyond doubt. It hints at one more: a careful grader may count that, or not.
const EXPLANATIONS: [(&str, &str, &str, u64); 8] = [
    (
        "Why does a metal spoon in hot tea get warm at the handle?",
        "metal conducts heat; heat flows from hot to cold; the handle is joined to the hot end",
        "Metal conducts heat well, so the heat travels from the tea along the spoon. The handle is part of it.",
        2,
    ),
    (
        "Why do we see lightning before we hear thunder?",
        "both begin together; light is much faster; sound needs seconds for a kilometre",
        "Light travels far faster than sound, so the flash gets to us first, while the bang takes its time.",
        2,
    ),
    (
        "Why does ice float on water?",
        "water expands when it freezes; ice is less dense; what is less dense floats",
        "Ice is less dense than water, and less dense things float. It takes up some more room.",
        2,
    ),
    (
        "Why are there seasons?",
        "the Earth's axis is tilted; the tilt keeps its direction; the Sun's light falls at another angle over the year",
        "The axis of the Earth is tilted, so over the year the sunlight comes in at different angles. The tilt is what matters.",
        2,
    ),
    (
        "Why should a backup lie in another building?",
        "fire or water hits one place; both copies would be lost; theft takes what stands together",
        "If there is a fire, the copy next to the machine burns with it, and then both are lost. Somebody could get in as well.",
        2,
    ),
    (
        "Why does bread dough rise?",
        "yeast feeds on sugar; it makes gas; the dough holds the gas",
        "The yeast lives on the sugar of the dough and gives off gas. The dough gets bigger from it.",
        2,
    ),
    (
        "Why is a lock used before two programs write one file?",
        "both could write at once; changes would be lost; the lock lets one in at a time",
        "Without it both may write at the same moment. The lock lets only one of them in. Otherwise it gets messy.",
        2,
    ),
    (
        "Why do wet clothes dry faster in wind?",
        "water evaporates; wind takes the moist air away; drier air takes up more",
        "The water evaporates, and the wind carries the damp air off. Fresh air comes after it.",
        2,
    ),
];

/// Meanings and plurals.
#[must_use]
pub fn vocabulary() -> Vec<Question> {
    let ask = |word: &str| format!("What does \"{word}\" mean?");
    let mut all: Vec<Question> = WORDS
        .iter()
        .map(|(word, right, wrong)| {
            Question::single("vocabulary", ask(word), (*right).to_owned(), &[(*wrong).to_owned()])
        })
        .collect();
    all.extend(PLURALS.iter().map(|three| {
        let text = format!(
            "Give the plural of (a) {}, (b) {}, (c) {}.",
            three[0].0, three[1].0, three[2].0
        );
        let parts = three.map(|(_, right, wrong)| (right.to_owned(), wrong.to_owned()));
        Question::parts("vocabulary", text, parts)
    }));
    all
}

/// Capitals, seas, rivers.
#[must_use]
pub fn geography() -> Vec<Question> {
    facts("geography", &PLACES, &PLACE_PARTS)
}

/// Nature and its measures.
#[must_use]
pub fn science() -> Vec<Question> {
    facts("science", &FACTS, &FACT_PARTS)
}

/// Explanations: the only questions on which careful graders may differ, by a point.
#[must_use]
pub fn explanations() -> Vec<Question> {
    EXPLANATIONS
        .iter()
        .map(|&(text, key, answer, points)| Question {
            topic: "explaining",
            form: Form::Explain,
            text: text.to_owned(),
            key: key.to_owned(),
            answers: vec![(answer.to_owned(), points)],
        })
        .collect()
}

fn facts(
    topic: &'static str,
    singles: &[(&'static str, &'static str, &'static str)],
    threes: &[Three],
) -> Vec<Question> {
    let mut all: Vec<Question> = singles
        .iter()
        .map(|&(text, right, wrong)| {
            Question::single(topic, text.to_owned(), right.to_owned(), &[wrong.to_owned()])
        })
        .collect();
    all.extend(threes.iter().map(|&(text, parts)| {
        Question::parts(topic, text.to_owned(), parts.map(|(r, w)| (r.to_owned(), w.to_owned())))
    }));
    all
}
