//! What the library costs inside a program that nothing is done to, and what a skewed clock costs: calls one by one beside
//! libfiu and libfaketime, and servers under load.

mod calls;
mod served;

use chaos_kitty_figures::Table;

/// Measures both.
pub(crate) fn measure(table: &mut Table) {
    calls::measure(table);
    served::measure(table);
}
