//! The word lists that all hospitals draw from: one language, whatever each of them marks in it.

/// Words for training notes, and words that only held-out notes have.
pub struct Words {
    /// In all notes.
    pub common: &'static [&'static str],
    /// In held-out notes only.
    pub unseen: &'static [&'static str],
    /// Whether each hospital's training notes lack a third of the common words, which its held-out notes have.
    pub is_shared: bool,
}

/// The list of this name.
pub fn list(name: &str) -> Option<&'static Words> {
    LISTS.iter().find(|(list, _)| *list == name).map(|(_, words)| words)
}

const LISTS: &[(&str, Words)] = &[
    ("drug", DRUG),
    ("antibiotic", ANTIBIOTIC),
    ("class", CLASS),
    ("harm", HARM),
    ("symptom", SYMPTOM),
    ("disease", DISEASE),
    ("heart", HEART),
    ("inhaler", INHALER),
    ("liquid", LIQUID),
    ("finding", FINDING),
    ("procedure", PROCEDURE),
    ("imaging", IMAGING),
    ("site", SITE),
    ("side", SIDE),
    ("n", NUMBER),
    ("year", YEAR),
    ("mg", MILLIGRAMS),
    ("who", WHO),
];

const DRUG: Words = Words {
    common: &[
        "bisoprolol",
        "ramipril",
        "amlodipine",
        "atorvastatin",
        "apixaban",
        "furosemide",
        "digoxin",
        "amiodarone",
        "spironolactone",
        "candesartan",
        "aspirin",
        "clopidogrel",
        "warfarin",
        "metformin",
        "gliclazide",
        "sertraline",
        "citalopram",
        "omeprazole",
        "lansoprazole",
        "ibuprofen",
        "naproxen",
        "paracetamol",
        "codeine",
        "prednisolone",
        "salbutamol",
        "levothyroxine",
        "simvastatin",
        "losartan",
        "diltiazem",
        "isosorbide mononitrate",
        "ferrous sulfate",
        "folic acid",
    ],
    unseen: &[
        "rosuvastatin",
        "nebivolol",
        "rivaroxaban",
        "torasemide",
        "perindopril",
        "mirtazapine",
        "esomeprazole",
        "dapagliflozin",
        "ticagrelor",
        "ivabradine",
        "empagliflozin",
        "potassium chloride",
    ],
    is_shared: true,
};

const ANTIBIOTIC: Words = Words {
    common: &[
        "amoxicillin",
        "doxycycline",
        "co-amoxiclav",
        "nitrofurantoin",
        "flucloxacillin",
        "clarithromycin",
        "trimethoprim",
    ],
    unseen: &["cefalexin", "azithromycin", "phenoxymethylpenicillin"],
    is_shared: false,
};

const CLASS: Words = Words {
    common: &["beta blockers", "statins", "ACE inhibitors", "anticoagulants", "diuretics", "painkillers"],
    unseen: &["calcium channel blockers", "antidepressants"],
    is_shared: false,
};

const HARM: Words = Words {
    common: &[
        "dizziness",
        "dry cough",
        "bradycardia",
        "ankle swelling",
        "muscle pain",
        "muscle cramps",
        "nausea",
        "headache",
        "fatigue",
        "rash",
        "itchy rash",
        "nosebleeds",
        "bruising",
        "diarrhoea",
        "hypotension",
        "postural hypotension",
        "hyperkalaemia",
        "low sodium",
        "acute kidney injury",
        "gastrointestinal bleeding",
        "blurred vision",
        "cold hands",
        "vivid dreams",
        "abnormal liver tests",
        "dry mouth",
        "insomnia",
        "palpitations",
        "flushing",
        "constipation",
        "weight gain",
    ],
    unseen: &[
        "swollen lips",
        "angioedema",
        "tremor",
        "hair loss",
        "raised creatine kinase",
        "taste disturbance",
        "drowsiness",
        "gum bleeding",
        "photosensitivity",
        "hyponatraemia",
    ],
    is_shared: false,
};

const SYMPTOM: Words = Words {
    common: &[
        "sore throat",
        "cough",
        "productive cough",
        "fever",
        "headache",
        "low back pain",
        "knee pain",
        "chest pain",
        "shortness of breath",
        "wheeze",
        "runny nose",
        "earache",
        "nausea",
        "vomiting",
        "diarrhoea",
        "heartburn",
        "dizziness",
        "palpitations",
        "rash",
        "itching",
        "tiredness",
        "low mood",
        "poor sleep",
        "weight loss",
        "painful urination",
        "frequency",
        "night sweats",
        "stiff neck",
        "joint swelling",
        "constipation",
        "ankle swelling",
        "abdominal pain",
    ],
    unseen: &[
        "hoarse voice",
        "double vision",
        "tingling",
        "leg cramps",
        "loss of appetite",
        "shoulder pain",
        "bloating",
        "blocked nose",
        "hot flushes",
        "haematuria",
        "swollen glands",
    ],
    is_shared: true,
};

