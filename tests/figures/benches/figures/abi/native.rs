//! What a plugin would be if it were part of the host: a boxed trait object.

#[path = "../../../examples/idle/turns.rs"]
mod turns;

use std::hint::black_box;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

pub(super) trait Native {
    fn remove(&self, victim: u64) -> Result<(), Vec<u8>>;
    fn run(&self) -> Pin<Box<dyn Future<Output = Result<(), Vec<u8>>> + '_>>;
}

impl dyn Native {
    /// One of which the compiler does not know what is in the box.
    pub(super) fn boxed(turns: u32) -> Box<dyn Native> {
        black_box(Box::new(Idle { victims: Mutex::default(), turns }))
    }
}

/// As the plugin is.
struct Idle {
    victims: Mutex<Vec<u64>>,
    turns: u32,
}

impl Native for Idle {
    fn remove(&self, victim: u64) -> Result<(), Vec<u8>> {
        let mut victims = self.victims.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = victims.iter().position(|known| *known == victim) {
            victims.remove(at);
        }
        Ok(())
    }

    fn run(&self) -> Pin<Box<dyn Future<Output = Result<(), Vec<u8>>> + '_>> {
        Box::pin(async {
            turns::yielded(self.turns).await;
            Ok(())
        })
    }
}
