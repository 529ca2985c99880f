//! Each family of calls, failed, delayed and cut short, by where it goes.

use chaos_kitty_tests::{Json, Nest, json};

use super::Inside;

/// Where everything goes: a file, a TCP connection, a connection of a Unix socket.
fn places(inside: &mut Inside<'_>) -> (String, String, String) {
    let [file, socket] = ["file", "socket"].map(|name| inside.nest.path().join(name).display().to_string());
    for line in [
        &*format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"),
        "os.write(file, b'x' * 4096)",
        "other = os.open('/dev/zero', os.O_RDWR)",
        "tcp = listen(('127.0.0.1', 0))",
        "near, far = join(tcp)",
        &format!("local = listen({socket:?}, socket.AF_UNIX)"),
        "here, there = join(local)",
        // Nobody waits for what does not come.
        "[end.setblocking(False) for end in (tcp, near, far, here, there)]",
    ] {
        inside.asks(line);
    }
    let port = inside.asks("tcp.getsockname()[1]").to_string();
    (file, socket, port)
}

#[test]
fn a_call_fails_with_the_errno_that_was_asked_for_where_it_goes_there_and_nowhere_else() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let (file, socket, port) = places(&mut inside);
    let path = &*format!("path={file}");
    let folder = &*format!("path={}/*", nest.path().display());
    let (port, address) = (&*format!("port={port}"), "address=127.0.0.*");
    let unix = &*format!("address=unix:{socket}");
    let does = |what: &str, beside: &str| (what.to_owned(), beside.to_owned());
    let rows = [
        ("read", "EIO", path, does("os.pread(file, 9, 0)", "os.pread(other, 9, 0)")),
        ("read", "ESTALE", folder, does("os.preadv(file, [bytearray(9)], 0)", "os.read(other, 9)")),
        ("write", "ENOSPC", path, does("os.pwrite(file, b'x', 0)", "os.write(other, b'x')")),
        ("write", "EDQUOT", folder, does("os.writev(file, [b'x', b'y'])", "os.writev(other, [b'x'])")),
        (
            "open",
            "EACCES",
            path,
            does(&format!("os.close(os.open({file:?}, 0))"), "os.close(os.open('/dev/null', 0))"),
        ),
        (
            "open",
            "EMFILE",
            folder,
            does(
                &format!("os.close(os.open('subject.py', 0, dir_fd=os.open({:?}, 0)))", nest.path()),
                "open('/dev/null').close()",
            ),
        ),
        ("fsync", "EIO", path, does("os.fsync(file)", "os.fdatasync(os.open('/', 0))")),
        (
            "connect",
            "ECONNREFUSED",
            port,
            does("[end.close() for end in join(tcp)]", "[end.close() for end in join(local)]"),
        ),
        (
            "connect",
            "ETIMEDOUT",
            unix,
            does("[end.close() for end in join(local)]", "socket.socket().close()"),
        ),
        ("accept", "ECONNABORTED", port, does("tcp.accept()", "[end.close() for end in join(local)]")),
        ("send", "ECONNRESET", port, does("near.send(b'x')", "here.send(b'x')")),
        ("send", "EPIPE", unix, does("here.sendmsg([b'x', b'y'])", "near.send(b'x')")),
        ("send", "ENETUNREACH", address, does("near.sendall(b'x')", "here.send(b'x')")),
        ("recv", "ECONNRESET", port, does("far.recv(9)", "there.recv(9)")),
        ("recv", "ENOTCONN", unix, does("there.recvmsg(9)", "far.recv(9)")),
        (
            "getaddrinfo",
            "EIO",
            "address=local*",
            does("socket.getaddrinfo('localhost', 1)", "socket.getaddrinfo('127.0.0.1', 1)"),
        ),
    ];
    inside.asks("[near.send(b'x' * 4096), here.send(b'x' * 4096)]");
    for (call, errno, narrowed, (does, beside)) in rows {
        let (calls, failing) = (format!("calls={call}"), format!("errno={errno}"));
        let expression = format!(
            "[until(lambda: failure(lambda: {does}), None), failure(lambda: {beside}), failure(lambda: {does})]"
        );
        let strike = ["disturb", &*calls, &*failing, narrowed, "times=2", "duration=20s"];
        let (outcome, answer) = inside.struck(&strike, &expression);
        assert_eq!(answer, json!([errno, null, errno]), "{call} {narrowed}: {outcome}");
        let (verdict, hits) = (&outcome["verdict"], &outcome["observed"]["hits"]);
        assert_eq!((verdict, hits), (&json!("effective"), &json!(2)), "{call}: {outcome}");
        assert_eq!(inside.asks(&format!("failure(lambda: {does})")), Json::Null, "{call}");
    }
    inside.end();
}

