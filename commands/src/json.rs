//! Messages of the contract as JSON, as Protocol Buffers define it: <https://protobuf.dev/programming-guides/json>. Fields have
//! the names of the contract, and each is there, also if it is empty. Numbers are numbers.

use std::io::{self, Write};
use std::sync::LazyLock;

use peelian::DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET).ok());

/// A message as JSON, by its full name in the contract.
pub(crate) fn of<M: Message>(full_name: &str, message: &M) -> Result<Value, serde_json::Error> {
    let unknown = || serde_json::Error::io(io::Error::other(format!("{full_name} is not in the contract")));
    let descriptor = POOL.as_ref().and_then(|pool| pool.get_message_by_name(full_name)).ok_or_else(unknown)?;
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .map_err(|error| serde_json::Error::io(io::Error::other(error)))?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    message.serialize_with_options(serde_json::value::Serializer, &options)
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
