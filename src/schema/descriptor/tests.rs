use super::*;
use crate::finding::Severity;
use crate::schema::value::{Type, Value};
use crate::schema::*;
use proptest::prelude::*;
use serde_json::json;

fn good(descriptor: serde_json::Value) -> Schema {
    match read(descriptor.to_string().as_bytes()) {
        Ok(schema) => schema,
        Err(error) => panic!("{error} ({})", error.hint().unwrap_or_default()),
    }
}

fn bad(descriptor: serde_json::Value) -> Vec<String> {
    let text = serde_json::to_string_pretty(&descriptor).unwrap();
    let found = mistakes(text.as_bytes(), &mut |_| None).unwrap();
    found.iter().map(|one| format!("{}: {}", one.pointer, one.reason)).collect()
}

fn with_fields(fields: serde_json::Value) -> serde_json::Value {
    json!({"resources": [{"name": "t", "path": "t.csv", "schema": {"fields": fields}}]})
}

fn field(described: serde_json::Value) -> Field {
    let mut schema = good(with_fields(json!([described])));
    schema.resources.remove(0).table.unwrap().fields.remove(0)
}

fn with_resource(properties: serde_json::Value) -> serde_json::Value {
    let mut resource = json!({"name": "t", "path": "t.csv"});
    for (name, value) in properties.as_object().unwrap() {
        resource[name] = value.clone();
    }
    json!({"resources": [resource]})
}

fn effects(schema: &Schema) -> Vec<(&str, &str)> {
    schema.unsupported.iter().map(|one| (one.pointer.as_str(), one.effect.as_str())).collect()
}

