//! What the process asks of the operating system for itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Has memory given in small pages also where the system gives huge ones to whoever does
/// not ask for them, as the allocator does not.
pub fn use_small_pages() {
    #[cfg(target_os = "linux")]
    {
        // Where it is refused, more memory is taken, and nothing else happens.
        _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}

/// File descriptors that are needed for others than clients with a place: the reserve's
/// connections, the database's, mails, files.
const OTHER_FILES: u64 = 256;

/// Has as many file descriptors as the system lets the process have, and says for how many
/// connections they are enough: without any left nobody is accepted, not even probes.
pub(crate) fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let files = if raised.is_ok() { limit.maximum } else { limit.current };
    let connections = files.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES).max(1);
    usize::try_from(connections).unwrap_or(usize::MAX)
}