const DISEASE: Words = Words {
    common: &[
        "acute appendicitis",
        "cholecystitis",
        "gallstones",
        "diverticulitis",
        "pneumonia",
        "osteoarthritis",
        "cirrhosis",
        "pancreatitis",
        "inguinal hernia",
        "pulmonary embolism",
        "deep vein thrombosis",
        "Crohn's disease",
        "ulcerative colitis",
        "hydronephrosis",
        "aortic stenosis",
        "small bowel obstruction",
        "pleural effusion",
        "hepatic steatosis",
        "type 2 diabetes",
        "hypertension",
        "atrial fibrillation",
        "heart failure",
        "asthma",
        "meniscal tear",
        "lumbar disc herniation",
        "renal colic",
    ],
    unseen: &[
        "cholangitis",
        "emphysema",
        "sigmoid volvulus",
        "rotator cuff tear",
        "spinal stenosis",
        "abdominal aortic aneurysm",
        "bronchiectasis",
        "femoral hernia",
        "gout",
    ],
    is_shared: true,
};

const HEART: Words = Words {
    common: &[
        "atrial fibrillation",
        "heart failure",
        "angina",
        "aortic stenosis",
        "hypertension",
        "ischaemic cardiomyopathy",
        "mitral regurgitation",
        "a previous heart attack",
        "pericarditis",
        "high cholesterol",
    ],
    unseen: &["atrial flutter", "long QT syndrome", "dilated cardiomyopathy"],
    is_shared: false,
};

const INHALER: Words =
    Words { common: &["salbutamol", "beclometasone", "tiotropium"], unseen: &["formoterol"], is_shared: false };

const LIQUID: Words = Words {
    common: &["lactulose", "paracetamol suspension", "alginate"],
    unseen: &["oral morphine"],
    is_shared: false,
};

const FINDING: Words = Words {
    common: &[
        "adenocarcinoma of the caecum",
        "carcinoma of the sigmoid colon",
        "carcinoma of the bladder",
        "liver abscess",
        "liver metastases",
        "metastasis in the liver",
        "cyst of the left kidney",
        "renal cyst",
        "pancreatic cyst",
        "fracture of the femoral head",
        "fracture of the lumbar spine",
        "ovarian cyst",
        "lung nodule",
        "carcinoma of the stomach",
        "adenoma of the thyroid gland",
        "splenic cyst",
        "stricture of the ureter",
        "ulcer of the duodenum",
        "stone in the common bile duct",
        "lipoma of the right thigh",
    ],
    unseen: &[
        "carcinoma of the rectum",
        "adrenal adenoma",
        "haemangioma of the liver",
        "stricture of the oesophagus",
        "squamous cell carcinoma of the lung",
        "carcinoma of the breast",
    ],
    is_shared: false,
};

const PROCEDURE: Words = Words {
    common: &[
        "laparoscopic cholecystectomy",
        "appendicectomy",
        "right hemicolectomy",
        "hernia repair",
        "total knee replacement",
        "total hip replacement",
        "arthroscopy",
        "colonoscopy",
        "gastroscopy",
        "ERCP",
        "ureteroscopy",
        "nephrectomy",
        "lobectomy",
        "bronchoscopy",
        "thyroidectomy",
        "carotid endarterectomy",
        "percutaneous drainage",
        "diagnostic laparoscopy",
        "mastectomy",
        "coronary angiography",
    ],
    unseen: &[
        "anterior resection",
        "splenectomy",
        "cystoscopy",
        "wide local excision",
        "parathyroidectomy",
        "spinal decompression",
        "open reduction and internal fixation",
    ],
    is_shared: false,
};

const IMAGING: Words = Words {
    common: &["CT", "contrast CT", "MRI", "ultrasound", "chest x-ray", "plain film", "MR angiogram", "CT angiogram"],
    unseen: &["PET-CT", "MRCP", "Doppler ultrasound"],
    is_shared: false,
};

const SITE: Words = Words {
    common: &[
        "liver",
        "gallbladder",
        "spleen",
        "pancreas",
        "sigmoid colon",
        "caecum",
        "terminal ileum",
        "stomach",
        "bladder",
        "kidney",
        "lung",
        "upper lobe",
        "lower lobe",
        "femoral head",
        "medial meniscus",
        "thyroid gland",
        "common bile duct",
        "aortic root",
        "duodenum",
        "ureter",
        "appendix",
        "lumbar spine",
    ],
    unseen: &["adrenal gland", "rectum", "middle lobe", "lateral meniscus", "oesophagus", "iliac artery", "breast"],
    is_shared: false,
};

const SIDE: Words = Words { common: &["left", "right"], unseen: &[], is_shared: false };

const NUMBER: Words = Words {
    common: &["2", "3", "4", "5", "6", "7", "8", "10", "12", "14", "two", "three", "four"],
    unseen: &["9", "six"],
    is_shared: false,
};

const YEAR: Words = Words {
    common: &["34", "41", "47", "52", "56", "59", "63", "66", "68", "71", "74", "77", "79", "82", "85"],
    unseen: &["38", "61", "88"],
    is_shared: false,
};

const MILLIGRAMS: Words = Words {
    common: &["1.25", "2.5", "5", "10", "20", "25", "40", "50", "75", "80", "100", "150", "200", "250", "500"],
    unseen: &["1.5", "15", "30", "300", "625"],
    is_shared: false,
};

const WHO: Words = Words {
    common: &["this gentleman", "this lady", "the patient", "he", "she", "this retired teacher", "this farmer"],
    unseen: &["this bus driver"],
    is_shared: false,
};
