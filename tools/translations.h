/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections whose addresses are translated, found by the addresses of any side. */
#ifndef TOOLS_TRANSLATIONS_H
#define TOOLS_TRANSLATIONS_H

#include <stddef.h>

#include "ipc_conntrack.h"

/** struct translations - those of one or more network namespaces */
struct translations {
	struct translated *translated;
	size_t n;
	size_t room;
	/** @sight: as what the module may see them; sorted */
	struct sight *sight;
	size_t n_sights;
};

int translations_read(struct translations *translations, struct ipc *ipc);
void translations_free(struct translations *translations);
void translations_join(const struct translations *translations, struct flow *flow);

#endif
