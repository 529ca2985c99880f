//! The recorded Ruby system, with our host or our worker in the place of either side: everything is as recorded but for
//! pids, the numbers of proxies, backtraces, iterations and collections.

use std::os::unix::net::UnixListener;

use chaos_kitty_bus::{Exception, Message, Object, ObjectName, Value};
use chaos_kitty_tests::recording::{self, Entry, comparable, direct};
use chaos_kitty_tests::{Json, Nest, Process, RubyWorker, Wire, Workspace};

/// The seed of a run in which no operation at its defaults strikes a victim called `chaos-kitty-tes` (the kernel's name
/// for the relay) at its first eight ticks, which is in the first four minutes: what is recorded is what was called.
const PEACEFUL: &str = "758";

#[test]
fn a_ruby_client_gets_from_our_host_what_it_got_from_ruby() {
    let nest = Nest::new();
    let host = nest.host().arguments(["--seed", PEACEFUL]).start();
    let worker = RubyWorker::start(&nest);
    host.registered(worker.pid());
    let mut client = Wire::connect(&nest.socket());
    let mut victim = None;
    for Entry { from_client, bytes, message } in recording::read("operator-session") {
        if !from_client {
            let said = client.receive().expect("the host hung up");
            if let Message::Return {
                result: Value::Object(Object::Name(ObjectName::Number(number))), ..
            } = &said
            {
                victim = Some(*number);
            }
            assert_eq!(comparable(said), comparable(message));
            continue;
        }
        match (message, victim) {
            // The host hands out numbers of its own.
            (Message::Invoke { id, object: ObjectName::Number(_), request, block }, Some(number)) => {
                client.send(&Message::Invoke { id, object: number.into(), request, block });
            }
            _ => client.send_bytes(&bytes),
        }
    }
    let others: Vec<_> =
        host.records().into_iter().filter(|record| record["origin"]["instance"].is_object()).collect();
    assert!(others.is_empty(), "another seed is needed: {others:?}");
    host.stop();
}

#[test]
fn a_ruby_worker_hears_from_our_host_what_it_heard_from_ruby() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let (relay, mut worker) = RubyWorker::relay(&nest);
    let mut call: Option<Process> = None;
    for Entry { from_client, bytes, message } in recording::read("victim-session") {
        match message {
            // It says who it is, and who it is differs.
            Message::Invoke { id, object, mut request, block } if from_client => {
                for (key, value) in &mut request.options {
                    if key.as_str() == Some("process_id") {
                        *value = relay.pid().into();
                    }
                }
                worker.send(&Message::Invoke { id, object, request, block });
            }
            _ if from_client => {
                worker.send_bytes(&bytes);
                if let (Message::Return { .. } | Message::Error { .. }, Some(mut call)) =
                    (message, call.take())
                {
                    assert_eq!(call.exit_code(), 0, "{}", call.complained().shown());
                }
            }
            // Somebody calls, and the host, which calls victims itself, calls on.
            Message::Invoke { ref request, .. } => {
                let method = request.arguments[0].as_str().unwrap().to_owned();
                let options = request.options.iter().map(|(key, value)| {
                    let value = serde_json::to_value(value).unwrap();
                    format!(
                        "{}={}",
                        key.as_str().unwrap(),
                        value.as_str().map_or(value.to_string(), str::to_owned)
                    )
                });
                let arguments = ["call", "1", &method].into_iter().map(str::to_owned).chain(options);
                let arguments: Vec<String> = arguments.collect();
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                call = Some(nest.operator().start(&arguments));
                assert_eq!(worker.receive().map(comparable), Some(comparable(direct(message))));
            }
            _ => assert_eq!(worker.receive().map(comparable), Some(comparable(message))),
        }
    }
    assert!(call.is_none(), "every call was answered");
    host.stop();
}

#[test]
fn a_ruby_server_gets_from_our_worker_what_it_got_from_ruby() {
    let nest = Nest::new();
    let listener = UnixListener::bind(nest.socket()).unwrap();
    let mut command = nest.command(Workspace::built().worker());
    command.args(["demo-work", "--name", "orders", "--report-every-ms", "20", "--socket"]).arg(nest.socket());
    let mut worker = Process::start("the worker", &mut command);
    let mut server = Wire::over_stream(listener.accept().unwrap().0);

    // Ours offers more than a Ruby server knows, is refused, and says no more than Ruby's then.
    let Some(Message::Invoke { id: 1, request, .. }) = server.receive() else { panic!("no registration") };
    assert!(request.get_option("protocol").is_some() && request.get_option("methods").is_some());
    let unknown =
        request.options.iter().filter_map(|(key, _)| key.as_str()).filter(|key| *key != "process_id");
    let unknown: Vec<String> = unknown.map(|key| format!(":{key}")).collect();
    let exception = Exception::argument(format!("unknown keywords: {}", unknown.join(", ")));
    server.send(&Message::Error { id: 1, exception });

    let mut ahead = 2; // our second registration is the recorded first
    for Entry { from_client, bytes, message } in recording::read("victim-session") {
        let message = match message {
            // Ruby's collector sends these when it likes.
            Message::Release { .. } => continue,
            Message::Invoke { id, object, request, block } if from_client => {
                Message::Invoke { id: id + ahead, object, request, block }
            }
            Message::Return { id: 1, result } if !from_client => {
                Message::Return { id: 1 + std::mem::take(&mut ahead), result }
            }
            other => other,
        };
        if from_client {
            assert_eq!(server.receive().map(comparable), Some(comparable(message)));
        } else if matches!(message, Message::Return { .. }) {
            server.send(&message);
        } else {
            server.send_bytes(&bytes);
        }
    }
    worker.said().wait("the error in the application", |line: &Json| line["errors"] == 1);
    drop(worker.take_input());
    assert_eq!(worker.exit_code(), 0);
}
