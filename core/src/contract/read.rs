//! Reads the contract from its descriptor set.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use peelian::annotations::v1 as annotations;
use peelian::annotations::v1::FieldType;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind as ProtoKind, MessageDescriptor,
};

use super::limits::{FieldLimit, MessageLimits};
use super::{Code, CodeSet, Contract, Dataset, Field, Kind};
use crate::text_table::heading_key;

/// Why a descriptor set cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("the descriptor set cannot be decoded: {0}")]
    Descriptor(#[from] prost_reflect::DescriptorError),
    #[error("an option of {0} cannot be decoded: {1}")]
    Options(String, prost::DecodeError),
    #[error("{0}: {1}")]
    Field(String, String),
}

pub(super) fn contract(descriptor_set: &[u8]) -> Result<Contract, ReadError> {
    let pool = DescriptorPool::decode(descriptor_set)?;
    let reader = Reader { comments: comments(&pool), pool };
    let mut datasets = Vec::new();
    for message in reader.pool.all_messages() {
        let options: Option<annotations::Dataset> =
            reader.option(message.full_name(), &message.options(), "dataset")?;
        if let Some(options) = options {
            datasets.push(reader.dataset(&message, options)?);
        }
    }
    datasets.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Contract { datasets })
}

/// The limits of the fields of every message.
pub(super) fn limits(descriptor_set: &[u8]) -> Result<BTreeMap<String, MessageLimits>, ReadError> {
    let pool = DescriptorPool::decode(descriptor_set)?;
    let reader = Reader { comments: HashMap::new(), pool };
    let mut limits = BTreeMap::new();
    for message in reader.pool.all_messages() {
        let mut fields = MessageLimits::new();
        for field in message.fields() {
            let inner = match field.kind() {
                ProtoKind::Message(inner) => Some(inner.full_name().to_owned()),
                _ => None,
            };
            let limit = FieldLimit {
                name: field.name().to_owned(),
                limit: reader.option(field.full_name(), &field.options(), "limit")?,
                message: inner,
                repeated: field.is_list() || field.is_map(),
                text: matches!(field.kind(), ProtoKind::String),
            };
            fields.insert(field.number(), limit);
        }
        limits.insert(message.full_name().to_owned(), fields);
    }
    Ok(limits)
}

struct Reader {
    pool: DescriptorPool,
    comments: HashMap<(String, Vec<i32>), String>,
}

/// Leading comments by file and path.
fn comments(pool: &DescriptorPool) -> HashMap<(String, Vec<i32>), String> {
    let mut found = HashMap::new();
    for file in pool.files() {
        let Some(info) = file.file_descriptor_proto().source_code_info.as_ref() else { continue };
        for location in &info.location {
            if let Some(comment) = &location.leading_comments {
                found.insert((file.name().to_owned(), location.path.clone()), clean(comment));
            }
        }
    }
    found
}

