//! Block: the caller's block, as the callee sees it.

use crate::{CallError, Value};
use std::time::Duration;

/// The caller's block.
#[derive(Debug)]
pub struct Block {}

impl Block {
    /// Calls the caller's block and waits for its answer.
    pub async fn call(&self, arguments: Vec<Value>, timeout: Duration) -> Result<Value, CallError> {
        todo!("{arguments:?} {timeout:?}")
    }
}
