/* A disk that fails on demand: preloaded into a server on SQLite (LD_PRELOAD).
 *
 * FAILING_DISK_DATABASE is the path of the database. FAILING_DISK_FAULTS is a file that
 * says, a line each, which calls on which of its files fail, and how:
 *
 *     pwrite 28 -wal
 *
 * A call is pread, pwrite, sync or truncate; the number is errno's; the end of the file's
 * name is that behind the database's, or `db` for the database itself. Calls fail for as
 * long as the line stands there. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Writes which file of the database this is; 0 if it is none. */
static int end_of_name(int fd, char *end, size_t size) {
    const char *database = getenv("FAILING_DISK_DATABASE");
    char link[64], path[4096];
    if (!database) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t known = strlen(database);
    if (length < (ssize_t)known || strncmp(path, database, known)) return 0;
    path[length] = 0;
    snprintf(end, size, "%s", path[known] ? path + known : "db");
    return 1;
}

/* The error with which a call fails, or 0. */
static int fault(const char *call, int fd) {
    char end[64], text[1024];
    if (!end_of_name(fd, end, sizeof end)) return 0;
    const char *faults = getenv("FAILING_DISK_FAULTS");
    int file = faults ? open(faults, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    ssize_t length = syscall(SYS_read, file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n"))) {
        char its_call[16], its_end[64];
        int error;
        if (sscanf(line, "%15s %d %63s", its_call, &error, its_end) == 3
            && !strcmp(its_call, call) && !strcmp(its_end, end))
            return error;
    }
    return 0;
}

#define NEXT(name) (__extension__(__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define FAIL(call, fd)                       \
    do {                                     \
        int error = fault(call, fd);         \
        if (error) return errno = error, -1; \
    } while (0)

ssize_t read(int fd, void *bytes, size_t size) {
    FAIL("pread", fd);
    return NEXT(read)(fd, bytes, size);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    FAIL("pread", fd);
    return NEXT(pread)(fd, bytes, size, at);
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) {
    FAIL("pread", fd);
    return NEXT(pread64)(fd, bytes, size, at);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    FAIL("pwrite", fd);
    return NEXT(write)(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    FAIL("pwrite", fd);
    return NEXT(pwrite)(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    FAIL("pwrite", fd);
    return NEXT(pwrite64)(fd, bytes, size, at);
}

int fsync(int fd) {
    FAIL("sync", fd);
    return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
    FAIL("sync", fd);
    return NEXT(fdatasync)(fd);
}

int ftruncate(int fd, off_t size) {
    FAIL("truncate", fd);
    return NEXT(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    FAIL("truncate", fd);
    return NEXT(ftruncate64)(fd, size);
}
