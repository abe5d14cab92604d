/* SPDX-License-Identifier: GPL-2.0-only */
/* User space has the same functions in its own header. */
#include <string.h>
