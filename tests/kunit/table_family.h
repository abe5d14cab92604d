/* SPDX-License-Identifier: GPL-2.0-only */
/* For cases that run with keys of either family. */
#ifndef TABLE_FAMILY_H
#define TABLE_FAMILY_H

#include "table_fixture.h"

static const struct family {
	const char *name;
	bool ipv6;
} families[] = { { "IPv4", false }, { "IPv6", IPV6 } };

KUNIT_ARRAY_PARAM_DESC(family, families, name);

#endif