#[test]
fn a_call_is_cut_short_to_a_share_of_its_bytes_and_loses_none() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let (file, _, port) = places(&mut inside);
    let (path, port) = (&*format!("path={file}"), &*format!("port={port}"));
    let data = "bytes(range(200))";
    let parts = "[bytes(range(7)), b'', bytes(range(7, 150)), bytes(range(150, 200))]";
    let room = "[bytearray(7), bytearray(0), bytearray(143), bytearray(50)]";
    inside.asks(&format!("os.pwrite(file, {data}, 0)"));
    let rows = [
        ("read", path, "0.25", "len(os.pread(file, 200, 0))", 200, 50),
        ("read", path, "0.001", "len(os.pread(file, 200, 0))", 200, 1),
        ("read", path, "0.25", &*format!("os.preadv(file, {room}, 0)"), 200, 50),
        ("write", path, "0.5", &*format!("os.pwrite(file, {data}, 0)"), 200, 100),
        ("write", path, "0.75", &*format!("os.pwritev(file, {parts}, 0)"), 200, 150),
        ("write", path, "0.8", &*format!("os.pwritev(file, {parts}, 0)"), 200, 160),
        ("send", port, "0.5", &*format!("[near.send({data}), far.recv(1 << 20)][0]"), 200, 100),
        ("send", port, "0.1", &*format!("[near.sendmsg({parts}), far.recv(1 << 20)][0]"), 200, 20),
        (
            "recv",
            port,
            "0.5",
            "[near.send(bytes(100)), len(far.recv(100, socket.MSG_PEEK)), far.recv(1 << 20)][1]",
            100,
            50,
        ),
        (
            "recv",
            port,
            "0.5",
            "[near.send(bytes(100)), len(far.recvmsg(100, 0, socket.MSG_PEEK)[0]), far.recv(1 << 20)][1]",
            100,
            50,
        ),
    ];
    for (call, narrowed, share, does, usual, cut) in rows {
        let (calls, share) = (format!("calls={call}"), format!("share={share}"));
        // What clears away before the next try is one of these calls too.
        let times = if call == "recv" { "times=2" } else { "times=1" };
        let strike = ["disturb", &*calls, &*share, narrowed, times, "duration=20s"];
        let (outcome, answer) = inside.struck(&strike, &format!("until(lambda: {does}, {usual})"));
        assert_eq!(answer, json!(cut), "{does} {share}: {outcome}");
        assert_eq!(outcome["verdict"], "effective", "{outcome}");
    }
    // Whoever goes on with what is left, as one has to, gets all of it.
    inside
        .asks("until(lambda: failure(lambda: far.recv(1 << 20)) or select.select([far], [], [], 0)[0], [1])");
    let mut strike = inside.begin(&["disturb", "calls=send,recv", "share=0.3", port, "duration=2s"]);
    inside.asks("until(lambda: [near.send(bytes(10)), failure(lambda: far.recv(1 << 20))][0], 10)");
    inside.asks("[select.select([far], [], [], 0.1)[0] and far.recv(1 << 20) for _ in range(20)]");
    inside.asks("near.sendall(bytes(200) * 500)");
    let read = "b''.join(iter(lambda: far.recv(9000) if select.select([far], [], [], 0.2)[0] else b'', b'')).count(0)";
    assert_eq!(inside.asks(read), json!(100_000));
    assert_eq!(super::outcome(&mut strike)["verdict"], "effective");
    inside.end();
}

