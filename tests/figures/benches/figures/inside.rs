//! What the library costs inside a program that nothing is done to, and what a skewed clock costs: calls one by one beside
//! libfiu and libfaketime, and servers under load. And what is taken of programs, inside and beside them, against what was asked.

mod calls;
mod served;
mod taken;

use chaos_kitty_figures::Table;

/// Measures them all.
pub(crate) fn measure(table: &mut Table) {
    calls::measure(table);
    served::measure(table);
    taken::measure(table);
}
