//! The limits of one answer: their texts, which name the option, and how often each acted.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::Limits;
use parking_lot::Mutex;

/// Bytes of the longest URL that the HTTP library sends; nothing longer goes over a raw connection either.
pub const LONGEST_URL: usize = 65_534;

/// The option that bounds a request of the replay.
pub const KIT_TIMEOUT: &str = "--kit-timeout";

/// The limits of a run, and how often each acted.
#[derive(Debug)]
pub(super) struct LimitLog {
    limits: Limits,
    acted: Mutex<BTreeMap<String, usize>>,
}

impl LimitLog {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            acted: Mutex::default(),
        }
    }

    /// Bytes of a body that are kept as evidence.
    pub(super) const fn keep_bytes(&self) -> usize {
        self.limits.keep_bytes
    }

    /// How long connecting may take.
    pub(super) fn connect(&self) -> Duration {
        self.limits.answer.connect.unwrap_or(self.limits.timeout)
    }

    /// How many headers an answer may have.
    pub(super) const fn max_headers(&self) -> usize {
        self.limits.answer.max_headers
    }

    /// How long one exchange may take.
    pub(super) fn exchange(&self, of_the_kit: bool) -> Duration {
        if of_the_kit {
            self.limits.kit_timeout
        } else {
            self.limits.timeout
        }
    }

    /// How long it may take until the head of the answer is there.
    pub(super) fn first_byte(&self, of_the_kit: bool) -> Duration {
        let own = self.limits.answer.first_byte;
        own.unwrap_or_else(|| self.exchange(of_the_kit))
    }

    /// No connection stood in time.
    pub(super) fn no_connection(&self) -> String {
        match self.limits.answer.connect {
            Some(time) => {
                let seconds = time.as_secs_f64();
                format!("no connection within {seconds} s (--connect-timeout)")
            }
            None => self.unfinished(false),
        }
    }

    /// No answer began in time.
    pub(super) fn no_beginning(&self, of_the_kit: bool) -> String {
        match self.limits.answer.first_byte {
            Some(time) => {
                let seconds = time.as_secs_f64();
                format!("no answer began within {seconds} s (--first-byte-timeout)")
            }
            None => self.unfinished(of_the_kit),
        }
    }

    /// No answer ended in time.
    pub(super) fn unfinished(&self, of_the_kit: bool) -> String {
        let seconds = self.exchange(of_the_kit).as_secs_f64();
        let option = if of_the_kit { KIT_TIMEOUT } else { "--timeout" };
        format!("no complete answer within {seconds} s ({option})")
    }

    /// The body is longer than what is read of it.
    pub(super) fn over_cap(&self) -> String {
        let cap = self.limits.parse_bytes;
        format!("only the first {cap} bytes of the body were read (--parse-bytes)")
    }

    /// The body is longer than what is kept of it.
    pub(super) fn kept_in_part(&self) -> String {
        let cap = self.limits.keep_bytes;
        format!("the body was judged, and is kept as evidence up to {cap} bytes (--keep-bytes)")
    }

    /// The head was too large for those who read it to say more.
    pub(super) fn head_too_large(&self) -> String {
        let answer = &self.limits.answer;
        format!(
            "the answer has more than {} headers (--max-headers), or more than {} bytes in them \
             (--header-bytes)",
            answer.max_headers, answer.header_bytes
        )
    }

    /// The URL is longer than what is sent of one. An id is the target's choice, and no standard
    /// ends it.
    pub(super) fn over_long() -> String {
        format!(
            "the URL is longer than {LONGEST_URL} bytes, the most that this harness sends of one"
        )
    }

    /// What is too much of these headers, if anything is.
    pub(super) fn over_head(&self, headers: &[(String, String)]) -> Option<String> {
        let answer = &self.limits.answer;
        if headers.len() > answer.max_headers {
            let (count, most) = (headers.len(), answer.max_headers);
            return Some(format!(
                "the answer has {count} headers, more than {most} (--max-headers)"
            ));
        }
        let bytes: usize = headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        (bytes > answer.header_bytes).then(|| {
            let most = answer.header_bytes;
            format!(
                "the headers of the answer have {bytes} bytes, more than {most} (--header-bytes)"
            )
        })
    }

    /// Notes that the limit with these words acted.
    pub(super) fn note(&self, text: &str) {
        *self.acted.lock().entry(text.to_owned()).or_default() += 1;
    }

    /// A sentence for each limit that acted, with `kept_in_part` for that number of bodies more.
    pub(super) fn notes(&self, kept_in_part: usize) -> Vec<String> {
        let mut acted = self.acted.lock().clone();
        if kept_in_part > 0 {
            acted.insert(self.kept_in_part(), kept_in_part);
        }
        let sentences = acted.iter().map(|(text, count)| match count {
            1 => format!("A limit acted on one exchange: {text}."),
            count => format!("A limit acted on {count} exchanges: {text}."),
        });
        sentences.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Access;
    use crate::http::{Client, FailureKind, Outgoing};
    use url::Url;

    #[test]
    fn each_limit_names_its_option_and_is_counted() {
        let mut limits = Limits::default();
        limits.answer.connect = Some(Duration::from_millis(500));
        let limit_log = LimitLog::new(&limits);
        assert_eq!(
            limit_log.no_connection(),
            "no connection within 0.5 s (--connect-timeout)"
        );
        assert!(limit_log.no_beginning(false).contains("(--timeout)"));
        let text = limit_log.over_cap();
        limit_log.note(&text);
        limit_log.note(&text);
        let notes = limit_log.notes(1);
        assert!(notes[0].contains("2 exchanges") && notes[0].contains("--parse-bytes"));
        assert!(notes[1].contains("one exchange") && notes[1].contains("--keep-bytes"));
        assert_eq!(limit_log.notes(0).len(), 1);
    }

    #[tokio::test]
    async fn a_url_is_sent_as_long_as_the_http_library_sends_it() {
        // Nobody listens there.
        let nowhere = Url::parse("http://127.0.0.1:1/").unwrap();
        let (limits, access, log) = (Limits::default(), Access::default(), Arc::default());
        let client = Client::new(&limits, &[], &access, false, nowhere.clone(), log).unwrap();
        for (length, kind) in [
            (LONGEST_URL, FailureKind::Connect),
            (LONGEST_URL + 1, FailureKind::Limit),
        ] {
            let rest = "a".repeat(length - nowhere.as_str().len());
            let request = Outgoing::new("GET", nowhere.join(&rest).unwrap());
            assert_eq!(client.send(request).await.unwrap_err().kind, kind);
        }
    }

    #[test]
    fn too_many_headers_and_too_long_ones_are_told_apart() {
        let mut limits = Limits::default();
        limits.answer.max_headers = 2;
        limits.answer.header_bytes = 10;
        let limit_log = LimitLog::new(&limits);
        let header = |value: &str| ("a".to_owned(), value.to_owned());
        assert_eq!(limit_log.over_head(&[header("1234"), header("1234")]), None);
        let many = limit_log.over_head(&vec![header(""); 3]).unwrap();
        assert!(many.contains("3 headers, more than 2"), "{many}");
        let long = limit_log.over_head(&[header("1234567890")]).unwrap();
        assert!(long.contains("11 bytes, more than 10"), "{long}");
    }
}