#[test]
fn a_whole_descriptor_of_version_2() {
    let descriptor = json!({
        "$schema": "https://datapackage.org/profiles/2.1/datapackage.json",
        "name": "emis", "title": "EMIS", "version": "8.2", "created": "2024-01-26T15:00:00.5+01:00",
        "licenses": [{"name": "CC0-1.0"}], "keywords": ["gp"],
        "handover": {"auditTrail": {"absent": "not supplied"}},
        "resources": [
            {
                "name": "patient", "title": "Patients", "path": ["a/p1.csv", "a/p2.csv"],
                "type": "table", "encoding": "CP1252",
                "dialect": {
                    "header": true, "headerRows": [2, 3], "headerJoin": "-", "commentRows": [1],
                    "commentChar": "//", "delimiter": "|", "quoteChar": "'", "doubleQuote": false,
                    "escapeChar": "\\", "nullSequence": "\\N", "skipInitialSpace": true,
                    "lineTerminator": "\n"
                },
                "handover": {
                    "presence": "conditional", "role": "patient", "rowCount": 12,
                    "filePattern": "p(?P<part>[0-9])_(?P<batch>[0-9]+)\\.csv"
                },
                "schema": {
                    "fieldsMatch": "superset",
                    "missingValues": [{"value": ""}, {"value": "-", "label": "none"}],
                    "fields": [
                        {"name": "id", "title": "Id", "type": "integer",
                         "handover": {"sensitivity": "identifying", "otherNames": ["ID", "pid"]}},
                        {"name": "nhs", "type": "string", "missingValues": ["NA"],
                         "rdfType": "https://fhir.nhs.uk/Id/nhs-number"},
                        {"name": "carer", "type": "number"},
                        {"name": "practice"}
                    ],
                    "primaryKey": ["id"],
                    "uniqueKeys": [["nhs"], ["nhs", "practice"]],
                    "foreignKeys": [
                        {"fields": ["carer"], "reference": {"fields": ["id"]}},
                        {"fields": ["practice"],
                         "reference": {"resource": "practice", "fields": ["code"]}}
                    ]
                }
            },
            {
                "name": "practice", "path": "practice.csv", "bytes": 12,
                "hash": "d41d8cd98f00b204e9800998ecf8427e",
                "schema": {"fields": [{"name": "code", "type": "string"}]}
            },
            {"name": "letter", "path": "letter.pdf"}
        ]
    });
    let schema = good(descriptor.clone());
    assert_eq!(schema.name, "emis");
    assert_eq!((schema.title.as_deref(), schema.version.as_deref()), (Some("EMIS"), Some("8.2")));
    assert_eq!(schema.absent[&Category::AuditTrail], "not supplied");
    assert_eq!(schema.source, descriptor.to_string().as_bytes());
    assert_eq!((schema.unsupported.as_slice(), schema.parts.len()), ([].as_slice(), 0));

    let patient = &schema.resources[0];
    assert_eq!((patient.name.as_str(), patient.title.as_deref()), ("patient", Some("Patients")));
    assert_eq!(patient.paths, ["a/p1.csv", "a/p2.csv"]);
    assert_eq!(patient.presence, Presence::Conditional);
    assert_eq!((patient.role, patient.row_count), (Some(Role::Patient), Some(12)));
    assert_eq!(patient.encoding, Some(Encoding::Windows1252));
    let pattern = patient.file_pattern.as_ref().unwrap();
    let found = pattern.groups("P1_20240126.CSV").unwrap();
    assert_eq!(found, [("part", "1"), ("batch", "20240126")]);
    assert!(!pattern.is_match("p1_20240126.csv.bak") && !pattern.is_match("xp1_2.csv"));

    let table = patient.table.as_ref().unwrap();
    assert_eq!(
        table.dialect,
        Dialect {
            header: true,
            header_rows: vec![2, 3],
            header_join: "-".into(),
            comment_rows: vec![1],
            comment_char: Some("//".into()),
            delimiter: b'|',
            quote: Some(b'\''),
            double_quote: false,
            escape: Some(b'\\'),
            null_sequence: Some("\\N".into()),
            skip_initial_space: true,
            line_terminator: Some("\n".into()),
            sheet: None,
        }
    );
    assert_eq!(table.fields_match, FieldsMatch::Superset);
    assert_eq!(table.missing_values, ["", "-"]);
    assert_eq!(table.primary_key, [0]);
    assert_eq!(table.unique_keys, [vec![1], vec![1, 3]]);
    let keys: Vec<_> = table
        .foreign_keys
        .iter()
        .map(|key| (&*key.fields, key.resource, &*key.reference))
        .collect();
    assert_eq!(keys, [(&[2][..], 0, &[0][..]), (&[3], 1, &[0])]);

    let [id, nhs, carer, practice] = &table.fields[..] else { panic!("four fields") };
    assert_eq!((id.title.as_deref(), id.kind.name()), (Some("Id"), "integer"));
    assert_eq!(id.sensitivity, Some(Sensitivity::Identifying));
    assert!(id.is_called("ID") && id.is_called("pid"));
    assert_eq!(nhs.missing_values, Some(vec!["NA".into()]));
    assert_eq!(nhs.rdf_type.as_deref(), Some("https://fhir.nhs.uk/Id/nhs-number"));
    assert_eq!((carer.sensitivity, carer.missing_values.as_ref()), (None, None));
    assert_eq!(practice.kind, Type::Any);

    assert_eq!(schema.resources[1].bytes, Some(12));
    assert_eq!(schema.resources[1].hash.as_ref().unwrap().algorithm.name(), "md5");
    assert_eq!(schema.resources[1].table.as_ref().unwrap().dialect, Dialect::default());
    assert_eq!(schema.resources[1].presence, Presence::Required);
    assert!(schema.resources[2].table.is_none());
}

#[test]
fn a_descriptor_of_version_1() {
    let schema = good(json!({
        "profile": "tabular-data-package",
        "resources": [{
            "profile": "tabular-data-resource",
            "name": "t", "path": "t.csv",
            "dialect": {"csvddfVersion": 1.2, "delimiter": ";", "caseSensitiveHeader": true},
            "schema": {
                "fields": [
                    {"name": "id", "type": "string"},
                    {"name": "parent", "type": "string"},
                    {"name": "on", "type": "date", "format": "fmt:%d/%m/%Y"},
                    {"name": "same"}, {"name": "same"}
                ],
                "primaryKey": "id",
                "foreignKeys": [
                    {"fields": "parent", "reference": {"resource": "", "fields": "id"}}
                ]
            }
        }]
    }));
    let table = schema.resources[0].table.as_ref().unwrap();
    assert_eq!(table.dialect.delimiter, b';');
    assert_eq!(table.primary_key, [0]);
    assert_eq!((table.foreign_keys[0].resource, &*table.foreign_keys[0].reference), (0, &[0][..]));
    assert!(table.fields[2].kind.accepts("31/12/2020"));
    let place = "/resources/0/schema/fields/4/name";
    let effect = "\"same\" is the name of field 3 already: they are told apart by order only";
    assert_eq!(effects(&schema), [(place, effect)]);
}

