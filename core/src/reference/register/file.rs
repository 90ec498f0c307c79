//! Reads the register from its files: the seeds' own, and an operator's.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use super::{Agency, AgencyKind, Calendar, Covers, Place, Register, Remit, Role};
use crate::contract::Contract;
use crate::period::PeriodKind;
use crate::reference::{AreaId, Areas, CodeLists, ReferenceError, Validity};

/// The list of sites, whose column `trust` names the trust of each.
const SITES: &str = "ods_site";

/// A file of the register.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterFile {
    version: Option<u32>,
    source: Option<String>,
    #[serde(default)]
    kinds: BTreeMap<String, Spanned<KindTable>>,
    #[serde(default)]
    agencies: BTreeMap<String, Spanned<AgencyTable>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindTable {
    label: String,
    remits: Vec<Spanned<RemitTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgencyTable {
    name: String,
    kind: Spanned<String>,
    #[serde(default)]
    areas: Vec<Spanned<String>>,
    sites_of: Option<Spanned<String>>,
    valid_from: Option<Spanned<String>>,
    valid_to: Option<Spanned<String>>,
    remits: Option<Vec<Spanned<RemitTable>>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemitTable {
    datasets: Vec<Spanned<String>>,
    #[serde(default)]
    measures: Vec<String>,
    areas: Option<Vec<Spanned<String>>>,
    valid_from: Option<Spanned<String>>,
    valid_to: Option<Spanned<String>>,
    #[serde(default)]
    role: Role,
    #[serde(default)]
    covers: Covers,
    #[serde(default)]
    own_keys: bool,
    every: Option<Spanned<String>>,
    due_days: Option<u32>,
    #[serde(default)]
    revised_months: u8,
}

/// A kind as a file has it, with the file.
struct KindEntry<'f> {
    kind: Arc<AgencyKind>,
    remits: Vec<Spanned<RemitTable>>,
    source: Source<'f>,
}

/// A file: its path and its text.
#[derive(Clone, Copy)]
struct Source<'f> {
    path: &'f str,
    text: &'f str,
}

impl Source<'_> {
    fn place(&self, at: usize) -> Place {
        let lines = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        Place { file: self.path.into(), line: u64::try_from(lines).unwrap_or(u64::MAX).saturating_add(1) }
    }

    fn error(&self, at: usize, reason: impl Into<String>) -> ReferenceError {
        self.place(at).error(reason)
    }

    fn parse(&self) -> Result<RegisterFile, ReferenceError> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, error.message().replace('\n', "; "))
        })
    }
}

impl Register {
    /// Reads the register from files, each a path and a text. An agency or kind of a later file takes the place of the
    /// one with the same name in an earlier file.
    ///
    /// # Errors
    /// The first fault, with its file and line: a key that does not exist, an area, dataset or kind that is not known, a
    /// day that is not a date.
    pub(crate) fn load(files: &[(&str, &str)], areas: &Areas, codes: &CodeLists) -> Result<Self, ReferenceError> {
        let mut kinds = BTreeMap::new();
        let mut agencies = BTreeMap::new();
        let (mut version, mut origin) = (0, String::new());
        for (path, text) in files {
            let source = Source { path, text };
            let file = source.parse()?;
            if version == 0 {
                let (Some(own), Some(from)) = (file.version, file.source) else {
                    return Err(source.error(0, "a register has a `version` and a `source`"));
                };
                (version, origin) = (own, from);
            }
            for (id, table) in file.kinds {
                let KindTable { label, remits } = table.into_inner();
                let kind = Arc::new(AgencyKind { id: id.as_str().into(), label });
                kinds.insert(id, KindEntry { kind, remits, source });
            }
            agencies.extend(file.agencies.into_iter().map(|(id, table)| (id, (table, source))));
        }
        let reader = Reader { kinds: &kinds, areas, codes };
        let agencies = agencies.into_iter().map(|(id, (table, source))| reader.agency(&id, table, source));
        let agencies = agencies.collect::<Result<Vec<Agency>, _>>()?;
        Ok(Self {
            version,
            source: origin,
            operator_sha256: files.get(1).map(|(_, text)| Sha256::digest(text).into()),
            kinds: kinds.values().map(|entry| (Arc::clone(&entry.kind.id), Arc::clone(&entry.kind))).collect(),
            agencies: agencies.into_iter().map(|agency| (Arc::clone(&agency.id), agency)).collect(),
        })
    }
}

/// What the entries of the files refer to.
struct Reader<'r> {
    kinds: &'r BTreeMap<String, KindEntry<'r>>,
    areas: &'r Areas,
    codes: &'r CodeLists,
}

