/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An independent, strict reader of WAV files with smpl and inst chunks, written from the specification ("Multimedia
 * Data Standards Update", IBM and Microsoft 1994). It shares no code with audio/. */
#ifndef TIMBREL_TESTS_WAV_READER_H
#define TIMBREL_TESTS_WAV_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int rate, bits, channels;
    size_t n;
    float *x; /* [n], owned */
    bool has_smpl, has_inst;
    uint32_t period, unity_note, pitch_fraction, n_loops;
    uint32_t loop_kind, loop_start, loop_last, loop_fraction, loop_count; /* loop_last is inclusive */
    int unshifted_note, fine_tune, gain, low_note, high_note, low_velocity, high_velocity;
} Wav;

static inline uint32_t wav_u32(const unsigned char *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline const char *wav_read_data(Wav *wav, const unsigned char *p, uint32_t size) {
    int width = wav->bits / 8;
    if (!wav->bits || wav->x)
        return "data before fmt, or twice";
    if (size % (uint32_t)width != 0)
        return "half a sample";
    wav->n = size / (uint32_t)width;
    wav->x = malloc((wav->n + 1) * sizeof *wav->x);
    for (size_t i = 0; wav->x && i < wav->n; i++) {
        uint32_t v = 0;
        for (int b = 0; b < width; b++)
            v |= (uint32_t)p[i * (size_t)width + (size_t)b] << (8 * (4 - width + b));
        wav->x[i] = (float)((int32_t)v / 2147483648.0);
    }
    return wav->x ? NULL : "out of memory";
}

static inline const char *wav_read_chunk(Wav *wav, const unsigned char *id, const unsigned char *p, uint32_t size) {
    if (memcmp(id, "fmt ", 4) == 0) {
        wav->channels = p[2] | p[3] << 8;
        wav->rate = (int)wav_u32(p + 4);
        wav->bits = p[14] | p[15] << 8;
        if (size < 16 || (p[0] | p[1] << 8) != 1 || wav->channels != 1 || (wav->bits != 16 && wav->bits != 24))
            return "not mono PCM of 16 or 24 bits";
        if ((p[12] | p[13] << 8) != wav->bits / 8 || wav_u32(p + 8) != (uint32_t)(wav->rate * wav->bits / 8))
            return "fmt contradicts itself";
    } else if (memcmp(id, "data", 4) == 0) {
        return wav_read_data(wav, p, size);
    } else if (memcmp(id, "smpl", 4) == 0) {
        if (wav->has_smpl || size < 36)
            return "a bad smpl chunk";
        wav->has_smpl = true;
        wav->period = wav_u32(p + 8);
        wav->unity_note = wav_u32(p + 12);
        wav->pitch_fraction = wav_u32(p + 16);
        wav->n_loops = wav_u32(p + 28);
        if (size != 36 + 24 * wav->n_loops + wav_u32(p + 32))
            return "the size of smpl and its number of loops do not agree";
        if (wav->n_loops > 0) {
            wav->loop_kind = wav_u32(p + 40);
            wav->loop_start = wav_u32(p + 44);
            wav->loop_last = wav_u32(p + 48);
            wav->loop_fraction = wav_u32(p + 52);
            wav->loop_count = wav_u32(p + 56);
        }
    } else if (memcmp(id, "inst", 4) == 0) {
        if (wav->has_inst || size != 7)
            return "a bad inst chunk";
        wav->has_inst = true;
        wav->unshifted_note = p[0];
        wav->fine_tune = (signed char)p[1];
        wav->gain = (signed char)p[2];
        wav->low_note = p[3];
        wav->high_note = p[4];
        wav->low_velocity = p[5];
        wav->high_velocity = p[6];
    }
    return NULL;
}

/* Returns NULL, or a description of the error. The caller frees wav->x in both cases. */
static inline const char *wav_read(const char *path, Wav *wav) {
    static unsigned char bytes[64 << 20];
    *wav = (Wav){0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return "cannot be opened";
    size_t n = fread(bytes, 1, sizeof bytes, file), at = 12;
    fclose(file);
    if (n < 12 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WAVE", 4) != 0)
        return "no WAV file";
    if (wav_u32(bytes + 4) + 8 != n)
        return "its head tells another size than it has";
    while (at + 8 <= n) {
        uint32_t size = wav_u32(bytes + at + 4);
        if (size > n - at - 8)
            return "a chunk ends behind the file";
        const char *wrong = wav_read_chunk(wav, bytes + at, bytes + at + 8, size);
        if (wrong)
            return wrong;
        at += 8 + size + size % 2;
    }
    return at != n ? "something is left behind its last chunk" : !wav->x ? "no data" : NULL;
}

#endif
