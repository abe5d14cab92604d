// SPDX-License-Identifier: GPL-2.0-only
/* Connections with what other parts of the kernel know of them, as options ask for it. */
#include "join.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Does it take translations to say which connections pass? */
static bool is_judging(const struct options *options)
{
	return options->nat && filter_has_address(&options->filter);
}

/**
 * join_begin() - read what is added to all connections
 * @join: is filled; join_end() has to follow
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: 0 or negative, with ipc_error().
 */
int join_begin(struct join *join, struct ipc *ipc, const struct options *options)
{
	int ret = 0;

	memset(join, 0, sizeof(*join));
	join->options = options;
	if (options->process && !options->count_only)
		ret = sockets_read(&join->sockets, ipc);
	if (options->nat && !ret && (!options->count_only || is_judging(options)))
		ret = translations_read(&join->translations, ipc);
	return ret;
}

static void add(const struct join *join, struct flow *flow)
{
	if (join->options->process)
		sockets_join(&join->sockets, flow);
	if (join->options->nat)
		translations_join(&join->translations, flow);
}

static int join_each(const struct flow *flow, void *data)
{
	struct join *join = data;
	struct flow joined = *flow;

	add(join, &joined);
	if (join->judging && !filter_match(&join->options->filter, &joined))
		return 0;
	return join->each(&joined, join->data);
}

/**
 * join_list() - read the table, with what is added to each connection
 * @join: after join_begin(); what is added stays until join_end()
 * @ipc: where from
 * @each: gets each connection that passes the filter, by any of its addresses
 * @data: for @each
 *
 * Return: as ipc_list().
 */
int join_list(struct join *join, struct ipc *ipc, ipc_each *each, void *data)
{
	static const struct filter all;
	const struct filter *filter = &join->options->filter;

	if (!join->options->process && !join->options->nat)
		return ipc_list(ipc, filter, each, data);
	/* The kernel knows one address of each end. */
	join->judging = is_judging(join->options);
	join->each = each;
	join->data = data;
	return ipc_list(ipc, join->judging ? &all : filter, join_each, join);
}

static int count_one(const struct flow *flow, void *data)
{
	uint64_t *count = data;

	(void)flow;
	++*count;
	return 0;
}

/**
 * join_count() - how many connections pass the filter, by any of their addresses?
 * @join: after join_begin()
 * @ipc: where
 * @count: is filled
 *
 * Return: 0 or negative, with ipc_error().
 */
int join_count(struct join *join, struct ipc *ipc, uint64_t *count)
{
	int ret;

	if (!is_judging(join->options))
		return ipc_count(ipc, &join->options->filter, count);
	*count = 0;
	ret = join_list(join, ipc, count_one, count);
	return ret == -EAGAIN ? 0 : ret;
}

/**
 * join_flow() - add to one connection what is known of it
 * @join: is filled; join_end() has to follow
 * @ipc: where from
 * @options: what was asked for
 * @flow: the connection
 *
 * Return: 0 or negative, with ipc_error().
 */
int join_flow(struct join *join, struct ipc *ipc, const struct options *options,
	      struct flow *flow)
{
	int ret = 0;

	memset(join, 0, sizeof(*join));
	join->options = options;
	if (options->process)
		ret = sockets_read_flow(&join->sockets, ipc, flow);
	if (options->nat && !ret)
		ret = translations_read(&join->translations, ipc);
	if (!ret)
		add(join, flow);
	return ret;
}

/**
 * join_end() - undo join_begin() and join_flow()
 * @join: what they have filled
 *
 * Says on stderr what could not be read.
 */
void join_end(struct join *join)
{
	unsigned int hidden = join->sockets.hidden;

	if (hidden)
		fprintf(stderr, "tcpstate: processes may be missing: it takes CAP_SYS_PTRACE to see the sockets of %u of them\n",
			hidden);
	sockets_free(&join->sockets);
	translations_free(&join->translations);
}
