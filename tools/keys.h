/* SPDX-License-Identifier: GPL-2.0-only */
/* What connections can be grouped by: the keys of groups, and their values. */
#ifndef TOOLS_KEYS_H
#define TOOLS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup.h"
#include "fields.h"
#include "record.h"

#define KEYS_MOST	8
/* An address takes three words, everything else one. */
#define KEYS_WORDS	(3 * KEYS_MOST)
#define KEYS_TEXT	CGROUP_PATH

struct key_kind;

/** struct key - one of the keys that were asked for */
struct key {
	const struct key_kind *kind;
	/** @prefix_len: of addresses, by family; the others are whole */
	uint8_t prefix_len[2];
	/** @at: the first word of its value */
	unsigned int at;
};

/** struct keys - the keys that were asked for, in their order */
struct keys {
	struct key key[KEYS_MOST];
	size_t n;
	/** @words: of the values of all keys */
	unsigned int words;
};

uint64_t keys_fields(void);
bool keys_parse(struct keys *keys, const char *text, char *error, size_t size);
void keys_take(const struct keys *keys, const struct flow *flow, uint64_t words[KEYS_WORDS]);
enum field keys_field(const struct key *key);
bool keys_is_address(const struct key *key);
void keys_write(const struct key *key, const uint64_t *words, bool numeric,
		char text[KEYS_TEXT]);
void keys_json(const struct key *key, const uint64_t *words);
int keys_compare(const struct keys *keys, const uint64_t *one, const uint64_t *two);

#endif
