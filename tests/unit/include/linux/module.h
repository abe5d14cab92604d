/* SPDX-License-Identifier: GPL-2.0-only */
/* A suite is linked into one program here, so what it says of its module is dropped. */
#ifndef UNIT_LINUX_MODULE_H
#define UNIT_LINUX_MODULE_H

#include <linux/kernel.h>

#define MODULE_LICENSE(text)
#define MODULE_DESCRIPTION(text)
#define MODULE_IMPORT_NS(name)

#endif
