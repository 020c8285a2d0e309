/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: Timbrel's own kinds of safetensors files. */
#ifndef TIMBREL_APP_INFO_KINDS_H
#define TIMBREL_APP_INFO_KINDS_H

#include "app/info.h"
#include "timbrel/nn.h"

TB_NODISCARD TbStatus describe_model(const char *path, Info *info);         /* info_model.c */
TB_NODISCARD TbStatus describe_encoded(const char *path, Info *info);       /* info_encoded.c */
TB_NODISCARD TbStatus describe_music(const TbTensorFile *file, Info *info); /* info_music.c */

#endif