fn clean(comment: &str) -> String {
    comment.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

impl Reader {
    fn option<T: Message + Default>(
        &self,
        owner: &str,
        options: &DynamicMessage,
        name: &str,
    ) -> Result<Option<T>, ReadError> {
        let full_name = format!("peelian.annotations.v1.{name}");
        let Some(extension) = self.pool.get_extension_by_name(&full_name) else { return Ok(None) };
        if !options.has_extension(&extension) {
            return Ok(None);
        }
        let value = options.get_extension(&extension);
        let Some(message) = value.as_message() else { return Ok(None) };
        let bytes = message.encode_to_vec();
        T::decode(bytes.as_slice()).map(Some).map_err(|error| ReadError::Options(owner.to_owned(), error))
    }

    fn comment(&self, file: &str, path: &[i32]) -> String {
        self.comments.get(&(file.to_owned(), path.to_vec())).cloned().unwrap_or_default()
    }

    fn dataset(&self, message: &MessageDescriptor, options: annotations::Dataset) -> Result<Dataset, ReadError> {
        let fields = message
            .fields()
            .map(|field| (declared_order(&field), field))
            .collect::<std::collections::BTreeMap<_, _>>()
            .into_values()
            .map(|field| self.field(&field))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Dataset {
            headings: headings(message.full_name(), &fields)?,
            id: options.id.clone(),
            message: message.full_name().to_owned(),
            description: self.comment(message.parent_file().name(), message.path()),
            options,
            fields,
        })
    }

    fn field(&self, field: &FieldDescriptor) -> Result<Field, ReadError> {
        let options: annotations::Field =
            self.option(field.full_name(), &field.options(), "field")?.unwrap_or_default();
        let derivation = options.derived.as_ref().and_then(|derived| derived.how.clone());
        Ok(Field {
            name: field.name().to_owned(),
            description: self.comment(field.parent_message().parent_file().name(), field.path()),
            kind: self.kind(field, &options)?,
            options,
            derivation,
        })
    }

    fn kind(&self, field: &FieldDescriptor, options: &annotations::Field) -> Result<Kind, ReadError> {
        let refuse = |reason: &str| Err(ReadError::Field(field.full_name().to_owned(), reason.to_owned()));
        Ok(match (field.kind(), options.r#type()) {
            (ProtoKind::String, FieldType::Key) => Kind::Key,
            (ProtoKind::String, FieldType::Pseudonym) => Kind::Pseudonym,
            (ProtoKind::String, FieldType::Date) => Kind::Date,
            (ProtoKind::String, FieldType::Timestamp) => Kind::Timestamp,
            (ProtoKind::String, FieldType::Code) => Kind::OpenCode(options.code_list.clone()),
            (ProtoKind::String, FieldType::Area) => Kind::Area,
            (ProtoKind::String, FieldType::Period) => Kind::Period,
            (ProtoKind::String, FieldType::Text) => Kind::Text,
            (ProtoKind::Double, FieldType::Weight) => Kind::Weight,
            (ProtoKind::Double, FieldType::Number) => Kind::Number,
            (ProtoKind::Bool, FieldType::Unspecified) => Kind::Flag,
            (ProtoKind::Enum(values), FieldType::Unspecified) => {
                let codes = Arc::new(self.codes(&values)?);
                if field.is_list() { Kind::Set(codes) } else { Kind::Code(codes) }
            }
            (ProtoKind::Int32, FieldType::Unspecified) => match integer_limit(options.max) {
                Some(max) => Kind::Integer(max),
                None => return refuse("an int32 field needs max, from 1 to 65534"),
            },
            (kind, refined) => return refuse(&format!("{kind:?} cannot be {refined:?}")),
        })
    }

    fn codes(&self, values: &EnumDescriptor) -> Result<CodeSet, ReadError> {
        let prefix = screaming_snake(values.name());
        let mut codes = Vec::new();
        for value in values.values() {
            let options: annotations::Code =
                self.option(value.full_name(), &value.options(), "code")?.unwrap_or_default();
            // The zero value means "not supplied". It has a spelling only if the enum defines one.
            if value.number() == 0 && options.code.is_empty() {
                continue;
            }
            let own = value.name().strip_prefix(&prefix).unwrap_or(value.name()).trim_start_matches('_');
            let comment = self.comment(values.parent_file().name(), value.path());
            codes.push(Code {
                code: if options.code.is_empty() { own.to_lowercase() } else { options.code },
                number: u8::try_from(value.number())
                    .map_err(|_| ReadError::Field(value.full_name().to_owned(), "numbers end at 255".to_owned()))?,
                label: first_sentence(&comment),
                aliases: options.aliases,
                valid_from: date(value.full_name(), &options.valid_from)?,
                band: options.from.zip(options.to),
                group: Some(options.group).filter(|group| !group.is_empty()),
            });
        }
        Ok(CodeSet::new(codes))
    }
}

/// The field of each heading, by the letters and digits of the heading.
fn headings(message: &str, fields: &[Field]) -> Result<HashMap<String, usize>, ReadError> {
    let mut headings = HashMap::new();
    for (position, field) in fields.iter().enumerate() {
        for heading in field.headings() {
            if headings.insert(heading_key(heading), position).is_some_and(|other| other != position) {
                return Err(ReadError::Field(message.to_owned(), format!("`{heading}` is a heading of two fields")));
            }
        }
    }
    Ok(headings)
}

/// Fields in the order of declaration: the last part of the path is the index.
fn declared_order(field: &FieldDescriptor) -> i32 {
    field.path().last().copied().unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn integer_limit(max: Option<f64>) -> Option<u16> {
    max.filter(|max| (1.0..=65_534.0).contains(max)).map(|max| max as u16)
}

fn date(owner: &str, text: &str) -> Result<Option<Date>, ReadError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: jiff::Error| ReadError::Field(owner.to_owned(), error.to_string()))
}

fn first_sentence(comment: &str) -> String {
    comment.split_once(". ").map_or(comment, |(first, _)| first).trim_end_matches('.').to_owned()
}

fn screaming_snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}
