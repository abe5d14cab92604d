// SPDX-License-Identifier: GPL-2.0-only
/* Events of every network namespace, also of those that come up meanwhile. */
#include "stream_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ipc_all.h"
#include "netns_list.h"
#include "stop.h"
#include "term.h"

/* How long after the end of one search for new namespaces the next one begins. */
#define SEARCH_MS	1000
#define NS_PER_MS	1000000

/** struct place - a network namespace that is heard */
struct place {
	ino_t inode;
	struct ipc *ipc;
	struct stream stream;
	/** @found: it was among the namespaces of the last search */
	bool found;
	/** @quiet_ns: when its last event came */
	uint64_t quiet_ns;
};

/** struct streams - all namespaces that are heard */
struct streams {
	/** @stream: the caller's, of which each place has a copy */
	struct stream *stream;
	struct ipc *ipc;
	struct place **place;
	size_t n;
	/** @searched: the first search is over */
	bool searched;
	/** @next_ns: when to search again */
	uint64_t next_ns;
};

/* Two sockets are open for each namespace. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static struct place *find_place(const struct streams *all, ino_t inode)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->place[i]->inode == inode)
			return all->place[i];
	return NULL;
}

static void free_place(struct streams *all, size_t i)
{
	all->stream->total_lost += all->place[i]->stream.total_lost;
	ipc_close(all->place[i]->ipc);
	free(all->place[i]);
	all->place[i] = all->place[--all->n];
}

/* Call back for what waits in one namespace. */
static int receive(struct streams *all, struct place *place)
{
	int ret;

	all->stream->netns = ipc_netns(place->ipc);
	ret = stream_receive(&place->stream, 0);
	place->quiet_ns = term_now_ns();
	return ret < 0 ? ipc_judge_netns(all->ipc, place->ipc, ret) : ret;
}

/* Begin to listen in a namespace. What happened in a new one before that is in its table. */
static int add_place(struct streams *all, const struct netns *netns, bool begin_known)
{
	struct place **grown = reallocarray(all->place, all->n + 1, sizeof(*grown));
	struct place *place = calloc(1, sizeof(*place));
	int begun, ret;

	all->place = grown ? grown : all->place;
	if (!grown || !place) {
		free(place);
		return ipc_no_memory(all->ipc);
	}
	ret = ipc_open_netns(all->ipc, netns, &place->ipc);
	if (ret || !place->ipc) {
		free(place);
		return ret;
	}
	place->inode = netns->inode;
	place->found = true;
	place->stream = *all->stream;
	place->stream.total_lost = 0;
	all->place[all->n++] = place;
	all->stream->netns = ipc_netns(place->ipc);
	begun = stream_begin(&place->stream, place->ipc, begin_known || all->searched);
	/* What a callback returns is positive. */
	ret = begun > 0 ? begun : ipc_judge_netns(all->ipc, place->ipc, begun);
	if (begun < 0)
		free_place(all, all->n - 1);
	return ret;
}

/*
 * Stop listening in namespaces that nobody else has any more: our sockets keep them alive. What
 * waits there is told first.
 */
static int leave(struct streams *all)
{
	int ret = 0;

	for (size_t i = all->n; i-- && !ret;) {
		if (all->place[i]->found)
			continue;
		ret = receive(all, all->place[i]);
		free_place(all, i);
	}
	return ret;
}

static int search(struct streams *all, bool begin_known)
{
	struct netns_list list;
	int ret = ipc_find_netns(all->ipc, &list);
	const char *unread;

	for (size_t i = 0; i < all->n; i++)
		all->place[i]->found = false;
	for (size_t i = 0; i < list.n && !ret; i++) {
		struct place *place = find_place(all, list.netns[i].inode);

		if (place)
			place->found = true;
		else
			ret = add_place(all, &list.netns[i], begin_known);
	}
	netns_list_free(&list);
	if (!ret && !all->n)
		return -EPERM;
	unread = ipc_unread(all->ipc);
	if (*unread)
		fprintf(stderr, "tcpstate: %s\n", unread);
	all->searched = true;
	all->next_ns = term_now_ns() + (uint64_t)SEARCH_MS * NS_PER_MS;
	return ret ? ret : leave(all);
}

/* Wait for events, and call back for them. */
static int turn(struct streams *all, struct ipc **ipcs, bool *ready)
{
	uint64_t now_ns = term_now_ns();
	int timeout_ms = all->next_ns > now_ns ? (all->next_ns - now_ns) / NS_PER_MS + 1 : 0;
	int ret;

	for (size_t i = 0; i < all->n; i++) {
		ipcs[i] = all->place[i]->ipc;
		if (all->place[i]->stream.overrun && timeout_ms > STREAM_QUIET_MS)
			timeout_ms = STREAM_QUIET_MS;
	}
	ret = ipc_wait(ipcs, ready, all->n, timeout_ms);
	if (ret < 0)
		return ret == -EINTR ? 0 : ret;
	now_ns = term_now_ns();
	ret = 0;
	for (size_t i = 0; i < all->n && !ret; i++) {
		struct place *place = all->place[i];
		bool quiet = now_ns - place->quiet_ns > (uint64_t)STREAM_QUIET_MS * NS_PER_MS;

		if (ready[i] || (place->stream.overrun && quiet))
			ret = receive(all, place);
	}
	return ret;
}

static int run(struct streams *all, bool begin_known)
{
	struct ipc **ipcs = NULL;
	bool *ready = NULL;
	size_t room = 0;
	int ret = 0;

	while (!ret && !stop_asked()) {
		if (term_now_ns() >= all->next_ns)
			ret = search(all, begin_known);
		if (ret || fflush(stdout))
			break;
		if (all->n > room) {
			room = all->n;
			free(ipcs);
			free(ready);
			ipcs = calloc(room, sizeof(*ipcs));
			ready = calloc(room, sizeof(*ready));
		}
		ret = ipcs && ready ? turn(all, ipcs, ready) : ipc_no_memory(all->ipc);
	}
	free(ipcs);
	free(ready);
	return ret;
}

/**
 * stream_run_all() - do as stream_run() does, in every network namespace
 * @stream: the callbacks; its private members are zero
 * @ipc: what ipc_open_all() returned
 * @begin_known: tell the tables first
 *
 * A namespace that comes up meanwhile is heard within a second, and its table is told first. One
 * that nobody else has any more is left.
 *
 * Return: as stream_run().
 */
int stream_run_all(struct stream *stream, struct ipc *ipc, bool begin_known)
{
	struct streams all = { .stream = stream, .ipc = ipc };
	int ret;

	raise_limit();
	ret = run(&all, begin_known);
	while (all.n)
		free_place(&all, all.n - 1);
	free(all.place);
	return ret;
}
