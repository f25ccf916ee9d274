//! The formats of the report.

use std::fmt;
use std::str::FromStr;

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One self-contained page for people.
    Html,
    /// The same page with stylesheet, script and evidence in files of their own.
    HtmlMulti,
    /// The whole result for programs.
    Json,
    /// The scenarios for build servers.
    Junit,
    /// The exchanges for a browser's developer tools.
    Har,
    /// The verdict in short, for a pull request.
    Markdown,
    /// The findings for code scanning services.
    Sarif,
    /// The findings for merge requests of GitLab.
    CodeQuality,
}

impl Format {
    /// All formats, the one for people first.
    pub const ALL: [Self; 8] = [
        Self::Html,
        Self::HtmlMulti,
        Self::Json,
        Self::Junit,
        Self::Har,
        Self::Markdown,
        Self::Sarif,
        Self::CodeQuality,
    ];

    /// The format's name as it is written on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::HtmlMulti => "html-multi",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Har => "har",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::CodeQuality => "codequality",
        }
    }

    /// The names of the files that hold the report in this format, the one to begin with first.
    pub const fn file_names(self) -> &'static [&'static str] {
        match self {
            Self::Html => &["report.html"],
            Self::HtmlMulti => &["index.html", "evidence.html", "report.css", "report.js"],
            Self::Json => &["result.json"],
            Self::Junit => &["junit.xml"],
            Self::Har => &["run.har"],
            Self::Markdown => &["report.md"],
            Self::Sarif => &["report.sarif"],
            Self::CodeQuality => &["codequality.json"],
        }
    }

    /// The name of the file to begin with.
    pub const fn file_name(self) -> &'static str {
        self.file_names()[0]
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`, expected one of: {all}", all = Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_back_from_their_names_and_an_unknown_one_is_told_the_names() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>(), Ok(format));
        }
        let error = "pdf".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown format `pdf`, expected one of: html, html-multi, json, junit, har, \
             markdown, sarif, codequality"
        );
    }
}