#[test]
fn a_key_over_a_name_that_two_fields_have() {
    let mut descriptor = with_fields(json!([{"name": "a"}, {"name": "a"}]));
    descriptor["resources"][0]["schema"]["primaryKey"] = json!(["a"]);
    let reason = "\"a\" is the name of 2 fields of this table";
    assert_eq!(bad(descriptor), [format!("/resources/0/schema/primaryKey/0: {reason}")]);
}

#[test]
fn every_type_is_read() {
    let cases = [
        (json!({"type": "string", "format": "uuid"}), "123e4567-e89b-12d3-a456-426614174000", "x"),
        (json!({"type": "number", "decimalChar": ",", "groupChar": "."}), "1.234,5", "1,234.5"),
        (json!({"type": "number", "bareNumber": false}), "95%", "x"),
        (json!({"type": "integer", "groupChar": ","}), "1,234", "1.0"),
        (json!({"type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]}), "Y", "true"),
        (json!({"type": "object"}), "{}", "[]"),
        (json!({"type": "array"}), "[]", "{}"),
        (json!({"type": "list", "delimiter": ";", "itemType": "integer"}), "1;2", "1,2"),
        (json!({"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"}), "2020-01-02 03:04:05", "x"),
        (json!({"type": "datetime"}), "2020-01-02T03:04:05Z", "2020-01-02 03:04:05"),
        (json!({"type": "date", "format": "default"}), "2020-02-29", "2019-02-29"),
        (json!({"type": "time", "format": "%H:%M"}), "23:59", "23:59:00"),
        (json!({"type": "year"}), "2020", "20"),
        (json!({"type": "yearmonth"}), "2020-01", "2020-13"),
        (json!({"type": "duration"}), "P1Y", "1Y"),
        (json!({"type": "geopoint", "format": "array"}), "[90.5, 45.5]", "90.5, 45.5"),
        (json!({"type": "geojson"}), r#"{"type":"Point","coordinates":[1,2]}"#, "x"),
    ];
    for (mut described, valid, invalid) in cases {
        described["name"] = json!("a");
        let field = field(described.clone());
        assert!(field.kind.accepts(valid), "{described} {valid}");
        assert!(!field.kind.accepts(invalid), "{described} {invalid}");
    }
}

#[test]
fn properties_of_another_type_and_other_profiles_are_noted() {
    let schema = good(with_fields(json!([{"name": "a", "type": "string", "decimalChar": ","}])));
    let place = "/resources/0/schema/fields/0/decimalChar";
    assert_eq!(effects(&schema), [(place, "not used: it belongs to the type \"number\"")]);

    let profile = "what this profile asks for beyond the standard is not checked";
    for (property, value) in [
        ("$schema", "https://example.org/camtrap.json"),
        ("$schema", "https://datapackage.org/profiles/3.0/dataresource.json"),
        ("profile", "fiscal-data-package"),
    ] {
        let schema = good(with_resource(json!({property: value})));
        assert_eq!(effects(&schema), [(format!("/resources/0/{property}").as_str(), profile)]);
    }
    for value in
        ["tabular-data-resource", "https://specs.frictionlessdata.io/schemas/data-resource.json"]
    {
        assert_eq!(effects(&good(with_resource(json!({"profile": value})))), []);
    }
    let schema = good(with_resource(json!({"dialect": {"caseSensitiveHeader": false}})));
    let place = "/resources/0/dialect/caseSensitiveHeader";
    assert_eq!(effects(&schema), [(place, "labels are compared with regard to case")]);
    let schema = good(with_resource(json!({"path": "t.json", "type": "json"})));
    assert_eq!(effects(&schema), [("/resources/0/type", "the file is not read as a \"json\"")]);
    let several = json!({"path": ["a.csv", "b.csv"], "bytes": 3});
    let schema = good(with_resource(several));
    let effect = "not compared: the resource has several files";
    assert_eq!(effects(&schema), [("/resources/0/bytes", effect)]);
    assert_eq!(schema.resources[0].bytes, None);
}

#[test]
fn what_makes_a_table() {
    for (properties, delimiter) in [
        (json!({"path": "t.dat", "type": "table"}), Some(b',')),
        (json!({"path": "t.dat", "profile": "tabular-data-resource"}), Some(b',')),
        (json!({"path": "t.dat", "dialect": {"delimiter": "\t"}}), Some(b'\t')),
        (json!({"path": "t.dat", "schema": {"fields": [{"name": "a"}]}}), Some(b',')),
        (json!({"path": "t.dat", "format": "csv"}), Some(b',')),
        (json!({"path": "T.CSV"}), Some(b',')),
        (json!({"path": "t.tsv"}), Some(b'\t')),
        (json!({"path": "t.txt", "format": "tsv", "dialect": {"header": false}}), Some(b'\t')),
        (json!({"path": "t.txt"}), None),
        (json!({"path": "t.pdf", "type": "file"}), None),
    ] {
        let schema = good(with_resource(properties.clone()));
        let table = schema.resources[0].table.as_ref();
        assert_eq!(table.map(|table| table.dialect.delimiter), delimiter, "{properties}");
        if let Some(table) = table.filter(|table| table.fields.is_empty()) {
            assert_eq!(table.fields_match, FieldsMatch::Subset);
            assert_eq!(table.dialect.header_rows.is_empty(), !table.dialect.header);
        }
    }
}

#[test]
fn constraints_hold_values_of_the_type() {
    let constraints = field(json!({
        "name": "a", "type": "number", "decimalChar": ",",
        "constraints": {
            "required": true, "unique": true, "minimum": "-0,5", "exclusiveMaximum": 1e3,
            "enum": [1, "2,50", 123456789012345678901234567890.5]
        }
    }))
    .constraints;
    assert!(constraints.required && constraints.unique);
    assert_eq!(constraints.minimum.unwrap().text, "-0,5");
    let number = |text| Type::Number(Default::default()).read(text).unwrap();
    assert_eq!(constraints.exclusive_maximum.unwrap().value, number("1000"));
    let values: Vec<_> = constraints.allowed.unwrap().iter().map(|one| one.value.clone()).collect();
    assert_eq!(values[..2], [number("1.0"), number("2.5")]);

    let flag = json!({
        "name": "a", "type": "boolean", "trueValues": ["Y"], "falseValues": ["N"],
        "constraints": {"enum": [true, "N"]}
    });
    let values = field(flag).constraints.allowed.unwrap();
    assert_eq!(values[0].value, Value::Boolean(true));
    assert_eq!(values[1].value, Value::Boolean(false));

    let date = json!({
        "name": "a", "type": "date", "format": "%d/%m/%Y",
        "constraints": {"minimum": "01/01/1900", "maximum": "31/12/2099"}
    });
    assert!(field(date).constraints.maximum.is_some());
    let object = json!({
        "name": "a", "type": "object", "constraints": {"enum": [{"a": 1}, "{\"a\": 2}"]}
    });
    assert_eq!(field(object).constraints.allowed.unwrap().len(), 2);
}

/// Digits are kept: 18 digits are more than a float holds.
#[test]
fn long_numbers_are_exact() {
    let text = r#"{"resources": [{"name": "t", "path": "t.csv", "schema": {"fields": [
        {"name": "a", "type": "integer", "constraints": {"enum": [999999991000000106]}}]}}]}"#;
    let schema = read(text.as_bytes()).unwrap();
    let field = &schema.resources[0].table.as_ref().unwrap().fields[0];
    let value = &field.constraints.allowed.as_ref().unwrap()[0].value;
    assert_eq!(Some(value), field.kind.read("999999991000000106").ok().as_ref());
    assert_ne!(Some(value), field.kind.read("999999991000000107").ok().as_ref());
}

