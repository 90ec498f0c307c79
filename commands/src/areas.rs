//! `areas`.

use std::error::Error;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jiff::civil::Date;
use peelian::v1::Area;
use peelian_core::reference::{AreaId, Level, Reference};
use peelian_core::wire;

use crate::output::{ListColumn, Listed};
use crate::{Failure, json};

/// Lists areas with their codes: boroughs, wards, hospital sites and others.
///
/// It needs no server. Without words, a level or an area around them, every area but the wards is listed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Areas {
    /// Words of the name or the code.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// Only areas of this level.
    #[arg(long, short, value_parser = PossibleValuesParser::new(Level::ALL.map(Level::id))
        .try_map(|id| Level::from_id(&id).ok_or("no such level")))]
    level: Option<Level>,

    /// Only areas within this one, by its code or its name.
    #[arg(long, short, value_name = "AREA")]
    within: Option<String>,

    /// Day on which they exist and lie so. Without it, the latest day that is known.
    #[arg(long, value_name = "DAY")]
    on: Option<Date>,

    #[command(flatten)]
    listed: Listed,
}

const EXAMPLES: &str = "\
Examples:
  The code of a borough:
    PROGRAM areas southwark --level borough

  The wards of a borough, as they are and as they were:
    PROGRAM areas --level ward --within Southwark
    PROGRAM areas --level ward --within Southwark --on 2017-03-31";

impl Areas {
    /// Prints the areas.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let reference = Reference::from_seeds()?;
        let found: Vec<Area> = self.find(&reference)?;
        if found.is_empty() {
            return Err(Failure::Refused("no area is so: try fewer words, or another level or day".to_owned()).into());
        }
        let rows: Vec<_> = found.iter().map(record).collect();
        self.listed.print(COLUMNS, &rows, || json::list("peelian.v1.Area", &found))?;
        Ok(())
    }

    fn find(&self, reference: &Reference) -> Result<Vec<Area>, Failure> {
        let areas = &reference.areas;
        let refused = |unknown: peelian_core::reference::UnknownArea| Failure::Refused(unknown.to_string());
        let within = self.within.as_ref().map(|name| areas.resolve_name(name).map(|found| found.id()));
        let within = within.transpose().map_err(refused)?;
        let day = |id: AreaId| self.on.or(areas.get(id).validity().to).unwrap_or(Date::MAX);
        let exists = |id: AreaId| match self.on {
            Some(day) => areas.get(id).validity().contains(day),
            None => areas.get(id).validity().to.is_none(),
        };
        let words: Vec<String> = self.words.iter().map(|word| word.to_lowercase()).collect();
        let named = |id: AreaId| {
            let text = format!("{} {}", areas.get(id).code(), areas.get(id).name()).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        let broad = self.level.is_none() && within.is_none() && words.is_empty();
        let wanted = |id: AreaId| {
            let level = areas.get(id).level();
            self.level.map_or(!(broad && level == Level::Ward), |wanted| level == wanted)
        };
        let inside = |id: AreaId| within.is_none_or(|whole| id != whole && areas.is_within(id, whole, day(id)));
        let ids = areas.iter().map(|(id, _)| id);
        let found = ids.filter(|id| wanted(*id) && exists(*id) && named(*id) && inside(*id));
        Ok(found.map(|id| wire::area(areas, id, self.on)).collect())
    }
}

const COLUMNS: [ListColumn; 6] = [
    ListColumn::texts("Code", "code"),
    ListColumn::texts("Area", "label"),
    ListColumn::texts("Level", "level"),
    ListColumn::texts("Within", "within"),
    ListColumn::texts("From", "valid_from"),
    ListColumn::texts("To", "valid_to"),
];

fn record(one: &Area) -> [String; COLUMNS.len()] {
    let code = |name: &str| name.trim_start_matches("areas/").to_owned();
    let parents = one.parents.iter().map(|parent| code(parent)).collect::<Vec<_>>().join(" ");
    let Area { name, display_name, level, valid_from, valid_to, .. } = one.clone();
    [code(&name), display_name, level, parents, valid_from, valid_to]
}
