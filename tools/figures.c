// SPDX-License-Identifier: GPL-2.0-only
/* What is told of a group of connections: the columns of top that are no keys. */
#include "figures.h"

#include <stdio.h>

#include "columns.h"
#include "compiler.h"
#include "format.h"
#include "json.h"

#define COUNT(member, is_known, counts) \
	static struct figure member##_of(const struct groups *groups, uint32_t number) \
	{ \
		const struct group *group = groups_at(groups, number); \
									\
		return (struct figure){ \
			.known = is_known, .n = group->member, \
			.saturated = group->saturated & (counts), \
		}; \
	}

COUNT(connections, true, 0)
COUNT(refused, true, 0)
COUNT(unanswered, true, 0)
COUNT(time_wait, true, 0)
COUNT(segments, group->has_segments, RECORD_SEGMENTS)
COUNT(bytes, group->has_bytes, TCPSTATE_COUNT_BYTES)
COUNT(retransmits, group->known, TCPSTATE_COUNT_RETRANSMITS)

static struct figure new_rate_of(const struct groups *groups, uint32_t number)
{
	double seconds = (double)(groups->until_ns - groups->from_ns) / NS_PER_S;
	uint64_t fresh = groups_at(groups, number)->fresh;

	return (struct figure){
		.known = seconds > 0, .tenths = true,
		.n = seconds > 0 ? fresh / seconds * 10 + 0.5 : 0,
	};
}

/* If some segments were not counted, no share is known. */
static struct figure retransmits_share_of(const struct groups *groups, uint32_t number)
{
	const struct group *group = groups_at(groups, number);

	return (struct figure){
		.tenths = true,
		.known = group->known &&
			 !(group->saturated & (RECORD_SEGMENTS | TCPSTATE_COUNT_RETRANSMITS)),
		.n = group->known ? 1000.0 * group->retransmits / group->known + 0.5 : 0,
	};
}

#define PERCENTILE(name, half, percent) \
	static struct figure name##_of(const struct groups *groups, uint32_t number) \
	{ \
		struct figure it = {}; \
									\
		it.known = samples_percentile(&groups->samples, number, half, percent, &it.n); \
		return it; \
	}

PERCENTILE(syn_p50, SAMPLES_SYN, 50)
PERCENTILE(syn_p99, SAMPLES_SYN, 99)
PERCENTILE(ack_p50, SAMPLES_ACK, 50)
PERCENTILE(ack_p99, SAMPLES_ACK, 99)

const struct figures figures_columns[] = {
	{ FIELD_CONNECTIONS, COLUMNS_STATE, connections_of },
	{ FIELD_NEW_RATE, 9, new_rate_of },
	{ FIELD_REFUSED, 10, refused_of },
	{ FIELD_UNANSWERED, 11, unanswered_of },
	{ FIELD_TIME_WAIT, 12, time_wait_of },
	{ FIELD_SYN_P50, 17, syn_p50_of },
	{ FIELD_SYN_P99, 13, syn_p99_of },
	{ FIELD_ACK_P50, 18, ack_p50_of },
	{ FIELD_ACK_P99, 15, ack_p99_of },
	{ FIELD_RETRANSMITS, 20, retransmits_of },
	{ FIELD_RETRANSMITS_SHARE, 16, retransmits_share_of },
	{ FIELD_SEGMENTS, 19, segments_of },
	{ FIELD_BYTES, 14, bytes_of },
};

const size_t figures_n = ARRAY_SIZE(figures_columns);

/**
 * figures_fields() - the names of all figures
 *
 * Return: FIELD_BIT() of each.
 */
uint64_t figures_fields(void)
{
	uint64_t set = 0;

	for (size_t i = 0; i < figures_n; i++)
		set |= FIELD_BIT(figures_columns[i].field);
	return set;
}

/**
 * figures_of() - find a column
 * @field: its name
 *
 * Return: the column, or NULL.
 */
const struct figures *figures_of(enum field field)
{
	for (size_t i = 0; i < figures_n; i++)
		if (figures_columns[i].field == field)
			return &figures_columns[i];
	return NULL;
}

/**
 * figures_write() - a figure, for people
 * @figure: the figure
 * @text: is filled
 * @size: of @text
 */
void figures_write(struct figure figure, char *text, size_t size)
{
	char number[FORMAT_NUMBER];

	if (!figure.known)
		snprintf(text, size, "-");
	else if (figure.tenths)
		snprintf(text, size, "%llu.%u", (unsigned long long)figure.n / 10,
			 (unsigned int)(figure.n % 10));
	else
		snprintf(text, size, "%s", format_count(figure.n, figure.saturated, number));
}

/**
 * figures_json() - a figure of a group, as a member of its object
 * @figures: the column
 * @groups: the groups
 * @number: which of them
 */
void figures_json(const struct figures *figures, const struct groups *groups, uint32_t number)
{
	struct figure figure = figures->figure(groups, number);

	if (figure.known && figure.tenths)
		json_tenths(field_name(figures->field), figure.n);
	else
		json_maybe(field_name(figures->field), figure.known, figure.n);
}
