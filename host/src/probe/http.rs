//! A page, as a probe asks for it.

use std::io::Read;
use std::ops::RangeInclusive;
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;

/// What is well where nothing else is said.
const WELL: RangeInclusive<u16> = 200..=399;
/// The most bytes of a body that are looked through.
const LARGEST: u64 = 1 << 20;

/// What the thread that asks has more than who waits for it: of two that give up, always the same tells.
const LATER: Duration = Duration::from_millis(500);

/// One GET. No redirection is followed: it would ask somebody whom nobody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Where, beginning with `http://` or `https://`.
    pub url: String,
    /// The statuses that are well; empty: 200 to 399.
    pub statuses: Vec<u16>,
    /// What stands in the body's first MiB, where that matters.
    pub contains: Option<String>,
}

impl Http {
    /// A page whose status is 200 to 399.
    ///
    /// # Errors
    /// It is no URL of a page.
    pub fn get(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no URL: {error}"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        if !matches!(scheme, "http" | "https") || uri.host().is_none_or(str::is_empty) {
            return Err(format!("`{url}` is no URL of a page: write http://HOST/… or https://HOST/…"));
        }
        Ok(Self { url: url.to_owned(), statuses: Vec::new(), contains: None })
    }

    pub(super) async fn ask(&self, patience: Duration) -> Result<(), String> {
        let http = self.clone();
        // Its own limit ends the thread, where nobody waits for it any more.
        let asked = tokio::task::spawn_blocking(move || http.fetch(patience + LATER)).await;
        asked.unwrap_or_else(|error| Err(format!("it could not be asked: {error}")))
    }

    fn fetch(&self, patience: Duration) -> Result<(), String> {
        // A new agent, and so a new connection, each time: one that is kept would tell nothing of the next customer's.
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(patience))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("chaos-kitty/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let mut answer = agent.get(&self.url).call().map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        if !self.is_well(status) {
            return Err(format!("it answered {status}, and {} is expected", self.expected()));
        }
        let Some(wanted) = &self.contains else { return Ok(()) };
        let mut body = Vec::new();
        // What comes after that is left unread: the limit that ureq offers would make an error of it.
        let read = answer.body_mut().as_reader().take(LARGEST).read_to_end(&mut body);
        read.map_err(|error| format!("its body could not be read: {error}"))?;
        if String::from_utf8_lossy(&body).contains(wanted) {
            Ok(())
        } else {
            Err(format!("its body does not contain `{wanted}`"))
        }
    }

    fn is_well(&self, status: u16) -> bool {
        if self.statuses.is_empty() { WELL.contains(&status) } else { self.statuses.contains(&status) }
    }

    fn expected(&self) -> String {
        if self.statuses.is_empty() {
            return format!("{} to {}", WELL.start(), WELL.end());
        }
        self.statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
    }
}
