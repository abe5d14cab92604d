/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

#define MODULE_VERSION	32

bool module_version(char version[MODULE_VERSION]);
const char *module_wants_signature(void);

#endif
