/* A disk that fails when it is told to, for one process: loaded before libc, so that every call that changes files
 * passes here first. Below one directory it counts those calls. The n-th can fail, be cut short, or be the last thing
 * the process does; a budget of bytes makes a full disk; and everything that happens can be written down, with its
 * data, so that tests/storage/power.py can tell what would be left of it without power. Armed through ctypes.  */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
enum { WRITE = 1, TRUNCATE, EXTEND, SYNC, CREATE, RENAME, UNLINK, LINK, MKDIR, MARK };
enum { FAIL = 1, FAIL_FROM, KILL_BEFORE, KILL_AFTER, SHORTEN };
static char home[PATH_MAX];            /* what is watched; empty: nothing */
static long counted, chosen;           /* calls so far; the one that is meant */
static int how, with_errno, log_to = -1;
static long long budget = -1;          /* bytes by which files may still grow; -1: as many as they like */
static int fired;                      /* whether something has gone wrong already */

void disk_watch(const char *directory) { strncpy(home, directory, PATH_MAX - 1); }
void disk_arm(int mode, long number, int error) { how = mode; chosen = number; with_errno = error; }
void disk_budget(long long bytes) { budget = bytes; }
void disk_record(int descriptor) { log_to = descriptor; }
long disk_count(void) { return counted; }
int disk_fired(void) { return fired; }

/* The real function, looked up once. */
#define REAL(type, name, ...)                                                                                         \
    static type (*real)(__VA_ARGS__);                                                                                 \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int below(const char *path) {
    size_t length = strlen(home);
    return length && path && !strncmp(path, home, length) && (path[length] == '/' || !path[length]);
}
static const char *path_of(int fd, char *path) { /* as the kernel knows it now; NULL: not ours */
    char link[40];
    if (!home[0]) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size < 0) return NULL;
    path[size] = 0;
    return below(path) ? path : NULL;
}
static struct stat about(int fd) { struct stat found = {0}; fstat(fd, &found); return found; }
static long long size_of(int fd) { return about(fd).st_size; }
static int64_t inode_of(int fd) { return about(fd).st_ino; }

/* One line of the log: lengths and numbers, then both paths, then the data. Written past our own `write`. */
static void note(int kind, int64_t inode, int64_t offset, const char *path, const char *to,
                 const void *data, long size) {
    struct { int32_t kind, path, to, spare; int64_t inode, offset, size; } head = {
        kind, path ? strlen(path) : 0, to ? strlen(to) : 0, 0, inode, offset, size};
    struct iovec parts[] = {
        {&head, sizeof head}, {(void *)path, head.path}, {(void *)to, head.to}, {(void *)data, size}};
    int before = errno;
    if (log_to >= 0) syscall(SYS_writev, log_to, parts, 4);
    errno = before;
}
void disk_mark(const char *what) { note(MARK, 0, 0, what, NULL, NULL, 0); }