impl Reader<'_> {
    fn agency(&self, id: &str, table: Spanned<AgencyTable>, source: Source<'_>) -> Result<Agency, ReferenceError> {
        let at = table.span().start;
        let table = table.into_inner();
        if !is_identifier(id) {
            let reason = format!("`{id}` is not an identifier: lower-case letters, digits and hyphens");
            return Err(source.error(at, reason));
        }
        let Some(kind) = self.kinds.get(table.kind.get_ref()) else {
            let known: Vec<&str> = self.kinds.keys().map(String::as_str).collect();
            let reason = format!("there is no kind `{}`; the kinds are {}", table.kind.get_ref(), known.join(", "));
            return Err(source.error(table.kind.span().start, reason));
        };
        let own_areas = self.own_areas(&table, source)?;
        let own_validity = validity(source, table.valid_from.as_ref(), table.valid_to.as_ref())?;
        let (written, origin) = match &table.remits {
            Some(remits) => (remits, source),
            None => (&kind.remits, kind.source),
        };
        let mut remits = Vec::new();
        for remit in written {
            self.remits(remit, origin, (&own_areas, own_validity), &mut remits)?;
        }
        if let Some(remit) = remits.iter().find(|remit| remit.areas.is_empty()) {
            let reason = format!("{id} has no `areas` for its remit of {}", remit.dataset);
            return Err(source.error(at, reason));
        }
        Ok(Agency { id: id.into(), name: table.name.into(), kind: Arc::clone(&kind.kind), remits })
    }

    /// The areas that apply to remits without areas of their own.
    fn own_areas(&self, table: &AgencyTable, source: Source<'_>) -> Result<Vec<AreaId>, ReferenceError> {
        let mut own = self.areas(&table.areas, source)?;
        if let Some(trust) = &table.sites_of {
            let list = self.codes.list(SITES).into_iter().flat_map(|list| list.iter());
            let sites = list.filter(|site| site.attribute("trust") == Some(trust.get_ref()));
            let before = own.len();
            own.extend(sites.filter_map(|site| self.areas.by_code(site.code())));
            if own.len() == before {
                let reason = format!("the list {SITES} has no site of the trust `{}`", trust.get_ref());
                return Err(source.error(trust.span().start, reason));
            }
        }
        Ok(own)
    }

    fn areas(&self, codes: &[Spanned<String>], source: Source<'_>) -> Result<Vec<AreaId>, ReferenceError> {
        let area = |code: &Spanned<String>| {
            let found = self.areas.by_code(code.get_ref());
            found.ok_or_else(|| source.error(code.span().start, format!("no area has the code `{}`", code.get_ref())))
        };
        codes.iter().map(area).collect()
    }

    /// Reads a remit: one for each of its datasets.
    fn remits(
        &self,
        written: &Spanned<RemitTable>,
        source: Source<'_>,
        (own_areas, own_validity): (&[AreaId], Validity),
        remits: &mut Vec<Remit>,
    ) -> Result<(), ReferenceError> {
        let (at, table) = (written.span().start, written.get_ref());
        let areas = match &table.areas {
            Some(codes) => self.areas(codes, source)?,
            None => own_areas.to_vec(),
        };
        let stated = validity(source, table.valid_from.as_ref(), table.valid_to.as_ref())?;
        let validity = Validity { from: stated.from.max(own_validity.from), to: earlier(stated.to, own_validity.to) };
        let calendar = calendar(source, at, table)?;
        if table.datasets.is_empty() {
            return Err(source.error(at, "a remit names its `datasets`"));
        }
        for name in &table.datasets {
            let dataset = Contract::get().known_dataset(name.get_ref());
            let dataset = dataset.map_err(|unknown| source.error(name.span().start, unknown.to_string()))?;
            if !table.measures.is_empty() && dataset.field("measure").is_none() {
                let reason = format!("the rows of {} name no measure: leave out `measures`", dataset.id);
                return Err(source.error(at, reason));
            }
            remits.push(Remit {
                dataset: &dataset.id,
                measures: table.measures.clone(),
                areas: areas.clone(),
                validity,
                role: table.role,
                covers: table.covers,
                own_keys: table.own_keys,
                calendar,
                revised_months: table.revised_months,
                place: source.place(at),
            });
        }
        Ok(())
    }
}

fn calendar(source: Source<'_>, at: usize, table: &RemitTable) -> Result<Option<Calendar>, ReferenceError> {
    match (&table.every, table.due_days) {
        (None, None) => Ok(None),
        (Some(every), Some(due_days)) => match PeriodKind::from_code(every.get_ref()) {
            Some(every) => Ok(Some(Calendar { every, due_days })),
            None => {
                let reason = format!("`{}` is no kind of period: use M, Q, CY or FY", every.get_ref());
                Err(source.error(every.span().start, reason))
            }
        },
        _ => Err(source.error(at, "`every` and `due_days` are stated together")),
    }
}

