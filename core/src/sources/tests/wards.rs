//! Recorded crime by ward, older headings of recorded crime by borough, and classes that later releases split.

use super::{Code, SourceError, codes, read, rows, says};

const WARDS: &str = "MajorText,MinorText,WardName,WardCode,LookUp_BoroughName,202404,202405\n";

#[test]
fn wards_are_known_by_their_codes() {
    let text = format!(
        "{WARDS}SEXUAL OFFENCES,RAPE,Abbey,E05014053,Barking and Dagenham,2,0\n\
         THEFT,SHOPLIFTING,Heathrow Villages,E05013570,Aviation Security (SO18),38,18\n"
    );
    let converted = read("MPS Ward Level Crime.csv", &text).unwrap();
    assert_eq!((converted.agency, converted.collection.as_str()), ("mps", "crime-by-ward"));
    let rows = rows(&converted);
    assert!(rows.contains(&"recorded-crime-volume E05014053 2024-04 mps_class=rape 2".to_owned()));
    // Heathrow has no line for rape, and the file leaves such lines out.
    assert!(rows.contains(&"recorded-crime-volume E05013570 2024-04 mps_class=rape 0".to_owned()));
    assert!(rows.contains(&"recorded-crime-volume E05013570 2024-05  18".to_owned()));
    // 679 wards of the police area less two.
    assert!(says(&converted, "no row of 677 wards"));
    assert!(says(&converted, "wards add up to less than their borough"));
}

#[test]
fn a_ward_under_two_commands_is_the_sum_of_both() {
    let text = format!(
        "{WARDS}SEXUAL OFFENCES,RAPE,Heathrow Villages,E05013570,Aviation Security (SO18),0,5\n\
         SEXUAL OFFENCES,RAPE,Heathrow Villages,E05013570,Hillingdon,3,0\n"
    );
    let converted = read("ward.csv", &text).unwrap();
    let rows = rows(&converted);
    assert!(rows.contains(&"recorded-crime-volume E05013570 2024-04 mps_class=rape 3".to_owned()));
    assert!(rows.contains(&"recorded-crime-volume E05013570 2024-05 mps_class=rape 5".to_owned()));
    assert!(codes(&converted).contains(&Code::Combined));
    let repeated = text.replace(",Hillingdon,3,0", ",Aviation Security (SO18),3,0");
    assert!(matches!(read("ward.csv", &repeated), Err(SourceError::Conflict { line: 3, earlier: 2, .. })));
}

#[test]
fn a_ward_in_no_list_or_in_another_borough_refuses() {
    for (ward, reason) in [
        ("E05999999,Barnet", "`E05999999` is the code of no ward"),
        ("E09000003,Barnet", "`E09000003` is the code of no ward"),
        ("E05014053,Barnet", "the ward `E05014053` is not in `Barnet`"),
    ] {
        let error = read("ward.csv", &format!("{WARDS}SEXUAL OFFENCES,RAPE,Abbey,{ward},2,0\n")).unwrap_err();
        assert!(matches!(error, SourceError::UnknownArea { line: 2, .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn a_month_before_a_ward_has_no_figure() {
    let text = "MajorText,MinorText,WardName,WardCode,LookUp_BoroughName,202204,202205\n\
                SEXUAL OFFENCES,RAPE,Abbey,E05014053,Barking and Dagenham,3,1\n";
    let converted = read("ward.csv", text).unwrap();
    assert!(converted.figures().all(|row| row.period == "2022-05"));
    // Three in the class, in its major class and in the total, counted once.
    assert!(says(&converted, "3 crimes are of months in which their ward does not exist"));
}

#[test]
fn a_column_that_is_not_filled_is_no_month_of_zeros() {
    let text = format!("{WARDS}SEXUAL OFFENCES,RAPE,Abbey,E05014053,Barking and Dagenham,0,4\n");
    let converted = read("ward.csv", &text).unwrap();
    assert!(codes(&converted).contains(&Code::IncompletePeriod));
    assert!(says(&converted, "2024-04 has no crime in any area"));
    assert!(converted.figures().all(|row| row.period == "2024-05"));
}

#[test]
fn the_older_heading_of_the_borough_is_read() {
    let text = "MajorText,MinorText,LookUp_BoroughName,201807\n\
                Sexual Offences,Rape,Barking and Dagenham,6\n";
    let converted = read("borough.csv", text).unwrap();
    assert_eq!(converted.collection, "crime-by-borough");
    assert!(rows(&converted).contains(&"recorded-crime-volume E09000002 2018-07 mps_class=rape 6".to_owned()));
}

#[test]
fn a_class_that_holds_another_is_not_the_class_of_later_releases() {
    let line = |class: &str, count: u8| format!("Violence Against the Person,{class},Barnet,{count}\n");
    let head = "MajorText,MinorText,BoroughName,201807\n".to_owned();
    let without = head.clone() + &line("Violence without Injury", 9);
    let converted = read("borough.csv", &without).unwrap();
    assert_eq!(
        rows(&converted),
        [
            "recorded-crime-volume E09000003 2018-07  9",
            "recorded-crime-volume E09000003 2018-07 mps_class=major_violence_against_the_person 9",
        ]
    );
    assert!(says(&converted, "it includes stalking and harassment: counted in totals only"));
    let with = head + &line("Violence without Injury", 5) + &line("Stalking and Harassment", 4);
    let rows = rows(&read("borough.csv", &with).unwrap());
    assert!(rows.contains(&"recorded-crime-volume E09000003 2018-07 mps_class=violence_without_injury 5".to_owned()));
}
