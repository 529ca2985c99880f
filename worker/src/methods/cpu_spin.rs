//! `cpu_spin(duration:, [cpus:])`: burns CPU seconds, as the kernel counts those of the threads that burn them.

use std::hint::black_box;
use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
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
    let cpus = options.times("cpus", processors())?.unwrap_or(1);
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(duration.duration * 4 + WAITING);
    let effect = effects.begin(id.clone(), "cpu_spin", length)?;
    let until = Arc::clone(effect.lease());
    let observed = aside("cpu_spin", move || spin_on(cpus, duration.duration, &until)).await?;
    let observed = observed
        .map_err(|error| Exception::runtime(format!("cpu_spin: the system gives no thread: {error}")))?;

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

/// How many processors this thread may use, as far as its masks and its control groups allow.
pub(crate) fn processors() -> u64 {
    thread::available_parallelism().map_or(1, NonZero::get) as u64
}

/// Burns as much on each of so many processors, with a thread for each.
fn spin_on(cpus: u64, asked: Duration, lease: &Lease) -> io::Result<Observed> {
    thread::scope(|scope| {
        let other = |_| {
            let thread = thread::Builder::new().name("chaos-kitty-aid".to_owned());
            thread.spawn_scoped(scope, || spin(asked, lease))
        };
        let others = (1..cpus).map(other).collect::<io::Result<Vec<_>>>().inspect_err(|_| lease.end())?;
        let mut all = spin(asked, lease);
        for burnt in others.into_iter().filter_map(|other| other.join().ok()) {
            all.cpu += burnt.cpu;
            all.wall = all.wall.max(burnt.wall);
            all.iterations += burnt.iterations;
        }
        Ok(all)
    })
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
    fn each_processor_burns_what_was_asked() {
        let hour = Lease::of(Duration::from_secs(3600));
        let observed = spin_on(3, Duration::from_millis(5), &hour).unwrap();
        assert!(observed.cpu >= Duration::from_millis(15), "{:?}", observed.cpu);
        assert!(processors() >= 1 && !hour.is_over());
    }

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
