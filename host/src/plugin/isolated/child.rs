//! The process of an isolated operation, from inside.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use chaos_kitty_abi::{Bytes, Fault, ModuleRef, OperationObject, RResult, RSlice};
use rustix::process::{Resource, Rlimit, Signal};
use tokio::runtime::Builder;

use super::frame::{Frame, Kind};
use super::process::MEMORY_MEBIBYTES;
use super::remote_host::RemoteHost;
use crate::plugin::life::Life;
use crate::plugin::operation::too_large;
use crate::plugin::{self, Library, State, dialect, run_thread, watchdog};

/// What the child does.
#[derive(Debug)]
pub enum Child {}

impl Child {
    /// The command of the host's own program that is one.
    pub const COMMAND: &'static str = "run-plugin";

    /// Loads the copy, and carries out what the host asks on standard input; what the operation asks goes to standard output.
    /// It ends when the host closes the one, and is killed when the host is gone.
    pub fn carry_out(instance: &str, copy: &Path) -> ExitCode {
        match serve(instance, copy) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }
}

fn serve(instance: &str, copy: &Path) -> io::Result<()> {
    bound()?;
    let_go();
    let (down, up) = sockets()?;
    let module = Library::open(copy).map_err(io::Error::other)?;
    let host = RemoteHost::new(up.try_clone()?);
    let listening = Arc::clone(&host);
    thread::Builder::new().name("answers".to_owned()).spawn(move || {
        listening.listen(up);
        // The host is gone, or has no more to do with this process, whatever its threads are at.
        let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
    })?;
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let life = Arc::new(Life::new(instance));
    let cell = Cell { module, host: Arc::clone(&host), life: Arc::clone(&life), operation: None, run: None };
    let asked = thread::Builder::new().name(format!("ask-{instance}")).spawn(move || cell.serve(down))?;
    runtime.block_on(async {
        watchdog::start(&life, runtime.handle());
        if let State::Stuck { why } = life.reach(|state| *state != State::Running).await {
            host.tell(Kind::Stuck, 0, &[why.as_bytes()]);
            life.reach(State::is_retired).await;
        }
    });
    asked.join().unwrap_or_else(|_| Err(io::Error::other("the thread that is asked panicked")))
}

/// It goes with the host, its crash is not worth a dump, and its memory is not the machine's.
fn bound() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let at_most = |most| Rlimit { current: Some(most), maximum: Some(most) };
    rustix::process::setrlimit(Resource::Core, at_most(0))?;
    Ok(rustix::process::setrlimit(Resource::Data, at_most(MEMORY_MEBIBYTES << 20))?)
}

/// What the host has open by inheritance, from whoever started it, is none of a plugin's.
#[expect(unsafe_code, reason = "what was inherited has no owner here that could close it")]
fn let_go() {
    // SAFETY: this process has opened nothing yet, and uses the first three alone. close_range touches no memory.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

/// The two sockets, in whose places there is nothing then: a plugin may print.
fn sockets() -> io::Result<(UnixStream, UnixStream)> {
    let down = rustix::stdio::stdin().try_clone_to_owned()?.into();
    let up = rustix::stdio::stdout().try_clone_to_owned()?.into();
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(nothing.as_fd())?;
    rustix::stdio::dup2_stdout(nothing.as_fd())?;
    Ok((down, up))
}

/// The operation, and what it stands on.
struct Cell {
    module: ModuleRef,
    host: Arc<RemoteHost>,
    life: Arc<Life>,
    operation: Option<Arc<OperationObject>>,
    run: Option<JoinHandle<()>>,
}

impl Cell {
    /// Until the host asks no more: then the run is dropped, and after it the operation.
    fn serve(mut self, mut down: UnixStream) -> io::Result<()> {
        let mut frames = BufReader::new(down.try_clone()?);
        while let Some(frame) = Frame::read(&mut frames)? {
            let bytes = match self.answer(frame) {
                RResult::ROk(body) => Frame::bytes(Kind::Done, 0, &[&body]),
                RResult::RErr(body) => {
                    if plugin::Fault::from_bytes(&body).is_panic() {
                        // More may have been asked already.
                        self.life.retire("panicked");
                    }
                    Frame::bytes(Kind::Failed, 0, &[&body])
                }
            };
            down.write_all(&bytes)?;
        }
        self.life.retire("stopped");
        if let Some(run) = self.run.take() {
            let _ = run.join();
        }
        Ok(())
    }

    fn answer(&mut self, Frame { kind, number, body }: Frame) -> RResult<Bytes, Fault> {
        let nothing = |()| Bytes::new();
        if self.life.is_over() {
            return unasked("it is over");
        }
        if kind == Kind::New {
            let built = self.module.construct()(RSlice::from_slice(&body), self.host.object());
            return built.map(|operation| {
                self.operation = Some(Arc::new(operation));
                Bytes::new()
            });
        }
        let Some(operation) = &self.operation else { return unasked("there is no operation yet") };
        match kind {
            Kind::Register => operation.register(RSlice::from_slice(&body)).map(nothing),
            Kind::Remove => operation.remove(number).map(nothing),
            Kind::Status => operation.status().and_then(|status| match too_large(&status) {
                Some(fault) => RResult::RErr(fault),
                None => RResult::ROk(status),
            }),
            Kind::Run => {
                if let Err(error) = self.start(Arc::clone(operation)) {
                    let why = format!("no thread can be had for it: {error}");
                    self.host.tell(Kind::Ran, 1, &[&dialect::encode(dialect::failure("error", &why))]);
                }
                RResult::ROk(Bytes::new())
            }
            _ => unasked("this is nothing to ask"),
        }
    }

    /// Polls the run on a thread of its own, and tells that it has begun and what it came to.
    fn start(&mut self, operation: Arc<OperationObject>) -> io::Result<()> {
        let (life, host) = (Arc::clone(&self.life), Arc::clone(&self.host));
        let run = move || {
            life.set_runner(thread::current());
            let begun = || host.tell(Kind::Begun, 0, &[]);
            match run_thread::poll_to_end(&life, begun, || operation.run()) {
                Ok(RResult::ROk(())) => host.tell(Kind::Ran, 0, &[]),
                Ok(RResult::RErr(fault)) => host.tell(Kind::Ran, 1, &[&fault]),
                Err(why) if !life.is_over() => {
                    let fault = dialect::encode(dialect::failure("error", &why));
                    host.tell(Kind::Ran, 1, &[&fault]);
                }
                Err(_) => {}
            }
        };
        let builder = thread::Builder::new().name(format!("run-{}", self.life.name()));
        self.run = Some(builder.spawn(run)?);
        Ok(())
    }
}

fn unasked(message: &str) -> RResult<Bytes, Fault> {
    RResult::RErr(dialect::encode(dialect::failure("unknown", message)).into())
}
