//! Riverside: a family practice's short notes. Marked are medicines, classes too when they are given; doses with unit and
//! frequency as one; complaints, also those that the patient does not have; and diagnoses.

use super::hospital::Hospital;

/// Riverside's labels, grammar and hand-written notes.
pub const HOSPITAL: Hospital = Hospital {
    id: "riverside",
    name: "Riverside Family Practice",
    description: "Short notes of a family practice: medicines, doses, complaints and diagnoses",
    labels: &["Diagnosis", "Dosage", "Medication", "Symptom"],
    rules: RULES,
    written: WRITTEN,
    written_held_out: 2,
};

const RULES: &[(&str, &[&str])] = &[
    (
        "opening",
        &[
            "{n}/7 hx of [Symptom:{symptom}](| and [Symptom:{symptom}]).",
            "c/o [Symptom:{symptom}], [Symptom:{symptom}] for {n} (days|weeks).",
            "{who} (presents|comes in) with [Symptom:{symptom}] (since yesterday|for {n} days|on and off for {n} weeks).",
            "telephone call: [Symptom:{symptom}], worse (at night|in the morning|after meals).",
            "medication review. Takes {medicine}.",
            "known [Diagnosis:{disease}], (here for|attends for) review, {medicine}.",
            "review of [Diagnosis:{disease}](| and [Diagnosis:{disease}]): [Symptom:{symptom}], {medicine}.",
            "{year} yr old, [Symptom:{symptom}] (again|) after (running out of|stopping) [Medication:{drug}].",
        ],
    ),
    (
        "body",
        &[
            "no [Symptom:{symptom}], no [Symptom:{symptom}].",
            "denies [Symptom:{symptom}](| or [Symptom:{symptom}]).",
            "has tried [Medication:{drug}] (without much help|with some relief|from the pharmacy).",
            "(also|now also) [Symptom:{symptom}](, not sleeping|, off work|).",
            "[Medication:{drug}] [Dosage:{dose}] (helps|is not helping) the [Symptom:{symptom}].",
            "(on|takes) {medicine} (regularly|most days|).",
            "(O/E|exam): temp 3(6.8|7.4|8.1|8.6), (chest clear|throat red|abdomen soft|ears normal), (BP|bp) 1(18|26|34|48)/(70|78|86|94).",
            "(rx|started|given) [Medication:{antibiotic}] [Dosage:{dose}] for {n} days.",
            "(increase|reduce) [Medication:{drug}] to [Dosage:{dose}].",
            "[Symptom:{symptom}] (settled|improved|went away) (after|with) [Medication:{drug}] [Dosage:{dose}].",
            "stopped [Medication:{drug}] (himself|herself|last week) because of [Symptom:{symptom}].",
            "(smoker|non-smoker|ex-smoker), (lives alone|works nights|two children), [Diagnosis:{disease}] in the family.",
            "(bloods|urine dip|FBC and U&Es) (normal|to follow|requested).",
            "(repeat|rpt) [Medication:{drug}] [Dosage:{dose}], [Medication:{drug}] [Dosage:{dose}].",
            "the [Diagnosis:{disease}] is (stable|well controlled|under the hospital).",
            "PMH [Diagnosis:{disease}], [Diagnosis:{disease}].",
            "(diagnosed with|treated for) [Diagnosis:{disease}] in (2009|2014|2019), no [Symptom:{symptom}] now.",
            "letter from the hospital: [Diagnosis:{disease}] (confirmed|excluded), (follow-up there|no further action).",
            "(worried about|asks about) [Diagnosis:{disease}], (reassured|will refer).",
            "asks whether (the|) [Medication:{drug}] could cause the [Symptom:{symptom}].",
            "(for|against) the [Symptom:{symptom}]: [Medication:{liquid}] [Dosage:{spoonfuls}].",
            "[Medication:{inhaler}] [Dosage:{puffs}], (technique checked|spacer given).",
            "[Medication:{class}] (were|had been) (tried|given) before, [Symptom:{symptom}] came back.",
            "- [Symptom:{symptom}] - [Symptom:{symptom}] - no [Symptom:{symptom}]",
        ],
    ),
    (
        "closing",
        &[
            "plan: [Medication:{drug}] [Dosage:{dose}], (see again|review) in {n} (days|weeks).",
            "advised (rest and fluids|exercises|to stop smoking), [Medication:{drug}] [Dosage:{dose}] if needed.",
            "return if [Symptom:{symptom}] or [Symptom:{symptom}].",
            "(safety net given|worsening advice given): [Symptom:{symptom}], [Symptom:{symptom}] - call 999.",
            "continue {medicine}; (bloods|BP check) in {n} months.",
            "(recall|annual check) for [Diagnosis:{disease}] in {n} months.",
            "refer (physio|cardiology|ENT|dermatology) if [Symptom:{symptom}] (persists|no better).",
            "script for [Medication:{antibiotic}] [Dosage:{dose}] (sent to pharmacy|printed).",
        ],
    ),
    (
        "medicine",
        &[
            "[Medication:{drug}] [Dosage:{dose}]",
            "[Medication:{drug}]",
            "[Medication:{drug}] [Dosage:{dose}] and [Medication:{drug}]",
            "[Medication:{drug}] [Dosage:{dose}], [Medication:{drug}] [Dosage:{dose}]",
            "[Medication:{inhaler}] [Dosage:{puffs}]",
            "[Medication:{liquid}] [Dosage:{spoonfuls}]",
        ],
    ),
    (
        "puffs",
        &["(one puff|two puffs|1 puff|2 puffs) (bd|prn|in the morning)", "(100|200) micrograms (bd|twice a day)"],
    ),
    ("spoonfuls", &["(5|10|15|20) ml (bd|tds|at bedtime)", "(5|10)ml (qds|prn)"]),
    (
        "dose",
        &[
            "{mg} mg",
            "{mg}mg (od|bd|tds)",
            "{mg} mg (once|twice|three times) a day",
            "{mg} mg (at night|in the morning|every (4|6|8) hours)",
            "(one tablet|two tablets|1 tab|2 tabs|one capsule) (od|bd|tds|prn|daily)",
        ],
    ),
];

