//! Does what no plugin should, for the tests: `misdeed` says which, and `until` names a file that ends a misdeed which
//! would go on for ever. With `once`, whoever is built after the first behaves, or does what `then` says.

use std::fs::File;
use std::future::{Future, poll_fn};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use chaos_kitty_plugin::{Chance, Context, Error, Operation, Result, Symbol, Value, Victim, serde, tracing};

/// Misbehaves.
pub struct Misbehaving(Config, Ledger);

/// What it does wrong, and until when.
#[derive(Default, serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Config {
    misdeed: String,
    until: PathBuf,
    once: bool,
    /// A directory in which each that is built keeps a file of its own, called by its number, of who is registered and
    /// removed.
    ledger: PathBuf,
    then: String,
    nested: Vec<Nested>,
}

#[derive(serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Nested {
    #[expect(dead_code, reason = "only its being read is tested")]
    number: u8,
}

const EACH: Duration = Duration::from_millis(1);
const SLOW: Duration = Duration::from_millis(2);
const DROWSY: Duration = Duration::from_millis(1500);
const LONG: Duration = Duration::from_secs(4);
const REST: Duration = Duration::from_millis(20);

impl Misbehaving {
    fn does(&self, misdeed: &str) -> bool {
        self.0.misdeed == misdeed
    }

    fn panic_if(&self, misdeed: &str) {
        assert!(!self.does(misdeed), "on purpose");
    }

    fn hog_if(&self, misdeed: &str) {
        if self.does(misdeed) {
            hog(&self.0.until);
        }
    }
}

/// Who was registered and removed, a line each.
struct Ledger(Option<File>);

impl Ledger {
    fn begin(directory: &Path) -> Self {
        let mut files = (1_u32..).map(|number| File::create_new(directory.join(number.to_string())));
        Self(Some(directory).filter(|path| path.is_dir()).and_then(|_| files.find_map(Result::ok)))
    }

    fn write(&self, what: char, victim: &Victim) {
        if let Some(mut file) = self.0.as_ref() {
            let line = format!("{what}{}\n", victim.name());
            file.write_all(line.as_bytes()).expect("the test's directory is there");
        }
    }
}

/// Keeps the thread.
fn hog(until: &Path) {
    while !until.exists() {
        thread::yield_now();
    }
}

impl Operation for Misbehaving {
    type Config = Config;

    fn new(mut config: Config) -> Result<Self> {
        if config.once {
            // A file of that name is there from the first on.
            let first = File::create_new(config.until.with_extension("once"));
            config.misdeed = first.map_or(config.then.clone(), |_| config.misdeed);
        }
        match &*config.misdeed {
            "panic in new" => panic!("on purpose"),
            "hog in new" => hog(&config.until),
            "error in new" => return Err(Error::parameter("misdeed", "not this one")),
            _ => {}
        }
        end_if(&config.misdeed, " in new");
        let ledger = Ledger::begin(&config.ledger);
        Ok(Self(config, ledger))
    }

    fn register(&self, victim: &Victim) -> Result<()> {
        self.1.write('+', victim);
        self.panic_if("panic in register");
        let (pid, labels, methods) = (victim.process_id(), victim.labels(), victim.methods());
        tracing::debug!("{victim}: {pid:?} {labels:?} {methods:?}");
        if self.does("error in register") {
            return Err(Error::new(format!("not {victim}")));
        }
        self.hog_if("hog in register");
        end_if(&self.0.misdeed, " in register");
        if self.does("slow in register") {
            #[expect(clippy::disallowed_methods, reason = "a call that takes its time is what it is about")]
            thread::sleep(SLOW);
        }
        if self.does("drowsy in register") {
            tracing::info!("{victim} makes it drowsy");
            #[expect(clippy::disallowed_methods, reason = "as above")]
            thread::sleep(DROWSY);
        }
        Ok(())
    }

    fn remove(&self, victim: &Victim) -> Result<()> {
        self.1.write('-', victim);
        self.panic_if("panic in remove");
        self.hog_if("hog in remove");
        if self.does("exit in remove") {
            std::process::exit(0);
        }
        if self.does("error in remove") { Err(Error::new("will not let go")) } else { Ok(()) }
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        self.panic_if("panic in status");
        self.panic_if("panic in status and when dropped");
        self.hog_if("hog in status");
        if self.does("abort in status") {
            std::process::abort();
        }
        let size = match &*self.0.misdeed {
            "status of a megabyte" => 1 << 20,
            "status of a hundred megabytes" => 100 << 20,
            _ => 0,
        };
        let names = context.victims().iter().map(|victim| Symbol::from(victim.name()).into()).collect();
        let misdeed = format!("{}{}", self.0.misdeed, ".".repeat(size));
        Value::from([("misdeed", Value::from(&*misdeed)), ("victims", Value::Array(names))])
    }

