//! What the process asks of the operating system for itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// File descriptors that are needed for others than connections of clients: the
/// database's, mails, files.
const OTHER_FILES: u64 = 256;

/// Has memory given in small pages also where the system gives huge ones to whoever does
/// not ask for them, as the allocator does not.
pub fn use_small_pages() {
    #[cfg(target_os = "linux")]
    {
        // Where it is refused, more memory is taken, and nothing else happens.
        _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}

/// Has as many file descriptors as so many connections need, and says if there cannot be
/// as many: without descriptors nobody is accepted any more, nor any file opened.
pub(crate) fn open_files_for(connections: usize) -> Option<String> {
    let needed = connections as u64 + OTHER_FILES;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return None;
    }
    let most = maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = Rlimit { current: Some(most), maximum };
    let raised = setrlimit(Resource::Nofile, raised).map(|()| most);
    let most = raised.unwrap_or(current.unwrap_or(needed));
    (most < needed).then(|| {
        format!(
            "HTTP_MAX_CONNECTIONS is {connections}, for which {needed} open files are needed, \
             and the process may have {most} (ulimit -n): raise that, or lower the setting"
        )
    })
}
