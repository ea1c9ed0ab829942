//! A name in the cases of each language, and in words.

/// A name of an entity or of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(Vec<String>);

impl Name {
    /// Of `readAt` or `ReadAt`.
    pub(crate) fn new(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        for letter in text.chars() {
            match words.last_mut() {
                Some(word) if !letter.is_ascii_uppercase() => word.push(letter),
                _ => words.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        Self(words)
    }

    /// `read at`
    pub(crate) fn words(&self) -> String {
        self.0.join(" ")
    }

    /// `Read at`
    pub(crate) fn sentence(&self) -> String {
        capitalized(&self.words())
    }

    /// `read_at`
    pub(crate) fn snake(&self) -> String {
        self.0.join("_")
    }

    /// `READ_AT`
    pub(crate) fn screaming(&self) -> String {
        self.snake().to_ascii_uppercase()
    }

    /// `ReadAt`
    pub(crate) fn pascal(&self) -> String {
        self.0.iter().map(|word| capitalized(word)).collect()
    }

    /// `readAt`
    pub(crate) fn camel(&self) -> String {
        let (first, others) = self.0.split_first().map_or(("", &[][..]), |(f, o)| (f.as_str(), o));
        first.to_owned() + &others.iter().map(|word| capitalized(word)).collect::<String>()
    }

    /// `a` or `an`
    pub(crate) fn article(&self) -> &'static str {
        let words = self.words();
        let sounds_like_you = ["us", "uni", "eu"].iter().any(|start| words.starts_with(start));
        if words.starts_with(['a', 'e', 'i', 'o', 'u']) && !sounds_like_you { "an" } else { "a" }
    }

    /// The regular plural.
    pub(crate) fn plural(&self) -> Self {
        let mut words = self.0.clone();
        if let Some(last) = words.last_mut() {
            *last = plural(last);
        }
        Self(words)
    }

    /// Without the last word, if it is `last` and not the only one.
    pub(crate) fn without(&self, last: &str) -> Option<Self> {
        match self.0.split_last() {
            Some((word, others)) if word == last && !others.is_empty() => {
                Some(Self(others.to_vec()))
            }
            _ => None,
        }
    }
}

fn plural(word: &str) -> String {
    let stem = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = stem {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end));
    format!("{word}{}", if hisses { "es" } else { "s" })
}

pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_every_case() {
        let name = Name::new("ReadingList");
        assert_eq!(
            [name.words(), name.snake(), name.screaming(), name.pascal(), name.camel()],
            ["reading list", "reading_list", "READING_LIST", "ReadingList", "readingList"]
        );
        assert_eq!(name, Name::new("readingList"));
    }

    #[test]
    fn regular_plurals_and_articles() {
        for (name, plural, article) in [
            ("Review", "Reviews", "a"),
            ("ReadingList", "ReadingLists", "a"),
            ("Copy", "Copies", "a"),
            ("Essay", "Essays", "an"),
            ("Box", "Boxes", "a"),
            ("University", "Universities", "a"),
        ] {
            let name = Name::new(name);
            assert_eq!((name.plural().pascal().as_str(), name.article()), (plural, article));
        }
    }
}
