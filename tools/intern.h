/* SPDX-License-Identifier: GPL-2.0-only */
/* The one copy of a text, which stays as long as the program runs. */
#ifndef TOOLS_INTERN_H
#define TOOLS_INTERN_H

const char *intern(const char *text);

#endif