    async fn run(&self, context: &Context) -> Result<()> {
        self.panic_if("panic at once");
        self.hog_if("hog at once");
        end_if(&self.0.misdeed, " at once");
        match &*self.0.misdeed {
            "strike without ticks" => strike_without_ticks(context).await?,
            "give up a strike" => {
                while context.victims().is_empty() {
                    context.sleep(EACH).await?;
                }
                drop_a_strike(context).await;
                tracing::info!("gave up");
            }
            "panic after a rest" => {
                context.sleep(REST).await?;
                panic!("on purpose, in {}", "run");
            }
            _ => {}
        }
        context.tick(EACH).await?;
        match &*self.0.misdeed {
            "panic in run" => panic!("on purpose, in {}", "run"),
            "panic with no text" => std::panic::panic_any(7),
            "panic with a page" => panic!("{}", "on purpose\n".repeat(1 << 16)),
            "panic when dropped" | "panic in status and when dropped" => {
                let _bomb = Bomb("the run");
                tracing::info!("holds a bomb");
                std::future::pending().await
            }
            "end" | "end, and panic in drop" => return Ok(()),
            "error" => return Err(Error::new("enough of this")),
            "hog" => hog(&self.0.until),
            "log" => {
                tracing::trace!("unheard");
                tracing::warn!(count = 3, name = "cat", ratio = 0.5, "heard {}", "well");
            }
            "thread that panics" => drop(thread::spawn(|| panic!("on its own")).join()),
            "threads without end, once there are two victims" => leak_threads(context).await?,
            "error at every strike" => {
                return context
                    .strike_at_random(EACH, 1.0.into(), async |_, _| Err(Error::new("missed")))
                    .await;
            }
            "strike that fails" => {
                let strike = async |victim: &Victim, _: &Chance<'_>| victim.invoke("greet", ()).await;
                return context.strike_at_random(EACH, 1.0.into(), strike).await;
            }
            "thread that awaits" => strike_from_a_thread(context),
            "drop a strike" => drop_a_strike(context).await,
            "segfault" => segfault(),
            "exit" => std::process::exit(7),
            "abort" => std::process::abort(),
            "abort with last words" => {
                println!("to nobody");
                eprintln!("enough of all this");
                std::process::abort();
            }
            "stack overflow" => drop(overflow(&[0; 1 << 10])),
            "endless memory" => hoard(),
            "exit on a thread of its own" => drop(thread::spawn(|| std::process::exit(1)).join()),
            "panic while panicking" => {
                let _bomb = Bomb("a panic");
                panic!("on purpose");
            }
            "abort during a strike" => abort_during_a_strike(context).await,
            "strike, rest, strike" => {
                // Two loops: the one asks for ticks all the time, while the other has one.
                let mut one = pin!(strike_rest_strike(context, &self.0.until));
                let mut other = pin!(tick_for_ever(context));
                let both = poll_fn(|polling| match other.as_mut().poll(polling) {
                    Poll::Ready(ended) => Poll::Ready(ended),
                    Poll::Pending => one.as_mut().poll(polling),
                });
                return both.await;
            }
            "long strikes" => {
                let strike = async |victim: &Victim, _: &Chance<'_>| victim.delay(LONG).await;
                return context.strike_at_random(EACH, 1.0.into(), strike).await;
            }
            _ => {}
        }
        context.strike_at_random(EACH, 1.0.into(), async |victim, _| victim.trigger_gc().await).await
    }
}

impl Drop for Misbehaving {
    fn drop(&mut self) {
        self.panic_if("panic in drop");
        self.panic_if("end, and panic in drop");
    }
}

struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{} on purpose", self.0);
    }
}

/// Ends the process, where the misdeed is how to, and this place.
fn end_if(misdeed: &str, place: &str) {
    match misdeed.strip_suffix(place) {
        Some("segfault") => segfault(),
        Some("exit") => std::process::exit(3),
        Some("abort") => std::process::abort(),
        _ => {}
    }
}

/// Nothing is mapped there.
#[expect(unsafe_code, reason = "no safe code does it")]
fn segfault() {
    // SAFETY: it is not sound, and the process ends here.
    unsafe { std::ptr::without_provenance::<u8>(64).read_volatile() };
}

/// Deeper and deeper.
#[expect(unconditional_recursion, reason = "that it never ends is what it is about")]
fn overflow(frame: &[u8; 1 << 10]) -> [u8; 1 << 10] {
    let mut next = *frame;
    next[0] = next[0].wrapping_add(1);
    std::hint::black_box(overflow(std::hint::black_box(&next)))
}

/// Takes memory until there is none.
fn hoard() {
    let mut all = Vec::new();
    loop {
        all.push(std::hint::black_box(vec![0_u8; 16 << 20]));
    }
}

/// A delay of half a minute is under way, and nobody waits for it.
async fn abort_during_a_strike(context: &Context) {
    while context.victims().is_empty() {
        if context.tick(EACH).await.is_err() {
            return;
        }
    }
    let victims = context.victims();
    let mut strike = pin!(victims[0].delay(Duration::from_secs(30)));
    let mut ticks = 0;
    while ticks < 100 {
        let once = poll_fn(|polling| Poll::Ready(strike.as_mut().poll(polling).is_pending()));
        assert!(once.await, "the delay is over before its time");
        ticks += u32::from(context.tick(EACH).await.is_ok());
    }
    std::process::abort();
}

/// Goes by the clock alone.
async fn strike_without_ticks(context: &Context) -> Result<()> {
    loop {
        for victim in context.victims() {
            drop(victim.trigger_gc().await);
        }
        context.sleep(REST).await?;
    }
}

async fn tick_for_ever(context: &Context) -> Result<()> {
    loop {
        context.tick(EACH).await?;
    }
}

/// In one tick all victims are struck, and once more when there is a file of that name.
async fn strike_rest_strike(context: &Context, until: &Path) -> Result<()> {
    loop {
        context.tick(REST).await?;
        let victims = context.victims();
        for victim in &victims {
            drop(victim.delay(EACH).await);
        }
        while !until.exists() {
            context.sleep(REST).await?;
        }
        for victim in &victims {
            drop(victim.trigger_gc().await);
        }
    }
}

/// Starts threads until the system has none left, or there are two thousand: some live on, some panic.
async fn leak_threads(context: &Context) -> Result<()> {
    while context.victims().len() < 2 {
        context.tick(EACH).await?;
    }
    for number in 0..2000 {
        thread::spawn(move || {
            assert!(number % 4 != 0, "on its own");
            loop {
                thread::park();
            }
        });
    }
    Ok(())
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
