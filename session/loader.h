/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: the parts of the loader thread. Only that thread calls them. */
#ifndef TIMBREL_SESSION_LOADER_H
#define TIMBREL_SESSION_LOADER_H

#include "session/internal.h"

/* Between two attempts to give the live player something while it is busy. */
static inline void loader_nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
}

/* ---- eviction.c: to be called without the lock ---- */

/* For a model that the preset needs (NULL: none): frees one that is not playing if all places are taken. */
void tbi_eviction_make_room(TbSession *s, const TbPreset *job);
/* Frees sounds of the model that neither the preset being loaded (NULL: none) nor another one needs. */
void tbi_eviction_trim(TbSession *s, LoadedModel *model, const TbPreset *job);
/* Frees the engine that has been replaced, once it is silent. */
void tbi_eviction_collect(TbSession *s);
/* Frees whatever can be freed. Sounds in use and a model whose notes still sound are kept until later. */
void tbi_eviction_tidy(TbSession *s);
/* Whether something waits to be freed. With the lock held. */
bool tbi_eviction_due(const TbSession *s);

/* ---- device_engine.c ---- */

/* What an engine was made for. */
typedef struct {
    double rate; /* Hz */
    int n_channels;
} DeviceFormat;

/* An engine of the model for the device as it is now (*format), with these sounds on its corners. Without the lock. */
TB_NODISCARD TbStatus tbi_device_engine_new(TbSession *s, const LoadedModel *model, const TbInstrument *const *corner,
                                            int n, DeviceFormat *format, TbEngine **engine);
/* The live player has refused an engine made for this format. Whether the device has changed, so that another is worth
 * making; if it has not, no engine suits it, which becomes the session's error, once. Without the lock. */
bool tbi_device_engine_again(TbSession *s, const DeviceFormat *format);
/* The live player has taken the engine, which the session owns from now on. With the lock held. */
void tbi_device_engine_hand_over(TbSession *s, LoadedModel *model, TbEngine *engine);
/* Another engine of the model that plays, with the same sounds. Without the lock. */
void tbi_device_engine_replace(TbSession *s);

#endif
