// SPDX-License-Identifier: GPL-2.0-only
/* The connections of a reading, summed up by groups. */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#define LEAST	1024

static size_t bytes_of(const struct groups *groups)
{
	return sizeof(struct group) + groups->keys.words * sizeof(uint64_t);
}

/**
 * groups_at() - a group
 * @groups: the groups
 * @number: its number
 *
 * Return: the group; valid until the next groups_add().
 */
struct group *groups_at(const struct groups *groups, uint32_t number)
{
	return (struct group *)(groups->group + number * bytes_of(groups));
}

/*
 * Multilinear hashing, which is universal: without knowing the random factors nobody can choose
 * addresses that share a place.
 */
static uint32_t hash(const struct groups *groups, const uint64_t *words)
{
	const uint64_t *factor = groups->factor;
	uint64_t sum = *factor++;

	for (unsigned int i = 0; i < groups->keys.words; i++) {
		sum += *factor++ * (uint32_t)words[i];
		sum += *factor++ * (words[i] >> 32);
	}
	return sum >> 32;
}

/* The place of a group with those values, or the empty one where it belongs. */
static uint32_t *place_of(const struct groups *groups, const uint64_t *words)
{
	uint32_t at = hash(groups, words) & (groups->places - 1);

	while (groups->place[at] &&
	       memcmp(groups_at(groups, groups->place[at])->words, words,
		      groups->keys.words * sizeof(*words)))
		at = (at + 1) & (groups->places - 1);
	return &groups->place[at];
}

/* Double the table of places, of which a quarter stays empty. */
static bool grow_places(struct groups *groups)
{
	uint32_t places = groups->places ? 2 * groups->places : LEAST;
	uint32_t *place = calloc(places, sizeof(*place));

	if (!place)
		return false;
	free(groups->place);
	groups->place = place;
	groups->places = places;
	for (uint32_t i = GROUPS_OTHERS + 1; i < groups->n; i++)
		*place_of(groups, groups_at(groups, i)->words) = i;
	return true;
}

/* Add a group without connections. */
static bool append(struct groups *groups, const uint64_t *words)
{
	size_t bytes = bytes_of(groups);
	struct group *group;

	if (groups->n == groups->room) {
		uint32_t room = groups->room ? groups->room + groups->room / 2 : LEAST;
		char *larger = reallocarray(groups->group, room, bytes);

		if (!larger)
			return false;
		groups->group = larger;
		groups->room = room;
	}
	group = groups_at(groups, groups->n++);
	memset(group, 0, bytes);
	if (words)
		memcpy(group->words, words, groups->keys.words * sizeof(*words));
	return true;
}

/* The number of a connection's group, which may be new; false without memory. */
static bool find(struct groups *groups, const struct flow *flow, uint32_t *number)
{
	uint64_t words[KEYS_WORDS];
	uint32_t *place;

	keys_take(&groups->keys, flow, words);
	if (groups->n + 1 > groups->places / 4 * 3 && !grow_places(groups))
		return false;
	place = place_of(groups, words);
	*number = *place;
	if (*place || groups->n > groups->most)
		return true;
	if (!append(groups, words))
		return false;
	*number = groups->n - 1;
	*place = *number;
	return true;
}

/**
 * groups_begin() - begin a reading: there are no groups
 * @groups: the groups
 * @from_ns: connections that begin from then on, ns since boot, are new
 * @until_ns: until then
 *
 * Return: false without memory.
 */
bool groups_begin(struct groups *groups, uint64_t from_ns, uint64_t until_ns)
{
	if (!groups->places &&
	    (getrandom(groups->factor, sizeof(groups->factor), 0) < 0 || !grow_places(groups)))
		return false;
	if (!groups->most)
		groups->most = GROUPS_BYTES / bytes_of(groups);
	if (groups->most > GROUPS_MOST)
		groups->most = GROUPS_MOST;
	memset(groups->place, 0, groups->places * sizeof(*groups->place));
	groups->n = 0;
	groups->from_ns = from_ns;
	groups->until_ns = until_ns;
	samples_reset(&groups->samples);
	return append(groups, NULL);
}

/* A sum that has no room in 64 bits is a lower bound, too. */
static void add(struct group *group, uint64_t *sum, uint64_t number, uint32_t count)
{
	if (!__builtin_add_overflow(*sum, number, sum))
		return;
	*sum = UINT64_MAX;
	group->saturated |= count;
}

static bool add_times(struct groups *groups, uint32_t number, const struct flow *flow)
{
	return (!record_has(flow, TCPSTATE_A_FLOW_SYN_US) ||
		samples_add(&groups->samples, number, SAMPLES_SYN, flow->syn_us)) &&
	       (!record_has(flow, TCPSTATE_A_FLOW_ACK_US) ||
		samples_add(&groups->samples, number, SAMPLES_ACK, flow->ack_us));
}

/**
 * groups_add() - add a connection to its group
 * @groups: the groups, after groups_begin()
 * @flow: the connection
 *
 * Return: false without memory.
 */
bool groups_add(struct groups *groups, const struct flow *flow)
{
	struct group *group;
	uint32_t number;

	if (!find(groups, flow, &number))
		return false;
	group = groups_at(groups, number);
	group->connections++;
	group->fresh += flow->id >= groups->from_ns && flow->id < groups->until_ns;
	group->refused += flow->verdict == TCPSTATE_VERDICT_REFUSED;
	group->unanswered += flow->phase == TCPSTATE_PHASE_OPEN;
	group->time_wait += flow->end[0].state == TCPSTATE_TIME_WAIT ||
			    flow->end[1].state == TCPSTATE_TIME_WAIT;
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		group->saturated |= end->saturated;
		add(group, &group->segments, record_segments(end), RECORD_SEGMENTS);
		add(group, &group->bytes, end->bytes, TCPSTATE_COUNT_BYTES);
		group->has_segments |= record_has(end, TCPSTATE_A_END_OPENING);
		group->has_bytes |= record_has(end, TCPSTATE_A_END_BYTES);
		if (!record_has(end, TCPSTATE_A_END_RETRANSMITS))
			continue;
		add(group, &group->retransmits, end->retransmits, TCPSTATE_COUNT_RETRANSMITS);
		add(group, &group->known, record_segments(end), RECORD_SEGMENTS);
	}
	return add_times(groups, number, flow);
}

/**
 * groups_end() - end a reading, after which samples_percentile() can be asked
 * @groups: the groups
 */
void groups_end(struct groups *groups)
{
	samples_sort(&groups->samples);
}

/**
 * groups_free() - free what groups_begin() and groups_add() took
 * @groups: the groups
 */
void groups_free(struct groups *groups)
{
	samples_free(&groups->samples);
	free(groups->group);
	free(groups->place);
	groups->group = NULL;
	groups->place = NULL;
}
