//! A Python program that tries again when its connection is reset.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use chaos_kitty_tests::Package;

use crate::scene::{Scene, quoted};
use crate::strike::hits;

const PYTHON: Package = Package { name: "python3", program: "/usr/bin/python3" };

const PROGRAM: &str = r#"
import json, socket, sys
retries = 0
while True:
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
            connection.sendall(b"who is there?\n")
            answer = connection.recv(100).decode().strip()
        break
    except ConnectionResetError:
        retries += 1
print(json.dumps({"retries": retries, "answer": answer}), flush=True)
"#;

#[test]
fn it_tries_again_as_often_as_it_is_hit_and_gets_its_answer() {
    let Some(python) = PYTHON.program() else { return };
    let scene = Scene::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the test's process: it only ever waits.
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            // Who reset the connection hears nothing.
            if stream.read_line(&mut line).is_ok() {
                let _ = stream.get_mut().write_all(b"a cat\n");
            }
        }
    });
    let file = scene.file("ask.py", PROGRAM);
    let mut job = scene.waiting("python", &format!("exec {} {} {port}", quoted(&python), quoted(&file)));
    let port = format!("port={port}");
    let options = ["calls=recv", &port, "errno=ECONNRESET", "times=7", "duration=60"];
    let strike = scene.strike("python", "disturb", &options);
    scene.let_go("python");
    let line = job.log().wait("its answer", |line| line["answer"].is_string());
    let outcome = strike.effective();
    assert_eq!((&line["answer"], &line["retries"]), (&"a cat".into(), &outcome["observed"]["hits"]));
    assert_eq!(hits(&outcome), 7);
    assert_eq!(job.wrapper().exit_code(), 0);
    scene.end();
}
