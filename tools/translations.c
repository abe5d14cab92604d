// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections whose addresses are translated. The module sees those that are forwarded between the
 * translations of the destination and of the source, so with the own addresses of both ends; and
 * those of local sockets with the addresses that these use, before or after translation.
 */
#include "translations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** struct translated - a translation, and where it is made */
struct translated {
	struct translation translation;
	/** @netns: as in struct flow */
	const char *netns;
};

/** struct sight - a translation with the addresses that the module may see */
struct sight {
	const struct translated *translated;
	const struct nat_end *end[2];
};

/** struct reading - a list of the translations of one network namespace */
struct reading {
	struct translations *translations;
	const char *netns;
};

static int add(const struct translation *translation, void *data)
{
	struct reading *reading = data;
	struct translations *all = reading->translations;

	if (all->n == all->room) {
		size_t room = all->room ? 2 * all->room : 64;
		struct translated *grown = reallocarray(all->translated, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		all->translated = grown;
		all->room = room;
	}
	all->translated[all->n++] = (struct translated){
		.translation = *translation, .netns = reading->netns,
	};
	return 0;
}

static int add_netns(struct ipc *ipc, void *data)
{
	struct reading reading = { .translations = data, .netns = ipc_netns(ipc) };

	return ipc_conntrack_list(ipc, add, &reading);
}

static int compare(const void *a, const void *b)
{
	const struct sight *one = a, *two = b;
	int ret;

	if (one->translated->netns != two->translated->netns)
		return (uintptr_t)one->translated->netns < (uintptr_t)two->translated->netns ?
			-1 : 1;
	ret = one->translated->translation.family - two->translated->translation.family;
	ret = ret ? ret : memcmp(one->end[0], two->end[0], sizeof(struct nat_end));
	return ret ? ret : memcmp(one->end[1], two->end[1], sizeof(struct nat_end));
}

/* Two of the three are the same if it is translated at one end alone, which does no harm. */
static int sort(struct translations *all)
{
	all->sight = calloc(all->n ? all->n : 1, 3 * sizeof(*all->sight));
	if (!all->sight)
		return -ENOMEM;
	for (size_t i = 0; i < all->n; i++) {
		const struct translated *it = &all->translated[i];
		const struct translation *translation = &it->translation;
		const struct nat_end *before = translation->before, *after = translation->after;

		all->sight[all->n_sights++] = (struct sight){ it, { &before[0], &after[1] } };
		all->sight[all->n_sights++] = (struct sight){ it, { &before[0], &before[1] } };
		all->sight[all->n_sights++] = (struct sight){ it, { &after[0], &after[1] } };
	}
	qsort(all->sight, all->n_sights, sizeof(*all->sight), compare);
	return 0;
}

/**
 * translations_read() - read the translations of a network namespace, or of all
 * @translations: is filled; translations_free() has to follow
 * @ipc: what ipc_open() or ipc_open_all() returned
 *
 * Return: 0 or negative, with ipc_error().
 */
int translations_read(struct translations *translations, struct ipc *ipc)
{
	int ret;

	memset(translations, 0, sizeof(*translations));
	ret = ipc_each_netns(ipc, add_netns, translations);
	if (!ret)
		ret = sort(translations);
	return ret == -ENOMEM ? ipc_no_memory(ipc) : ret;
}

/**
 * translations_free() - undo translations_read()
 * @translations: the translations
 */
void translations_free(struct translations *translations)
{
	free(translations->translated);
	free(translations->sight);
	memset(translations, 0, sizeof(*translations));
}

/* Find the translation of a connection whose end @first has begun it, for nf_conntrack. */
static const struct translation *find(const struct translations *all, const struct flow *flow,
				      int first)
{
	const struct translated translated = {
		.translation.family = flow->family, .netns = flow->netns,
	};
	struct nat_end end[2] = {};
	struct sight key = { &translated, { &end[0], &end[1] } };
	const struct sight *found;

	for (int i = 0; i < 2; i++) {
		const struct end *from = &flow->end[i ^ first];

		memcpy(end[i].address, from->address, sizeof(end[i].address));
		end[i].port = from->port;
	}
	found = all->n_sights ? bsearch(&key, all->sight, all->n_sights, sizeof(key), compare) :
				NULL;
	return found ? &found->translated->translation : NULL;
}

/**
 * translations_join() - add to a connection how its addresses are translated
 * @translations: after translations_read(); have to stay as long as @flow
 * @flow: gets the addresses of both ends before and after
 *
 * The module may take the other end for the initiator than nf_conntrack does, if it has guessed.
 */
void translations_join(const struct translations *translations, struct flow *flow)
{
	const struct translation *it = NULL;
	int first;

	flow->nat = true;
	for (first = 0; first < 2 && !it; first++)
		it = find(translations, flow, first);
	for (int i = 0; i < 2 && it; i++) {
		/* @first has gone one too far. */
		flow->end[i].before = &it->before[i ^ (first - 1)];
		flow->end[i].after = &it->after[i ^ (first - 1)];
	}
}
