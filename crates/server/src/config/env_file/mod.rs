//! The file `.env`, in the format of Node's dotenv: nothing is expanded, `#` begins a comment
//! outside of quotes, values in quotes may have several lines, and the last of several values of
//! one name is used. Environment variables override the file.
//!
//! A line that dotenv ignores silently is a [`Fault`] here, which stops the start: an ignored
//! secret line would sign out all users.

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap, env, ffi::OsStr, fmt, fs, io::ErrorKind, ops::Range, sync::LazyLock,
};

use regex::Regex;

/// The file's name, in the working directory.
pub(crate) const NAME: &str = ".env";
/// Advice for a value that a `#` cuts.
pub(crate) const QUOTE_ADVICE: &str = "put it in single quotes";
/// A larger file is not a file of settings.
const MAX_BYTES: usize = 1 << 20;
/// The message lists at most this number of faults.
const MAX_SHOWN: usize = 20;

/// An assignment in dotenv's grammar, in which a line break is a space like any other around
/// `export` and the name, and before a value in quotes. A value ends where only a comment
/// follows it on its line; the first alternative with such an end is used.
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    let space =
        r"[\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}]";
    let name = format!(r"(?:export{space}+)?(?<name>[0-9A-Za-z_.-]+)(?<sign>{space}*=|:{space})");
    let quoted = QUOTES.map(|quote| format!(r"{quote}(?:\\{quote}|[^{quote}])*{quote}")).join("|");
    let value = format!(r"(?<value>{space}*(?:{quoted})|[^#\n]+)?");
    let pattern = format!(r"(?m)^{space}*{name}{value}{space}*(?:#.*)?$");
    #[expect(clippy::expect_used, reason = "the pattern is always the same one")]
    Regex::new(&pattern).expect("the grammar of .env")
});

const QUOTES: [char; 3] = ['\'', '"', '`'];

/// The values of the file.
#[derive(Clone, Default)]
pub struct EnvFile {
    values: BTreeMap<String, String>,
    faults: Vec<Fault>,
    /// Lines and names of unquoted values that a `#` without a space before it cuts. In a password,
    /// it was probably not meant to begin a comment.
    cut: Vec<(usize, String)>,
}

/// A fault in the file, without values.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// 1-based; `None` means the whole file.
    line: Option<usize>,
    what: String,
}

/// Without values.
impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnvFile")
    }
}

impl EnvFile {
    /// Reads the file in the working directory. A missing file has no values.
    #[must_use]
    pub fn read() -> Self {
        match fs::read(NAME) {
            Ok(bytes) => Self::parse(&bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => Self::of_fault(format!("cannot be read: {error}")),
        }
    }

    /// The value to use for a variable: `None` if the environment of the process has the
    /// variable, even with an empty value.
    pub(crate) fn value(&self, variable: &OsStr) -> Option<&str> {
        if env::var_os(variable).is_some() {
            return None;
        }
        self.values.get(variable.to_str()?).map(String::as_str)
    }

    /// The names and values of the file's variables.
    pub(super) fn values(&self) -> impl Iterator<Item = (&String, &String)> {
        self.values.iter()
    }

    /// The faults with their lines, without values.
    pub(crate) fn faults(&self) -> impl Iterator<Item = String> {
        let more = self.faults.len().saturating_sub(MAX_SHOWN);
        let faults = self.faults.iter().take(MAX_SHOWN).map(|Fault { line, what }| match line {
            Some(line) => format!("line {line}{what}"),
            None => what.clone(),
        });
        faults.chain((more > 0).then(|| format!("has {more} more lines like these")))
    }

    /// The values that a `#` cuts, without the values.
    pub(crate) fn cut_values(&self) -> impl Iterator<Item = String> {
        let cut = self.cut.iter().take(MAX_SHOWN);
        cut.map(|(line, name)| format!("line {line}: the value of {name} ends at \"#\""))
    }

    fn of_fault(what: impl Into<String>) -> Self {
        let faults = vec![Fault { line: None, what: what.into() }];
        Self { faults, ..Self::default() }
    }

    fn parse(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Self::of_fault("is in UTF-16; save it in UTF-8");
        }
        if bytes.len() > MAX_BYTES {
            return Self::of_fault("is larger than 1 MiB");
        }
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
        let mut file = Self::default();
        file.check_characters(&text, str::from_utf8(bytes).is_ok());
        let lines = Lines::of(&text);
        let mut end = 0;
        for found in ASSIGNMENT.captures_iter(&text) {
            let (Some(all), Some(name)) = (found.get(0), found.name("name")) else { continue };
            file.report_ignored_lines(&text, &lines, end..all.start());
            let value = found.name("value").map_or("", |value| value.as_str());
            let value_end = found.name("value").or(found.name("sign")).map_or(0, |it| it.end());
            let line = lines.at(name.start());
            if is_cut(&text, value, value_end) {
                file.cut.push((line, name.as_str().to_owned()));
            }
            file.assign(name.as_str(), value, line);
            end = all.end();
        }
        file.report_ignored_lines(&text, &lines, end..text.len());
        file.faults.sort_by_key(|fault| fault.line);
        file
    }

