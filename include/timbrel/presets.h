/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel presets: the data built into the library: the default model, the networks of music, the bundled sounds, the
 * factory presets.
 * Thread letters (RT, CT, OFF, ANY) are explained in include/timbrel/base.h. */
#ifndef TIMBREL_PRESETS_H
#define TIMBREL_PRESETS_H

#include "timbrel/score.h"
#include "timbrel/sound.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Creates the default model, owned by the caller. TB_ERR_NOT_FOUND: this build has none. OFF. */
TB_NODISCARD TB_API TbStatus tb_default_model(TbModel **model);

/* The file of the networks of music (rhythms, melodies, pieces) in memory; static; NULL and 0: this build has none.
 * ANY. */
TB_API const void *tb_music_data(size_t *n_bytes);
/* An index of all music that these networks learned from, owned by the caller; empty if this build has none. Takes some
 * 10 ms. OFF. */
TB_NODISCARD TB_API TbStatus tb_music_copies(TbCopyIndex **index);
/* A file of music models may hold such an index, too, as `timbrel train` writes it: parsing adds its pieces to the
 * index, none if the file has no such index or on failure. Printing makes a file of the index alone, to be merged with
 * those of models, and a sentence on what was learned; *data is newly allocated (free). OFF. */
TB_NODISCARD TB_API TbStatus tb_music_copies_parse(TbCopyIndex *index, const void *data, size_t n_bytes);
TB_NODISCARD TB_API TbStatus tb_music_copies_print(const TbCopyIndex *index, const char *learned, void **data,
                                                   size_t *n_bytes);

/* The bundled sounds, by name. ANY. */
TB_API size_t tb_bundled_count(void);
TB_API const char *tb_bundled_name(size_t i); /* "flute"; static; NULL when i is out of range */
/* A sound's FLAC file in memory, for tb_audio_read_memory; static; NULL when i is out of range. */
TB_API const void *tb_bundled_data(size_t i, size_t *n_bytes);

/* The factory presets in their order, as JSON for tb_preset_parse: text[n_bytes]; static; NULL when i is out of range.
 * ANY. */
TB_API size_t tb_factory_preset_count(void);
TB_API const char *tb_factory_preset_text(size_t i, size_t *n_bytes);

#ifdef __cplusplus
}
#endif
#endif
