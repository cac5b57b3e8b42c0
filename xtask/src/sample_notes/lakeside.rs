//! Lakeside: reports of a surgical and a radiology department. Marked are diseases as they are named in full, also those that
//! were looked for and not found; procedures and scans; and parts of the body, but not inside a disease's name.

use super::hospital::Hospital;

/// Lakeside's labels, grammar and hand-written reports.
pub const HOSPITAL: Hospital = Hospital {
    id: "lakeside",
    name: "Lakeside Surgical Hospital",
    description: "Reports of surgery and radiology: diseases, procedures and parts of the body",
    labels: &["Anatomy", "Disease", "Procedure"],
    rules: RULES,
    written: WRITTEN,
    written_held_out: 2,
};

const RULES: &[(&str, &[&str])] = &[
    (
        "opening",
        &[
            "[Procedure:{imaging}] of the [Anatomy:{site}]: (clinical details|indication) {symptom}, ?{found}.",
            "(elective|emergency) [Procedure:{procedure}] for {found}.",
            "[Procedure:{imaging}] (performed|carried out) for {symptom} in a {year} year old with known [Disease:{disease}].",
            "admitted with {symptom}; [Procedure:{imaging}] showed {found}.",
            "indication: {symptom} and {symptom}, to exclude {found}.",
            "{year} year old (male|female), {n} days after [Procedure:{procedure}].",
            "operation: [Procedure:{procedure}]. Finding: {found}.",
        ],
    ),
    (
        "body",
        &[
            "the {place} (appears|is|looks) (normal|unremarkable|intact).",
            "no evidence of {found}.",
            "there is (a|) {n} (mm|cm) (lesion|nodule|area) in the {place}, (suspicious for|in keeping with|consistent with) {found}.",
            "no focal lesion in the {place} or [Anatomy:{site}].",
            "the {place} was (mobilised|dissected|identified) and (divided|preserved|clipped).",
            "(mild|moderate|marked) thickening of the {place}, (probably|likely) [Disease:{disease}].",
            "(appearances|findings) (suggest|are typical of) {found}.",
            "[Procedure:{procedure}] was (completed|converted to open|abandoned) (without complication|due to adhesions|).",
            "(previous|past) [Procedure:{procedure}] (noted|), {place} (surgically absent|normal).",
            "(stones|free fluid|calcification|gas) (seen|noted) in the {place}.",
            "PMH: [Disease:{disease}], [Disease:{disease}], [Procedure:{procedure}] (1998|2004|2011|2017).",
            "takes {drug} {mg} mg and {drug}; {drug} was held for {n} days.",
            "a [Procedure:biopsy] of the {place} (showed|confirmed) {found}.",
            "{found} (has|have) (increased|decreased|not changed) since the [Procedure:{imaging}] of (March|June|October).",
            "(given|covered with) {antibiotic} {mg} mg (tds|iv|) for [Disease:{disease}].",
            "(the patient|he|she) had no {symptom} after [Procedure:{procedure}].",
            "no {found}, no {found}.",
            "estimated blood loss {n}0 ml, drain left near the {place}.",
        ],
    ),
    (
        "closing",
        &[
            "conclusion: {found}, (no|without) [Disease:{disease}].",
            "impression: (1\\) |){found}. (2\\) |)[Disease:{disease}].",
            "(suggest|recommend) [Procedure:{imaging}] in {n} months.",
            "(discuss|for discussion) at MDT; consider [Procedure:{procedure}].",
            "plan: [Procedure:{procedure}] next week, stop {drug} {n} days before.",
            "home on day {n}, (clips|sutures) out at {n} days, follow-up [Procedure:{imaging}] of the {place}.",
            "no (further|) imaging needed; [Disease:{disease}] to be treated (medically|by the GP|with {drug}).",
        ],
    ),
    (
        "found",
        &[
            "[Disease:{disease}]",
            "[Disease:{disease}]",
            "[Disease:{disease}]",
            "[Disease:{finding}]",
            "(early|advanced|known|probable) [Disease:{disease}]",
        ],
    ),
    (
        "place",
        &["[Anatomy:{site}]", "[Anatomy:{site}]", "[Anatomy:{side} {site}]", "(proximal|distal) [Anatomy:{site}]"],
    ),
];

const WRITTEN: &[&[&str]] = &[
    &[
        "Supine position, general anaesthesia, WHO checklist complete.",
        "Three ports placed; the [Anatomy:gallbladder] was thick-walled and stuck to the [Anatomy:omentum].",
        "[Anatomy:Cystic duct] and [Anatomy:cystic artery] each clipped and cut.",
        "One [Disease:stone in the common bile duct] was seen on [Procedure:cholangiogram], so [Procedure:ERCP] is booked.",
        "Home tomorrow if eating.",
    ],
    &[
        "Fall from a ladder, tender over the [Anatomy:right wrist].",
        "[Procedure:X-ray]: [Disease:fracture of the distal radius] with slight tilt, [Anatomy:ulna] intact.",
        "[Procedure:Closed reduction] under block, plaster, good position on the check film.",
    ],
    &[
        "Unenhanced [Procedure:CT head].",
        "No [Disease:haemorrhage], no [Disease:infarct] and no mass.",
        "[Anatomy:Ventricles] of normal size for age.",
        "Mucus in the left [Anatomy:maxillary sinus], otherwise nothing to explain the headache.",
    ],
    &[
        "Reason for referral: change in bowel habit, iron deficiency.",
        "[Procedure:Colonoscopy] to the [Anatomy:caecum], good preparation.",
        "A 12 mm [Disease:polyp] on a stalk in the [Anatomy:descending colon] removed with the snare.",
        "[Disease:Diverticular disease] on the left, not inflamed.",
        "Histology to follow.",
    ],
    &[
        "Both [Anatomy:kidneys] of normal size.",
        "A simple [Disease:renal cyst], 3 cm, at the [Anatomy:lower pole] on the left.",
        "[Anatomy:Bladder] empties completely.",
    ],
    &[
        "Second look after [Procedure:small bowel resection] two days ago.",
        "The join is sound, the [Anatomy:mesentery] well perfused, no [Disease:leak].",
        "[Anatomy:Abdominal wall] closed in layers.",
    ],
    &[
        "[Procedure:MRI knee], left.",
        "[Disease:Complete rupture of the anterior cruciate ligament] and bruising of the [Anatomy:lateral femoral condyle].",
        "[Anatomy:Menisci] and [Anatomy:collateral ligaments] intact.",
        "Moderate [Disease:effusion].",
        "Suitable for [Procedure:ligament reconstruction] once the swelling has gone.",
    ],
];
