//! Sets of roles.

use std::fmt;

use crate::identity::Role;

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Roles(u8);

impl Roles {
    /// The roles of an iterator.
    pub(crate) fn of(roles: impl IntoIterator<Item = Role>) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | Self::bit(role)))
    }

    /// The roles, in their order.
    pub(crate) fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.0 & Self::bit(*role) != 0)
    }

    const fn bit(role: Role) -> u8 {
        1 << role as u8
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Role::id).collect();
        f.write_str(&names.join(", "))
    }
}
