//! A site: a small HTTP server on loopback, whose answer is the test's to say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crate::clock::PATIENCE;

/// It answers every request with one status, and this text. Dropping it ends it.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    status: AtomicU16,
    asked: AtomicUsize,
    ended: AtomicBool,
}

impl Site {
    /// One that is well.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            status: 200.into(),
            asked: AtomicUsize::default(),
            ended: AtomicBool::default(),
        });
        let serving = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve(&listener, &shared)
        });
        Self { address, shared, serving: Some(serving) }
    }

    /// Its page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on it answers this; 0: never.
    pub fn answers(&self, status: u16) {
        self.shared.status.store(status, Ordering::SeqCst);
    }

    /// How often it was asked so far.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // It waits for somebody to come.
        let _ = TcpStream::connect(self.address);
        let _ = self.serving.take().map(JoinHandle::join);
    }
}

fn serve(listener: &TcpListener, shared: &Shared) {
    // Those that are never answered: closing them would be an answer.
    let mut waiting = Vec::new();
    for stream in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(mut stream) = stream else { continue };
        let _ = stream.set_read_timeout(Some(PATIENCE));
        // Whoever only looks whether somebody listens sends nothing.
        if !matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
            continue;
        }
        shared.asked.fetch_add(1, Ordering::SeqCst);
        match shared.status.load(Ordering::SeqCst) {
            0 => waiting.push(stream),
            status => {
                let answer = format!(
                    "HTTP/1.1 {status} As Told\r\nContent-Length: 5\r\nConnection: close\r\n\r\nready"
                );
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    }
}
