// SPDX-License-Identifier: GPL-2.0-only
/*
 * dump: lists all connections, over and over, and checks each list.
 *
 *   dump [-n NETNS] [-t SECONDS] [-1] [-w] [-i] PORT COUNT
 *
 * In each list the same COUNT connections must have PORT as the port of their responder,
 * and no id may occur twice. No list may say that it was interrupted; with -i the last one
 * must say so. Ends on SIGTERM, or with -1 after one list. With -w it prints "begun" after
 * the first piece of a list, and reads on when it gets SIGUSR1. Prints how many lists and
 * connections there were, and each fault on a line of its own. Status 1: there were faults;
 * 2: it could not list.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "genl.h"

#define IDS (1024 * 1024)
#define FAULTS_SHOWN 20

/* An id, and the number of the last list that had it */
static struct {
	__u64 id;
	__u32 list;
	bool marked;
} ids[IDS];

static __u32 lists;
static __u64 records;
static unsigned int faults;
static __u16 port;
static unsigned int wanted, found;
static bool interrupted;

static void complain(const char *what, __u64 which)
{
	if (faults++ < FAULTS_SHOWN)
		printf("fault: list %u: %s: %llu\n", lists, what, which);
}

/* Ids are never removed: a test makes fewer connections than there is room for. */
static void check_id(__u64 id, bool marked)
{
	__u64 at = id * 0x9e3779b97f4a7c15ULL >> 44;

	while (ids[at].id && ids[at].id != id)
		at = (at + 1) % IDS;
	if (ids[at].list == lists)
		complain("is there twice", id);
	if (marked && lists > 1 && !ids[at].marked)
		complain("was not there before", id);
	ids[at].id = id;
	ids[at].list = lists;
	ids[at].marked = marked;
	found += marked;
}

static void check_record(const struct nlmsghdr *nlh)
{
	const struct nlattr *table[GENL_ATTRS];
	const struct nlattr *end[GENL_ATTRS];

	genl_parse(nlh, table);
	genl_parse_nest(table[TCPSTATE_A_FLOW_RESPONDER], end);
	if (!table[TCPSTATE_A_FLOW_ID] || !end[TCPSTATE_A_END_PORT]) {
		complain("a record without id or port", records);
		return;
	}
	check_id(genl_number(table[TCPSTATE_A_FLOW_ID]),
		 genl_number(end[TCPSTATE_A_END_PORT]) == port);
	records++;
}

/* Check a piece of a list; returns whether it is the last one. */
static bool take(const struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		interrupted |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
		if (nlh->nlmsg_seq != lists)
			complain("a message of another list", nlh->nlmsg_seq);
		if (nlh->nlmsg_type == NLMSG_DONE)
			return true;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			errno = -((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
			genl_die("list");
		}
		check_record(nlh);
	}
	return false;
}

/* size: the size of the buffer, which bounds the pieces that the kernel sends. */
static void list(struct mnl_socket *nl, __u16 family, struct nlmsghdr *buffer, size_t size,
		 bool waits)
{
	struct nlmsghdr *nlh = genl_put(buffer, family, NLM_F_DUMP, TCPSTATE_CMD_FLOW_LIST);
	bool last = false;

	nlh->nlmsg_seq = ++lists;
	found = 0;
	interrupted = false;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		genl_die("list");
	while (!last) {
		ssize_t got = mnl_socket_recvfrom(nl, buffer, size);

		if (got < 0)
			genl_die("receive");
		last = take(buffer, got);
		if (!waits || last)
			continue;
		puts("begun");
		fflush(stdout);
		genl_wait(SIGUSR1);
		waits = false;
	}
}

int main(int argc, char **argv)
{
	static struct nlmsghdr buffer[GENL_BUFFER / NLMSG_HDRLEN];
	bool once = false, waits = false, breaks = false;
	struct genl_family family;
	struct mnl_socket *nl;
	int opt;

	while ((opt = getopt(argc, argv, "n:t:1wi")) != -1) {
		if (opt == 'n')
			genl_enter(optarg);
		else if (opt == 't')
			alarm(atoi(optarg));
		else if (opt == '1')
			once = true;
		else if (opt == 'w')
			waits = true;
		else if (opt == 'i')
			breaks = true;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	port = atoi(argv[optind]);
	wanted = atoi(argv[optind + 1]);
	if (!once)
		genl_block(SIGTERM);
	genl_block(SIGUSR1);
	nl = genl_open(0);
	family = genl_find(nl);
	do {
		/* Use a small buffer to get several pieces, if it is to wait between two. */
		list(nl, family.id, buffer, waits ? 8192 : sizeof(buffer), waits);
		/* After a flush, connections are missing. */
		if (!breaks && found != wanted)
			complain("so many of the marked were there", found);
		if (interrupted != breaks)
			complain("was it interrupted", interrupted);
	} while (!once && !genl_pending(SIGTERM));
	printf("lists %u\nrecords %llu\nfaults %u\n", lists, records, faults);
	return faults ? 1 : 0;
}
