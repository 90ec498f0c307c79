//! The contract of Peelian: its services, its records and the options of their fields.
//!
//! The `.proto` files in this folder are the schema. The Rust types are generated from them. A field is written once,
//! in its message. Its options state what proto cannot: whether it is required, its code list, its reference, whether
//! it is a pseudonym, and the order of dates. [`DESCRIPTOR_SET`] keeps the options and the comments. `peelian-core`
//! reads it to derive the Arrow schema, the CSV header, the checks and the data dictionary.
//!
//! ```
//! use peelian::records::v1::{Crime, KnifeUse};
//!
//! let crime = Crime {
//!     crime_ref: "01/1234/17".into(),
//!     knife_use: KnifeUse::Threatened.into(),
//!     ..Crime::default()
//! };
//! assert_eq!(crime.knife_use(), KnifeUse::Threatened);
//! ```

mod generated {
    #![expect(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::allow_attributes,
        reason = "generated code: the contract itself is linted by buf"
    )]
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}

#[cfg(feature = "client")]
pub mod client;
pub mod hex;
pub mod page_size;

pub use generated::peelian::{annotations, records, v1};

/// The encoded `FileDescriptorSet` of the contract, with options, comments and imports.
pub static DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.bin"));

/// The call that lists the agencies of the register, as texts of errors name it. An interface with another way puts its own in
/// this place: see [`with_way_to_agencies`].
pub const LIST_AGENCIES: &str = "CatalogueService.ListAgencies";

/// The text of an error, with the way in which an interface lists agencies.
///
/// ```
/// let text = format!("mps2 is not in the register: {} lists agencies", peelian::LIST_AGENCIES);
/// let told = peelian::with_way_to_agencies(&text, "peelian.agencies()");
/// assert_eq!(told, "mps2 is not in the register: peelian.agencies() lists agencies");
/// ```
#[must_use]
pub fn with_way_to_agencies(text: &str, way: &str) -> String {
    text.replace(LIST_AGENCIES, way)
}

/// A visitor of the fields of a record. Each field has its index in the order of declaration.
///
/// Column builders implement it: typed rows become columns without reflection.
pub trait FieldSink {
    /// A text; empty means not supplied.
    fn text(&mut self, index: usize, value: &str);
    /// The number of an enum's value; 0 means not supplied.
    fn code(&mut self, index: usize, value: i32);
    /// The numbers of a set of an enum's values.
    fn codes(&mut self, index: usize, values: &[i32]);
    /// A boolean.
    fn flag(&mut self, index: usize, value: Option<bool>);
    /// A whole number.
    fn integer(&mut self, index: usize, value: Option<i32>);
    /// A number.
    fn number(&mut self, index: usize, value: Option<f64>);
}

/// A row of a dataset.
pub trait Record: prost::Message + Default {
    /// Full name of the message: `peelian.records.v1.Crime`.
    const FULL_NAME: &'static str;
    /// Passes every field to `sink`, in the order of declaration.
    fn visit(&self, sink: &mut impl FieldSink);
}

include!(concat!(env!("OUT_DIR"), "/records.rs"));
