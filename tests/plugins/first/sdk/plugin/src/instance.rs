//! An instance, as the host holds it.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use chaos_kitty_abi::operation::{Operation as Boundary, Operation_TO};
use chaos_kitty_abi::{
    Bytes, Fault, FutureExt, LocalFfiFuture, OperationObject, RResult, RSlice, RStr, TD_Opaque,
};

use crate::link::Link;
use crate::{Context, Error, Operation, Result, Victim, guard, msgpack};

struct Instance<O: Operation>(ManuallyDrop<Arc<Inner<O>>>);

struct Inner<O> {
    operation: O,
    context: Context,
}

/// Builds an instance from the bytes of its parameters.
pub(crate) fn construct<O: Operation>(parameters: &[u8], link: Arc<Link>) -> Result<OperationObject> {
    let operation = guard::run(&link, || O::new(msgpack::parameters(parameters)?))??;
    let inner = Inner { operation, context: Context::new(link) };
    Ok(Operation_TO::from_value(Instance(ManuallyDrop::new(Arc::new(inner))), TD_Opaque))
}

pub(crate) fn answer<T>(result: Result<T>) -> RResult<T, Fault> {
    result.map_err(|error| error.to_fault()).into()
}

impl<O: Operation> Instance<O> {
    fn enter<T>(&self, code: impl FnOnce(&O, &Context) -> Result<T>) -> RResult<T, Fault> {
        let Inner { operation, context } = &**self.0;
        answer(guard::run(context.link(), || code(operation, context)).and_then(|result| result))
    }
}

impl<O: Operation> Boundary for Instance<O> {
    fn register(&self, victim: RSlice<'_, u8>) -> RResult<(), Fault> {
        self.enter(|operation, context| {
            let victim = Victim::from_bytes(victim.as_slice(), context.link(), context.roster())?;
            operation.register(&victim)?;
            context.roster().add(victim);
            Ok(())
        })
    }

    fn remove(&self, victim: u64) -> RResult<(), Fault> {
        self.enter(|operation, context| match context.roster().take(victim) {
            Some(victim) => operation.remove(&victim),
            // Its register was refused.
            None => Ok(()),
        })
    }

    fn status(&self) -> RResult<Bytes, Fault> {
        self.enter(|operation, context| msgpack::to_bytes(&operation.status(context)))
    }

    fn run(&self) -> LocalFfiFuture<RResult<(), Fault>> {
        let inner = Arc::clone(&self.0);
        let link = inner.context.link().clone();
        let run = async move { inner.operation.run(&inner.context).await };
        Guarded { run: ManuallyDrop::new(Box::pin(run)), link }.into_local_ffi()
    }

    fn extension(&self, name: RStr<'_>, _: RSlice<'_, u8>) -> RResult<Bytes, Fault> {
        answer(Err(Error::of_kind("unknown", format!("this plugin knows no extension `{name}`"))))
    }
}

impl<O: Operation> Drop for Instance<O> {
    fn drop(&mut self) {
        let link = self.0.context.link().clone();
        // SAFETY: taken once, here, and never used again.
        #[expect(unsafe_code, reason = "the operation's own drop has to happen inside the guard")]
        let inner = unsafe { ManuallyDrop::take(&mut self.0) };
        guard::drop_quietly(&link, "the operation", || drop(inner));
    }
}

/// A future of which each poll and the drop are guarded.
struct Guarded<F> {
    run: ManuallyDrop<Pin<Box<F>>>,
    link: Arc<Link>,
}

impl<F: Future<Output = Result<()>>> Future for Guarded<F> {
    type Output = RResult<(), Fault>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        match guard::run(&this.link, || this.run.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(answer(result)),
            Err(panic) => Poll::Ready(answer(Err(panic))),
        }
    }
}

impl<F> Drop for Guarded<F> {
    fn drop(&mut self) {
        // SAFETY: taken once, here, and never used again.
        #[expect(unsafe_code, reason = "the future's own drop has to happen inside the guard")]
        let run = unsafe { ManuallyDrop::take(&mut self.run) };
        guard::drop_quietly(&self.link, "the operation's run", || drop(run));
    }
}
