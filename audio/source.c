/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual I/O for libsndfile, for files as well as memory: given a path, libsndfile guesses headerless formats from the
 * extension (.gsm, .vox, .au) and reads any bytes as noise. */
#include "audio/source.h"
#include "base/io_error.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TbStatus tbi_source_open(TbSource *source, const char *path) {
    *source = (TbSource){.name = path, .fd = -1};
    /* O_NONBLOCK: opening a named pipe without a writer must not block. No effect on regular files. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? tb_fail(TB_ERR_NOT_FOUND, "There is no file \"%s\".", path)
                   : tb_fail(TB_ERR_IO, "Cannot read \"%s\": %s.", path, io_error_text(errno));
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return tb_fail(TB_ERR_IO, "Cannot read \"%s\": it is %s, not a sound file.", path,
                       S_ISDIR(info.st_mode)    ? "a folder"
                       : S_ISFIFO(info.st_mode) ? "a pipe"
                                                : "a device");
    }
    source->fd = fd;
    source->n_bytes = info.st_size;
    return TB_OK;
}

void tbi_source_open_memory(TbSource *source, const void *data, size_t n_bytes) {
    *source = (TbSource){.name = "sound in memory", .fd = -1, .bytes = data, .n_bytes = (int64_t)n_bytes};
}

void tbi_source_close(TbSource *source) {
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

/* Reads up to `count` bytes at `offset`, without moving the position. Returns the number read. */
static int64_t read_at(const TbSource *source, void *out, int64_t count, int64_t offset) {
    if (offset < 0 || offset >= source->n_bytes || count <= 0)
        return 0;
    if (count > source->n_bytes - offset)
        count = source->n_bytes - offset;
    if (source->fd < 0) {
        memcpy(out, source->bytes + offset, (size_t)count);
        return count;
    }
    int64_t done = 0;
    while (done < count) {
        ssize_t n = pread(source->fd, (char *)out + done, (size_t)(count - done), offset + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += n;
    }
    return done;
}

size_t tbi_source_peek(const TbSource *source, void *head, size_t size) {
    return (size_t)read_at(source, head, (int64_t)size, 0);
}

static sf_count_t io_length(void *user) {
    return ((TbSource *)user)->n_bytes;
}

static sf_count_t io_seek(sf_count_t offset, int whence, void *user) {
    TbSource *source = user;
    int64_t base = whence == SEEK_CUR ? source->position : whence == SEEK_END ? source->n_bytes : 0, to;
    if (__builtin_add_overflow(base, offset, &to) || to < 0)
        return -1;
    return source->position = to;
}

static sf_count_t io_read(void *out, sf_count_t count, void *user) {
    TbSource *source = user;
    int64_t n = read_at(source, out, count, source->position);
    source->position += n;
    return n;
}

static sf_count_t io_tell(void *user) {
    return ((TbSource *)user)->position;
}

/* libsndfile stores the error of a failed open in a global variable. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

SNDFILE *tbi_sndfile_open(TbSource *source, const char *temp_path, SF_INFO *info, char *reason, size_t reason_size) {
    SF_VIRTUAL_IO io = {.get_filelen = io_length, .seek = io_seek, .read = io_read, .tell = io_tell};
    pthread_mutex_lock(&open_lock);
    SNDFILE *file = source ? sf_open_virtual(&io, SFM_READ, info, source) : sf_open(temp_path, SFM_WRITE, info);
    snprintf(reason, reason_size, "%s", file ? "" : sf_strerror(NULL));
    pthread_mutex_unlock(&open_lock);
    if (strstr(reason, "SF_INFO")) /* libsndfile's message when a rate or length is 0 or negative */
        snprintf(reason, reason_size, "its header is invalid");
    for (char *p = reason; *p; p++)
        if (iscntrl((unsigned char)*p))
            *p = ' ';
    for (size_t n = strlen(reason); n > 0 && (reason[n - 1] == '.' || reason[n - 1] == ' '); n--)
        reason[n - 1] = 0;
    return file;
}

static uint64_t number(const unsigned char *p, int n_bytes, bool big_endian) {
    uint64_t x = 0;
    for (int i = 0; i < n_bytes; i++)
        x |= (uint64_t)p[i] << 8 * (big_endian ? n_bytes - 1 - i : i);
    return x;
}

bool tbi_source_header_exceeds_file(const TbSource *source) {
    unsigned char head[12] = {0}, chunk[12] = {0};
    if (read_at(source, head, 12, 0) < 12)
        return false;
    bool caf = !memcmp(head, "caff", 4), form = !memcmp(head, "FORM", 4), rifx = !memcmp(head, "RIFX", 4);
    bool riff = rifx || (!memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WAVE", 4));
    if (!caf && !form && !riff)
        return false;
    const char *wanted = form ? "SSND" : "data";
    int size_bytes = caf ? 8 : 4;
    int64_t offset = caf ? 8 : 12;
    for (int i = 0; i < 1000 && read_at(source, chunk, 4 + size_bytes, offset) == 4 + size_bytes; i++) {
        uint64_t size = number(chunk + 4, size_bytes, caf || form || rifx);
        uint64_t left = (uint64_t)(source->n_bytes - offset - 4 - size_bytes);
        /* Programs that write to a pipe set the size to 0, all ones or a large value (0x7ffff...). */
        bool unknown = size == 0 || (caf ? size >> 63 : size >= 0x7fff0000u);
        if (!memcmp(chunk, wanted, 4))
            return !unknown && size > left;
        if (size > left)
            return false;
        offset += 4 + size_bytes + (int64_t)size + (caf ? 0 : (int64_t)(size & 1));
    }
    return false;
}
