//! Deterministic columns of the size and shape of a few years of London's crimes. Not calibrated: made for timing.

/// SplitMix64 (Steele, Lea and Flood 2014): row `n` of stream `s` is a pure function of both.
fn random(stream: u64, row: u64) -> u64 {
    let mut z = (stream << 40 | row).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A code drawn with the given weights, which sum to 100.
fn draw(stream: u64, row: u64, weights: &[u8]) -> u8 {
    let mut rest = random(stream, row) % 100;
    for (code, &weight) in (0..).zip(weights) {
        match rest.checked_sub(u64::from(weight)) {
            Some(left) => rest = left,
            None => return code,
        }
    }
    0
}

/// A number below `n`.
fn below(stream: u64, row: u64, n: u64) -> u64 {
    random(stream, row) % n
}

fn narrow(number: u64) -> u8 {
    u8::try_from(number).unwrap_or(0)
}

/// First month, in months since January 1970, and number of months of the made-up data: 2014-01 to 2016-12.
pub(crate) const FIRST_MONTH: u16 = 44 * 12;
pub(crate) const MONTHS: u16 = 36;
pub(crate) const BOROUGHS: u8 = 33;

/// 2014-01-01 and the number of days to the end of 2016.
const FIRST_DAY: i32 = 16_071;
const DAYS: u64 = 365 + 365 + 366;

/// Crimes, a column each. Codes are those that the queries in `bench_kernel.py` name.
#[derive(Default)]
pub(crate) struct Crimes {
    pub(crate) status: Vec<u8>,
    pub(crate) crime_group: Vec<u8>,
    pub(crate) domestic: Vec<u8>,
    pub(crate) hate: Vec<u8>,
    pub(crate) online: Vec<u8>,
    pub(crate) knife: Vec<u8>,
    pub(crate) gun: Vec<u8>,
    pub(crate) injury: Vec<u8>,
    pub(crate) borough: Vec<u8>,
    pub(crate) month: Vec<u16>,
    pub(crate) sex: Vec<u8>,
    pub(crate) ethnicity: Vec<u8>,
}

impl Crimes {
    pub(crate) fn new(rows: u64) -> Self {
        let column = |stream: u64, weights: &[u8]| (0..rows).map(|row| draw(stream, row, weights)).collect();
        let uniform = |stream: u64, n: u8| (0..rows).map(move |row| narrow(below(stream, row, u64::from(n))));
        Self {
            status: column(1, &[94, 3, 2, 1]),
            crime_group: uniform(2, 22).collect(),
            domestic: column(3, &[86, 11, 3]),
            hate: column(4, &[96, 2, 2]),
            online: column(5, &[88, 8, 4]),
            knife: column(6, &[92, 2, 3, 1, 1, 1]),
            gun: column(7, &[96, 1, 1, 1, 1]),
            injury: column(8, &[60, 18, 8, 3, 1, 6, 4]),
            borough: uniform(9, BOROUGHS).map(|code| code + 1).collect(),
            month: (0..rows).map(|row| FIRST_MONTH + u16::from(narrow(below(10, row, u64::from(MONTHS))))).collect(),
            sex: column(11, &[46, 45, 2, 7]),
            ethnicity: column(12, &[44, 6, 18, 16, 4, 12]),
        }
    }
}

/// Victims of crimes: one row per victim, some 12 in 100 of whose persons were victims in the year before.
#[derive(Default)]
pub(crate) struct Victims {
    pub(crate) person: Vec<u64>,
    pub(crate) date: Vec<i32>,
    pub(crate) crime: Vec<u64>,
    pub(crate) incident: Vec<u64>,
    pub(crate) qualifies: Vec<u8>,
    pub(crate) borough: Vec<u8>,
}

impl Victims {
    pub(crate) fn new(rows: u64) -> Self {
        // A person is drawn at random from a small or a large population; the small one holds the often repeated.
        let person = |row| match below(21, row, 100) {
            0..20 => random(22, below(23, row, rows / 10 + 1)),
            _ => random(24, below(25, row, rows * 5 + 1)),
        };
        Self {
            person: (0..rows).map(person).collect(),
            date: (0..rows).map(|row| FIRST_DAY + i32::try_from(below(26, row, DAYS)).unwrap_or(0)).collect(),
            crime: (0..rows).map(|row| random(27, row)).collect(),
            // Crimes come from one report in pairs now and then, and one in ten has no incident.
            incident: (0..rows)
                .map(
                    |row| {
                        if below(28, row, 10) == 0 { 0 } else { random(29, row / 2 + row % 2 * below(30, row, 2)) }
                    },
                )
                .collect(),
            qualifies: (0..rows).map(|row| draw(31, row, &[8, 92])).collect(),
            borough: (0..rows).map(|row| narrow(below(32, row, u64::from(BOROUGHS))) + 1).collect(),
        }
    }
}
