//! What a worker says about itself, and how it answers calls: its own methods, the application's, and wrong ones.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod pretend_host;

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_worker::{Exception, Worker};
use pretend_host::{Manner, PATIENCE, PretendHost};

#[tokio::test(flavor = "multi_thread")]
async fn it_says_who_it_is_and_what_it_can_do() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let worker = Worker::builder()
        .socket(&socket)
        .name("web")
        .label("tier", "api")
        .method("flush", |_| Ok(Value::Nil))
        .method("delay", |_| Ok("never: the name is taken".into()))
        .method("end", |_| Ok("never".into()))
        .method("signal", |_| Ok("never: the host sends one itself".into()))
        .method("respond_to?", |_| Ok("never".into()))
        .method("shift_clock", |_| Ok("never: it is another kind of victim's".into()))
        .method_async("public_send", |_| async { Ok("never".into()) })
        .method("[]", |_| Ok("never".into()))
        .start();
    let registered = host.registered().await;
    let asked = |key: &str| registered.request.get_option(key).cloned().unwrap();
    assert_eq!(asked("process_id"), Value::from(std::process::id()));
    assert_eq!(asked("name"), "web".into());
    assert_eq!(asked("labels").get("tier"), Some(&"api".into()));
    assert_eq!(asked("protocol"), Value::Int(1));
    let methods = asked("methods");
    let methods: Vec<_> = methods.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let ours = ["delay", "raise_error", "allocate_memory", "cpu_spin", "trigger_gc", "take_descriptors"];
    assert_eq!(methods, [&ours[..], &["flush"]].concat());
    assert_eq!(worker.registered(PATIENCE), Some(registered.id as u64));
    assert!(worker.is_connected());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_knows_less_gets_the_pid_alone() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ruby);
    let worker = Worker::builder().socket(&socket).name("web").start();
    let registered = host.registered().await;
    assert_eq!(registered.request.options.len(), 1);
    assert_eq!(registered.request.get_option("process_id"), Some(&std::process::id().into()));
    assert!(worker.registered(PATIENCE).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_calls_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let _worker = Worker::builder().socket(&socket).start();
    let victim = host.registered().await;
    for (request, words) in [
        (Request::new("delay"), "delay: duration: is missing"),
        (Request::new("delay").option("duration", f64::NAN), "delay: duration: must be a number of seconds"),
        (Request::new("delay").option("duration", -1), "delay: duration: must be"),
        (Request::new("delay").option("duration", 0).option("loud", true), "delay: unknown option loud:"),
        (Request::new("cpu_spin").option("duration", f64::INFINITY), "cpu_spin: duration: must be"),
        (Request::new("raise_error").option("message", true), "raise_error: message: must be a string"),
        (Request::new("allocate_memory").option("size_mb", 0).option("hold_duration", 0), "size_mb: must be"),
        (Request::new("allocate_memory").option("size_mb", 1e12).option("hold_duration", 0), "are available"),
        (Request::new("take_descriptors").option("duration", 0), "take_descriptors: leave: is missing"),
        (Request::new("take_descriptors").option("leave", -1), "leave: must be a whole number from 0"),
        (Request::new("end"), "end: effect: is missing"),
    ] {
        let raised = victim.raised(request).await;
        assert_eq!(raised.class, "ArgumentError", "{}", raised.message);
        assert!(raised.message.contains(words), "{words}: {}", raised.message);
    }
    assert_eq!(victim.raised(Request::new("meow")).await.class, "NoMethodError");
    for (method, expected) in [("delay", true), ("end", true), ("effects", true), ("meow", false)] {
        let asked =
            Request::new("respond_to?").argument(chaos_kitty_bus::Symbol::from(method)).argument(true);
        assert_eq!(victim.call(asked).await.unwrap(), Value::Bool(expected), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_of_the_applications_own_are_called_and_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let _worker = Worker::builder()
        .socket(&socket)
        .method("echo", |request| Ok(Value::map([("got", request.options.len())])))
        .method("fail", |_| Err(Exception::io("no disk")))
        .method("explode", |_| panic!("oh no"))
        .method("block", move |_| {
            let _ = wait.lock().unwrap().recv();
            Ok(Value::Nil)
        })
        .method_async("never", |_| std::future::pending())
        .method_async("soon", |request| async move { Ok(request.arguments[0].clone()) })
        .start();
    let victim = host.registered().await;
    let echo = Request::new("echo").option("effect", 1).option("lease", 20).option("own", true);
    assert_eq!(
        victim.call(echo).await.unwrap().get("got"),
        Some(&Value::Int(1)),
        "effect and lease are not for it"
    );
    assert_eq!(victim.raised(Request::new("fail")).await.class, "IOError");
    assert!(victim.raised(Request::new("explode")).await.message.contains("oh no"));
    assert_eq!(victim.call(Request::new("soon").argument(4)).await.unwrap(), Value::Int(4));
    for method in ["never", "block"] {
        let raised = victim.raised(Request::new(method).option("lease", 0.05)).await;
        assert!(raised.message.contains("lease"), "{raised}");
    }
    drop(release);
}
