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

/* The same of the file itself. */
static int64_t read_file_at(const TbSource *source, void *out, int64_t count, int64_t offset) {
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

int64_t tbi_source_read_at(const TbSource *source, void *out, int64_t count, int64_t offset) {
    if (offset < 0 || offset >= source->n_bytes || count <= 0)
        return 0;
    if (count > source->n_bytes - offset)
        count = source->n_bytes - offset;
    int64_t own = source->n_before - offset; /* bytes that are not the file's */
    own = own < 0 ? 0 : own < count ? own : count;
    if (own > 0)
        memcpy(out, source->before + offset, (size_t)own);
    return own == count ? count
                        : own + read_file_at(source, (char *)out + own, count - own,
                                             offset + own - source->n_before + source->skipped);
}

void tbi_source_replace(TbSource *source, const unsigned char *before, int64_t n, int64_t skipped) {
    memmove(source->before, before, (size_t)n);
    source->n_bytes += n - skipped;
    source->n_before = n;
    source->skipped = skipped;
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
    int64_t n = tbi_source_read_at(source, out, count, source->position);
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

/* The chunks of a WAV, AIFF or CAF file, one after the other. */
typedef struct {
    bool caf, form, big_endian;
    int64_t next;        /* offset of the next chunk */
    unsigned char id[4]; /* of the current one */
    uint64_t size, left; /* bytes of its contents, as its header says; bytes of the file from its contents on */
    int64_t contents;    /* their offset */
    int n;               /* chunks so far */
} Chunks;

static bool chunks_begin(const TbSource *source, Chunks *c) {
    unsigned char head[12] = {0};
    if (tbi_source_read_at(source, head, 12, 0) < 12)
        return false;
    bool rifx = !memcmp(head, "RIFX", 4), riff = rifx || (!memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WAVE", 4));
    *c = (Chunks){.caf = !memcmp(head, "caff", 4), .form = !memcmp(head, "FORM", 4)};
    c->big_endian = c->caf || c->form || rifx;
    c->next = c->caf ? 8 : 12;
    return c->caf || c->form || riff;
}

static bool chunks_next(const TbSource *source, Chunks *c) {
    enum { MOST_CHUNKS = 1000 };
    unsigned char head[12];
    int size_bytes = c->caf ? 8 : 4;
    if (c->n++ == MOST_CHUNKS || tbi_source_read_at(source, head, 4 + size_bytes, c->next) < 4 + size_bytes)
        return false;
    memcpy(c->id, head, 4);
    c->size = number(head + 4, size_bytes, c->big_endian);
    c->contents = c->next + 4 + size_bytes;
    c->left = (uint64_t)(source->n_bytes - c->contents);
    c->next =
        c->size > c->left ? source->n_bytes : c->contents + (int64_t)c->size + (c->caf ? 0 : (int64_t)(c->size & 1));
    return true;
}

int64_t tbi_source_find_chunk(const TbSource *source, const char *id, uint32_t *size) {
    Chunks c;
    bool wav = chunks_begin(source, &c) && !c.big_endian;
    while (wav && chunks_next(source, &c)) {
        if (!memcmp(c.id, id, 4)) {
            *size = (uint32_t)c.size;
            return c.contents;
        }
    }
    return 0;
}

/* Whether the file goes on with whole chunks to its end, as one does that really has no samples. */
static bool only_chunks_follow(const TbSource *source, Chunks c) {
    while (c.next < source->n_bytes)
        if (!chunks_next(source, &c) || c.size > c.left)
            return false;
    return true;
}

void tbi_source_complete_size(TbSource *source) {
    Chunks c;
    bool wav = chunks_begin(source, &c) && !c.caf && !c.form;
    while (wav && chunks_next(source, &c)) {
        if (memcmp(c.id, "data", 4) != 0)
            continue;
        unsigned char head[TBI_SOURCE_BEFORE];
        if (c.size == 0 && c.left > 0 && c.contents <= TBI_SOURCE_BEFORE && !only_chunks_follow(source, c) &&
            tbi_source_read_at(source, head, c.contents, 0) == c.contents) {
            memset(head + c.contents - 4, 0xff, 4); /* unknown: all that there is */
            tbi_source_replace(source, head, c.contents, c.contents);
        }
        return;
    }
}

bool tbi_source_header_exceeds_file(const TbSource *source) {
    Chunks c;
    bool known = chunks_begin(source, &c);
    while (known && chunks_next(source, &c)) {
        /* Programs that write to a pipe set the size to 0, all ones or a large value (0x7ffff...). */
        bool unknown = c.size == 0 || (c.caf ? c.size >> 63 : c.size >= 0x7fff0000u);
        if (!memcmp(c.id, c.form ? "SSND" : "data", 4))
            return !unknown && c.size > c.left;
    }
    return false;
}
