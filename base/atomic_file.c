/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Atomic file replacement, and reading and writing whole files. */
#include "base/grow.h"
#include "base/io_error.h"
#include "base/no_memory.h"
#include "timbrel/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static TbStatus cannot_read(const char *path, int error) {
    if (error == ENOENT || error == ENOTDIR)
        return tb_fail(TB_ERR_NOT_FOUND, "There is no file \"%s\".", path);
    return tb_fail(error == ENOMEM ? TB_ERR_NO_MEMORY : TB_ERR_IO, "Cannot read \"%s\": %s.", path,
                   io_error_text(error));
}

static TbStatus cannot_write(const char *path, int error) {
    if (error == ENOENT || error == ENOTDIR)
        return io_no_folder_for(path);
    return tb_fail(error == ENOMEM ? TB_ERR_NO_MEMORY : TB_ERR_IO, "Cannot write \"%s\": %s.", path,
                   io_error_text(error));
}

/* Creates a temporary file beside `path` with the default permissions (mkstemp would make it private). */
static int open_temporary(TbAtomicFile *file) {
    static atomic_uint counter;
    size_t size = strlen(file->path) + 40;
    file->temp = malloc(size);
    if (!file->temp) {
        errno = ENOMEM;
        return -1;
    }
    for (int attempt = 0; attempt < 100; attempt++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        unsigned suffix =
            ((unsigned)now.tv_nsec ^ (unsigned)getpid() << 12) + atomic_fetch_add(&counter, 1) * 2654435761u;
        snprintf(file->temp, size, "%s.%08x.tmp", file->path, suffix);
        int fd = open(file->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static void free_names(TbAtomicFile *file) {
    free(file->path);
    free(file->temp);
    *file = (TbAtomicFile){0};
}

TbStatus tb_atomic_file_begin(TbAtomicFile *file, const char *path) {
    *file = (TbAtomicFile){0};
    if (!path || !*path)
        return tb_fail(TB_ERR_ARGUMENT, "No file name was given to write to.");
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return tb_fail(TB_ERR_IO, "Cannot write \"%s\": it is a folder.", path);
    if (exists && !S_ISREG(info.st_mode))
        return tb_fail(TB_ERR_IO, "Cannot write \"%s\": it is not an ordinary file.", path);
    /* Follow a symbolic link: replace its target, not the link. */
    file->path = exists ? realpath(path, NULL) : strdup(path);
    if (!file->path)
        return cannot_write(path, errno);
    int fd = open_temporary(file);
    if (fd < 0) {
        int error = errno;
        free_names(file);
        return cannot_write(path, error);
    }
    if (exists) /* copy the old file's permissions; if that is not allowed, the default is good enough */
        (void)!fchmod(fd, info.st_mode & 0777);
    close(fd);
    return TB_OK;
}

TbStatus tb_atomic_file_begin_new(TbAtomicFile *file, const char *path) {
    struct stat info;
    *file = (TbAtomicFile){.is_new = true};
    if (!path || !*path)
        return tb_fail(TB_ERR_ARGUMENT, "No file name was given to write to.");
    file->path = strdup(path);
    if (!file->path || asprintf(&file->temp, "%s.tmp", path) < 0) {
        file->temp = NULL;
        free_names(file);
        return tbi_no_memory("to write \"%s\"", path);
    }
    int fd = open(file->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), error = errno;
    if (fd < 0) {
        TbStatus status = error == EEXIST ? tb_fail(TB_ERR_BUSY,
                                                    "\"%s\" is being written already, or \"%s\" is left from a program "
                                                    "that was killed; choose another name.",
                                                    path, file->temp)
                                          : cannot_write(path, error);
        free_names(file);
        return status;
    }
    close(fd);
    if (lstat(path, &info) != 0) /* asked only now: a program that held the name may just have made its file */
        return TB_OK;
    tb_atomic_file_discard(file);
    return tb_fail(TB_ERR_BUSY, "\"%s\" exists already; choose another name.", path);
}

/* rename, but never over another file. Returns an errno, 0: done. */
static int rename_new(const char *from, const char *to) {
    struct stat info;
    if (link(from, to) == 0)
        return unlink(from) == 0 ? 0 : errno;
    if (errno == EEXIST)
        return EEXIST;
    if (lstat(to, &info) == 0) /* a file system without links */
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

/* Syncs the folder of a file so that the rename is durable. Errors are harmless: some file systems cannot sync folders.
 * Truncates `path` to its folder in place, so nothing can fail for lack of memory after the rename. */
static void sync_folder_of(char *path) {
    char *slash = strrchr(path, '/');
    if (slash)
        slash[slash == path ? 1 : 0] = 0;
    int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

TbStatus tb_atomic_file_commit(TbAtomicFile *file) {
    int error = 0;
    int fd = open(file->temp, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        error = errno;
    if (fd >= 0 && fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
        error = errno;
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    if (!error && file->is_new)
        error = rename_new(file->temp, file->path);
    else if (!error && rename(file->temp, file->path) != 0)
        error = errno;
    if (error == EEXIST && file->is_new) {
        TbStatus status = tb_fail(TB_ERR_BUSY, "\"%s\" has been made by another program meanwhile; see \"%s\".",
                                  file->path, file->temp);
        free_names(file);
        return status;
    }
    if (error) {
        TbStatus status = error == ENOENT
                              ? tb_fail(TB_ERR_NOT_FOUND, "\"%s\" was removed while it was written.", file->temp)
                              : cannot_write(file->path, error);
        tb_atomic_file_discard(file);
        return status;
    }
    sync_folder_of(file->temp);
    free_names(file);
    return TB_OK;
}

void tb_atomic_file_discard(TbAtomicFile *file) {
    if (file->temp)
        unlink(file->temp);
    free_names(file);
}

static int write_all(const char *path, const char *data, size_t n_bytes) {
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = 0;
    while (n_bytes > 0 && !error) {
        ssize_t n = write(fd, data, n_bytes < (1u << 30) ? n_bytes : 1u << 30);
        if (n < 0 && errno != EINTR)
            error = errno;
        if (n > 0) {
            data += n;
            n_bytes -= (size_t)n;
        }
    }
    if (close(fd) != 0 && !error)
        error = errno;
    return error;
}

TbStatus tb_write_file(const char *path, const void *data, size_t n_bytes) {
    TbAtomicFile file;
    TbStatus status = tb_atomic_file_begin(&file, path);
    if (status)
        return status;
    int error = write_all(file.temp, data, n_bytes);
    if (error) {
        tb_atomic_file_discard(&file);
        return cannot_write(path, error);
    }
    return tb_atomic_file_commit(&file);
}

/* The buffer grows with the data read: the reported file size can be 0 (/proc) or change during the read. */
static TbStatus read_all(int fd, const char *path, size_t max_bytes, void **data, size_t *n_bytes) {
    size_t n = 0, capacity = 0;
    char *bytes = NULL;
    for (;;) {
        if (n + 1 >= capacity && !tbi_grow(&bytes, n + 65536, &capacity)) {
            free(bytes);
            return tbi_no_memory("to read \"%s\"", path);
        }
        ssize_t got = read(fd, bytes + n, capacity - n - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int error = errno;
            free(bytes);
            return cannot_read(path, error);
        }
        if (got == 0)
            break;
        n += (size_t)got;
        if (n > max_bytes) {
            free(bytes);
            return tb_fail(TB_ERR_FORMAT, "\"%s\" is larger than %zu bytes; a file of this kind never is.", path,
                           max_bytes);
        }
    }
    bytes[n] = 0;
    *data = bytes;
    *n_bytes = n;
    return TB_OK;
}

TbStatus tb_read_file(const char *path, size_t max_bytes, void **data, size_t *n_bytes) {
    *data = NULL;
    *n_bytes = 0;
    if (!path || !*path)
        return tb_fail(TB_ERR_ARGUMENT, "No file name was given to read.");
    /* Opening must not wait for a writer of a named pipe; reading waits as long as there is one. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cannot_read(path, errno);
    fcntl(fd, F_SETFL, 0);
    struct stat info;
    bool pipe = fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
    TbStatus status = read_all(fd, path, max_bytes, data, n_bytes);
    close(fd);
    if (status == TB_OK && pipe && *n_bytes == 0) {
        free(*data);
        *data = NULL;
        status = tb_fail(TB_ERR_EMPTY, "\"%s\" is a pipe that no program writes to; name a file.", path);
    }
    return status;
}
