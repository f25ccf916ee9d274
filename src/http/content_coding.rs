//! Content codings: the checks ask for none, and a server that applies one all the same does what it
//! only should not (RFC 9110, section 12.5.3). It is taken off before the body is judged.

use std::sync::atomic::Ordering;

use super::client::Client;
use super::{Answer, Truncation};
use crate::evidence::BodyWriter;
use crate::evidence::decode::{DecodeError, decode_into};

impl Client {
    /// The answer with its body as it was before it was coded. A body that is not what its
    /// Content-Encoding says stays as it came.
    pub(super) fn uncoded(&self, mut answer: Answer) -> Answer {
        let Some(coding) = answer.header("content-encoding") else {
            return answer;
        };
        if answer.body.is_empty() || answer.cut.is_some() {
            return answer;
        }
        let mut plain = BodyWriter::new(self.most_plain, 0);
        let most = self.inflate_bytes;
        match decode_into(&answer.body, coding, most, &mut plain) {
            Ok(true) => {
                self.uncoded.fetch_add(1, Ordering::Relaxed);
                answer.body = plain.finish();
            }
            Err(error @ DecodeError::TooLong(_)) => {
                let text = format!("{error} (--inflate-bytes)");
                self.limit_log.note(&text);
                answer.cut = Some(Truncation::TooLarge(text));
            }
            Ok(false) | Err(DecodeError::Broken(_)) => {}
        }
        answer
    }

    /// A sentence on the answers that came coded, where some did.
    pub fn note_on_codings(&self) -> Option<String> {
        let came = match self.uncoded.load(Ordering::Relaxed) {
            0 => return None,
            1 => "One answer came".to_owned(),
            count => format!("{count} answers came"),
        };
        Some(format!(
            "{came} compressed, though Accept-Encoding: identity was sent: unpacked, the body was judged \
             as any other."
        ))
    }
}
