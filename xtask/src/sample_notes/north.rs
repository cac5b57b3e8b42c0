//! North: letters of a heart clinic. Marked are single drugs, never classes, and harm that a drug did; harm that did not
//! happen, and complaints of the illness itself, are not marked.

use super::hospital::Hospital;

/// North's labels, grammar and hand-written letters.
pub const HOSPITAL: Hospital = Hospital {
    id: "north",
    name: "North Cardiac Centre",
    description: "Letters of a heart clinic: drugs, and the harm they did",
    labels: &["AdverseEffect", "Drug"],
    rules: RULES,
    written: WRITTEN,
    written_held_out: 2,
};

const RULES: &[(&str, &[&str])] = &[
    (
        "opening",
        &[
            "(I reviewed|thank you for referring|it was a pleasure to see) this {year} year old (man|woman) with {heart}, (now|currently) on {drugs}.",
            "diagnoses: {heart}, {heart}.",
            "{who} came to clinic today (after starting|since we changed to) [Drug:{drug}] and reports [AdverseEffect:{effect}].",
            "follow-up visit, {n} (weeks|months) after (admission|discharge) with {heart}; takes {drugs}.",
            "{year} y/o (M|F), {heart}. Meds: {drugs}.",
            "this {year} year old was admitted with [AdverseEffect:{effect}] (due to|caused by|following) [Drug:{drug}].",
        ],
    ),
    (
        "body",
        &[
            "{who} developed [AdverseEffect:{effect}] (shortly|{n} days|{n} weeks) after [Drug:{drug}] was (started|increased|added).",
            "[Drug:{drug}] was (stopped|withdrawn|held) because of [AdverseEffect:{effect}].",
            "[Drug:{drug}] {dose} (caused|gave) (severe|mild|troublesome|) [AdverseEffect:{effect}] and (had to be|was) stopped.",
            "(he|she) (could not tolerate|did not tolerate) [Drug:{drug}] \\([AdverseEffect:{effect}]\\).",
            "[AdverseEffect:{effect}] and [AdverseEffect:{effect}] on [Drug:{drug}], (resolved|settled|better) since it was (stopped|reduced).",
            "we (started|commenced|added) [Drug:{drug}] {dose} (od|bd|once daily|at night|).",
            "(please|kindly) (continue|increase|reduce) [Drug:{drug}] (to {dose}|) and (stop|avoid) [Drug:{drug}].",
            "no {effect} or {effect} on [Drug:{drug}].",
            "(he|she) denies {effect}, and [Drug:{drug}] (is well tolerated|suits well).",
            "(there was|has had) no {symptom}; (BP|blood pressure) 1(12|24|28|36|42|58)/(68|74|82|90), (pulse|HR) (48|56|64|72|88) (regular|irregular|).",
            "(he|she) still has some {symptom} on exertion, (which I think is|likely) from the {heart}.",
            "(the family asked about|we discussed) {class}, (but|and) no change was made.",
            "the echocardiogram showed (good|mildly impaired|severely impaired) function, EF (35|42|50|58|62) %.",
            "ECG: (sinus rhythm|atrial fibrillation|left bundle branch block), rate (52|61|70|94).",
            "(allergies|intolerances): [Drug:{antibiotic}] - [AdverseEffect:{effect}], [Drug:{drug}] - [AdverseEffect:{effect}].",
            "switched from [Drug:{drug}] to [Drug:{drug}] (owing to|because of|given) [AdverseEffect:{effect}].",
            "[AdverseEffect:{effect}], (probably|possibly|most likely) (related to|secondary to) [Drug:{drug}].",
            "(his|her) [AdverseEffect:{effect}] (began|started) when (the|) [Drug:{drug}] dose went up to {dose}.",
            "a course of [Drug:{antibiotic}] from the GP (led to|brought on) [AdverseEffect:{effect}].",
            "current treatment: {drugs}.",
            "{symptom} (was|had been) present long before [Drug:{drug}] was started.",
        ],
    ),
    (
        "closing",
        &[
            "plan: (stop|reduce) [Drug:{drug}], recheck (bloods|U&Es|ECG) in {n} weeks.",
            "(I would be grateful if you could|could you please) (prescribe|start) [Drug:{drug}] {dose}.",
            "review in {n} (weeks|months) (with an ECG|with bloods|).",
            "if [AdverseEffect:{effect}] (continues|persists), [Drug:{drug}] should be (replaced by|changed to) [Drug:{drug}].",
            "no follow-up needed; continue [Drug:{drug}] for {n} months.",
            "we will avoid {class} (in future|from now on), as [Drug:{drug}] caused [AdverseEffect:{effect}].",
        ],
    ),
    (
        "drugs",
        &[
            "[Drug:{drug}]",
            "[Drug:{drug}] {dose}",
            "[Drug:{drug}] and [Drug:{drug}]",
            "[Drug:{drug}] {dose}, [Drug:{drug}] {dose}",
            "[Drug:{drug}], [Drug:{drug}] and [Drug:{drug}]",
        ],
    ),
    ("effect", &["{harm}", "{symptom}"]),
    ("dose", &["{mg} mg", "{mg}mg", "{mg} mg daily"]),
];

