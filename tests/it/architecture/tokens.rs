//! Rust source as a list of identifiers and punctuation.

/// Returns the tokens of a source file, without comments, literals, lifetimes and items compiled
/// for tests only.
pub(super) fn tokens(source: &str) -> Vec<String> {
    without_test_items(&scan(source))
}

/// Splits source text into tokens.
fn scan(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = string(rest) {
            length
        } else if c == '\'' {
            quoted(rest)
        } else if c.is_alphabetic() || c == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Returns the length of a string literal at the beginning of `rest`.
fn string(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - body.len();
    if prefix > 1 {
        return None;
    }
    let raw = body.strip_prefix('r').unwrap_or(body);
    let quote = raw.trim_start_matches('#');
    let hashes = raw.len() - quote.len();
    if !quote.starts_with('"') || (hashes > 0 && raw.len() == body.len()) {
        return None;
    }
    let start = rest.len() - quote.len() + 1;
    if raw.len() < body.len() {
        let end = format!("\"{}", "#".repeat(hashes));
        return rest[start..].find(&end).map(|at| start + at + end.len());
    }
    let mut is_escaped = false;
    let end = rest[start..].find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    end.map(|at| start + at + 1)
}

/// Returns the length of a character literal or a lifetime.
fn quoted(rest: &str) -> usize {
    if let Some(escape) = rest.strip_prefix("'\\") {
        return escape.char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(2, |(at, _)| at + 3);
    }
    let mut chars = rest.char_indices().skip(1);
    let first = chars.next().map_or(1, |(at, c)| at + c.len_utf8());
    if rest[first..].starts_with('\'') { first + 1 } else { first }
}

/// Removes the item after each `#[cfg(test)]`.
fn without_test_items(tokens: &[String]) -> Vec<String> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().zip(ATTRIBUTE).filter(|(token, part)| token == part).count() == 7 {
            at += ATTRIBUTE.len() + item(&tokens[at + ATTRIBUTE.len()..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns the number of tokens of an item, a field or a statement.
fn item(tokens: &[String]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" if depth <= 1 => return at + usize::from(depth == 1),
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            ";" | "," if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}
