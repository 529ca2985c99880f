//! Tables of a file, however they are written, and where each stands.

use std::ops::Range;
use toml_edit::{Item, TableLike};

/// A table and where it stands.
pub(crate) type Placed<'a> = (&'a dyn TableLike, Option<Range<usize>>);

/// The tables of an array, or the one that stands there instead of it.
pub(super) fn one_or_more_tables(item: &Item) -> Option<Vec<Placed<'_>>> {
    item.as_table_like().map_or_else(|| array_of_tables(item), |table| Some(vec![(table, item.span())]))
}

/// The tables of an array, however it is written.
pub(crate) fn array_of_tables(item: &Item) -> Option<Vec<Placed<'_>>> {
    match item {
        Item::ArrayOfTables(tables) => {
            Some(tables.iter().map(|table| (table as &dyn TableLike, table.span())).collect())
        }
        Item::Value(value) => value
            .as_array()?
            .iter()
            .map(|value| Some((value.as_inline_table()? as &dyn TableLike, value.span())))
            .collect(),
        _ => None,
    }
}