/* Before each call that counts: 0 to go on, or the error it ends with. -1: do half of it. */
static int before(void) {
    int here = ++counted == chosen;
    if (here && how == KILL_BEFORE) kill(getpid(), SIGKILL);
    if (here && how == SHORTEN) return fired = 1, -1;
    if ((here && how == FAIL) || (counted >= chosen && how == FAIL_FROM)) return fired = 1, with_errno;
    return 0;
}
static void after(void) { if (counted == chosen && how == KILL_AFTER) kill(getpid(), SIGKILL); }
static int grow(int fd, long long end) {
    long long more = end - size_of(fd); /* costs room, where room is counted */
    if (budget < 0 || more <= 0) return 0;
    if (more > budget) return fired = 1, ENOSPC;
    budget -= more;
    return 0;
}
static void give_back(const char *path) {
    struct stat found;
    if (budget < 0 || !path || stat(path, &found) || found.st_nlink > 1) return;
    budget += found.st_size;
}
#define REFUSE(error) do { errno = (error); return -1; } while (0)
static ssize_t plain(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, data, size);
}
static ssize_t put(int fd, const void *data, size_t size, off_t offset, int moves) {
    char path[PATH_MAX];
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    if (!path_of(fd, path)) return moves ? plain(fd, data, size) : real(fd, data, size, offset);
    if (moves) offset = fcntl(fd, F_GETFL) & O_APPEND ? size_of(fd) : lseek(fd, 0, SEEK_CUR);
    int error = before();
    if (error == -1) size = (size + 1) / 2;
    if (error > 0 || (error = grow(fd, offset + size)) > 0) REFUSE(error);
    ssize_t done = moves ? plain(fd, data, size) : real(fd, data, size, offset);
    if (done > 0) note(WRITE, inode_of(fd), offset, path, NULL, data, done);
    after();
    return done;
}
ssize_t write(int fd, const void *data, size_t size) { return put(fd, data, size, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return put(fd, data, size, offset, 0); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return put(fd, data, size, offset, 0); }
int ftruncate64(int fd, off64_t size) {
    char path[PATH_MAX];
    REAL(int, "ftruncate64", int, off64_t);
    if (!path_of(fd, path)) return real(fd, size);
    int error = before();
    if (error > 0 || (error = grow(fd, size)) > 0) REFUSE(error);
    if (budget >= 0 && size < size_of(fd)) budget += size_of(fd) - size;
    int done = real(fd, size);
    if (!done) note(TRUNCATE, inode_of(fd), size, path, NULL, NULL, 0);
    return after(), done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int posix_fallocate64(int fd, off64_t offset, off64_t size) { /* tells its error by returning it */
    char path[PATH_MAX];
    REAL(int, "posix_fallocate64", int, off64_t, off64_t);
    if (!path_of(fd, path)) return real(fd, offset, size);
    int error = before();
    if (error > 0 || (error = grow(fd, offset + size)) > 0) return error;
    int done = real(fd, offset, size);
    if (!done) note(EXTEND, inode_of(fd), offset + size, path, NULL, NULL, 0);
    return after(), done;
}
int posix_fallocate(int fd, off_t offset, off_t size) { return posix_fallocate64(fd, offset, size); }
static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd);
    int error = before();
    if (error > 0) REFUSE(error);
    int done = real(fd);
    if (!done) note(SYNC, inode_of(fd), 0, path, NULL, NULL, 0);
    return after(), done;
}
int fsync(int fd) { REAL(int, "fsync", int); return synced(fd, real); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); return synced(fd, real); }

#define MODE(mode, flags)                                                                                             \
    va_list more;                                                                                                     \
    va_start(more, flags);                                                                                            \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                                                         \
    va_end(more)
int open64(const char *path, int flags, ...) {
    REAL(int, "open64", const char *, int, ...);
    MODE(mode, flags);
    if (!below(path) || (flags & O_ACCMODE) == O_RDONLY) return real(path, flags, mode);
    int error = before(), is_new = access(path, F_OK);
    if (error > 0) REFUSE(error);
    if (flags & O_TRUNC) give_back(path);
    int fd = real(path, flags, mode);
    if (fd >= 0 && (is_new || flags & O_TRUNC)) note(is_new ? CREATE : TRUNCATE, inode_of(fd), 0, path, NULL, NULL, 0);
    return after(), fd;
}
int open(const char *path, int flags, ...) {
    MODE(mode, flags);
    return open64(path, flags, mode);
}

/* Calls that change names: `done` is what the real one says. */
#define NAMES(path, other, kind, call)                                                                                \
    int error = before();                                                                                             \
    if (error > 0) REFUSE(error);                                                                                     \
    if (kind == RENAME || kind == UNLINK) give_back(kind == RENAME ? other : path);                                   \
    int done = call;                                                                                                  \
    if (!done) note(kind, 0, 0, path, other, NULL, 0);                                                                \
    return after(), done

int rename(const char *path, const char *to) {
    REAL(int, "rename", const char *, const char *);
    if (!below(to)) return real(path, to);
    NAMES(path, to, RENAME, real(path, to));
}
int link(const char *path, const char *to) {
    REAL(int, "link", const char *, const char *);
    if (!below(to)) return real(path, to);
    NAMES(path, to, LINK, real(path, to));
}
int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    if (!below(path)) return real(path);
    NAMES(path, (const char *)NULL, UNLINK, real(path));
}
int linkat(int from, const char *path, int at, const char *to, int flags) { /* newer Pythons' os.link */
    REAL(int, "linkat", int, const char *, int, const char *, int);
    if (!below(to)) return real(from, path, at, to, flags);
    NAMES(path, to, LINK, real(from, path, at, to, flags));
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    if (!below(path) || !access(path, F_OK)) return real(path, mode);
    NAMES(path, (const char *)NULL, MKDIR, real(path, mode));
}