#[test]
fn a_call_waits_first_for_as_long_as_was_asked_for() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let (file, _, port) = places(&mut inside);
    let (path, port) = (&*format!("path={file}"), &*format!("port={port}"));
    let rows = [
        ("read", path, "os.pread(file, 9, 0)"),
        ("write", path, "os.pwrite(file, b'x', 0)"),
        ("open", path, &*format!("os.close(os.open({file:?}, 0))")),
        ("fsync", path, "os.fsync(file)"),
        ("connect", port, "[end.close() for end in join(tcp)]"),
        ("accept", port, "failure(tcp.accept)"),
        ("send", port, "near.send(b'x')"),
        ("recv", port, "failure(lambda: far.recv(9, socket.MSG_DONTWAIT))"),
        ("malloc", "rate=1", "ctypes.CDLL(None).malloc(9)"),
        ("getaddrinfo", "address=127.0.0.1", "socket.getaddrinfo('127.0.0.1', 1)"),
        ("nanosleep", "rate=1", "time.sleep(0.001)"),
        ("clock_gettime", "rate=1", "time.time()"),
    ];
    for (call, narrowed, does) in rows {
        // What is called all the time may be hit while nobody measures.
        let limit = if call == "malloc" || call == "clock_gettime" { "times=1000" } else { "times=1" };
        let duration = if limit == "times=1" { "duration=20s" } else { "duration=3s" };
        let calls = format!("calls={call}");
        let strike = ["disturb", &*calls, "delay=300ms", narrowed, limit, duration];
        let (outcome, answer) = inside.struck(&strike, &format!("until_slow(lambda: {does}, 0.3)"));
        assert_eq!(answer, json!(true), "{call}: {outcome}");
        assert!(outcome["observed"]["hits"].as_u64() >= Some(1), "{outcome}");
    }
    inside.end();
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let nest = Nest::new();
    let inside = Inside::start(&nest);
    let operator = nest.operator();
    for (options, told) in [
        (&["calls=fsync", "share=0.5"][..], "fsync"),
        (&["calls=rename", "errno=EIO"], "getaddrinfo"),
        (&["calls=read", "errno=EIO", "delay=1"], "one of"),
        (&["calls=read"], "one of"),
        (&["calls=read", "errno=ENOSUCH"], "ENOSPC"),
    ] {
        let answer = operator.run(&[&["call", super::NAME, "disturb", "duration=1"], options].concat());
        assert_ne!(answer.code, 0, "{options:?}: {answer:?}");
        assert!(answer.error.contains(told) || answer.text.contains(told), "{options:?}: {answer:?}");
    }
    inside.end();
}

#[test]
fn a_value_of_the_kernels_is_never_cut_short() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("oom_score_adj").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    inside.asks("value = os.open('/proc/self/oom_score_adj', os.O_RDWR)");
    let strike =
        inside.begin(&["disturb", "calls=write", "share=0.3", "path=*/oom_score_adj", "duration=600"]);
    inside.comes_to("os.pwrite(file, b'987', 0)", |written| *written == 1);
    assert_eq!(inside.asks("os.write(value, b'987')"), 3);
    inside.host.take().unwrap().stop();
    drop(strike);
    assert_eq!(inside.asks("os.pread(value, 9, 0).decode()"), "987\n");
    inside.end();
}

#[test]
fn a_point_is_a_path_by_the_slash_in_it_and_a_word_that_is_neither_path_nor_address_is_refused() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("data.txt").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    for point in ["point=write:*/data.txt", "point=*:*/data.txt"] {
        let failing = ["raise_error", "errno=EIO", point, "--lease", "20s"];
        let (failed, answer) =
            inside.struck(&failing, "until(lambda: failure(lambda: os.write(file, b'x')), None)");
        assert_eq!((answer, &failed["observed"]["hits"]), (json!("EIO"), &json!(1)), "{point}: {failed}");
    }
    let refused = nest.operator().run(&["call", super::NAME, "raise_error", "point=write:data.txt"]);
    assert!(refused.code != 0 && refused.error.contains("*/data.txt"), "{refused:?}");
    inside.end();
}