    /// Reports characters that are invisible, or that programs read differently.
    fn check_characters(&mut self, text: &str, is_utf8: bool) {
        for (line, number) in text.split('\n').zip(1..) {
            let mut fail = |what: &str| self.fail(number, what);
            if !is_utf8 && line.contains('\u{fffd}') {
                fail(" is not in UTF-8");
            }
            if line.contains('\0') {
                fail(" has the character U+0000");
            }
            if line.contains(['\u{2028}', '\u{2029}']) {
                fail(" has a line break that is none in most programs (U+2028 or U+2029)");
            }
        }
    }

    /// Reports the lines in a part of `text` that dotenv would ignore.
    fn report_ignored_lines(&mut self, text: &str, lines: &Lines, part: Range<usize>) {
        let first = lines.at(part.start);
        let ignored =
            text.get(part).unwrap_or_default().split('\n').map(|line| line.trim_matches(is_space));
        for (line, number) in ignored.zip(first..) {
            if !line.is_empty() && !line.starts_with('#') {
                self.fail(number, " needs the form NAME=VALUE");
            }
        }
    }

    fn assign(&mut self, name: &str, value: &str, line: usize) {
        let value = value.trim_matches(is_space);
        let quote = value.chars().next().filter(|first| QUOTES.contains(first));
        let inner = unquoted(value);
        if let (Some(quote), None) = (quote, inner)
            && value.matches(quote).count() == 1
        {
            return self.fail(line, format!(": {name} begins with a quote that has no end"));
        }
        let mut value = inner.unwrap_or(value).to_owned();
        if quote == Some('"') {
            value = value.replace(r"\n", "\n").replace(r"\r", "\r");
        }
        self.values.insert(name.to_owned(), value);
    }

    fn fail(&mut self, line: usize, what: impl Into<String>) {
        self.faults.push(Fault { line: Some(line), what: what.into() });
    }
}

/// The text between the quotes of a quoted value.
fn unquoted(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|first| QUOTES.contains(first))?;
    value.strip_prefix(quote)?.strip_suffix(quote)
}

/// Whether a `#` directly follows an unquoted value.
fn is_cut(text: &str, value: &str, end: usize) -> bool {
    let (before, after) = text.split_at_checked(end).unwrap_or((text, ""));
    after.starts_with('#')
        && !before.ends_with(is_space)
        && unquoted(value.trim_matches(is_space)).is_none()
}

/// The byte offsets of a text's line breaks.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(offset, _)| offset).collect())
    }

    /// The 1-based line of a byte offset.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|line_break| *line_break < offset) + 1
    }
}

/// Whether JavaScript's `trim` removes the character.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}
