//! Direct identifiers in the values of a column, judged as a whole.

use super::{Identifier, is_email, nhs_shape, pnc_id};
use crate::identifier::{is_driver_number, is_national_insurance, is_payment_card, is_postcode, nhs_check};

/// Counts of the values of one column by the shapes of direct identifiers.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::intake) struct Tally {
    values: u64,
    ten_digits: u64,
    nhs_numbers: u64,
    pnc_shaped: u64,
    pnc_ids: u64,
    card_shaped: u64,
    cards: u64,
    national_insurance: u64,
    driver_numbers: u64,
    postcodes: u64,
    emails: u64,
}

impl Tally {
    /// Counts one trimmed value of the column.
    pub(in crate::intake) fn see(&mut self, value: &str) {
        self.values += 1;
        let bytes = value.as_bytes();
        let ends_in_digit = bytes.last().is_some_and(u8::is_ascii_digit);
        if ends_in_digit {
            if let Some(digits) = nhs_shape(bytes) {
                self.ten_digits += 1;
                self.nhs_numbers += u64::from(nhs_check(&digits));
            } else if (13..=19).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) {
                self.card_shaped += 1;
                self.cards += u64::from(is_payment_card(bytes));
            }
            return;
        }
        if is_national_insurance(bytes) {
            self.national_insurance += 1;
        } else if is_driver_number(bytes) {
            self.driver_numbers += 1;
        } else if let Some(passes) = pnc_id(value) {
            self.pnc_shaped += 1;
            self.pnc_ids += u64::from(passes);
        } else if is_postcode(bytes) {
            self.postcodes += 1;
        } else if is_email(value) {
            self.emails += 1;
        }
    }

    /// Adds the counts of other values of the column.
    pub(in crate::intake) fn add(&mut self, other: &Self) {
        let Self {
            values,
            ten_digits,
            nhs_numbers,
            pnc_shaped,
            pnc_ids,
            card_shaped,
            cards,
            national_insurance,
            driver_numbers,
            postcodes,
            emails,
        } = other;
        self.values += values;
        self.ten_digits += ten_digits;
        self.nhs_numbers += nhs_numbers;
        self.pnc_shaped += pnc_shaped;
        self.pnc_ids += pnc_ids;
        self.card_shaped += card_shaped;
        self.cards += cards;
        self.national_insurance += national_insurance;
        self.driver_numbers += driver_numbers;
        self.postcodes += postcodes;
        self.emails += emails;
    }

    /// The kind of direct identifier in the column, if there is one.
    pub(in crate::intake) fn verdict(&self) -> Option<Identifier> {
        let most = |hits: u64, of: u64| hits * 2 > of;
        if self.emails > 0 {
            Some(Identifier::Email)
        } else if most(self.nhs_numbers, self.ten_digits) {
            Some(Identifier::NhsNumber)
        } else if most(self.pnc_ids, self.pnc_shaped) {
            Some(Identifier::PncId)
        } else if most(self.cards, self.card_shaped) {
            Some(Identifier::PaymentCard)
        } else if most(self.national_insurance, self.values) {
            Some(Identifier::NationalInsurance)
        } else if most(self.driver_numbers, self.values) {
            Some(Identifier::DrivingLicence)
        } else if most(self.postcodes, self.values) {
            Some(Identifier::Postcode)
        } else {
            None
        }
    }
}
