//! Small invented word lists. No name, place or sentence is anyone's; telephone numbers are from the
//! ranges kept for drama, mail addresses from example.org, postcodes from an area that does not exist.

pub const GIVEN: &[&str] = &[
    "Alba", "Bram", "Cerys", "Dorian", "Éloïse", "Fenn", "Greta", "Hollis", "Imogen", "Jorah",
    "Kester", "Linnet", "Maren", "Niall", "Odette", "Piers", "Quilla", "Rhodri", "Sørina",
    "Tamsin", "Ulric", "Vesper", "Wilf", "Xanthe", "Yorick", "Zélie",
];
pub const SURNAMES: &[&str] = &[
    "Ashgrove",
    "Birkwith",
    "Coldmoor",
    "D'Arrowby",
    "Elmsett",
    "Fennimore",
    "Garrowby",
    "Hartlewick",
    "Inglethwaite",
    "Joskin",
    "Kettlesby",
    "Larkrise",
    "Müllerton",
    "Netherfold",
    "O'Quarry",
    "Pennyfarthing",
    "Quickenham",
    "Ravensworthy",
    "Sedgeley-Marsh",
    "Thistlewood",
    "Underbarrow",
    "Vellacourt",
    "Wintersett",
    "Yarrowdale",
];
pub const TITLES: &[&str] = &["Mr", "Mrs", "Ms", "Miss", "Dr", "Mx"];
pub const STREETS: &[&str] = &[
    "Larch Lane",
    "Mill Bank",
    "Quarry Road",
    "Sorrel Close",
    "Tanner's Yard",
    "Upper Fold",
    "Weir Street",
    "Fiddler’s Green",
    "Café Row",
    "St Osyth's Terrace",
];
pub const VILLAGES: &[&str] = &["Nether Wallow", "Little Hob", "Cold Ashmere", "Upper Quill"];
pub const TOWNS: &[&str] = &["Fernhythe", "Marlow-on-Wick", "Oxcombe", "Stonnard", "Tarnwick"];
pub const COUNTIES: &[&str] = &["Wessmark", "North Ridingdale", "Eastmere"];
pub const PATIENT_TYPES: &[&str] =
    &["Regular", "Regular", "Regular", "Regular", "Temporary", "Private", "Immediately Necessary"];
pub const REGISTRATION: &[&str] = &[
    "Application Form FP1 submitted",
    "Notification of registration",
    "Medical record received",
    "Record requested by FHSA",
    "Internal transfer",
    "Deduction requested",
];
pub const RELATIONS: &[&str] = &["Mother", "Father", "Daughter", "Son", "Neighbour", "Partner"];
pub const ORGANISATIONS: &[&str] = &[
    "Tarnwick Health Centre",
    "Fernhythe Hospital NHS Trust",
    "Oxcombe Pharmacy",
    "Stonnard Community Services",
    "Marlow-on-Wick Surgery",
    "Quill Street Dental, Ltd",
];
pub const ORGANISATION_TYPES: &[&str] = &[
    "GP Practice",
    "Acute Trust",
    "Pharmacy",
    "Community Trust",
    "GP Practice",
    "Dental Practice",
];
pub const LOCATION_TYPES: &[&str] = &["GP Surgery", "Branch Surgery", "Clinic", "Patient's home"];
pub const JOBS: &[(&str, &str)] = &[
    ("R0260", "General Medical Practitioner"),
    ("R0600", "Specialist Nurse Practitioner"),
    ("R8000", "Clinical Practitioner Access Role"),
    ("R8008", "Admin/Clinical Support Access Role"),
    ("R1290", "Pharmacist"),
    ("R0690", "Practice Nurse"),
];
pub const SESSIONS: &[&str] = &[
    "Morning surgery",
    "Afternoon surgery",
    "Baby clinic",
    "Flu clinic, hall",
    "Telephone triage",
];
pub const SESSION_TYPES: &[&str] = &["Timed", "Untimed", "Timed (web)"];
pub const SESSION_CATEGORIES: &[&str] =
    &["General Consultation Routine", "Nurse clinic", "Unplanned clinical activity"];
pub const SLOT_TYPES: &[&str] = &["GP 10 minutes", "Nurse 20 minutes", "Telephone", "On the day"];
pub const SLOT_STATUS: &[&str] = &["Left", "Left", "Left", "Booked", "DNA", "Cancelled"];
pub const BOOKING: &[&str] = &["Practice", "Online", "Telephone", "Automated"];
pub const CONTACT: &[&str] = &["Face to face", "Telephone", "Video", "Home visit"];
pub const SOURCES: &[&str] = &[
    "GP Surgery",
    "Telephone call to a patient",
    "Home visit",
    "Out of hours, Non Practice",
    "Administration",
    "Laboratory result",
    "Third party consultation",
];
pub const CONSULTATIONS: &[&str] = &["Consultation", "Telephone", "Mail from hospital", "Results"];
pub const QUALITIES: &[&str] = &[
    "Acute",
    "Chronic",
    "Recurrent",
    "Suspected",
    "History of",
    "Family history of",
    "Screening for",
    "Follow-up of",
    "Mild",
    "Severe",
];
pub const CONDITIONS: &[&str] = &[
    "asthma",
    "bronchitis",
    "dermatitis",
    "migraine",
    "hypertension",
    "otitis media",
    "anaemia",
    "gastritis",
    "sprain",
    "Ménière's disease",
    "Sjögren's syndrome",
    "pain, unspecified",
    "type 2 diabetes",
    "hay fever",
    "cough",
];
pub const SITES: &[&str] =
    &["", " of left knee", " of right shoulder", ", site not specified", " (disorder)", " NOS"];
