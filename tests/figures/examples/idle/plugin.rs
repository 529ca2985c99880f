//! A plugin that does nothing, so that a call to it costs what the way there costs.

mod turns;

use chaos_kitty_plugin::{Context, Operation, Result, serde};
use std::time::Duration;

/// Does nothing.
#[derive(Default, serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Idle {
    /// How often `run` yields before it ends.
    turns: u32,
    /// How often it asks the host for a pause after that.
    sleeps: u16,
}

impl Operation for Idle {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn status(&self, _: &Context) -> impl serde::Serialize {}

    async fn run(&self, context: &Context) -> Result<()> {
        turns::yielded(self.turns).await;
        for _ in 0..self.sleeps {
            context.sleep(Duration::from_millis(1)).await?;
        }
        Ok(())
    }
}

chaos_kitty_plugin::export_operation!(Idle);
