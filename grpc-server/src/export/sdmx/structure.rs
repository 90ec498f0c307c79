//! `sdmx-structure.xml`: code lists, concepts, data structure and dataflow.

use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use peelian_core::Core;
use peelian_core::period::PeriodKind;

use super::codes::{self, BASES, Codes, FREQUENCIES};
use super::data::{dimensions, is_attribute};
use super::{AGENCY, FLOW, FREQ, PERIOD_KIND, TIME, VALUE, VERSION};
use crate::export::Described;
use crate::export::columns::{COLUMNS, Column, Sdmx};
use crate::export::markup::{element, escaped, text};
use crate::export::notation::{CONF_STATUS, OBS_STATUS};

/// Name of the file.
pub(in crate::export) const NAME: &str = "sdmx-structure.xml";

/// Identifier of the scheme of concepts.
const CONCEPTS: &str = "CS_OUTCOMES";

/// The header states an instant. The bytes must not depend on the day on which they are made.
const PREPARED: &str = "2000-01-01T00:00:00Z";

/// The name spaces of a message of structures.
const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns:mes", "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/message"),
    ("xmlns:str", "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/structure"),
    ("xmlns:com", "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/common"),
];

/// A code with its label and, if more is known of it, a description.
type Code = (String, String, Option<String>);

/// The file.
pub(in crate::export) fn structure(
    core: &Core,
    described: &Described<'_>,
    schema: &SchemaRef,
    codes: &Codes,
) -> Vec<u8> {
    let header = [
        text("mes:ID", &codes::code(described.id, '.')),
        text("mes:Test", "false"),
        text("mes:Prepared", PREPARED),
        element("mes:Sender", &[("id", AGENCY)], ""),
    ];
    let structures = [
        element("str:Dataflows", &[], &dataflow(described)),
        element("str:Codelists", &[], &codelists(core, codes)),
        element("str:ConceptSchemes", &[], &concepts()),
        element("str:DataStructures", &[], &data_structure(schema)),
    ];
    let message =
        [element("mes:Header", &[], &header.concat()), element("mes:Structures", &[], &structures.join("\n"))];
    let root = element("mes:Structure", &NAMESPACES, &message.join("\n"));
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}\n").into_bytes()
}

/// A thing that is maintained, around its content.
fn maintained(name: &str, id: &str, is_partial: bool, label: &str, inner: &str) -> String {
    let partial = if is_partial { "true" } else { "false" };
    let mut attributes = vec![("id", id), ("agencyID", AGENCY), ("version", VERSION)];
    if name == "str:Codelist" || name == "str:ConceptScheme" {
        attributes.push(("isPartial", partial));
    }
    element(name, &attributes, &format!("{}{inner}", named(label)))
}

fn named(label: &str) -> String {
    element("com:Name", &[("xml:lang", "en")], &escaped(label))
}

fn dataflow(described: &Described<'_>) -> String {
    let of = text("str:Structure", &urn("datastructure.DataStructure", FLOW));
    maintained("str:Dataflow", FLOW, false, described.title, &of)
}

fn urn(class: &str, id: &str) -> String {
    format!("urn:sdmx:org.sdmx.infomodel.{class}={AGENCY}:{id}({VERSION})")
}

fn codelists(core: &Core, codes: &Codes) -> String {
    let question = |id: &str| core.catalogue.get(id).map(|definition| definition.question.clone());
    let kinds = PeriodKind::ALL.iter().map(|kind| (kind.code(), kind.to_string()));
    let bases = BASES.iter().map(|(basis, label)| (basis.id(), *label));
    let lists: [(&str, &str, Vec<Code>); 8] = [
        (FREQ, "Frequency", plain(FREQUENCIES)),
        (PERIOD_KIND, "Kind of period", plain(kinds)),
        (
            "MEASURE",
            "Measures of the release",
            codes.measures.iter().map(|(id, title)| (codes::measure(id), title.to_string(), question(id))).collect(),
        ),
        ("REF_AREA", "Areas of the release", plain(codes.areas.iter().map(|(id, name)| (codes::area(id), name)))),
        ("BREAKDOWN", "Breakdowns of the release", plain(&codes.breakdowns)),
        ("BASIS", "Basis", plain(bases)),
        ("OBS_STATUS", "Status", plain(OBS_STATUS)),
        ("CONF_STATUS", "Confidentiality", plain(CONF_STATUS)),
    ];
    let written = lists.iter().map(|(of, label, codes)| {
        let codes: Vec<_> = codes.iter().map(code).collect();
        // Another release has other codes of the same list.
        maintained("str:Codelist", &format!("CL_{of}"), true, label, &format!("\n{}\n", codes.join("\n")))
    });
    written.collect::<Vec<_>>().join("\n")
}

