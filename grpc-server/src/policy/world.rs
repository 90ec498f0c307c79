//! What policies speak of: agencies, datasets, measures and areas, from the reference data of the core.

use std::collections::{HashMap, HashSet};
use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::{
    Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema, SchemaFragment,
};
use jiff::civil::Date;
use peelian_core::Core;
use peelian_core::contract::Contract;
use peelian_core::reference::AreaId;

use crate::identity::Role;

/// The kind to which every agency belongs: it may do what everyone may.
pub(super) const PUBLIC: &str = "public";

/// A type of entity of the schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Role,
    Kind,
    Agency,
    Dataset,
    DisclosureClass,
    Measure,
    Area,
    Exchange,
    Releases,
    Action,
}

impl Type {
    const fn id(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::Kind => "Kind",
            Self::Agency => "Agency",
            Self::Dataset => "Dataset",
            Self::DisclosureClass => "DisclosureClass",
            Self::Measure => "Measure",
            Self::Area => "Area",
            Self::Exchange => "Exchange",
            Self::Releases => "Releases",
            Self::Action => "Action",
        }
    }
}

/// The identifier of an entity.
pub(super) fn uid(kind: Type, id: &str) -> EntityUid {
    #[expect(clippy::expect_used, reason = "the names of types are literals, which a test reads")]
    let name = EntityTypeName::from_str(kind.id()).expect("a name of the schema");
    EntityUid::from_type_name_and_id(name, EntityId::new(id))
}

/// The schema, and every entity that a policy can name.
pub(super) struct World {
    pub(super) core: Arc<Core>,
    pub(super) schema: Schema,
    pub(super) entities: Entities,
}

impl World {
    /// The world of a core, with the schema of the seeds.
    ///
    /// # Errors
    ///
    /// Why the schema cannot be read, or the reference data do not fit it.
    pub(super) fn new(core: &Arc<Core>, schema: &str) -> Result<Self, String> {
        let (fragment, _) = SchemaFragment::from_cedarschema_str(schema).map_err(|error| error.to_string())?;
        let schema = Schema::from_schema_fragments([fragment]).map_err(|error| error.to_string())?;
        let actions = schema.action_entities().map_err(|error| error.to_string())?;
        let own = plain(core).chain(measures(core)).chain(areas(core)).chain(agencies(core)?);
        let all = own.chain(actions.iter().cloned());
        let entities = Entities::from_entities(all, Some(&schema)).map_err(|error| error.to_string())?;
        Ok(Self { core: Arc::clone(core), schema, entities })
    }

    /// Whether an entity exists.
    pub(super) fn knows(&self, uid: &EntityUid) -> bool {
        self.entities.get(uid).is_some()
    }
}

fn entity(kind: Type, id: &str, parents: impl IntoIterator<Item = EntityUid>) -> Entity {
    Entity::new_no_attrs(uid(kind, id), parents.into_iter().collect())
}

/// Entities that have no parents and no attributes.
fn plain(core: &Core) -> impl Iterator<Item = Entity> {
    let roles = Role::ALL.iter().map(|role| (Type::Role, role.id()));
    let kinds = core.reference.register.kinds().map(|kind| (Type::Kind, &*kind.id));
    let datasets = Contract::get().datasets().iter().map(|dataset| (Type::Dataset, dataset.id.as_str()));
    let classes: HashSet<&str> = core.catalogue.iter().map(|definition| definition.disclosure.id()).collect();
    let classes = classes.into_iter().map(|class| (Type::DisclosureClass, class));
    let single = [(Type::Exchange, "exchange"), (Type::Releases, "all")];
    let all: Vec<Entity> = roles
        .chain(kinds)
        .chain(datasets)
        .chain(classes)
        .chain(single)
        .map(|(kind, id)| entity(kind, id, []))
        .collect();
    all.into_iter()
}

fn measures(core: &Core) -> impl Iterator<Item = Entity> + '_ {
    core.catalogue.iter().map(|definition| {
        entity(Type::Measure, &definition.id, [uid(Type::DisclosureClass, definition.disclosure.id())])
    })
}

/// Areas in the areas that hold them on their last day.
fn areas(core: &Core) -> impl Iterator<Item = Entity> + '_ {
    let areas = &core.reference.areas;
    areas.iter().map(move |(id, area)| {
        let day = area.validity().to.unwrap_or(Date::MAX);
        let parents = areas.parents_at(id, day).into_iter();
        entity(Type::Area, area.code(), parents.map(|parent| uid(Type::Area, areas.get(parent).code())))
    })
}

fn agencies(core: &Core) -> Result<Vec<Entity>, String> {
    let areas = &core.reference.areas;
    let agencies = core.reference.register.agencies().map(|agency| {
        let datasets = agency.datasets().into_iter().map(|dataset| uid(Type::Dataset, dataset));
        let own: HashSet<AreaId> = agency.remits.iter().flat_map(|remit| remit.areas.iter().copied()).collect();
        let own = own.into_iter().map(|area| uid(Type::Area, areas.get(area).code()));
        let attributes = HashMap::from([("datasets".to_owned(), set(datasets)), ("areas".to_owned(), set(own))]);
        let parents = HashSet::from([uid(Type::Kind, &agency.kind.id), uid(Type::Kind, PUBLIC)]);
        Entity::new(uid(Type::Agency, &agency.id), attributes, parents).map_err(|error| error.to_string())
    });
    agencies.collect()
}

/// A set of entities.
pub(super) fn set(entities: impl IntoIterator<Item = EntityUid>) -> RestrictedExpression {
    RestrictedExpression::new_set(entities.into_iter().map(RestrictedExpression::new_entity_uid))
}