fn validity(
    source: Source<'_>,
    from: Option<&Spanned<String>>,
    to: Option<&Spanned<String>>,
) -> Result<Validity, ReferenceError> {
    let day = |text: &Spanned<String>| -> Result<Date, ReferenceError> {
        let reason = || format!("`{}` is not a date YYYY-MM-DD", text.get_ref());
        text.get_ref().parse().map_err(|_| source.error(text.span().start, reason()))
    };
    let validity = Validity { from: from.map(day).transpose()?, to: to.map(day).transpose()? };
    match (validity.from, validity.to, to) {
        (Some(first), Some(last), Some(text)) if last < first => {
            Err(source.error(text.span().start, format!("valid_to {last} is before valid_from {first}")))
        }
        _ => Ok(validity),
    }
}

/// The earlier of two last days. `None` is no limit.
fn earlier(a: Option<Date>, b: Option<Date>) -> Option<Date> {
    a.into_iter().chain(b).min()
}

/// Whether a text is an identifier of an agency: a lower-case letter, then lower-case letters, digits and hyphens.
fn is_identifier(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    fn with(text: &str) -> Result<Register, ReferenceError> {
        let reference = Reference::from_seeds().unwrap();
        let seeds = peelian_seeds::agencies();
        Register::load(&[(&seeds.path, &seeds.text), ("agencies.toml", text)], &reference.areas, &reference.codes)
    }

    fn refused(text: &str) -> String {
        with(text).unwrap_err().to_string()
    }

    #[test]
    fn an_operator_adds_an_agency_and_narrows_another() {
        let text = "[agencies.safer-trust]\nname = \"A trust\"\nkind = \"nhs_trust\"\nareas = [\"RJ122\"]\n\
                    [agencies.southwark]\nname = \"Southwark\"\nkind = \"borough\"\nareas = [\"E09000028\"]\nremits = []\n";
        let register = with(text).unwrap();
        assert_eq!(register.agency("safer-trust").unwrap().datasets(), ["istv_attendance", "published_figure"]);
        assert!(register.agency("southwark").unwrap().remits.is_empty());
        assert!(register.agency("hackney").is_some() && register.agency("test").is_none());
    }

    #[test]
    fn a_fault_names_its_line_and_what_is_known() {
        let agency = |rest: &str| format!("[agencies.x]\nname = \"X\"\nkind = \"borough\"\n{rest}");
        assert_eq!(refused(&agency("areas = [\"E1\"]")), "agencies.toml:4: no area has the code `E1`");
        assert!(refused(&agency("")).starts_with("agencies.toml:1: x has no `areas`"));
        assert!(refused(&agency("sites_of = \"ZZZ\"")).contains("agencies.toml:4: the list ods_site has no site"));
        assert!(refused(&agency("are = []")).contains("agencies.toml:4: unknown field `are`"));
        assert!(
            refused("[agencies.x]\nname = \"X\"\nkind = \"boro\"")
                .contains("agencies.toml:3: there is no kind `boro`")
        );
        assert!(
            refused("[agencies.X]\nname = \"X\"\nkind = \"borough\"")
                .contains("agencies.toml:1: `X` is not an identifier")
        );
        let remit = |remit: &str| agency(&format!("areas = [\"E09000028\"]\nremits = [\n{{ {remit} }}]"));
        assert!(refused(&remit("datasets = [\"crimes\"]")).starts_with("agencies.toml:6: "));
        assert!(refused(&remit("datasets = [\"crime\"], every = \"M\"")).contains("agencies.toml:6: `every` and"));
        assert!(refused(&remit("datasets = [\"crime\"], every = \"W\", due_days = 1")).contains("no kind of period"));
        assert!(refused(&remit("datasets = [\"crime\"], measures = [\"x\"]")).contains("name no measure"));
        assert!(refused(&remit("datasets = [\"crime\"], valid_from = \"1 May\"")).contains("not a date"));
        let days = "datasets = [\"crime\"], valid_from = \"2018-01-01\", valid_to = \"2017-01-01\"";
        assert!(refused(&remit(days)).contains("is before valid_from"));
    }

    #[test]
    fn a_remit_holds_the_areas_within_its_areas() {
        let reference = Reference::from_seeds().unwrap();
        let day = "2017-02-28".parse().unwrap();
        let holds = |agency: &str, dataset: &str, code: &str| {
            let area = reference.areas.by_code(code).unwrap();
            let agency = reference.register.agency(agency).unwrap();
            agency.remits_for(dataset).any(|remit| remit.holds(&reference.areas, area, day))
        };
        assert!(holds("mps", "crime", "E09000028") && holds("mps", "crime", "PSEUDO-AIRPORTS"));
        assert!(!holds("mps", "crime", "E09000001") && !holds("mps", "istv_attendance", "E09000028"));
        assert!(holds("nhs-rj1", "istv_attendance", "RJ122") && !holds("nhs-rj1", "istv_attendance", "RJ701"));
        assert!(holds("moj", "published_figure", "K04000001") && !holds("mps", "published_figure", "K04000001"));
    }

    #[test]
    fn primary_agencies_come_first() {
        let reference = Reference::from_seeds().unwrap();
        let order = |agency| reference.register.precedence(agency, "istv_attendance");
        assert!(order("nhs-rj1") < order("safestats") && order("safestats") < order("test"));
    }
}
