use super::*;

fn read(text: &str) -> Result<PriceList> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    std::fs::write(&path, text).unwrap();
    PriceList::read(&path)
}

/// The error without the path before it.
fn refused(text: &str) -> String {
    let error = read(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.hint().is_some());
    let message = error.to_string();
    let (_, rest) = message.split_once("prices.csv: ").unwrap();
    rest.to_owned()
}

const HEAD: &str = "Supplier,Service,Price,Per,Minimum term,Included accesses,Notes\n";

fn row(text: &str) -> String {
    format!("{HEAD}{text}\n")
}

#[test]
fn a_row_is_read_by_its_headings() {
    let list = read(
        "GPSoC services\n\n,As of 2009\nnotes,Included,Term (years),Charge (£),Basis,SERVICE,Vendor\n\
         two free,2,1,\"1,536.50\",per access,Data and Audit Trail Retrieval Service,Microtest\n",
    )
    .unwrap();
    let expected = Price {
        supplier: "Microtest".into(),
        service: "Data and Audit Trail Retrieval Service".into(),
        way: Way::Retrieval,
        amount: Pence::new(153_650),
        per: Per::Access,
        minimum_months: 12,
        included: 2,
        notes: "two free".into(),
        sheet: "prices.csv".into(),
        row: 5,
    };
    assert_eq!(list.prices, [expected]);
    assert_eq!((list.file.as_str(), list.assumed.len()), ("prices.csv", 0));
}

#[test]
fn the_price_may_name_its_unit() {
    let list = read("supplier,service,price per year\nA,full support,10\n").unwrap();
    assert_eq!(list.prices[0].per, Per::Year);
    // A cell of its own says more.
    let list = read("supplier,service,price per year,per\nA,full support,10,month\n").unwrap();
    assert_eq!(list.prices[0].per, Per::Month);
}

#[test]
fn headings_stand_in_the_first_rows() {
    let at = |row: usize| {
        format!("{}{}", "title\n".repeat(row - 1), row_text("A,retrieval,1,access,,,"))
    };
    fn row_text(text: &str) -> String {
        format!("{HEAD}{text}\n")
    }
    assert!(read(&at(50)).is_ok());
    let message = refused(&at(51));
    let expected = "sheet prices.csv has no headings of a price sheet in its first 50 rows";
    assert_eq!(message, expected);
}

#[test]
fn a_sheet_without_a_needed_heading_is_told_which() {
    assert_eq!(
        refused("list\nSupplier,Service,Telephone\nA,full support,1\n"),
        "sheet prices.csv, row 2: there is no heading price, per"
    );
    assert_eq!(
        refused("Supplier,Service,Price,Per,Cost\n"),
        "sheet prices.csv, row 1: columns C and E both have a heading of price; one price sheet has one"
    );
    assert!(refused("").contains("no headings"));
    // Values that are no headings are not repeated.
    assert!(!refused("Jane,Doe,9990000000\n").contains("Jane"));
}

#[test]
fn a_wrong_cell_is_named_by_sheet_row_and_column() {
    let cell = |text: &str| refused(&row(text));
    let why = "this is no price; write an amount in pounds, as 1536 or £1,536.00";
    assert_eq!(
        cell("A,full support,POA,year,,,"),
        format!("sheet prices.csv, row 2, column C (Price): \"POA\": {why}")
    );
    assert_eq!(
        cell("A,full support,-5,year,,,"),
        "sheet prices.csv, row 2, column C (Price): \"-5\": a price cannot be negative"
    );
    assert!(cell("A,full support,,year,,,").contains("column C (Price): the price is empty"));
    assert!(
        cell("A,full support,5,decade,,,").contains("column D (Per): \"decade\": this is no unit")
    );
    assert!(cell("A,full support,5,,,,").contains("column D (Per): for what"));
    assert!(cell("A,full support,5,year,soon,,").contains("column E (Minimum term): \"soon\""));
    assert!(cell("A,full support,5,year,101 years,,").contains("up to 100 years"));
    assert!(cell("A,retrieval,5,access,,two,").contains("column F (Included accesses): \"two\""));
    assert!(cell("A,retrieval,5,access,,1000001,").contains("up to 1,000,000"));
    assert!(cell(",full support,5,year,,,").contains("column A (Supplier): the supplier is empty"));
    assert!(cell("A,,5,year,,,").contains("column B (Service): the service is empty"));
    assert!(cell("A,reduced support with retrieval,5,year,,,").contains("more than one way"));
}

#[test]
fn every_wrong_cell_is_named_up_to_ten() {
    let message = refused(&row(&"A,full support,x,y,,,\n".repeat(6)));
    assert_eq!(message.matches("sheet prices.csv, row").count(), 10);
    assert!(message.ends_with("; and 2 more"), "{message}");
}

#[test]
fn other_rows_are_passed_over_and_told() {
    let list = read(&row(
        "A,full support,1,year,,,\nA,Training,500,day,,,\n\nPrices exclude VAT\n,,,,,,x",
    ))
    .unwrap();
    assert_eq!(list.prices.len(), 1);
    let told: Vec<(u32, &str)> =
        list.passed_over.iter().map(|row| (row.row, row.reason.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, "its service is none of the three ways: Training"),
            (5, "it has neither a service nor a price"),
        ]
    );
    assert_eq!(
        refused(&row("A,Training,500,day,,,")),
        "no row below the headings is a price of one of the ways"
    );
}

#[test]
fn a_term_without_a_unit_is_months_and_told() {
    let list = read(&row("A,full support,1,year,24,,")).unwrap();
    assert_eq!(list.prices[0].minimum_months, 24);
    assert_eq!(list.assumed, ["Sheet prices.csv: minimum terms without a unit are months."]);
    assert!(read(&row("A,full support,1,year,24 months,n/a,")).unwrap().assumed.is_empty());
}

#[test]
fn two_prices_for_the_same_are_a_contradiction() {
    assert_eq!(
        refused(&row("EMIS,full support,1,year,,,\n emis ,Full  Support,2,p.a.,,,")),
        "sheet prices.csv, row 3: emis has a price a year for full support already, in sheet \
         prices.csv, row 2"
    );
    // A charge once and a charge a year go together.
    let list = read(&row("A,full support,1,year,,,\nA,full support,2,one-off,,,")).unwrap();
    assert_eq!(list.of("a", Way::FullSupport).len(), 2);
}

#[test]
fn a_supplier_is_found_by_name() {
    let text =
        row("EMIS,retrieval,1,access,,,\nTPP,retrieval,1,access,,,\nemis,full support,1,year,,,");
    let list = read(&text).unwrap();
    assert_eq!(list.suppliers(), ["EMIS", "TPP"]);
    assert_eq!(list.supplier(" emis").unwrap(), "EMIS");
    let error = list.supplier("EMSI").unwrap_err();
    assert_eq!(error.to_string(), "prices.csv has no supplier EMSI");
    assert_eq!(error.hint(), Some("did you mean EMIS?"));
    let error = list.supplier("Microtest").unwrap_err();
    assert_eq!(error.hint(), Some("the sheet has EMIS, TPP"));
}