const WRITTEN: &[&[&str]] = &[
    &[
        "Mum worried, [Symptom:not eating] since Sunday.",
        "[Symptom:Barking cough] at night, no [Symptom:stridor], drinking well.",
        "Likely croup.",
        "Single dose of [Medication:dexamethasone] [Dosage:2 mg] given here, home with advice.",
    ],
    &[
        "Back again with his back.",
        "[Symptom:Pain down the left leg] to the foot, [Symptom:pins and needles] in the big toe.",
        "No [Symptom:trouble passing water], no [Symptom:numbness] around the saddle.",
        "[Medication:Naproxen] [Dosage:500 mg bd] with [Medication:omeprazole] [Dosage:20 mg od] to protect the stomach.",
        "Keep moving, physio self-referral form given.",
    ],
    &[
        "Tearful today.",
        "[Symptom:Can't concentrate], [Symptom:waking at four], no [Symptom:thoughts of self-harm].",
        "Agreed to start [Medication:sertraline] [Dosage:50 mg in the morning].",
        "Talked through the first two weeks.",
        "Phone review in a fortnight.",
    ],
    &[
        "Asthma check.",
        "Using the blue inhaler [Dosage:two puffs most evenings], so not well controlled.",
        "[Symptom:Wheezy] when running, no [Symptom:night cough].",
        "Add [Medication:beclometasone] [Dosage:100 micrograms, two puffs bd].",
        "Technique good with spacer.",
    ],
    &[
        "Third water infection this year.",
        "[Symptom:Burning], [Symptom:going every hour], no [Symptom:loin pain].",
        "[Medication:Nitrofurantoin] [Dosage:100 mg bd for three days].",
        "Sample sent.",
    ],
    &[
        "[Symptom:Ringing in both ears] since the concert, hearing normal on testing.",
        "No [Symptom:spinning], no [Symptom:discharge].",
        "No medicine needed; [Medication:paracetamol] [Dosage:1 g qds] if the [Symptom:headache] returns.",
    ],
    &[
        "Shingles, day two.",
        "[Symptom:Stabbing pain] below the right ribs, then [Symptom:blisters].",
        "[Medication:Aciclovir] [Dosage:800 mg five times a day], [Medication:amitriptyline] [Dosage:10 mg nocte].",
        "Away from the new baby until crusted.",
    ],
];
