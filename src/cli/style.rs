//! What people see in the terminal. Everything that a target can have said is made visible first:
//! no control character reaches the terminal.

use std::io::{IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};

/// Standard output and standard error, coloured where they are terminals and `NO_COLOR` is unset.
pub(super) struct Terminal {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether standard error is a terminal: only then progress is shown.
    pub(super) interactive: bool,
    /// Nothing but errors.
    pub(super) quiet: bool,
}

/// For what went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// For what went wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// For what needs a look.
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
/// For headings.
pub(super) const HEAD: Style = Style::new().bold();
/// For what is secondary.
pub(super) const DIM: Style = Style::new().dimmed();

impl Terminal {
    /// The process's own standard output and standard error.
    pub(super) fn for_process() -> Self {
        Self {
            out: Box::new(anstream::AutoStream::auto(std::io::stdout())),
            err: Box::new(anstream::AutoStream::auto(std::io::stderr())),
            interactive: std::io::stderr().is_terminal(),
            quiet: false,
        }
    }

    /// A line on standard output, unless quiet. A closed reader is not an error.
    pub(super) fn line(&mut self, text: &str) {
        if !self.quiet {
            let _ = writeln!(self.out, "{text}");
        }
    }

    /// A line on standard output that is the command's product, even when quiet.
    pub(super) fn product(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
        let _ = self.out.flush();
    }

    /// A line on standard error that is not an error, unless quiet.
    pub(super) fn warning(&mut self, message: &str) {
        if !self.quiet {
            let _ = writeln!(self.err, "{UNSURE}warning:{UNSURE:#} {}", visible(message));
        }
    }

    /// A line on standard error.
    pub(super) fn error(&mut self, message: &str) {
        let _ = writeln!(self.err, "{BAD}error:{BAD:#} {}", visible(message));
    }
}

/// The text in a style.
pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Control characters, and characters that change the direction of reading, become visible escapes.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                shown.extend(c.escape_unicode());
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_target_cannot_write_escapes_to_the_terminal() {
        assert_eq!(
            visible("a\u{1b}[31mb\u{202e}c\0"),
            "a\\u{1b}[31mb\\u{202e}c\\u{0}"
        );
        assert_eq!(visible("ä\nb"), "ä\nb");
    }
}