pub const CATEGORIES: &[&str] = &[
    "Clinical finding",
    "Procedure",
    "Administration",
    "Observable",
    "Regime/therapy",
    "Situation",
];
pub const NATIONAL: &[&str] = &["EMISNQ", "Local", "SNOMED"];
pub const MEASURES: &[(&str, u64, u64)] = &[
    ("kg", 4_000, 14_000),
    ("cm", 12_000, 20_000),
    ("mmHg", 9_000, 18_000),
    ("mmol/L", 200, 1_500),
    ("bpm", 5_000, 11_000),
    ("%", 300, 9_900),
    ("µmol/L", 4_000, 15_000),
    ("10*9/L", 200, 60_000),
];
pub const ENTRIES: &[&str] = &[
    "Observation",
    "Observation",
    "Observation",
    "Value",
    "Value",
    "Value",
    "Test Request",
    "Immunisation",
    "Allergy",
    "Family History",
    "Document",
    "Referral",
];
pub const ABNORMAL: &[&str] = &["High", "Low", "Above range, repeat"];
pub const EPISODES: &[&str] = &["None", "First", "New", "Review", "End"];
pub const URGENCIES: &[&str] = &["Routine", "Urgent", "2 Week Wait", "Soon"];
pub const SERVICES: &[&str] = &["Assessment and treatment", "Investigation", "Advice, guidance"];
pub const MODES: &[&str] = &["Written", "Electronic", "Verbal"];
pub const RELATIONSHIPS: &[&str] = &["Grouped", "Combined", "Evolved", "Replaced"];
pub const DURATIONS: &[&str] = &["1 week", "1 month", "6 months", "1 year"];
pub const DRUGS: &[&str] = &[
    "Amoxicillin",
    "Bendroflumethiazide",
    "Codeine",
    "Doxycycline",
    "Emollient cream",
    "Furosemide",
    "Gliclazide",
    "Hydrocortisone",
    "Ibuprofen",
    "Lansoprazole",
    "Metformin",
    "Paracetamol",
    "Ramipril",
    "Salbutamol",
    "Thiamine",
];
pub const STRENGTHS: &[&str] =
    &["5mg", "10mg", "20mg", "250mg", "500mg", "1%", "100micrograms/dose", "5mg/5ml"];
pub const FORMS: &[&str] =
    &["tablets", "capsules", "oral solution, sugar free", "cream", "inhaler CFC free"];
pub const DOSAGES: &[&str] = &[
    "One To Be Taken Each Day",
    "Take TWO tablets FOUR times a day, when required",
    "Apply thinly to affected area(s)",
    "1 puff as directed, max. \"8 in 24 hours\"",
    "½ tablet in the morning, 1 at night",
    "As directed by the practice — see leaflet",
];
pub const UNITS: &[&str] = &["tablet", "capsule", "ml", "gram", "dose", "“pack”"];
pub const METHODS: &[&str] = &["Electronic", "Print Script", "Handwritten", "Record for notes"];
pub const MESSAGES: &[&str] = &[
    "Please book a blood test before your next request.",
    "Your prescription costs £9.90, or nothing if you are exempt.",
    "Collect after 2 pm, not before; the pharmacy said \"no sooner\".",
    "Medication review due.\r\nPlease telephone the surgery.",
];
/// Sentences of free text: commas, quotes, line breaks of both kinds, and letters beyond ASCII.
pub const NOTES: &[&str] = &[
    "Seen with partner; no new concerns.",
    "Patient said, \"I feel much better\".",
    "Chest clear, no wheeze, sats 98 % on air.",
    "Plan:\r\n- bloods in 2/52\r\n- review sooner if worse",
    "Declined flu jab – will think about it.",
    "Works in a café, lifts boxes, pain after shifts.",
    "Says the private clinic asked for £120.",
    "‘Safety-netted’ and leaflet given.",
    "BP 138/84, pulse 72, regular",
    "Temp 37.4 °C; throat red, \"strep score\" 2.",
    "Letter dictated.\nCopy to patient.",
    "ECG: NSR, QTc < 440 ms & no acute change.",
    "Dose ↑ to 2×/day from Monday.",
    "Translator (Łukasz) on the line.",
    "Home visit; key under the “blue” pot, dog is friendly.",
    "Nil else;;;",
];
