//! Open code lists: lists that other organisations maintain and extend, such as offence classes and
//! hospital sites. Closed lists are enums of the contract.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::civil::Date;
use peelian_seeds::SeedFile;

use super::table::{Row, Table};
use super::{ReferenceError, Validity};

/// Every code list by name.
#[derive(Clone, Debug)]
pub struct CodeLists {
    lists: BTreeMap<String, CodeList>,
}

impl CodeLists {
    /// Loads one list from each file. The name of the file is the name of the list.
    ///
    /// # Errors
    /// The first fault: a file without version or source, an empty or repeated code, an invalid date,
    /// a column with truth values and other text.
    pub fn load(files: &[SeedFile]) -> Result<Self, ReferenceError> {
        let lists = files
            .iter()
            .map(|file| {
                let list = CodeList::from_table(file.stem(), &Table::parse(file)?)?;
                Ok((list.name.clone(), list))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { lists })
    }

    /// The list with a name, for example `ho_class`.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&CodeList> {
        self.lists.get(name)
    }

    /// These lists and one more; it replaces a list of its name.
    #[must_use]
    pub fn with(&self, list: CodeList) -> Self {
        let mut lists = self.lists.clone();
        lists.insert(list.name.clone(), list);
        Self { lists }
    }

    /// Every list, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &CodeList> {
        self.lists.values()
    }
}

/// A versioned list of codes with labels and attributes.
///
/// Rows are only added at the end, so the index of a code is the same in every later version.
#[derive(Clone, Debug)]
pub struct CodeList {
    name: String,
    version: u32,
    source: String,
    columns: Vec<String>,
    label: usize,
    rows: Vec<ListRow>,
    index: HashMap<String, u16, FixedState>,
}

#[derive(Clone, Debug)]
struct ListRow {
    line: u64,
    cells: Vec<String>,
    validity: Validity,
}

impl CodeList {
    fn from_table(name: &str, table: &Table) -> Result<Self, ReferenceError> {
        let columns = table.columns().to_vec();
        if columns.first().is_none_or(|first| first != "code") {
            return Err(table.error("the first column must be `code`"));
        }
        let label = columns
            .iter()
            .position(|column| column == "label" || column == "name")
            .ok_or_else(|| table.error("no column `label` or `name`"))?;
        let dated = columns.iter().any(|column| column == "valid_from");
        let mut list = Self {
            name: name.to_owned(),
            version: table.version(),
            source: table.source().to_owned(),
            columns,
            label,
            rows: Vec::new(),
            index: HashMap::default(),
        };
        for row in table.rows() {
            list.push(&row, dated)?;
        }
        list.check_flags(table)?;
        Ok(list)
    }

    fn push(&mut self, row: &Row<'_>, dated: bool) -> Result<(), ReferenceError> {
        let code = row.text("code")?.to_owned();
        let label = self.columns.get(self.label).map_or("label", String::as_str);
        row.text(label)?;
        let index = u16::try_from(self.rows.len()).map_err(|_| row.error("more than 65,536 codes in a list"))?;
        if self.index.contains_key(&code) {
            return Err(row.error(format!("the code `{code}` is used twice")));
        }
        self.index.insert(code, index);
        self.rows.push(ListRow {
            line: row.error("").line,
            cells: (0..self.columns.len()).map(|i| row.cell(i).to_owned()).collect(),
            validity: if dated { row.validity()? } else { Validity::default() },
        });
        Ok(())
    }

    /// A list that is not a seed, but derived from other data: `codes` with their labels, each code once. Codes after the first
    /// 65,536 are left out.
    #[must_use]
    pub fn derived<'a>(name: &str, source: &str, codes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut list = Self {
            name: name.to_owned(),
            version: 1,
            source: source.to_owned(),
            columns: vec!["code".to_owned(), "label".to_owned()],
            label: 1,
            rows: Vec::new(),
            index: HashMap::default(),
        };
        for (index, (code, label)) in (0..=u16::MAX).zip(codes) {
            list.index.insert(code.to_owned(), index);
            list.rows.push(ListRow {
                line: 1,
                cells: vec![code.to_owned(), label.to_owned()],
                validity: Validity::default(),
            });
        }
        list
    }

    /// Checks that a column with one truth value has only truth values, so that an error such as `yes` is found.
    fn check_flags(&self, table: &Table) -> Result<(), ReferenceError> {
        let truth = |row: &ListRow, column: usize| {
            matches!(row.cells.get(column).map(String::as_str), Some("true" | "false"))
        };
        for (column, name) in self.columns.iter().enumerate() {
            let odd = self.rows.iter().find(|row| !truth(row, column));
            if let Some(row) = odd
                && self.rows.iter().any(|row| truth(row, column))
            {
                let reason = format!("`{name}` must be true or false, as in the other rows");
                return Err(ReferenceError { line: row.line, ..table.error(reason) });
            }
        }
        Ok(())
    }

    /// The list's name, for example `ho_class`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the list. Every change increments it.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The publisher.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Names of the columns, `code` first.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of codes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the list has no codes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The dense index of exactly this code.
    #[must_use]
    pub fn index(&self, code: &str) -> Option<u16> {
        self.index.get(code).copied()
    }

    /// The entry of exactly this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<Entry<'_>> {
        self.at(self.index(code)?)
    }

    /// The entry at an index.
    #[must_use]
    pub fn at(&self, index: u16) -> Option<Entry<'_>> {
        let row = self.rows.get(usize::from(index))?;
        Some(Entry { list: self, row, index })
    }

    /// Every entry, in order of index.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..).map_while(|index| self.at(index))
    }

    /// An attribute of the code at an index; `None` if it is empty or there is no such column.
    #[must_use]
    pub fn attribute(&self, index: u16, column: &str) -> Option<&str> {
        self.at(index)?.attribute(column)
    }

    /// The first entry with this text as its attribute, without regard to case and surrounding space.
    /// It finds a class by the name that a publisher uses.
    #[must_use]
    pub fn find(&self, column: &str, text: &str) -> Option<Entry<'_>> {
        let wanted = text.trim();
        self.iter().find(|entry| {
            let value = entry.attribute(column);
            value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        })
    }
}

/// One code of a list.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'l> {
    list: &'l CodeList,
    row: &'l ListRow,
    index: u16,
}

impl<'l> Entry<'l> {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &'l str {
        self.row.cells.first().map_or("", String::as_str)
    }

    /// The meaning of the code.
    #[must_use]
    pub fn label(&self) -> &'l str {
        self.row.cells.get(self.list.label).map_or("", String::as_str)
    }

    /// The code's dense index.
    #[must_use]
    pub const fn index(&self) -> u16 {
        self.index
    }

    /// The code's line in the seed file, for messages.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.row.line
    }

    /// An attribute; `None` if it is empty or there is no such column.
    #[must_use]
    pub fn attribute(&self, column: &str) -> Option<&'l str> {
        let column = self.list.columns.iter().position(|name| name == column)?;
        let cell = self.row.cells.get(column)?;
        Some(cell.as_str()).filter(|cell| !cell.is_empty())
    }

    /// An attribute that is true or false; `None` if the column has other values.
    #[must_use]
    pub fn flag(&self, column: &str) -> Option<bool> {
        self.attribute(column)?.parse().ok()
    }

    /// The period in which the code may be used.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.row.validity
    }

    /// Whether the code may be used on a day.
    #[must_use]
    pub fn valid_on(&self, date: Date) -> bool {
        self.row.validity.contains(date)
    }
}
