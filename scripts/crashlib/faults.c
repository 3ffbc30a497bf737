/* Counts, logs, fails or kills at file operations below one folder; loaded into a program with LD_PRELOAD.
 *
 * FAULT_PREFIX   absolute folder; operations elsewhere are let through
 * FAULT_ALSO     one folder more, itself and nothing in it
 * FAULT_CLASS    `write` (default): what changes files or makes them durable; `read`: opening and reading
 * FAULT_AT       number of the operation, from 1, at which something happens; 0 = never
 * FAULT_ACTION   an errno as a number, `kill`, `stop` (SIGSTOP, once) or `short` (write half)
 * FAULT_ON       `1`: also at every later operation
 * FAULT_LOG      file that gets one line per operation; what is written goes to FAULT_LOG.data
 *
 * Linux and glibc only. A program that makes system calls past the C library is not seen; `crash.py cover`
 * compares the count with strace's.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t gate = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char *open_path[FILES];
static long open_handle[FILES];
static long handles, operations, at;
static int log_file = -1, data_file = -1, later, count_reads, ready;
static const char *prefix, *also, *action = "";

static void start(void) {
    if (ready) return;
    ready = 1;
    prefix = getenv("FAULT_PREFIX");
    also = getenv("FAULT_ALSO");
    at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
    action = getenv("FAULT_ACTION") ? getenv("FAULT_ACTION") : "";
    later = getenv("FAULT_ON") != NULL;
    count_reads = getenv("FAULT_CLASS") && !strcmp(getenv("FAULT_CLASS"), "read");
    const char *name = getenv("FAULT_LOG");
    if (name) {
        char data[PATH_MAX];
        snprintf(data, sizeof data, "%s.data", name);
        log_file = NEXT(open64)(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        data_file = NEXT(open64)(data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    }
}

static int below(const char *path) {
    size_t length = prefix ? strlen(prefix) : 0;
    if (also && !strcmp(path, also)) return 1;
    return length && !strncmp(path, prefix, length) && (path[length] == '/' || !path[length]);
}

/* The absolute path; links are not followed. */
static const char *whole(int folder, const char *path, char *space) {
    if (path[0] == '/') return path;
    char base[PATH_MAX], link[64];
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return path;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0) return path;
        base[length] = 0;
    }
    if (snprintf(space, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return path;
    return space;
}

/* Notes the operation. 0: go on; -1: fail with errno set; 1: write half. */
static int happens(int reads, const char *op, const char *path, const char *other, long handle, long offset, long bytes) {
    if (reads == count_reads) operations++;
    if (log_file >= 0 && reads == count_reads) {
        char line[3 * PATH_MAX];
        int length = snprintf(line, sizeof line, "%ld\t%s\t%s\t%s\t%ld\t%ld\t%ld\n", operations, op, path,
                              other ? other : "", handle, offset, bytes);
        (void)!NEXT(write)(log_file, line, length);
    }
    if (reads != count_reads || !at || operations < at || (operations > at && !later)) return 0;
    if (!strcmp(action, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(action, "stop")) { if (operations == at) kill(getpid(), SIGSTOP); return 0; }
    if (!strcmp(action, "short")) return 1;
    errno = atoi(action);
    return errno ? -1 : 0;
}

#define ENTER start(); pthread_mutex_lock(&gate)
#define LEAVE(type, call) do { type out = (call); int kept = errno; pthread_mutex_unlock(&gate); errno = kept; return out; } while (0)

static void forget(int file) {
    if (file >= 0 && file < FILES && open_path[file]) { free(open_path[file]); open_path[file] = NULL; }
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char space[PATH_MAX];
    const char *full = whole(folder, path, space);
    int ours = below(full), writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    int is_new = ours && (flags & O_CREAT) && access(full, F_OK) != 0;
    const char *kind = !writes ? "open-read" : is_new ? "create" : flags & O_TRUNC ? "truncate" : "open";
    if (ours && happens(!writes, kind, full, NULL, handles + 1, flags, 0)) return -1;
    int file = NEXT(openat64)(folder, path, flags, mode);
    if (file >= 0) forget(file);
    if (file >= 0 && file < FILES && ours) { open_path[file] = strdup(full); open_handle[file] = ++handles; }
    return file;
}

static int opening(int folder, const char *path, int flags, mode_t mode) {
    ENTER; LEAVE(int, opened(folder, path, flags, mode));
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE(flags) return opening(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opening(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opening(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opening(folder, path, flags, mode); }

int close(int file) { ENTER; forget(file); LEAVE(int, NEXT(close)(file)); }

DIR *opendir(const char *path) {
    char space[PATH_MAX];
    ENTER;
    const char *full = whole(AT_FDCWD, path, space);
    LEAVE(DIR *, below(full) && happens(1, "open-folder", full, NULL, 0, 0, 0) ? NULL : NEXT(opendir)(path));
}

static const char *path_of(int file) { return file >= 0 && file < FILES ? open_path[file] : NULL; }

static ssize_t written(int file, const void *data, size_t bytes, off_t offset, int at_offset) {
    if (path_of(file)) {
        off_t place = at_offset ? offset : NEXT(lseek)(file, 0, SEEK_CUR);
        int outcome = happens(0, "write", path_of(file), NULL, open_handle[file], place, bytes);
        if (outcome < 0) return -1;
        if (outcome > 0) bytes = (bytes + 1) / 2;
        if (data_file >= 0) (void)!NEXT(write)(data_file, data, bytes);
    }
    return at_offset ? NEXT(pwrite64)(file, data, bytes, offset) : NEXT(write)(file, data, bytes);
}

ssize_t write(int file, const void *data, size_t bytes) { ENTER; LEAVE(ssize_t, written(file, data, bytes, 0, 0)); }
ssize_t pwrite(int file, const void *data, size_t bytes, off_t offset) { ENTER; LEAVE(ssize_t, written(file, data, bytes, offset, 1)); }
ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t offset) { ENTER; LEAVE(ssize_t, written(file, data, bytes, offset, 1)); }

ssize_t writev(int file, const struct iovec *parts, int count) {
    start();
    /* A short write is allowed: the caller goes on with the rest. */
    if (path_of(file) && count > 0) {
        for (int part = 0; part < count; part++)
            if (parts[part].iov_len) return write(file, parts[part].iov_base, parts[part].iov_len);
    }
    return NEXT(writev)(file, parts, count);
}

#define READ(name, type, ...) \
    ENTER; \
    if (path_of(file) && happens(1, "read", path_of(file), NULL, open_handle[file], 0, bytes)) LEAVE(ssize_t, -1); \
    pthread_mutex_unlock(&gate); \
    return NEXT(name)(__VA_ARGS__)
ssize_t read(int file, void *data, size_t bytes) { READ(read, , file, data, bytes); }
ssize_t pread(int file, void *data, size_t bytes, off_t offset) { READ(pread, , file, data, bytes, offset); }
ssize_t pread64(int file, void *data, size_t bytes, off64_t offset) { READ(pread64, , file, data, bytes, offset); }

#define ON_FILE(op, call, size) \
    ENTER; \
    if (path_of(file) && happens(0, op, path_of(file), NULL, open_handle[file], size, 0) < 0) LEAVE(int, -1); \
    LEAVE(int, call)
int fsync(int file) { ON_FILE("fsync", NEXT(fsync)(file), 0); }
int fdatasync(int file) { ON_FILE("fsync", NEXT(fdatasync)(file), 0); }
int ftruncate(int file, off_t size) { ON_FILE("cut", NEXT(ftruncate)(file, size), size); }
int ftruncate64(int file, off64_t size) { ON_FILE("cut", NEXT(ftruncate64)(file, size), size); }

static int named(const char *op, int from, const char *path, int to, const char *other) {
    char space[PATH_MAX], more[PATH_MAX];
    const char *full = whole(from, path, space), *second = other ? whole(to, other, more) : NULL;
    if (!below(full) && !(second && below(second))) return 0;
    return happens(0, op, full, second, 0, 0, 0) < 0 ? -1 : 0;
}

#define NAMED(op, from, path, to, other, call) ENTER; LEAVE(int, named(op, from, path, to, other) ? -1 : (call))
int rename(const char *path, const char *other) { NAMED("rename", AT_FDCWD, path, AT_FDCWD, other, NEXT(rename)(path, other)); }
int renameat(int from, const char *path, int to, const char *other) { NAMED("rename", from, path, to, other, NEXT(renameat)(from, path, to, other)); }
int link(const char *path, const char *other) { NAMED("link", AT_FDCWD, path, AT_FDCWD, other, NEXT(link)(path, other)); }
int linkat(int from, const char *path, int to, const char *other, int flags) { NAMED("link", from, path, to, other, NEXT(linkat)(from, path, to, other, flags)); }
int unlink(const char *path) { NAMED("unlink", AT_FDCWD, path, 0, NULL, NEXT(unlink)(path)); }
int unlinkat(int folder, const char *path, int flags) { NAMED(flags & AT_REMOVEDIR ? "rmdir" : "unlink", folder, path, 0, NULL, NEXT(unlinkat)(folder, path, flags)); }
int rmdir(const char *path) { NAMED("rmdir", AT_FDCWD, path, 0, NULL, NEXT(rmdir)(path)); }
int mkdir(const char *path, mode_t mode) { NAMED("mkdir", AT_FDCWD, path, 0, NULL, NEXT(mkdir)(path, mode)); }
