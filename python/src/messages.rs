//! Messages of the contract as dictionaries, by reflection. A field that is added to the contract appears without a change.

use std::sync::LazyLock;

use peelian::DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{
    DescriptorError, DescriptorPool, DynamicMessage, EnumDescriptor, Kind, MapKey, ReflectMessage as _, Value,
};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

static POOL: LazyLock<Result<DescriptorPool, DescriptorError>> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET));

/// A message as a dictionary of all of its fields.
///
/// An absent field is None. The value of an enum is its name without its prefix, in lower case. It is empty when it is not
/// stated.
pub(crate) fn to_python<'py, M: Message>(
    py: Python<'py>,
    full_name: &str,
    message: &M,
) -> PyResult<Bound<'py, PyDict>> {
    let broken = |what: &dyn ToString| PyRuntimeError::new_err(what.to_string());
    let pool = POOL.as_ref().map_err(|error| broken(error))?;
    let descriptor = pool.get_message_by_name(full_name).ok_or_else(|| broken(&full_name))?;
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).map_err(|e| broken(&e))?;
    dictionary(py, &message)
}

fn dictionary<'py>(py: Python<'py>, message: &DynamicMessage) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    for field in message.descriptor().fields() {
        if field.supports_presence() && !message.has_field(&field) {
            fields.set_item(field.name(), py.None())?;
        } else {
            fields.set_item(field.name(), object(py, &message.get_field(&field), &field.kind())?)?;
        }
    }
    Ok(fields)
}

fn object<'py>(py: Python<'py>, value: &Value, kind: &Kind) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
        Value::I32(value) => value.into_pyobject(py)?.into_any(),
        Value::I64(value) => value.into_pyobject(py)?.into_any(),
        Value::U32(value) => value.into_pyobject(py)?.into_any(),
        Value::U64(value) => value.into_pyobject(py)?.into_any(),
        Value::F32(value) => value.into_pyobject(py)?.into_any(),
        Value::F64(value) => value.into_pyobject(py)?.into_any(),
        Value::String(value) => value.into_pyobject(py)?.into_any(),
        Value::Bytes(value) => PyBytes::new(py, value).into_any(),
        Value::EnumNumber(number) => enum_name(kind, *number).into_pyobject(py)?.into_any(),
        Value::Message(message) => dictionary(py, message)?.into_any(),
        Value::List(values) => {
            let list = PyList::empty(py);
            for value in values {
                list.append(object(py, value, kind)?)?;
            }
            list.into_any()
        }
        Value::Map(entries) => {
            let entries_kind = kind.as_message().and_then(|entry| entry.get_field(2)).map(|field| field.kind());
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| text(key));
            let map = PyDict::new(py);
            for (key, value) in sorted {
                map.set_item(text(key), object(py, value, entries_kind.as_ref().unwrap_or(kind))?)?;
            }
            map.into_any()
        }
    })
}

/// Keys of the contract's maps are strings.
fn text(key: &MapKey) -> &str {
    key.as_str().unwrap_or_default()
}

/// `BASIS_SUBMITTED_FIGURE` as `submitted_figure`.
fn enum_name(kind: &Kind, number: i32) -> String {
    let Some(name) = kind.as_enum().and_then(|of| Some((of, of.get_value(number)?.name().to_owned()))) else {
        return number.to_string();
    };
    let (of, name) = name;
    if number == 0 { String::new() } else { without_prefix(of, &name).to_lowercase() }
}

/// The name of a value without the name of its enum. The style of the contract is `ENUM_NAME_VALUE`.
fn without_prefix<'n>(of: &EnumDescriptor, name: &'n str) -> &'n str {
    let words = of.name().chars().fold(String::new(), |mut words, letter| {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_uppercase());
        words
    });
    name.strip_prefix(&words).and_then(|rest| rest.strip_prefix('_')).unwrap_or(name)
}
