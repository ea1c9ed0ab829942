//! Limits and memory pages of the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Turns transparent huge pages off, which would multiply the memory of the allocator.
pub fn use_small_pages() {
    #[cfg(target_os = "linux")]
    {
        // If the system refuses, the process uses more memory.
        _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}

/// File descriptors for everything but connections with a slot: the reserve, the database, mails,
/// files.
const OTHER_FILES: u64 = 256;

/// Raises the limit of file descriptors as far as possible, and returns the number of connections
/// it allows. Without file descriptors, not even health probes could be accepted.
pub(crate) fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let files = if raised.is_ok() { limit.maximum } else { limit.current };
    let connections = files.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES).max(1);
    usize::try_from(connections).unwrap_or(usize::MAX)
}
