//! What the fuzz targets share. A target says what must hold of one input; the fuzzer looks for an input of which it does not.

mod any;
mod coded;
mod messages;
mod runtime;
mod servant;
mod story;
mod transcript;
mod witness;

pub use any::Any;
pub use coded::Coded;
pub use messages::messages;
pub use runtime::{happens, rest};
pub use servant::Servant;
pub use story::{Act, Block, End, Gift, Id, Method, Name, Story, Word};
pub use transcript::{Transcript, is_a_reason};
pub use witness::Witness;
