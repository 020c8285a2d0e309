/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to session/: the user's folders (XDG Base Directory Specification 0.8). */
#ifndef TIMBREL_SESSION_USER_FOLDERS_H
#define TIMBREL_SESSION_USER_FOLDERS_H

#include "timbrel/base.h"

/* The path of `leaf` ("timbrel/presets") in the folder named by the environment variable, or else in `default_value`
 * (".local/share") of the home folder. Newly allocated (free). ANY */
TB_NODISCARD TbStatus tbi_user_path(const char *variable, const char *default_value, const char *leaf, char **path);
/* Creates all parent folders of a file. OFF */
TB_NODISCARD TbStatus tbi_make_parent_folders(const char *path);

#endif