#[test]
fn categories_join_the_values_allowed() {
    let coded = field(json!({
        "name": "a", "type": "integer", "categoriesOrdered": true,
        "categories": [{"value": 0, "label": "no"}, {"value": 1, "label": "yes"}, 9]
    }));
    let texts = |field: Field| -> Vec<String> {
        field.constraints.allowed.unwrap().iter().map(|one| one.text.clone()).collect()
    };
    assert_eq!(texts(coded), ["0", "1", "9"]);
    let narrowed = field(json!({
        "name": "a", "type": "string", "categories": ["a", "b"], "constraints": {"enum": ["b"]}
    }));
    assert_eq!(texts(narrowed), ["b"]);
}

#[test]
fn patterns_match_whole_values() {
    for (pattern, cell, matches) in [
        ("a|bc", "bc", true),
        ("a|bc", "abc", false),
        ("^a.*$", "apple", true),
        ("[0-9]{3}", "1234", false),
        ("[0-9]{3}", "123\n", false),
        ("[a-z--[aeiou]]+", "xyz", true),
        ("[a-z--[aeiou]]+", "xaz", false),
        (r"[\w-]+\[x", "a-b[x", true),
        ("", "", true),
        ("", "x", false),
        ("[A-Za-z0-9]{255}", &"x".repeat(255), true),
        (r"\w{100}", &"é".repeat(100), true),
    ] {
        let described = json!({"name": "a", "type": "string", "constraints": {"pattern": pattern}});
        let found = field(described).constraints.pattern.unwrap();
        assert_eq!(found.text, pattern);
        assert_eq!(found.is_match(cell), matches, "{pattern} {cell:?}");
    }
}

