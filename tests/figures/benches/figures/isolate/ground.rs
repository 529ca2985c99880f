//! A host that has nothing to say to an operation, and lets nobody wait.

use chaos_kitty::plugin::{BoxFuture, Ground};
use chaos_kitty_bus::Value;
use std::time::Duration;

pub(super) struct Idle;

impl Ground for Idle {
    fn turn(&self) -> BoxFuture<'static, bool> {
        Box::pin(std::future::ready(true))
    }

    fn strike(&self, _: &str, _: u64, _: Value) -> BoxFuture<'static, Result<Value, Value>> {
        Box::pin(std::future::ready(Err(Value::Nil)))
    }

    fn abandon(&self, _: &str) {}

    fn do_without(&self, _: u64) {}

    fn tick(&self, _: Duration) -> BoxFuture<'static, u64> {
        Box::pin(std::future::pending())
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn draw(&self, _: &str, _: u64, _: u64, _: &str) -> f64 {
        0.0
    }

    fn pick(&self, _: &str, _: u64) -> Option<u64> {
        None
    }
}
