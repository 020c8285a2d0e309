/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal to compose/: checks what is asked for. */
#ifndef TIMBREL_COMPOSE_OPTIONS_H
#define TIMBREL_COMPOSE_OPTIONS_H

#include "timbrel/compose.h"

/* Copies the options. TB_ERR_ARGUMENT: one is out of range; TB_ERR_UNSUPPORTED: a network that they need is missing. */
TB_NODISCARD TbStatus tbi_compose_read_options(const TbMusicModels *models, const TbComposeOptions *options,
                                               TbComposeOptions *own);

/* The same for the form of so many new bars, and the metre. */
TB_NODISCARD TbStatus tbi_compose_check_plan(const TbComposeOptions *options, int bars, int numerator, int denominator);

#endif
