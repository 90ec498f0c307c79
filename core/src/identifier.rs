//! Shapes and check digits of identifiers. The intake uses them to refuse identifiers, and the pseudonyms use them to normalise
//! identifiers.

/// Whether the check digit of an NHS number is right: 11 less the weighted sum modulo 11. The result 11 stands for 0, and 10
/// is not used.
pub(crate) fn nhs_check(digits: &[u8; 10]) -> bool {
    let weighted = digits.iter().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let check = (11 - weighted.sum::<u32>() % 11) % 11;
    check == u32::from(digits[9] - b'0')
}

/// Postcode areas of the United Kingdom and the islands.
const POSTCODE_AREAS: &[&str] = &[
    "AB", "AL", "B", "BA", "BB", "BD", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH", "CM", "CO", "CR",
    "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E", "EC", "EH", "EN", "EX", "FK", "FY",
    "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP", "HR", "HS", "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT",
    "KW", "KY", "L", "LA", "LD", "LE", "LL", "LN", "LS", "LU", "M", "ME", "MK", "ML", "N", "NE", "NG", "NN", "NP",
    "NR", "NW", "OL", "OX", "PA", "PE", "PH", "PL", "PO", "PR", "RG", "RH", "RM", "S", "SA", "SE", "SG", "SK", "SL",
    "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY", "TA", "TD", "TF", "TN", "TQ", "TR", "TS", "TW", "UB", "W",
    "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE",
];

/// Whether the whole value is a postcode, with or without the space.
pub(crate) fn is_postcode(value: &[u8]) -> bool {
    if !(5..=8).contains(&value.len()) {
        return false;
    }
    let [outward @ .., a, b, c] = value else { return false };
    let unit = |letter: &u8| letter.is_ascii_alphabetic() && !b"CIKMOV".contains(&letter.to_ascii_uppercase());
    if !(a.is_ascii_digit() && unit(b) && unit(c)) {
        return false;
    }
    let outward = outward.trim_ascii_end().to_ascii_uppercase();
    let letters = outward.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (area, district) = outward.split_at(letters);
    let district = match district {
        [first] => first.is_ascii_digit(),
        [first, second] => first.is_ascii_digit() && second.is_ascii_alphanumeric(),
        _ => false,
    };
    district && POSTCODE_AREAS.iter().any(|known| known.as_bytes() == area)
}

/// Whether nine letters and digits have the form of a National Insurance number: two letters, six digits, and a letter from A to
/// D. D, F, I, U and V do not begin one, and O is not its second letter (HM Revenue and Customs, NIM39110). Q is not used either,
/// but stands in the examples of forms, so it is taken.
pub(crate) fn is_national_insurance(value: &[u8]) -> bool {
    let [first, second, digits @ .., suffix] = value else { return false };
    let letter =
        |letter: &u8, unused: &[u8]| letter.is_ascii_alphabetic() && !unused.contains(&letter.to_ascii_uppercase());
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && letter(first, b"DFIUV")
        && letter(second, b"DFIOUV")
        && matches!(suffix.to_ascii_uppercase(), b'A'..=b'D')
}

/// Whether 13 to 19 digits are the number of a payment card: its first digits are of an issuer, and its check digit is right
/// (ISO/IEC 7812-1, the Luhn formula).
pub(crate) fn is_payment_card(digits: &[u8]) -> bool {
    if !(13..=19).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let issued = matches!(digits, [b'3'..=b'6', ..] | [b'2', b'2'..=b'7', ..]);
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    issued && sum.is_multiple_of(10)
}

/// Whether 16 letters and digits have the form of a driver number of Great Britain: five letters of the surname, filled with 9;
/// the digits of the day of birth, with 5 added to the month of a woman; two initials, filled with 9; a digit; two letters
/// (Driver and Vehicle Licensing Agency).
pub(crate) fn is_driver_number(value: &[u8]) -> bool {
    if value.len() != 16 || !value.is_ascii() {
        return false;
    }
    let (surname, rest) = value.split_at(5);
    let (birth, rest) = rest.split_at(6);
    let filled = |bytes: &[u8]| {
        let letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        bytes[letters..].iter().all(|byte| *byte == b'9')
    };
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    let [initials @ .., _, a, b] = rest else { return false };
    surname[0].is_ascii_alphabetic()
        && filled(surname)
        && birth.iter().all(u8::is_ascii_digit)
        && matches!(number(&birth[1..3]), 1..=12 | 51..=62)
        && matches!(number(&birth[3..5]), 1..=31)
        && filled(initials)
        && a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_check_digits() {
        for (value, expected) in [
            ("AB123456C", true),
            ("qq123456c", true),
            ("DB123456C", false),
            ("AO123456C", false),
            ("AB123456E", false),
        ] {
            assert_eq!(is_national_insurance(value.as_bytes()), expected, "{value}");
        }
        // Test numbers of Visa, Mastercard and American Express.
        for (value, expected) in [
            ("4111111111111111", true),
            ("5555555555554444", true),
            ("378282246310005", true),
            ("4111111111111112", false),
            ("1111111111111117", false),
        ] {
            assert_eq!(is_payment_card(value.as_bytes()), expected, "{value}");
        }
        // The example of the agency's own forms.
        assert!(is_driver_number(b"MORGA657054SM9IJ"));
        assert!(is_driver_number(b"FOX99753116S99AB"));
        assert!(!is_driver_number(b"MORGA697054SM9IJ"));
        assert!(!is_driver_number(b"MORGA657054SM9I1"));
    }
}