#[test]
fn encodings_by_their_names() {
    for (name, expected) in [
        ("utf-8", Encoding::Utf8),
        ("UTF8", Encoding::Utf8),
        ("utf_8_sig", Encoding::Utf8),
        ("windows-1252", Encoding::Windows1252),
        ("cp1252", Encoding::Windows1252),
        ("ISO-8859-1", Encoding::Windows1252),
        ("latin-1", Encoding::Windows1252),
        ("latin1", Encoding::Windows1252),
        ("utf-16", Encoding::Utf16Le),
        ("UTF-16LE", Encoding::Utf16Le),
        ("utf-16-be", Encoding::Utf16Be),
    ] {
        let schema = good(with_resource(json!({"encoding": name})));
        assert_eq!(schema.resources[0].encoding, Some(expected), "{name}");
    }
    assert_eq!(good(with_resource(json!({}))).resources[0].encoding, None);
}

#[test]
fn fields_match_in_both_forms() {
    for (value, expected) in [
        (json!("exact"), FieldsMatch::Exact),
        (json!("equal"), FieldsMatch::Equal),
        (json!(["subset"]), FieldsMatch::Subset),
        (json!("partial"), FieldsMatch::Partial),
    ] {
        let mut descriptor = with_fields(json!([{"name": "a"}]));
        descriptor["resources"][0]["schema"]["fieldsMatch"] = value;
        let schema = good(descriptor);
        assert_eq!(schema.resources[0].table.as_ref().unwrap().fields_match, expected);
    }
    let schema = good(with_fields(json!([{"name": "a"}])));
    let table = schema.resources[0].table.as_ref().unwrap();
    assert_eq!(table.fields_match, FieldsMatch::Exact);
    assert_eq!(table.missing_values, [""]);
}

#[test]
fn a_dialect_of_frictionless_py() {
    let dialect = json!({"csv": {"delimiter": "|", "quoteChar": "'"}, "quoteChar": "^", "x": 1});
    let schema = good(with_resource(json!({"dialect": dialect})));
    let table = schema.resources[0].table.as_ref().unwrap();
    assert_eq!((table.dialect.delimiter, table.dialect.quote), (b'|', Some(b'^')));
    let place = "/resources/0/dialect/x";
    assert_eq!(effects(&schema), [(place, "unknown property \"x\": it is not used")]);
}

#[test]
fn nothing_quotes_where_the_descriptor_says_so() {
    for value in [json!(""), json!(null)] {
        let schema = good(with_resource(json!({"dialect": {"quoteChar": value}})));
        assert_eq!(schema.resources[0].table.as_ref().unwrap().dialect.quote, None);
    }
}

#[test]
fn a_file_pattern_stands_in_place_of_a_path() {
    let schema = good(json!({"resources": [
        {"name": "t", "type": "table", "handover": {"filePattern": "t_[0-9]+\\.csv"}}
    ]}));
    assert!(schema.resources[0].paths.is_empty() && schema.resources[0].file_pattern.is_some());
}

/// One file may be a sheet each of several tables, and only then.
#[test]
fn sheets_share_a_file() {
    let resource = |name: &str, sheet: &str| json!({"name": name, "path": "w.xlsx", "dialect": {"sheetName": sheet}});
    good(json!({"resources": [resource("a", "A"), resource("b", "B")]}));
    let mixed = json!({"resources": [resource("a", "A"), {"name": "b", "path": "w.xlsx"}]});
    assert_eq!(bad(mixed), ["/resources/1/path: \"w.xlsx\" is declared twice"]);
}

