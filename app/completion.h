/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: what completes a half-typed command line, for app/completion.bash. Candidates are printed to standard
 * output, one per line; names of files are left to the shell. */
#ifndef TIMBREL_APP_COMPLETION_H
#define TIMBREL_APP_COMPLETION_H

#include "app/options.h"

/* The options of the command. */
void completion_options(const Command *command);

/* What can follow the word `after` of the command line, which is an option, an operand or the command itself, where
 * `typed` has been typed. A line that ends with : or = is to be continued. */
void completion_after(const Command *command, const char *after, const char *typed);

#endif