fn plain(codes: impl IntoIterator<Item = (impl ToString, impl ToString)>) -> Vec<Code> {
    codes.into_iter().map(|(id, label)| (id.to_string(), label.to_string(), None)).collect()
}

fn code((id, label, about): &Code) -> String {
    let about = about.as_deref().map_or_else(String::new, description);
    element("str:Code", &[("id", id)], &format!("{}{about}", named(label)))
}

fn description(about: &str) -> String {
    element("com:Description", &[("xml:lang", "en")], &escaped(about))
}

/// Concepts that no column has: identifier, label, description.
const OTHER_CONCEPTS: [(&str, &str, &str); 3] = [
    (FREQ, "Frequency", "How often a value of the series comes."),
    (PERIOD_KIND, "Kind of period", "Which months a period has."),
    (TIME, "Time", "The period. A year that does not begin in January is a range: its first day and its length."),
];

fn concepts() -> String {
    let of_columns = COLUMNS.iter().filter_map(|column| Some((concept_id(column)?, column.title, column.about)));
    let others = OTHER_CONCEPTS.into_iter().map(|(id, title, about)| (id.to_owned(), title, about));
    let written = others.chain(of_columns).map(|(id, title, about)| {
        element("str:Concept", &[("id", &id)], &format!("{}{}", named(title), description(about)))
    });
    let written = format!("\n{}\n", written.collect::<Vec<_>>().join("\n"));
    maintained("str:ConceptScheme", CONCEPTS, false, "Concepts of outcome measures", &written)
}

/// The identifier of a column's concept; `None` for what SDMX tells in another way.
fn concept_id(column: &Column) -> Option<String> {
    match column.sdmx {
        Sdmx::Dimension(id) => Some(id.to_owned()),
        Sdmx::Value => Some(VALUE.to_owned()),
        Sdmx::Attribute | Sdmx::Coded => Some(column.name.to_uppercase()),
        Sdmx::Told => None,
    }
}

fn concept(id: &str) -> String {
    text("str:ConceptIdentity", &format!("{}.{id}", urn("conceptscheme.Concept", CONCEPTS)))
}

fn data_structure(schema: &SchemaRef) -> String {
    let dimensions: String = dimensions().enumerate().map(|(at, id)| dimension(at + 1, id)).collect();
    let columns = COLUMNS.iter().zip(schema.fields());
    let attributes: String = columns.filter(|(column, _)| is_attribute(column)).map(attribute).collect();
    let value = format!("{}{}", concept(VALUE), formatted("Double"));
    let lists = [
        element("str:DimensionList", &[], &dimensions),
        element("str:AttributeList", &[], &attributes),
        element("str:MeasureList", &[], &element("str:Measure", &[("id", VALUE)], &value)),
    ];
    let components = element("str:DataStructureComponents", &[], &lists.join("\n"));
    maintained("str:DataStructure", FLOW, false, "Outcome measures of policing and justice", &components)
}

fn dimension(position: usize, id: &str) -> String {
    if id == TIME {
        let inner = format!("{}{}", concept(id), formatted("ObservationalTimePeriod"));
        return element("str:TimeDimension", &[("id", id)], &inner);
    }
    let inner = format!("{}{}", concept(id), coded(id));
    element("str:Dimension", &[("id", id), ("position", &position.to_string())], &inner)
}

fn attribute((column, field): (&Column, &FieldRef)) -> String {
    let id = column.name.to_uppercase();
    let representation =
        if column.sdmx == Sdmx::Coded { coded(&id) } else { formatted(text_type(field.data_type())) };
    let relations = [
        element("str:AttributeRelationship", &[], "<str:Observation/>"),
        element("str:MeasureRelationship", &[], &text("str:Measure", VALUE)),
    ];
    let inner = format!("{}{representation}{}", concept(&id), relations.concat());
    element("str:Attribute", &[("id", &id), ("usage", "optional")], &inner)
}

fn coded(id: &str) -> String {
    let list = text("str:Enumeration", &urn("codelist.Codelist", &format!("CL_{id}")));
    element("str:LocalRepresentation", &[], &list)
}

fn formatted(text_type: &str) -> String {
    element("str:LocalRepresentation", &[], &element("str:TextFormat", &[("textType", text_type)], ""))
}

/// The type of an attribute.
fn text_type(of: &DataType) -> &'static str {
    match of {
        DataType::Boolean => "Boolean",
        DataType::UInt32 | DataType::UInt64 => "Long",
        DataType::Float64 => "Double",
        _ => "String",
    }
}