#[test]
fn files_beside_the_descriptor_are_read_through_the_hook() {
    let descriptor = json!({"resources": [
        {"name": "a", "path": "a.csv", "schema": "t/schema.json", "dialect": "dialect.json"},
        {"name": "b", "path": "b.csv", "schema": "t/schema.json"}
    ]});
    let text = descriptor.to_string();
    let schema_file = br#"{"fields": [{"name": "id", "type": "integer"}], "primaryKey": ["id"]}"#;
    let mut asked = Vec::new();
    let mut load = |path: &str| {
        asked.push(path.to_owned());
        Some(match path {
            "t/schema.json" => schema_file.to_vec(),
            _ => br#"{"delimiter": ";"}"#.to_vec(),
        })
    };
    let schema = read_with(text.as_bytes(), &mut load).unwrap();
    assert_eq!(asked, ["t/schema.json", "dialect.json"]);
    let tables: Vec<_> = schema.resources.iter().map(|one| one.table.as_ref().unwrap()).collect();
    assert_eq!((tables[0].dialect.delimiter, tables[1].dialect.delimiter), (b';', b','));
    assert_eq!((&*tables[0].primary_key, &*tables[1].primary_key), (&[0][..], &[0][..]));
    assert_eq!(schema.parts.len(), 2);
    assert_eq!(schema.parts[0], ("t/schema.json".into(), schema_file.to_vec()));

    // A mistake in such a file names the file, once.
    let wrong = br#"{"fields": [{"name": "id", "type": "integr"}]}"#;
    let error = read_with(text.as_bytes(), &mut |path| {
        Some(if path == "dialect.json" { b"{}".to_vec() } else { wrong.to_vec() })
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "descriptor t/schema.json: /fields/0/type (line 1, column 36): \"integr\" is no type"
    );
    let error = read_with(text.as_bytes(), &mut |_| Some(b"{".to_vec())).unwrap_err();
    assert!(
        error.to_string().starts_with("descriptor dialect.json: (line 1, column 1): is not JSON")
    );

    // Nothing outside the descriptor's folder is asked for.
    for path in ["../schema.json", "/etc/schema.json", "https://example.org/schema.json"] {
        let text = with_resource(json!({"schema": path})).to_string();
        assert!(read_with(text.as_bytes(), &mut |_| panic!("asked for {path}")).is_err());
    }
}

#[test]
fn all_mistakes_are_listed_in_the_order_of_the_text() {
    let descriptor = json!({"resources": [{
        "name": "t", "path": "/t.csv", "encoding": "x",
        "schema": {
            "fields": [{"name": "a", "type": "strng"}, {"name": ""}],
            "primaryKey": ["c"]
        }
    }]});
    assert_eq!(
        bad(descriptor.clone()),
        [
            "/resources/0/path: the name begins with a slash, so it is not inside the folder",
            "/resources/0/encoding: \"x\" is no known encoding",
            "/resources/0/schema/fields/0/type: \"strng\" is no type",
            "/resources/0/schema/fields/1/name: is empty",
            "/resources/0/schema/primaryKey/0: this table has no field \"c\"",
        ]
    );
    let error = read(descriptor.to_string().as_bytes()).unwrap_err();
    assert!(error.to_string().ends_with("; and 4 more mistakes"));
    assert_eq!(error.kind(), crate::error::ErrorKind::Schema);
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let text = format!("\u{feff}{}", with_resource(json!({})));
    assert_eq!(read(text.as_bytes()).unwrap().resources.len(), 1);
}

#[test]
fn a_descriptor_of_data_is_too_large() {
    let error = read(&vec![b' '; SIZE_LIMIT + 1]).unwrap_err();
    assert_eq!(error.to_string(), "descriptor (line 1, column 1): is larger than 8 MiB");
}

/// What reaches a terminal holds no control character, and many mistakes take no long time.
#[test]
fn words_of_the_descriptor_are_shown_safely() {
    let names = vec![json!({"name": "a", "type": "\u{1b}[31mred"}); 5000];
    let found = mistakes(with_fields(json!(names)).to_string().as_bytes(), &mut |_| None).unwrap();
    assert_eq!(found.len(), 1000);
    assert_eq!(found[0].reason, "\"\\u{1b}[31mred\" is no type");
}

/// Any tree made of the standard's names and odd values.
fn odd() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[a-z0-9\"'%Y(\\[é/.:-]{0,6}".prop_map(Into::into),
        Just(json!("integer")),
        Just(json!("date")),
        Just(json!("a")),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        let name = (0..PROPERTIES.len()).prop_map(|at| PROPERTIES[at].name.to_owned());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name, inner), 0..8)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics(odd in odd(), place in 0usize..6) {
        let descriptor = match place {
            0 => odd,
            1 => json!({"resources": odd}),
            2 => json!({"resources": [odd.clone(), odd]}),
            3 => json!({"resources": [{"name": "a", "path": "a", "schema": odd}]}),
            4 => json!({"resources": [{"name": "a", "path": "a", "dialect": odd}]}),
            _ => with_fields(json!([odd.clone(), odd])),
        };
        let text = descriptor.to_string();
        let found = mistakes(text.as_bytes(), &mut |_| None).unwrap();
        prop_assert_eq!(found.is_empty(), read(text.as_bytes()).is_ok());
        for mistake in found {
            prop_assert!(descriptor.pointer(&mistake.pointer).is_some(), "{}", mistake);
            prop_assert!(!mistake.reason.is_empty() && !mistake.hint.is_empty(), "{}", mistake);
        }
    }

    /// A sound descriptor cut or changed anywhere.
    #[test]
    fn no_byte_makes_it_panic(at in 0usize..2000, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = include_bytes!("../../../fixtures/descriptors/many-mistakes.json").to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = read(&bytes);
    }
}

