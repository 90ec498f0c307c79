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
