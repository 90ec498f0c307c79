//! Compiles the contract in `proto/` to Rust. protox parses the files, so protoc is not needed.
//!
//! The build writes three files: the code of prost and tonic; the descriptor set with options and comments, from
//! which `peelian-core` derives schemas and checks; and for each record message an implementation of `Record`, which
//! passes its fields to a sink without reflection.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// Folder of the contract.
const ROOT: &str = "proto";
/// Package of the records.
const RECORDS: &str = "peelian.records.v1";

fn main() -> Result<(), Box<dyn Error>> {
    // tonic-prost-build does not print this. Without it, a change of any file of the package would run this build
    // again.
    println!("cargo:rerun-if-changed={ROOT}");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(proto_files(Path::new(ROOT))?)?;
    // protox encodes the set, because prost-types would drop the options that the contract defines.
    let descriptor_set = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptor_set.bin"), &descriptor_set)?;

    let files = FileDescriptorSet::decode(descriptor_set.as_slice())?;
    fs::write(out.join("records.rs"), record_impls(&files)?)?;
    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    tonic_prost_build::configure().include_file("contract.rs").compile_fds_with_config(files, prost)?;
    Ok(())
}

fn proto_files(dir: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(proto_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn record_impls(files: &FileDescriptorSet) -> Result<String, Box<dyn Error>> {
    let mut messages = BTreeMap::new();
    for file in files.file.iter().filter(|file| file.package() == RECORDS) {
        for message in &file.message_type {
            messages.insert(message.name().to_owned(), message);
        }
    }
    let mut code = String::new();
    for (name, message) in messages {
        record_impl(&mut code, &name, message)?;
    }
    Ok(code)
}

fn record_impl(code: &mut String, name: &str, message: &DescriptorProto) -> Result<(), Box<dyn Error>> {
    writeln!(code, "impl Record for records::v1::{name} {{")?;
    writeln!(code, "    const FULL_NAME: &'static str = \"{RECORDS}.{name}\";")?;
    writeln!(code, "    fn visit(&self, sink: &mut impl FieldSink) {{")?;
    for (index, field) in message.field.iter().enumerate() {
        writeln!(code, "        {};", visit_call(index, field)?)?;
    }
    writeln!(code, "    }}\n}}")?;
    Ok(())
}

fn visit_call(index: usize, field: &FieldDescriptorProto) -> Result<String, Box<dyn Error>> {
    let name = field.name();
    let repeated = field.label() == Label::Repeated;
    let optional = field.proto3_optional();
    Ok(match (field.r#type(), repeated, optional) {
        (Type::String, false, false) => format!("sink.text({index}, &self.{name})"),
        (Type::Enum, false, false) => format!("sink.code({index}, self.{name})"),
        (Type::Enum, true, false) => format!("sink.codes({index}, &self.{name})"),
        (Type::Bool, false, true) => format!("sink.flag({index}, self.{name})"),
        (Type::Int32, false, true) => format!("sink.integer({index}, self.{name})"),
        (Type::Double, false, true) => format!("sink.number({index}, self.{name})"),
        (Type::Double, false, false) => format!("sink.number({index}, Some(self.{name}))"),
        (kind, ..) => {
            return Err(format!(
                "record field {name} has the type {kind:?}: a field of a record is a string, an enum, a set of enums, \
                 or an optional bool, int32 or double"
            )
            .into());
        }
    })
}