/// The whole extension, resolved: names of fields and resources are indices.
#[test]
fn the_extension_is_resolved() {
    let text = include_str!("../../../fixtures/schema/extension.json");
    let schema = read(text.as_bytes()).unwrap();
    assert_eq!(schema.absent[&Category::Images], "the practice keeps none");
    assert_eq!(schema.documentation[&Topic::Exclusions].len(), 2);
    let [patient, observation, audit, manifest] = schema.resources.as_slice() else { panic!() };
    assert_eq!(patient.role, Some(Role::Patient));
    let patient = patient.table.as_ref().unwrap();
    assert_eq!(patient.field_with(FieldRole::NhsNumber), Some(1));
    assert_eq!(patient.fields[2].dates.future, Some(Severity::Error));
    assert_eq!(patient.fields[2].dates.sentinels.len(), 2);
    assert!(patient.patient_via.is_empty());

    assert_eq!(observation.mode, Some(Mode::Delta));
    assert_eq!(observation.row_count, Some(3));
    let table = observation.table.as_ref().unwrap();
    // Not declared: the only foreign key that leads to the patient.
    assert_eq!(table.patient_via, [PatientVia::ForeignKey(0)]);
    assert_eq!(table.foreign_keys[1].severity, Some(Severity::Warning));
    assert_eq!(table.severities.of("primaryKey"), Some(Severity::Warning));
    assert_eq!(table.control_totals[0].field, 5);
    assert_eq!(observation.trailer.as_ref().unwrap().rows, Some(2));
    let deleted = &table.deleted.as_ref().unwrap().tests[0];
    let kind = &table.fields[deleted.field].kind;
    assert!(deleted.holds(kind, Some("TRUE")) && !deleted.holds(kind, Some("false")));
    assert!(!deleted.holds(kind, None));
    let [_, _, date, precision, time, value, unit, ..] = table.fields.as_slice() else { panic!() };
    assert_eq!((date.time, time.name.as_str()), (Some(4), "EffectiveTime"));
    assert_eq!(date.precision.as_ref().unwrap().field, 3);
    assert_eq!(precision.codes[0], ("U".into(), "not known".into()));
    assert_eq!(date.dates.future, None);
    assert_eq!(date.dates.before_birth, Some(Severity::Warning));
    assert_eq!((value.unit.as_ref(), &*unit.name), (Some(&Unit::Field(6)), "NumericUnits"));
    assert!(value.required_unless_deleted && value.is_called("Value"));
    assert_eq!(value.other_names[1].versions, ["5.0", "5.1"]);
    assert_eq!(value.severities.of("maximum"), Some(Severity::Info));

    let table = audit.table.as_ref().unwrap();
    assert_eq!(table.patient_via, [PatientVia::ForeignKey(0), PatientVia::References(vec![0, 1])]);
    assert_eq!(table.references[0].resource, 1);
    assert!(table.references[1].when.tests[0].null);
    assert_eq!(table.fields[0].null_references.len(), 2);
    assert_eq!(table.fields[3].folder.as_deref(), Some("documents/letters"));

    let manifest = manifest.manifest.as_ref().unwrap();
    assert_eq!((manifest.file, manifest.rows, &*manifest.same), (0, Some(1), &[5][..]));
}
