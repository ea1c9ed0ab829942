//! Changes of files, collected in memory and written together.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A result with a message for the caller of the command.
pub type Result<T> = std::result::Result<T, String>;

/// Files to write, by their path in the workspace.
#[derive(Debug)]
pub(crate) struct Plan {
    root: PathBuf,
    files: BTreeMap<PathBuf, File>,
}

#[derive(Debug)]
struct File {
    text: String,
    is_new: bool,
}

impl Plan {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// Adds a file. Fails if there is one.
    pub(crate) fn create(&mut self, path: &str, text: String) -> Result<()> {
        if self.exists(path) {
            return Err(format!("the name is taken: {path} exists"));
        }
        self.files.insert(path.into(), File { text, is_new: true });
        Ok(())
    }

    /// The text of a file, with the changes so far.
    pub(crate) fn text(&mut self, path: &str) -> Result<&mut String> {
        if !self.files.contains_key(Path::new(path)) {
            let text = fs::read_to_string(self.root.join(path))
                .map_err(|error| format!("{path} cannot be read: {error}"))?;
            self.files.insert(path.into(), File { text, is_new: false });
        }
        self.files
            .get_mut(Path::new(path))
            .map(|file| &mut file.text)
            .ok_or_else(|| format!("{path} is missing"))
    }

    /// Whether a file has `text`, with the changes so far.
    pub(crate) fn has(&mut self, path: &str, text: &str) -> Result<bool> {
        Ok(self.text(path)?.contains(text))
    }

    /// Adds `text` after the first `anchor` of a file.
    pub(crate) fn insert_after(&mut self, path: &str, anchor: &str, text: &str) -> Result<()> {
        let index = self.find(path, 0, anchor)? + anchor.len();
        self.text(path)?.insert_str(index, text);
        Ok(())
    }

    /// Adds `text` before the first `anchor` of a file.
    pub(crate) fn insert_before(&mut self, path: &str, anchor: &str, text: &str) -> Result<()> {
        let index = self.find(path, 0, anchor)?;
        self.text(path)?.insert_str(index, text);
        Ok(())
    }

    /// Adds `item` to the imports of a file that begin with `head`.
    pub(crate) fn import(&mut self, path: &str, head: &str, item: &str) -> Result<()> {
        self.insert_after(path, head, &format!("{item}, "))
    }

    /// Adds `item` to the list that begins with `head` and ends with `end`, after a comma.
    pub(crate) fn append_item(
        &mut self,
        path: &str,
        head: &str,
        end: &str,
        item: &str,
    ) -> Result<()> {
        let begin = self.find(path, 0, head)? + head.len();
        let end = self.find(path, begin, end)?;
        let text = self.text(path)?;
        let items = text.get(..end).unwrap_or_default().trim_end().trim_end_matches(',');
        // Macros are not formatted: an item stands on a line of its own if the last one does.
        let last = items.rsplit('\n').next().unwrap_or_default();
        let indent = last.len() - last.trim_start().len();
        let separator = match items.get(begin..) {
            Some(items) if items.contains('\n') => format!(",\n{}", " ".repeat(indent)),
            _ => ", ".to_owned(),
        };
        text.insert_str(items.len(), &(separator + item));
        Ok(())
    }

    /// Adds `text` at the end of the block that begins with `head` and ends with `end`.
    pub(crate) fn append(&mut self, path: &str, head: &str, end: &str, text: &str) -> Result<()> {
        let begin = self.find(path, 0, head)? + head.len();
        let index = self.find(path, begin, end)?;
        self.text(path)?.insert_str(index, text);
        Ok(())
    }

    /// Adds lines to the sorted lines between `head` and `end`, before the first that is greater
    /// than the first of them.
    pub(crate) fn insert_sorted(
        &mut self,
        path: &str,
        head: &str,
        end: &str,
        lines: &str,
    ) -> Result<()> {
        let begin = self.find(path, 0, head)? + head.len();
        let end = self.find(path, begin, end)?;
        let text = self.text(path)?;
        let first = lines.lines().next().unwrap_or_default().trim();
        let mut index = begin;
        for line in text.get(begin..end).unwrap_or_default().split_inclusive('\n') {
            if line.trim() > first && line.ends_with('\n') && !line.trim().is_empty() {
                break;
            }
            index += line.len();
        }
        text.insert_str(index, lines);
        Ok(())
    }

    /// Adds `text` to every list of a file that begins with `head`, before its `end`.
    pub(crate) fn extend_all(
        &mut self,
        path: &str,
        head: &str,
        end: &str,
        text: &str,
    ) -> Result<()> {
        let mut begin = 0;
        self.find(path, begin, head)?;
        while let Ok(found) = self.find(path, begin, head) {
            let index = self.find(path, found, end)?;
            self.text(path)?.insert_str(index, text);
            begin = index;
        }
        Ok(())
    }

    /// Replaces `from` by `to` wherever a file has it.
    pub(crate) fn replace(&mut self, path: &str, from: &str, to: &str) -> Result<()> {
        self.find(path, 0, from)?;
        let text = self.text(path)?;
        *text = text.replace(from, to);
        Ok(())
    }

    /// Where `anchor` begins in a file, from `begin` on.
    fn find(&mut self, path: &str, begin: usize, anchor: &str) -> Result<usize> {
        let found = self.text(path)?.get(begin..).and_then(|text| text.find(anchor));
        found.map(|index| begin + index).ok_or_else(|| {
            format!(
                "{path} has no {anchor:?} any more, where the entity is added: adapt crates/xtask"
            )
        })
    }

    /// The files that exist and are changed.
    pub(crate) fn edited(&self) -> impl Iterator<Item = &Path> {
        let edited = self.files.iter().filter(|(_, file)| !file.is_new);
        edited.map(|(path, _)| path.as_path())
    }

    /// Writes every file.
    pub(crate) fn write(&self) -> Result<()> {
        for (path, File { text, .. }) in &self.files {
            let path = self.root.join(path);
            let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
            folder
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
        Ok(())
    }

    /// The files, one a line.
    pub(crate) fn report(&self) -> String {
        let line = |(path, file): (&PathBuf, &File)| {
            format!("{}  {}\n", if file.is_new { "new    " } else { "changed" }, path.display())
        };
        self.files.iter().map(line).collect()
    }
}