const WRITTEN: &[&[&str]] = &[
    &[
        "Many thanks for asking us to see this 71 year old retired postman.",
        "You had noticed a pulse of 38 and wondered about his tablets.",
        "He had been on [Drug:bisoprolol] for years, and [Drug:diltiazem] was added in March by a locum.",
        "The combination is the likely reason for his [AdverseEffect:slow heart rate] and the two [AdverseEffect:blackouts] in May.",
        "We stopped the [Drug:diltiazem] and his pulse is back to 62.",
        "There is no reason for a pacemaker at present.",
    ],
    &[
        "She feels much better than in the spring.",
        "Her legs are no longer swollen and she sleeps with one pillow.",
        "[Drug:Furosemide] 40 mg in the morning seems to be enough.",
        "[AdverseEffect:Leg cramps] at night troubled her on the higher dose, but they have gone.",
        "Kidney function is stable, potassium 4.4.",
    ],
    &[
        "Telephone consultation.",
        "He rang because of [AdverseEffect:a metallic taste in the mouth] since the new tablet.",
        "The new tablet turned out to be [Drug:amiodarone], 200 mg three times a day, never reduced after the loading week.",
        "No chest pain, no breathlessness.",
        "I asked him to take it once a day and to come for bloods and an x-ray.",
    ],
    &[
        "INR 7.8 this morning, with [AdverseEffect:bleeding gums] and a [AdverseEffect:large bruise on the thigh].",
        "He takes [Drug:warfarin] and was given [Drug:clarithromycin] for his chest last week, which explains it.",
        "Vitamin K given, next two doses left out.",
    ],
    &[
        "Seen with her daughter, who keeps the list of tablets.",
        "On it: [Drug:ramipril], [Drug:aspirin], [Drug:atorvastatin] and something for the stomach.",
        "The [AdverseEffect:tickly cough] which kept the whole house awake began a month after the first of these.",
        "I have replaced it with [Drug:candesartan] 4 mg.",
    ],
    &[
        "This gentleman stopped [Drug:ticagrelor] himself, as it made him [AdverseEffect:breathless at rest].",
        "He has had no stent thrombosis, fortunately.",
        "We chose [Drug:clopidogrel] instead, 75 mg, until next May.",
    ],
    &[
        "Weight down 3 kg, chest clear, no oedema.",
        "The [AdverseEffect:sore, swollen breast tissue] is a known problem with [Drug:spironolactone].",
        "[Drug:Eplerenone] 25 mg should do the same work without it.",
        "Next visit in the autumn.",
    ],
];
