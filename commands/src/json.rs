//! Messages of the contract as JSON, as Protocol Buffers define it: <https://protobuf.dev/programming-guides/json>. Fields have
//! the names of the contract, and each is there, also if it is empty. Numbers are numbers.

use std::io::{self, Write};
use std::sync::LazyLock;

use peelian::DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, SerializeOptions};
use serde_json::Value;

static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET).ok());

/// A message as JSON, by its full name in the contract.
pub(crate) fn of<M: Message>(full_name: &str, message: &M) -> Result<Value, serde_json::Error> {
    let unknown = || serde_json::Error::io(io::Error::other(format!("{full_name} is not in the contract")));
    let descriptor = POOL.as_ref().and_then(|pool| pool.get_message_by_name(full_name)).ok_or_else(unknown)?;
    let message = DynamicMessage::decode(descriptor.clone(), message.encode_to_vec().as_slice())
        .map_err(|error| serde_json::Error::io(io::Error::other(error)))?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    let mut value = message.serialize_with_options(serde_json::value::Serializer, &options)?;
    sort_maps(&mut value, &descriptor);
    Ok(value)
}

/// Messages of one kind as a list.
pub(crate) fn list<M: Message>(full_name: &str, messages: &[M]) -> Result<Value, serde_json::Error> {
    messages.iter().map(|message| of(full_name, message)).collect()
}

/// Puts the entries of maps in the order of their keys, so that the same message is the same text. Fields stay in the order of
/// the contract.
fn sort_maps(value: &mut Value, descriptor: &MessageDescriptor) {
    let Some(object) = value.as_object_mut() else { return };
    for field in descriptor.fields() {
        let Some(value) = object.get_mut(field.name()) else { continue };
        let Kind::Message(within) = field.kind() else { continue };
        match value {
            Value::Object(entries) if field.is_map() => {
                entries.sort_keys();
                if let Kind::Message(of_entry) = within.map_entry_value_field().kind() {
                    entries.values_mut().for_each(|value| sort_maps(value, &of_entry));
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| sort_maps(value, &within)),
            value => sort_maps(value, &within),
        }
    }
}

/// Prints JSON for people to read, with a line end.
pub(crate) fn print(value: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)
}

/// Prints JSON on one line, at once.
pub(crate) fn print_line(value: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use peelian::v1::{Release, ReleaseState, ReleaseSummary};
    use prost_types::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_entries_of_maps_are_in_order() {
        let breakdown = ["sex", "age_band", "force", "tenure", "mode"].map(|name| (name.to_owned(), "x".to_owned()));
        let seen = peelian::v1::Observation { breakdown: breakdown.into(), ..Default::default() };
        let answer = peelian::v1::ExplainObservationResponse { observations: vec![seen], ..Default::default() };
        let found = of("peelian.v1.ExplainObservationResponse", &answer).unwrap().to_string();
        let places: Vec<_> = ["age_band", "force", "mode", "sex", "tenure"]
            .iter()
            .map(|name| found.find(&format!("\"{name}\":\"x\"")))
            .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{found}");
    }

    #[test]
    fn a_message_has_all_fields_by_the_names_of_the_contract() {
        let release = Release {
            name: "releases/2017-03".to_owned(),
            state: ReleaseState::Published.into(),
            ledger_position: 7,
            published_at: Some(Timestamp { seconds: 0, nanos: 0 }),
            summary: Some(ReleaseSummary { withheld: 3, ..ReleaseSummary::default() }),
            ..Release::default()
        };
        let found = of("peelian.v1.Release", &release).unwrap();
        assert_eq!(found["state"], json!("RELEASE_STATE_PUBLISHED"));
        assert_eq!((&found["ledger_position"], &found["summary"]["withheld"]), (&json!(7), &json!(3)));
        assert_eq!((&found["published_at"], &found["approved_at"]), (&json!("1970-01-01T00:00:00Z"), &Value::Null));
        assert_eq!((&found["title"], &found["events"]), (&json!(""), &json!([])));
        assert!(of("peelian.v1.Nothing", &release).is_err());
    }
}
