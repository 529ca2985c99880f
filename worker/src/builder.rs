//! How a worker is set up.

use std::collections::BTreeMap;
#[cfg(feature = "cli")]
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::hooks::Hooks;
use crate::link::{Link, Way};
use crate::linked::Linked;
use crate::offer::Offer;
use crate::own_method::OwnMethod;
use crate::registration::Registration;
use crate::victim::Repertoire;
use crate::worker::Worker;

/// The environment variable that names the socket.
pub(crate) const SOCKET_VARIABLE: &str = "CHAOS_KITTY_SOCKET";
/// The socket where nothing names another, in the working directory.
pub(crate) const DEFAULT_SOCKET: &str = "chaos_kitty.ipc";

/// Sets a worker up; [`Worker::builder`] makes one. Nothing here blocks, fails or panics.
#[must_use = "nothing happens before start()"]
pub struct Builder {
    socket: Option<PathBuf>,
    registration: Registration,
    /// What a victim offers that is not this process.
    offer: Option<Box<dyn Offer>>,
    own: BTreeMap<String, OwnMethod>,
    hooks: Hooks,
}

impl Builder {
    pub(crate) fn new() -> Builder {
        let registration = Registration { process_id: std::process::id(), ..Registration::default() };
        Builder { socket: None, registration, offer: None, own: BTreeMap::new(), hooks: Hooks::default() }
    }

    /// Where the host listens. Otherwise it is what `CHAOS_KITTY_SOCKET` says, or `chaos_kitty.ipc` in the working
    /// directory.
    pub fn socket(mut self, path: impl Into<PathBuf>) -> Builder {
        self.socket = Some(path.into());
        self
    }

    /// The victim's name, which selectors and operators use. Otherwise the host takes the process's `comm`.
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.registration.name = Some(name.into());
        self
    }

    /// A label, for selectors. A second value for a key replaces the first.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Builder {
        self.registration.labels.insert(key.into(), value.into());
        self
    }

    /// A method of the application's own, which the host may call. It runs on a thread of its own and may block; what
    /// it returns, or raises, is the caller's answer. A panic in it becomes a RuntimeError there.
    ///
    /// A name that means something already (`delay`, `end`, `signal`, …) is left as it is, and logged.
    pub fn method(
        self,
        name: impl Into<String>,
        body: impl Fn(&Request) -> Result<Value, Exception> + Send + Sync + 'static,
    ) -> Builder {
        self.own(name.into(), OwnMethod::Blocking(Arc::new(body)))
    }

    /// As [`method`](Builder::method), for a future: it runs on the worker's own runtime, which it must not block, and
    /// is dropped when its lease ends.
    pub fn method_async<F>(
        self,
        name: impl Into<String>,
        body: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Builder
    where
        F: Future<Output = Result<Value, Exception>> + Send + 'static,
    {
        self.own(name.into(), OwnMethod::Async(Arc::new(move |request| Box::pin(body(request)))))
    }

    /// What to do on `trigger_gc`: give back what can be spared, caches above all. Hooks run in the order in which
    /// they were added, one after another, on a thread that is neither the application's nor the worker's.
    pub fn on_collect(mut self, hook: impl Fn() + Send + Sync + 'static) -> Builder {
        self.hooks.add(hook);
        self
    }

    /// The victim is another process: what it offers is done to it from outside.
    #[cfg(feature = "cli")]
    #[doc(hidden)]
    pub fn beside(mut self, wrapped: crate::beside::Wrapped) -> Builder {
        self.registration.inside = wrapped.is_inside();
        self.offering(wrapped)
    }

    /// The victim is a process that was there before us, and the host is at the other end of this connection, which it made
    /// itself: the worker is over when that is.
    #[cfg(feature = "cli")]
    #[doc(hidden)]
    pub fn attend(self, attached: crate::beside::Attached, host: UnixStream) -> Worker {
        self.offering(attached).begin(|_| Way::Given(host))
    }

    /// Starts a thread that keeps up the link to the host for as long as the [`Worker`] lives. Whether there is a host,
    /// and whether the socket's path makes sense, is that thread's problem.
    pub fn start(self) -> Worker {
        self.begin(|socket| {
            let told = || std::env::var_os(SOCKET_VARIABLE).filter(|path| !path.is_empty());
            let socket = socket.or_else(|| told().map(PathBuf::from));
            Way::Socket(socket.unwrap_or_else(|| DEFAULT_SOCKET.into()))
        })
    }

    fn begin(self, way: impl FnOnce(Option<PathBuf>) -> Way) -> Worker {
        let Builder { socket, mut registration, offer, own, hooks } = self;
        let offer = offer.unwrap_or_else(|| Box::new(Linked { hooks: Arc::new(hooks) }));
        let repertoire = Repertoire { offer, own };
        registration.methods = repertoire.names();
        let (repertoire, presence) = (Arc::new(repertoire), Arc::default());
        Worker::run(Link { way: way(socket), registration, repertoire, presence })
    }

    #[cfg(feature = "cli")]
    fn offering(mut self, offer: impl Offer) -> Builder {
        self.registration.process_id = offer.process_id();
        self.offer = Some(Box::new(offer));
        self
    }

    fn own(mut self, name: String, body: OwnMethod) -> Builder {
        if Repertoire::is_reserved(&name) {
            tracing::error!(
                method = name,
                "this name has a meaning for every worker: give your method another, it is left out"
            );
        } else {
            self.own.insert(name, body);
        }
        self
    }
}
