//! Does what no plugin should, for the tests: `misdeed` says which, and `until` names a file that ends a misdeed which
//! would go on for ever.

use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use chaos_kitty_plugin::{Context, Error, Operation, Result, Symbol, Value, Victim, serde, tracing};

/// Misbehaves.
pub struct Misbehaving(Config);

/// What it does wrong, and until when.
#[derive(Default, serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Config {
    misdeed: String,
    until: PathBuf,
    nested: Vec<Nested>,
}

#[derive(serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Nested {
    #[expect(dead_code, reason = "only its being read is tested")]
    number: u8,
}

const EACH: Duration = Duration::from_millis(1);

impl Misbehaving {
    fn does(&self, misdeed: &str) -> bool {
        self.0.misdeed == misdeed
    }

    fn panic_if(&self, misdeed: &str) {
        assert!(!self.does(misdeed), "on purpose");
    }

    /// Keeps the thread.
    fn hog(&self) {
        while !self.0.until.exists() {
            thread::yield_now();
        }
    }
}

impl Operation for Misbehaving {
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        match &*config.misdeed {
            "panic in new" => panic!("on purpose"),
            "error in new" => Err(Error::parameter("misdeed", "not this one")),
            _ => Ok(Self(config)),
        }
    }

    fn register(&self, victim: &Victim) -> Result<()> {
        self.panic_if("panic in register");
        let (pid, labels, methods) = (victim.process_id(), victim.labels(), victim.methods());
        tracing::debug!("{victim}: {pid:?} {labels:?} {methods:?}");
        if self.does("error in register") {
            return Err(Error::new(format!("not {victim}")));
        }
        if self.does("hog in register") {
            self.hog();
        }
        Ok(())
    }

    fn remove(&self, _: &Victim) -> Result<()> {
        self.panic_if("panic in remove");
        if self.does("error in remove") { Err(Error::new("will not let go")) } else { Ok(()) }
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        self.panic_if("panic in status");
        let names = context.victims().iter().map(|victim| Symbol::from(victim.name()).into()).collect();
        Value::from([("misdeed", Value::from(&*self.0.misdeed)), ("victims", Value::Array(names))])
    }

    async fn run(&self, context: &Context) -> Result<()> {
        self.panic_if("panic at once");
        context.tick(EACH).await?;
        match &*self.0.misdeed {
            "panic in run" => panic!("on purpose, in {}", "run"),
            "panic with no text" => std::panic::panic_any(7),
            "panic when dropped" => {
                let _bomb = Bomb("the run");
                tracing::info!("holds a bomb");
                std::future::pending().await
            }
            "end" => return Ok(()),
            "error" => return Err(Error::new("enough of this")),
            "hog" => self.hog(),
            "log" => {
                tracing::trace!("unheard");
                tracing::warn!(count = 3, name = "cat", ratio = 0.5, "heard {}", "well");
            }
            "thread that panics" => drop(thread::spawn(|| panic!("on its own")).join()),
            "thread that awaits" => strike_from_a_thread(context),
            "drop a strike" => drop_a_strike(context).await,
            _ => {}
        }
        context.strike_at_random(EACH, 1.0.into(), async |victim, _| victim.trigger_gc().await).await
    }
}

impl Drop for Misbehaving {
    fn drop(&mut self) {
        self.panic_if("panic in drop");
    }
}

struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{} on purpose", self.0);
    }
}

/// No runtime in sight.
fn strike_from_a_thread(context: &Context) {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let victims = context.victims();
    let striking = thread::spawn(move || {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        for victim in victims {
            let mut strike = pin!(victim.invoke("from_a_thread", ("argument", 1)));
            while strike.as_mut().poll(&mut Polling::from_waker(&waker)).is_pending() {
                thread::park();
            }
        }
    });
    drop(striking.join());
}

/// Asks, and does not wait.
async fn drop_a_strike(context: &Context) {
    for victim in context.victims() {
        let mut strike = pin!(victim.invoke("dropped", Value::from([("key", "value")])));
        let once = poll_fn(|polling| Poll::Ready(strike.as_mut().poll(polling).is_pending()));
        assert!(once.await, "the pretend host answers later");
    }
}

chaos_kitty_plugin::export_operation!(Misbehaving);
