//! From a supplier's documentation to a checked extract, as a new user goes: import, check, report.

use crate::support::{folder, root, run};
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Imports, and gives the descriptor and what was said.
fn imported(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> (Value, String) {
    let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"schema", &"import"];
    all.extend(arguments);
    let output = run(&all);
    assert!(output.status.success(), "{}", text(&output.stderr));
    (serde_json::from_slice(&output.stdout).unwrap(), text(&output.stderr))
}

fn refused(path: &Path) -> String {
    let output = run(&[&"schema", &"import", &path]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    text(&output.stderr)
}

/// What differs between two JSON values: the places, with what is on each side.
fn differences(a: &Value, b: &Value, place: &str, found: &mut Vec<(String, Value, Value)>) {
    match (a, b) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<&String> =
                one.keys().chain(other.keys()).collect();
            for name in names {
                let (a, b) = (&a[name.as_str()], &b[name.as_str()]);
                differences(a, b, &format!("{place}/{name}"), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (a, b)) in one.iter().zip(other).enumerate() {
                differences(a, b, &format!("{place}/{number}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push((place.to_owned(), a.clone(), b.clone())),
    }
}

/// The real documentation gives the carried descriptor, and what each field means beside it.
#[test]
fn the_documentation_of_omop_gives_the_carried_descriptor() {
    let path = root().join("fixtures/omop/OMOP_CDMv5.4_Field_Level.csv");
    let (found, told) = imported(&[&path]);
    assert!(told.contains("39 tables, 432 fields, 28 primary keys, 176 references"), "{told}");
    assert!(told.contains("the column \"fkDomain\" was not carried over"), "{told}");
    let carried = fs::read(root().join("schemas/omop-cdm-5.4/datapackage.json")).unwrap();
    let carried: Value = serde_json::from_slice(&carried).unwrap();
    let mut all = Vec::new();
    differences(&carried, &found, "", &mut all);
    let documentation = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let squeezed = |text: &str| text.split_whitespace().collect::<String>().replace('"', "");
    let documentation = squeezed(&documentation);
    let mut described = 0;
    for (place, old, new) in all {
        // The imported one says what a field means, which whoever maps it asks first: in the words of
        // the documentation, where the carried one says nothing.
        let is_better = place.ends_with("/description")
            && place.contains("/schema/fields/")
            && old.is_null()
            && new.as_str().unwrap().lines().all(|line| documentation.contains(&squeezed(line)));
        // It does not say where its document came from: the document does not.
        let is_unknown = place == "/sources" && new.is_null();
        assert!(is_better || is_unknown, "{place}: {old} and {new}");
        described += usize::from(is_better);
    }
    assert!(described > 300, "{described}");
}

/// A dictionary as people write them: a cover, title rows, merged cells, two ways to say mandatory,
/// a sheet of code lists, a sheet of references, a column nobody knows.
fn dictionary(path: &Path) {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let cover = book.add_worksheet().set_name("Cover").unwrap();
    cover.merge_range(0, 0, 0, 4, "Lakeside GP System: extract for leavers", &bold).unwrap();
    cover.write(2, 0, "Version").unwrap().write(2, 1, 2.1).unwrap();
    cover.write(3, 0, "Issued by Lakeside Systems Ltd").unwrap();

    let sheet = book.add_worksheet().set_name("Data dictionary").unwrap();
    sheet.merge_range(0, 0, 0, 8, "Data dictionary", &bold).unwrap();
    sheet.merge_range(2, 5, 2, 6, "References", &bold).unwrap();
    let headings = [
        "Table name",
        "Column",
        "Data type",
        "Mandatory?",
        "Key",
        "Table",
        "Column",
        "Code list",
        "Notes",
        "Screen",
    ];
    for (column, heading) in (0..).zip(headings) {
        sheet.write_with_format(3, column, heading, &bold).unwrap();
    }
    let rows: [[&str; 10]; 12] = [
        [
            "Patients",
            "PatientID",
            "int",
            "Y",
            "PK",
            "",
            "",
            "",
            "The number the system gives",
            "P1",
        ],
        ["", "NHS No", "n10", "N", "", "", "", "", "", "P1"],
        ["", "Surname", "varchar(35)", "Y", "", "", "", "", "", "P1"],
        ["", "DOB", "Date (dd/mm/yyyy)", "Y", "", "", "", "", "", "P1"],
        ["", "Sex", "char(1)", "Y", "", "", "", "SEX", "", "P1"],
        ["", "Usual GP", "int", "if known", "", "Staff", "StaffID", "", "", "P1"],
        ["Consultations", "ConsID", "int", "Y", "PK", "", "", "", "", ""],
        ["", "PatientID", "int", "Y", "FK", "Patients", "PatientID", "", "", ""],
        ["", "ConsDate", "Date", "Y", "", "", "", "", "", ""],
        [
            "",
            "Kind",
            "varchar(1)",
            "N",
            "",
            "",
            "",
            "S = Surgery; T = Telephone\nV = Visit",
            "",
            "",
        ],
        ["Staff", "StaffID", "int", "Y", "PK", "", "", "", "", ""],
        ["", "Name", "varchar(60)", "Y", "", "", "", "", "", ""],
    ];
    for (row, cells) in (4..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                sheet.write(row, column, cell).unwrap();
            }
        }
    }
    sheet.merge_range(4, 0, 9, 0, "Patients", &bold).unwrap();
    sheet.merge_range(10, 0, 13, 0, "Consultations", &bold).unwrap();

    let lists = book.add_worksheet().set_name("Code lists").unwrap();
    for (row, cells) in (0..).zip([
        ["List", "Code", "Meaning"],
        ["SEX", "M", "Male"],
        ["", "F", "Female"],
        ["", "U", "Unknown"],
    ]) {
        for (column, cell) in (0..).zip(cells) {
            lists.write(row, column, cell).unwrap();
        }
    }
    book.save(path).unwrap();
}

const PATIENTS: &str = "PatientID,NHS No,Surname,DOB,Sex,Usual GP\r\n\
    1,9990000018,Testing,26/01/1950,F,7\r\n2,,Sample,05/06/1980,X,7\r\n";
const CONSULTATIONS: &str =
    "ConsID,PatientID,ConsDate,Kind\r\n10,1,26/01/2024,S\r\n11,3,27/01/2024,T\r\n";
const STAFF: &str = "StaffID,Name\r\n7,A Doctor\r\n";

fn zipped(path: &Path) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, content) in [
        ("LKS_A81001_patients_20240131.csv", PATIENTS),
        ("LKS_A81001_consultations_20240131.csv", CONSULTATIONS),
        ("LKS_A81001_staff_20240131.csv", STAFF),
        ("readme.txt", "Please see the dictionary.\r\n"),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn a_dictionary_and_a_zip_become_a_report() {
    let place = tempfile::tempdir().unwrap();
    let (book, extract) = (place.path().join("dictionary.xlsx"), place.path().join("extract.zip"));
    let (schema, report) = (place.path().join("schema.json"), place.path().join("report.html"));
    dictionary(&book);
    zipped(&extract);
    let output = run(&[&"schema", &"import", &book, &"--extract", &extract, &"--output", &schema]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for part in [
        "Read as a data dictionary: 3 tables, 12 fields, 3 primary keys, 2 references",
        "no headings of fields in a sheet, which was passed over (sheet Cover)",
        "the column \"Screen\" was not carried over (sheet Data dictionary, row 4, column J)",
        "\"if known\" is neither mandatory nor optional: it stands in the description \
         (sheet Data dictionary, row 10, column D)",
        "the files of 3 tables of 3",
        "consultations.ConsDate is written as %d/%m/%Y",
        "not documented: readme.txt",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let found: Value = serde_json::from_slice(&fs::read(&schema).unwrap()).unwrap();
    let patients = &found["resources"][0];
    assert_eq!(patients["name"], "patients");
    assert_eq!(patients["path"], "LKS_A81001_patients_20240131.csv");
    assert_eq!(patients["schema"]["primaryKey"], json!(["PatientID"]));
    assert_eq!(
        patients["schema"]["foreignKeys"],
        json!([{"fields": ["Usual GP"], "reference": {"resource": "staff", "fields": ["StaffID"]}}])
    );
    let fields = &patients["schema"]["fields"];
    assert_eq!(fields[3]["format"], "%d/%m/%Y");
    assert_eq!(fields[2]["constraints"], json!({"required": true, "maxLength": 35}));
    assert_eq!(fields[4]["categories"][1], json!({"value": "F", "label": "Female"}));
    assert_eq!(found["resources"][1]["schema"]["fields"][3]["categories"][2]["label"], "Visit");

    let output = run(&[&"check", &extract, &"--schema", &schema, &"--report", &report]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    // Patient 3 is in no file, and X is no sex.
    for part in ["foreign-key", "constraint-error"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains("unsupported-property") && !said.contains("missing-file"), "{said}");
    assert!(fs::read_to_string(&report).unwrap().contains("patients"));
}

/// One file for each table, its name the table's; positions, references in words.
#[test]
fn a_folder_of_descriptions_is_one_document() {
    let place = folder(&[
        (
            "Patient.csv",
            b"position,name,type,documented_length,documented_nullable,references\n\
              2,Born,date(dd/MM/yyyy),3,no,\n1,ID,integer,4,no,\n3,GP,integer,4,yes,Staff.ID\n",
        ),
        ("Staff.csv", b"position,name,type,documented_length,documented_nullable,references\n1,ID,integer,4,no,\n"),
    ]);
    let (found, told) = imported(&[&place.path()]);
    let fields = found["resources"][0]["schema"]["fields"].as_array().unwrap();
    let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ID", "Born", "GP"]);
    assert_eq!(fields[1]["format"], "%d/%m/%Y");
    assert_eq!(found["resources"][0]["schema"]["foreignKeys"][0]["reference"]["resource"], "staff");
    assert!(told.contains("the length of a date"), "{told}");
}

#[test]
fn tpp_specification() {
    let text = "TableName,TableDescription,ColumnName,ColumnDescription,ColumnDataType,ColumnLength,\
        DateDefining,ColumnOrdinal,LinkedTable,LinkedColumn1,LinkedColumn2\r\n\
        SRPatient,\"Patients, one\nrow each\",RowIdentifier,The identifier,Numeric - Integer,,N,1,,,\r\n\
        SRPatient,,DateBirth,Born,Date,,N,2,,,\r\n\
        SREvent,Events,RowIdentifier,The identifier,Numeric - Integer,,N,1,,,\r\n\
        SREvent,,IDPatient,Whose,Numeric - Integer,,N,2,SRPatient,RowIdentifier,IDOrganisationVisibleTo\r\n\
        SREvent,,DateEvent,When,Date and Time,,Y,3,,,\r\n\
        SREvent,,Method,How,Text - Fixed,10,N,4,,,\r\n\
        SREvent,,IDGone,Whose,Numeric - Integer,,N,5,SRGone,RowIdentifier,\r\n";
    let place = folder(&[("Specification v123.csv", text.as_bytes())]);
    let (found, told) = imported(&[&place.path().join("Specification v123.csv")]);
    assert_eq!((&found["name"], &found["version"]), (&json!("tpp-sre-123"), &json!("123")));
    let event = &found["resources"][1];
    assert_eq!(event["path"], "SREvent.csv");
    assert_eq!(event["encoding"], "windows-1252");
    assert_eq!(event["schema"]["primaryKey"], json!(["RowIdentifier"]));
    assert_eq!(event["schema"]["fields"][2]["format"], "%d %b %Y %H:%M:%S");
    assert_eq!(event["schema"]["fields"][3]["constraints"], json!({"maxLength": 10}));
    let references = event["schema"]["foreignKeys"].as_array().unwrap();
    assert_eq!(references.len(), 1);
    // What the extension says: the table of patients, its key, and that -1 is none of them.
    assert_eq!(found["resources"][0]["handover"]["role"], "patient");
    assert_eq!(found["resources"][0]["schema"]["fields"][0]["handover"]["role"], "patient");
    let link = &event["schema"]["fields"][1]["handover"];
    assert_eq!(link["nullReferences"], json!(["-1", "0"]));
    assert_eq!(event["schema"]["fields"][2]["handover"]["role"], "event-date");
    assert_eq!(found["resources"][0]["description"], "Patients, one\nrow each");
    for part in [
        "Read as TPP's specification",
        "a reference to SRGone, which is not described (sheet Specification v123.csv, row 8, column I)",
        "the second column of a link",
        "-1 and 0 link to nothing",
        "the column \"DateDefining\" was not carried over",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

fn dictionaries() -> std::path::PathBuf {
    root().join("fixtures/dictionaries")
}

/// Workbooks of openpyxl, and of LibreOffice in the older form and the open one, say the same.
#[test]
fn dictionaries_of_other_programs() {
    for name in ["one-list", "one-sheet-each"] {
        let of = |form: &str| imported(&[&dictionaries().join(format!("{name}.{form}"))]);
        let (first, told) = of("xlsx");
        for form in ["xls", "ods"] {
            let (other, also) = of(form);
            assert!(first == other && told == also, "{name}.{form}\n{told}\n{also}");
        }
    }
}

/// What the standard has no word for stands in the extension.
#[test]
fn what_only_the_extension_can_say() {
    let (found, told) = imported(&[&dictionaries().join("one-list.xlsx")]);
    let resource = |name: &str| {
        let all = found["resources"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    let observation = resource("observation");
    let fields = observation["schema"]["fields"].as_array().unwrap().clone();
    let field = |name: &str| fields.iter().find(|one| one["name"] == name).unwrap();
    let said = |name: &str, property: &str| field(name)["handover"][property].clone();
    assert_eq!(said("Weight", "unit"), "kg");
    assert_eq!(said("Value", "unit"), json!({"field": "ValueUnit"}));
    assert_eq!(said("Certainty", "codes"), json!({"S": "suspected", "C": "certain"}));
    assert!(field("Certainty").get("categories").is_none(), "the list is open");
    assert_eq!(said("PatientID", "nullReferences"), json!(["-1", "0"]));
    assert_eq!(said("Term", "severity"), json!({"maxLength": "warning"}));
    assert_eq!(said("EventDate", "role"), "event-date");
    assert_eq!(said("DateEntered", "role"), "recorded-date");
    assert_eq!(said("EnteredBy", "role"), "user");
    assert_eq!(said("Term", "sensitivity"), "personal");
    assert_eq!(field("EventDate")["missingValues"], json!(["", "01/01/1900"]));
    assert_eq!(field("Deleted")["trueValues"], json!(["Y"]));
    assert_eq!(observation["encoding"], "windows-1252");
    assert_eq!(observation["dialect"]["delimiter"], "\t");
    let patient = resource("patient");
    let sex = &patient["schema"]["fields"][3];
    assert_eq!(sex["handover"]["severity"], json!({"required": "warning"}));
    assert_eq!(patient["schema"]["fields"][1]["handover"]["role"], "nhs-number");
    assert_eq!(patient["schema"]["fields"][2]["handover"]["role"], "birth-date");
    // Two steps to the patient.
    assert_eq!(resource("note")["handover"]["patientVia"], "ObsID");
    assert_eq!(resource("note")["handover"]["presence"], "optional");
    for part in [
        "\"should\" is taken for required, and a warning where it lacks",
        "guessed from names and references: the patient of note is found by ObsID",
        "not carried over: the number of digits or bytes of a number",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

/// One sheet for each table, headings of other words, marks for "yes", titles, notes and footers.
#[test]
fn a_dictionary_with_odd_headings() {
    let (found, told) = imported(&[&dictionaries().join("one-sheet-each.xlsx")]);
    let patients = &found["resources"][0]["schema"];
    assert_eq!(found["resources"][0]["name"], "patients");
    assert_eq!(patients["fields"][0]["constraints"]["required"], true);
    assert_eq!(patients["fields"][2]["type"], "date");
    assert_eq!(patients["fields"][2]["format"], "%d/%m/%Y");
    assert_eq!(patients["fields"][3]["description"], "ODS code");
    let appointments = &found["resources"][1];
    assert_eq!(appointments["schema"]["foreignKeys"][0]["reference"]["resource"], "patients");
    assert_eq!(appointments["handover"]["role"], "appointment");
    assert!(told.contains("the form DD/MM/YYYY of a date stands in its description"), "{told}");
    assert!(!told.contains("was not carried over"), "{told}");
}

/// A zip that nobody prepared: a folder of the day, tabs, Windows-1252, names that are nearly right.
#[test]
fn a_zip_with_a_folder_of_the_day() {
    let dictionary = "Table,Field Name,Data Type,M/C/O,PK / FK,Comments\n\
        tblPatient,PatID,Integer (4),M,PK (1 of 1),\n\
        tblPatient,DoB,Date/Time,C,,dd/mm/yyyy; mandatory if known\n\
        tblPatient,Active,Y/N flag,M,,\n\
        tblAppt,ApptID,AutoNumber,M,Primary,\n\
        tblAppt,PatID,Long Integer,O,FK - tblPatient.PatID,\n";
    let place = folder(&[("acme.csv", dictionary.as_bytes())]);
    let extract = place.path().join("drop.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&extract).unwrap());
    let patients = "PatID\tDoB\tActive\r\n1\t26/01/1950\tY\r\n2\t05/06/1980\tN\r\n";
    for (name, content) in [
        ("Export 15-11-2024/tblPatient (2).txt", patients),
        ("Export 15-11-2024/tblAppt.txt", "ApptID\tPatID\r\n1\t1\r\n2\t9\r\n"),
        ("Export 15-11-2024/Thumbs.db", "x"),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    let (book, schema) = (place.path().join("acme.csv"), place.path().join("schema.json"));
    let output = run(&[&"schema", &"import", &book, &"--extract", &extract, &"--output", &schema]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = run(&[&"check", &extract, &"--schema", &schema, &"--format", &"json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<&str> = report["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|task| task["groups"].as_array().unwrap())
        .filter(|group| group["severity"] != "info")
        .map(|group| group["code"].as_str().unwrap())
        .collect();
    // The appointment of a patient who is not there, and nothing that the dictionary got wrong.
    assert_eq!(found, ["foreign-key"], "{}", text(&output.stdout));
}

/// What cannot be is left out and told; the rest stands.
#[test]
fn what_does_not_suit_is_left_out_and_told() {
    let text = "table,field,type,role,null references,unit,sensitivity,codes,severity\n\
        Patient,ID,int,event-date,-1,kg,bogus,\"e.g. 1 = a; 2 = b\",warning\n\
        Patient,Section: names\n\
        Patient,D,date,patient,foo,in Q,high,,nonsense\n\
        Patient,ID2,int,patient,,,,,\n\
        Patient,S,Text 50,sequence,,mm,,1. Male 2. Female 9. Not known,\n\
        Patient,E,Lookup,,,,,See Ethnicity tab,\n\
        Audit,S,string,sequence,,mm,,A=,\n";
    let lists = "Code,Description\nA,White - British\nB,White - Irish\n";
    let place = folder(&[("all.csv", text.as_bytes()), ("Ethnicity.csv", lists.as_bytes())]);
    let (found, told) = imported(&[&place.path()]);
    let fields = &found["resources"][0]["schema"]["fields"];
    assert_eq!(fields[0]["handover"]["codes"], json!({"1": "a", "2": "b"}));
    assert_eq!(fields[0]["handover"]["nullReferences"], json!(["-1"]));
    assert!(fields[0]["handover"].get("role").is_none());
    assert_eq!(fields[4]["constraints"]["maxLength"], 50);
    assert_eq!(fields[4]["categories"][2], json!({"value": "9", "label": "Not known"}));
    assert_eq!(fields[5]["categories"][1]["label"], "White - Irish");
    for part in [
        "not carried over: the role \"event-date\" (sheet all.csv, row 2, column D)",
        "not carried over: the null references \"foo\"",
        "not carried over: the sensitivity \"bogus\"",
        "not carried over: the severity \"nonsense\"",
        "not carried over: the role patient of patient.ID2, which another field has",
        "a unit of a string: it stands in the description",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

/// What a dictionary can carry comes back from the workbook as it was.
#[test]
fn what_is_exported_comes_back() {
    for name in ["one-list", "one-sheet-each"] {
        let place = tempfile::tempdir().unwrap();
        let (first, book) =
            (place.path().join("a.json"), place.path().join(format!("{name}.xlsx")));
        let source = dictionaries().join(format!("{name}.xlsx"));
        assert!(run(&[&"schema", &"import", &source, &"--output", &first]).status.success());
        let output = run(&[&"schema", &"export", &first, &"--to", &"xlsx", &"--output", &book]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let (back, _) = imported(&[&book]);
        let first: Value = serde_json::from_slice(&fs::read(&first).unwrap()).unwrap();
        let mut found = Vec::new();
        differences(&first, &back, "", &mut found);
        assert_eq!(found, [], "{name}");
    }
    // The carried schemas: nothing that an import would stumble over is lost or made up.
    for name in ["emis-web-8.2", "tpp-sre-93", "vision-0.18", "omop-cdm-5.4"] {
        let place = tempfile::tempdir().unwrap();
        let (book, back) = (place.path().join("b.xlsx"), place.path().join("b.json"));
        let output = run(&[&"schema", &"export", &name, &"--to", &"xlsx", &"--output", &book]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(run(&[&"schema", &"import", &book, &"--output", &back]).status.success());
        let output = run(&[&"schema", &"diff", &name, &back, &"--format", &"json"]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let lost: Vec<String> = found["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["effect"] != "says")
            .map(|one| format!("{}.{}: {}", one["resource"], one["field"], one["message"]))
            .collect();
        // What has no column: rules, deleted rows and what is required but of them, references of some
        // rows, how grave a missing parent is, the fields of a date's time and precision. A file whose
        // columns are not known is left out, and told.
        let expected = [
            "deleted",
            "the rule",
            " where ",
            "a missing parent of",
            "the field of the time",
            "the field of the precision",
            "the table is gone",
        ];
        let other: Vec<&String> =
            lost.iter().filter(|one| !expected.iter().any(|word| one.contains(word))).collect();
        assert_eq!(other, [""; 0], "{name}");
    }
}

/// What is no dictionary is told, with place and hint.
#[test]
fn what_describes_no_field_is_refused() {
    let place = folder(&[
        ("prices.csv", b"Supplier,Type,Length\nA,b,1\n"),
        ("page.csv", b"<html></html>"),
        ("open.csv", b"table,field,type\na,\"b,int\n"),
    ]);
    let told = refused(&place.path().join("prices.csv"));
    assert!(told.contains("sheet prices.csv, row 1 has headings of type, length"), "{told}");
    assert!(told.contains("handover: hint: give each column a heading"), "{told}");
    assert!(refused(&place.path().join("page.csv")).contains("neither a workbook nor delimited"));
    assert!(refused(&place.path().join("open.csv")).contains("the quote that opens in row 2"));
}

/// A descriptor that exists is never replaced.
#[test]
fn an_output_that_exists_stays() {
    let place = folder(&[("d.csv", b"table,field,type\na,b,int\n"), ("out.json", b"mine")]);
    let out = place.path().join("out.json");
    let output = run(&[&"schema", &"import", &place.path().join("d.csv"), &"--output", &out]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&out).unwrap(), b"mine");
}
