//! Levels of areas, and the two meanings of London.

/// The level of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// England and Wales, for published comparators.
    Nation,
    /// London, with or without the City: see [`Coverage`].
    London,
    /// Basic command unit of the Metropolitan Police.
    Bcu,
    /// One of the 32 boroughs, or the City of London.
    Borough,
    /// Electoral ward.
    Ward,
    /// A bin that the Metropolitan Police publishes beside its boroughs (airports, unknown, ...). It
    /// is part of the total of the force, and of no borough.
    Pseudo,
    /// Hospital site with a type 1 emergency department.
    HospitalSite,
    /// Area of the Crown Prosecution Service.
    CpsArea,
    /// Local criminal justice area.
    Lcjb,
    /// Criminal court.
    Court,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 10] = [
        Self::Nation,
        Self::London,
        Self::Bcu,
        Self::Borough,
        Self::Ward,
        Self::Pseudo,
        Self::HospitalSite,
        Self::CpsArea,
        Self::Lcjb,
        Self::Court,
    ];

    /// The level's id in seeds and definitions, for example `borough`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::London => "london",
            Self::Bcu => "bcu",
            Self::Borough => "borough",
            Self::Ward => "ward",
            Self::Pseudo => "pseudo",
            Self::HospitalSite => "hospital_site",
            Self::CpsArea => "cps_area",
            Self::Lcjb => "lcjb",
            Self::Court => "court",
        }
    }

    /// The level with an id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.id() == id)
    }
}

/// The area of London that a figure covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coverage {
    /// The Metropolitan Police area: 32 boroughs, without the City. Code `E23000001`.
    Mps32,
    /// Greater London: 33 authorities, with the City. Code `E12000007`.
    Gl33,
}

impl Coverage {
    /// The ONS code of the area covered.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mps32 => "E23000001",
            Self::Gl33 => "E12000007",
        }
    }
}
