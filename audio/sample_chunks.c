/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampler chunks of a WAV file: smpl (root key, loop) and inst (key and velocity ranges), as specified in the
 * "Multimedia Data Standards Update" of IBM and Microsoft (1994). libsndfile can write smpl only. The chunks precede
 * the data chunk because some readers stop at it. */
#include "audio/sample_chunks.h"
#include "base/io_error.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMPL_HEAD = 36,
    SMPL_LOOP = 24,
    INST = 7,
    CHUNK_HEAD = 8,
    FORWARD = 0, /* loop type */
    ALL_BYTES = CHUNK_HEAD + SMPL_HEAD + SMPL_LOOP + CHUNK_HEAD + INST + 1,
};

static uint32_t get_u32(const unsigned char *at) {
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static unsigned char *put_u32(unsigned char *at, uint32_t x) {
    for (int i = 0; i < 4; i++)
        *at++ = (unsigned char)(x >> (8 * i));
    return at;
}

static unsigned char *put_head(unsigned char *at, const char *id, uint32_t size) {
    memcpy(at, id, 4);
    return put_u32(at + 4, size);
}

/* smpl stores pitch as a key plus a fraction upwards: 3 cents flat is 97 cents above the key below. */
static void key_and_fraction(const TbSampleInfo *info, uint32_t *key, uint32_t *fraction) {
    double pitch = fmin(fmax(info->root_key + info->fine_tune_cents / 100.0, 0.0), 127.0);
    double whole = floor(pitch), rest = rint(ldexp(pitch - whole, 32));
    *key = (uint32_t)whole + (rest >= 4294967296.0);
    *fraction = rest >= 4294967296.0 ? 0 : (uint32_t)rest;
}

static unsigned char *put_smpl(unsigned char *at, double sample_rate, const TbSampleInfo *info) {
    bool loop = info->loop_end > info->loop_start;
    uint32_t key, fraction;
    key_and_fraction(info, &key, &fraction);
    at = put_head(at, "smpl", SMPL_HEAD + (loop ? SMPL_LOOP : 0));
    at = put_u32(at, 0); /* manufacturer and product: any sampler */
    at = put_u32(at, 0);
    at = put_u32(at, (uint32_t)lround(1e9 / sample_rate)); /* sample period in ns */
    at = put_u32(at, key);
    at = put_u32(at, fraction);
    at = put_u32(at, 0); /* no SMPTE format and offset */
    at = put_u32(at, 0);
    at = put_u32(at, loop);
    at = put_u32(at, 0); /* no sampler-specific data */
    if (loop) {
        at = put_u32(at, 0); /* cue point id */
        at = put_u32(at, FORWARD);
        at = put_u32(at, (uint32_t)info->loop_start);
        at = put_u32(at, (uint32_t)info->loop_end - 1); /* the last sample of the loop, inclusive */
        at = put_u32(at, 0);                            /* no fractional loop point */
        at = put_u32(at, 0);                            /* play count: infinite */
    }
    return at;
}

static unsigned char clamp_midi(int x, int low) {
    return (unsigned char)(x < low ? low : x > 127 ? 127 : x);
}

static unsigned char *put_inst(unsigned char *at, const TbSampleInfo *info) {
    /* The correction needed to reach the key's pitch: the sign is opposite to that in smpl. */
    double tune = fmin(fmax(-info->fine_tune_cents, -50.0), 50.0);
    double gain = fmin(fmax(info->gain_db, -64.0), 64.0);
    at = put_head(at, "inst", INST);
    *at++ = clamp_midi(info->root_key, 0);
    *at++ = (unsigned char)(signed char)lround(tune);
    *at++ = (unsigned char)(signed char)lround(gain);
    *at++ = clamp_midi(info->low_key, 0);
    *at++ = clamp_midi(info->high_key, 0);
    *at++ = clamp_midi(info->low_velocity, 1);
    *at++ = clamp_midi(info->high_velocity, 1);
    *at++ = 0; /* padding: chunks start at even offsets */
    return at;
}

/* Offset of the data chunk; 0 if this is not a WAV file. */
static size_t find_data(const unsigned char *bytes, size_t n) {
    if (n < 12 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WAVE", 4) != 0)
        return 0;
    for (size_t at = 12; at + CHUNK_HEAD <= n;) {
        if (memcmp(bytes + at, "data", 4) == 0)
            return at;
        at += CHUNK_HEAD + (size_t)get_u32(bytes + at + 4);
        at += at % 2;
    }
    return 0;
}

static bool write_all(FILE *file, const unsigned char *bytes, size_t n) {
    return fwrite(bytes, 1, n, file) == n;
}

TbStatus tbi_sample_chunks_put(const char *path, const char *name, double sample_rate, const TbSampleInfo *info) {
    void *data;
    size_t n;
    unsigned char chunks[ALL_BYTES];
    TbStatus status = tb_read_file(path, UINT32_MAX - ALL_BYTES, &data, &n);
    if (status)
        return status;
    unsigned char *bytes = data;
    size_t at = find_data(bytes, n), more = (size_t)(put_inst(put_smpl(chunks, sample_rate, info), info) - chunks);
    if (at == 0) {
        free(data);
        return tb_fail(TB_ERR_UNSUPPORTED, "\"%s\" cannot hold loops and keys for a sampler; only .wav files can.",
                       name);
    }
    put_u32(bytes + 4, (uint32_t)(n + n % 2 + more - CHUNK_HEAD));
    FILE *file = fopen(path, "wb");
    bool whole = file && write_all(file, bytes, at) && write_all(file, chunks, more) &&
                 write_all(file, bytes + at, n - at) && (n % 2 == 0 || fputc(0, file) == 0);
    int error = errno;
    if (file && fclose(file) != 0) {
        error = whole ? errno : error;
        whole = false;
    }
    free(data);
    return whole ? TB_OK : tb_fail(TB_ERR_IO, "Cannot write \"%s\": %s.", name, io_error_text(error));
}

int tbi_sample_chunks_root_key(const TbSource *source) {
    enum { KEY = 12, FRACTION = 16, READ = FRACTION + 4 };
    unsigned char smpl[READ];
    uint32_t size = 0;
    int64_t at = tbi_source_find_chunk(source, "smpl", &size);
    if (at == 0 || size < SMPL_HEAD || tbi_source_read_at(source, smpl, READ, at) < READ)
        return -1;
    uint32_t key = get_u32(smpl + KEY), fraction = get_u32(smpl + FRACTION);
    if (key > 127)
        return -1;
    return (int)fmin(key + rint(ldexp(fraction, -32)), 127);
}
