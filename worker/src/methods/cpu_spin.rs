//! `cpu_spin(duration:)`: burns CPU seconds, as the kernel counts those of the thread that burns them.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::aside::aside;
use crate::clock;
use crate::effects::Effects;
use crate::lease::Lease;
use crate::options::Options;

/// Steps between two looks at the clock: some ten microseconds.
const STEPS: u64 = 10_000;
/// Wall time beyond four times the CPU time, for a machine that is busy, where the caller gave no lease.
pub(crate) const WAITING: Duration = Duration::from_secs(10);

struct Observed {
    cpu: Duration,
    wall: Duration,
    iterations: u64,
}

pub(crate) async fn cpu_spin(effects: &Arc<Effects>, request: &Request) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(duration.duration * 4 + WAITING);
    let effect = effects.begin(id.clone(), "cpu_spin", length)?;
    let until = Arc::clone(effect.lease());
    let observed = aside("cpu_spin", move || spin(duration.duration, &until)).await?;

    let mut answer = vec![("cpu_spun", duration.asked), ("iterations", observed.iterations.into())];
    if id.is_some() {
        let figures: [(_, Value); 3] = [
            ("cpu_seconds", observed.cpu.as_secs_f64().into()),
            ("wall_seconds", observed.wall.as_secs_f64().into()),
            ("iterations", observed.iterations.into()),
        ];
        answer.push(("observed", Value::map(figures)));
    }
    Ok(Value::map(answer))
}

fn spin(asked: Duration, lease: &Lease) -> Observed {
    let (cpu, wall) = (clock::thread_cpu(), clock::now());
    let (mut iterations, mut number) = (0u64, 1u64);
    loop {
        for _ in 0..STEPS {
            number = black_box(number.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1));
        }
        iterations += 1;
        let burnt = clock::thread_cpu().saturating_sub(cpu);
        if burnt >= asked || lease.is_over() {
            return Observed { cpu: burnt, wall: clock::now().saturating_duration_since(wall), iterations };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_burns_what_was_asked_and_the_lease_bounds_it() {
        let hour = Lease::of(Duration::from_secs(3600));
        let observed = spin(Duration::from_millis(5), &hour);
        assert!(observed.cpu >= Duration::from_millis(5), "{:?}", observed.cpu);
        assert!(observed.wall > Duration::ZERO && observed.iterations > 0);
        assert!(!hour.is_over());
        let lease = Lease::of(Duration::from_millis(5));
        spin(Duration::from_secs(3600), &lease);
        assert!(lease.is_over());
    }
}
