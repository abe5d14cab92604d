// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz: sends the family requests that nobody would send.
 *
 *   fuzz [-n COUNT] [-s SEED] [-u]
 *
 * It sends COUNT datagrams: valid requests, such requests with bytes changed, cut off or
 * inserted, and random trees of attributes; to every operation, as do and as dump. Now and
 * then it closes the socket in the middle of an answer. Each answer must be an errno that a
 * request can cause, and from time to time a valid request must get its answer: EPERM with
 * -u, which says that the caller has no privileges. Prints its seed, and how often each
 * errno came. Status 1: an answer was wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "genl.h"

/* How many datagrams there are between two valid requests that are checked */
#define STRIDE 1000
#define LONGEST 16384
#define DEEPEST 12

static const int earned[] = {
	0, EPERM, EINVAL, ERANGE, EOPNOTSUPP, ENOENT, EBUSY,
};

static struct nlmsghdr room[2 * LONGEST / NLMSG_HDRLEN];
static char * const message = (char *)room;
static struct nlmsghdr answer[GENL_BUFFER / NLMSG_HDRLEN];
static unsigned long errnos[200];
static unsigned long datagrams, dumps, pieces, reopened;
static struct genl_family family;
static struct mnl_socket *nl;
static __u64 state;
static bool unprivileged;

/* A random number below bound, by xorshift64* */
static __u32 below(__u32 bound)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % bound;
}

static bool one_in(__u32 n)
{
	return !below(n);
}

static void fill_random(void *to, size_t len)
{
	unsigned char *byte = to;

	while (len--)
		*byte++ = one_in(3) ? below(256) : 0xff * below(2);
}

static noreturn void fail(const char *what, int number)
{
	printf("after %lu datagrams: %s: %d\n", datagrams, what, number);
	exit(1);
}

static void put_random(struct nlmsghdr *nlh, __u16 type, size_t len)
{
	unsigned char value[LONGEST];

	fill_random(value, len);
	mnl_attr_put(nlh, type, len, value);
}

static size_t address_len(void)
{
	return one_in(8) ? below(20) : one_in(2) ? 4 : 16;
}

static void put_match(struct nlmsghdr *nlh, __u16 type)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	if (one_in(2))
		put_random(nlh, TCPSTATE_A_MATCH_ADDRESS, address_len());
	if (one_in(3))
		mnl_attr_put_u8(nlh, TCPSTATE_A_MATCH_PREFIX_LEN, below(140));
	if (one_in(3))
		mnl_attr_put_u16(nlh, TCPSTATE_A_MATCH_PORT_MIN, below(6000));
	if (one_in(4))
		mnl_attr_put_u16(nlh, TCPSTATE_A_MATCH_PORT_MAX, 5000 + below(60000));
	mnl_attr_nest_end(nlh, nest);
}

static void put_filter(struct nlmsghdr *nlh, __u16 type)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	if (one_in(3))
		mnl_attr_put_u8(nlh, TCPSTATE_A_FILTER_FAMILY, one_in(2) ? 2 : 10);
	for (int i = TCPSTATE_A_FILTER_INITIATOR; i <= TCPSTATE_A_FILTER_EITHER; i++)
		if (one_in(4))
			put_match(nlh, i);
	for (int i = TCPSTATE_A_FILTER_INITIATOR_STATES; i <= TCPSTATE_A_FILTER_FLAGS; i++)
		if (one_in(4))
			mnl_attr_put_u32(nlh, i, one_in(2) ? 2U << below(4) : below(0x1000));
	if (one_in(6))
		mnl_attr_put_u64(nlh, TCPSTATE_A_FILTER_MIN_AGE_MS, below(1000));
	if (one_in(6))
		mnl_attr_put_u64(nlh, TCPSTATE_A_FILTER_MAX_AGE_MS, below(100000));
	if (one_in(8))
		mnl_attr_put_u64(nlh, TCPSTATE_A_FILTER_MIN_IDLE_MS, below(1000));
	if (one_in(8))
		mnl_attr_put_u64(nlh, TCPSTATE_A_FILTER_MIN_IN_STATE_MS, below(1000));
	for (int i = TCPSTATE_A_FILTER_MIN_SYN_US; i <= TCPSTATE_A_FILTER_MAX; i++)
		if (one_in(12))
			mnl_attr_put_u32(nlh, i, below(1000));
	mnl_attr_nest_end(nlh, nest);
}

/* A match with a filter, or another term without one; seldom the other way round */
static void put_term(struct nlmsghdr *nlh, __u8 op)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSTATE_A_EXPRESSION_TERM);

	if (!one_in(500))
		mnl_attr_put_u8(nlh, TCPSTATE_A_TERM_OP, op);
	if (one_in(500) ? op : !op)
		put_filter(nlh, TCPSTATE_A_TERM_FILTER);
	mnl_attr_nest_end(nlh, nest);
}

/*
 * Terms that mostly make an expression: sometimes too many, of any depth, or with an operator
 * that has nothing to take.
 */
static void put_expression(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSTATE_A_FLOW_EXPRESSION);
	__u32 n = one_in(6) ? 60 + below(9) : one_in(4) ? below(64) : 1 + below(8);
	__u32 deep = one_in(4) ? 64 : 1 + below(6), depth = 0;

	while (n-- && nlh->nlmsg_len < LONGEST - 2048) {
		if (one_in(300)) {
			put_term(nlh, below(6));
			continue;
		}
		if (depth > 1 && (depth > n || one_in(deep))) {
			put_term(nlh, TCPSTATE_OPERATOR_AND + below(2));
			depth--;
		} else if (depth && (depth > n || one_in(3))) {
			put_term(nlh, TCPSTATE_OPERATOR_NOT);
		} else {
			put_term(nlh, TCPSTATE_OPERATOR_MATCH);
			depth++;
		}
	}
	mnl_attr_nest_end(nlh, nest);
}

static void put_wanted(struct nlmsghdr *nlh)
{
	bool both = one_in(50);

	if (both || one_in(2))
		put_filter(nlh, TCPSTATE_A_FLOW_FILTER);
	else
		put_expression(nlh);
	if (both)
		put_expression(nlh);
}

static void put_tuple(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSTATE_A_FLOW_TUPLE);
	size_t len = one_in(2) ? 4 : 16;

	put_random(nlh, TCPSTATE_A_TUPLE_SOURCE, len);
	mnl_attr_put_u16(nlh, TCPSTATE_A_TUPLE_SOURCE_PORT, below(65536));
	put_random(nlh, TCPSTATE_A_TUPLE_DESTINATION, one_in(6) ? below(17) : len);
	mnl_attr_put_u16(nlh, TCPSTATE_A_TUPLE_DESTINATION_PORT, 5000);
	if (one_in(4))
		mnl_attr_put_u32(nlh, TCPSTATE_A_TUPLE_IFINDEX, below(4));
	mnl_attr_nest_end(nlh, nest);
}

/* A request that the operation takes, or nearly so. */
static void put_request(struct nlmsghdr *nlh, __u8 cmd)
{
	if (cmd == TCPSTATE_CMD_FLOW_GET && one_in(2))
		mnl_attr_put_u64(nlh, TCPSTATE_A_FLOW_ID, below(1000000));
	else if (cmd == TCPSTATE_CMD_FLOW_GET)
		put_tuple(nlh);
	else if (cmd == TCPSTATE_CMD_STATS_GET)
		mnl_attr_put(nlh, TCPSTATE_A_STATS_COUNTERS_ONLY, 0, NULL);
	else if (cmd == TCPSTATE_CMD_FLUSH || one_in(2))
		put_wanted(nlh);
}

/* Attributes of any kind, and nests of them. */
static void put_tree(struct nlmsghdr *nlh, int depth)
{
	static const __u16 lengths[] = { 0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 64 };

	for (int n = below(6); n && nlh->nlmsg_len < LONGEST; n--) {
		__u16 type = one_in(20) ? below(65536) : below(GENL_ATTRS);

		if (depth < DEEPEST && one_in(2)) {
			struct nlattr *nest = mnl_attr_nest_start(nlh, type);

			if (one_in(8))
				nest->nla_type &= ~NLA_F_NESTED;
			put_tree(nlh, depth + 1);
			mnl_attr_nest_end(nlh, nest);
		} else if (one_in(100)) {
			put_random(nlh, type, below(LONGEST / 2));
		} else {
			put_random(nlh, type, lengths[below(ARRAY_SIZE(lengths))]);
		}
	}
}

/* Changes the message, which has len bytes; returns how many it has then. */
static size_t mutate(size_t len)
{
	struct nlmsghdr *nlh = room;

	for (int n = 1 + below(6); n; n--) {
		/* Keep the type: the message must not go to another family. */
		size_t at = one_in(6) ? 6 + below(len - 6) : MNL_NLMSG_HDRLEN + below(len - 16);
		size_t size = 1 + below(32);
		__u16 word = below(2) ? below(64) : below(65536);

		switch (below(6)) {
		case 0:
			message[at] ^= 1 << below(8);
			break;
		case 1:
			message[at] = below(256);
			break;
		case 2:
			/* Perhaps the length of an attribute, or its type */
			memcpy(&message[at & ~1UL], &word, sizeof(word));
			break;
		case 3:
			if (at >= MNL_NLMSG_HDRLEN + GENL_HDRLEN)
				len = at;
			break;
		case 4:
			memmove(&message[at + size], &message[at], len - at);
			fill_random(&message[at], size);
			len += size;
			break;
		default:
			fill_random(&message[len], size);
			len += size;
		}
	}
	if (!one_in(8))
		nlh->nlmsg_len = len;
	nlh->nlmsg_type = family.id;
	return len;
}

static size_t put_together(void)
{
	__u8 cmd = one_in(30) ? below(256) : one_in(10) ? below(10) : 1 + below(4);
	__u16 flags = one_in(cmd == TCPSTATE_CMD_FLOW_LIST ? 2 : 20) ? NLM_F_DUMP : 0;
	struct nlmsghdr *nlh;
	size_t len;

	nlh = genl_put(message, family.id, flags | (one_in(2) ? NLM_F_ACK : 0), cmd);
	nlh->nlmsg_seq = datagrams;
	if (one_in(20))
		nlh->nlmsg_flags = below(65536);
	if (one_in(4))
		put_tree(nlh, 0);
	else
		put_request(nlh, cmd);
	len = nlh->nlmsg_len;
	return one_in(4) ? len : mutate(len);
}

static void reopen(void)
{
	if (nl)
		mnl_socket_close(nl);
	nl = genl_open(0);
}

static void look_at(const struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
		bool known = false;

		dumps += nlh->nlmsg_type == NLMSG_DONE;
		if (nlh->nlmsg_type != NLMSG_ERROR)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(earned); i++)
			known |= -error->error == earned[i];
		if (!known)
			fail("an errno that no request earns", -error->error);
		/* A message that is no request is acknowledged and ignored. */
		errnos[-error->error] += error->msg.nlmsg_type == family.id &&
					 error->msg.nlmsg_flags & NLM_F_REQUEST;
	}
}

/* Reads the answers, all of them or only some. */
static void drain(bool whole)
{
	unsigned int most = !whole && one_in(4) ? below(3) : -1U;
	ssize_t got;

	while (most--) {
		got = recv(mnl_socket_get_fd(nl), answer, sizeof(answer), MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got < 0 && errno != ENOBUFS)
			fail("receive", errno);
		pieces++;
		if (got > 0)
			look_at(answer, got);
	}
	if (one_in(2)) {
		reopen();
		reopened++;
	}
}

/* Sends a request, and expects an answer with that attribute, or an errno. */
static void ask(struct nlmsghdr *nlh, __u16 attr, int expected)
{
	const struct nlattr *table[GENL_ATTRS];
	const struct nlmsgerr *error;
	ssize_t got;

	nlh->nlmsg_seq = datagrams + 1;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		fail("send", errno);
	got = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	nlh = answer;
	if (got < 0 || !mnl_nlmsg_ok(nlh, got) || nlh->nlmsg_seq != datagrams + 1)
		fail("a right request has no answer", errno);
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		error = mnl_nlmsg_get_payload(nlh);
		if (-error->error != expected)
			fail("a right request is answered by errno", -error->error);
		return;
	}
	genl_parse(nlh, table);
	if (expected || nlh->nlmsg_type != family.id || !table[attr])
		fail("a right request has a wrong answer, type", nlh->nlmsg_type);
}

static void put_age(struct nlmsghdr *nlh, __u16 type)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u64(nlh, TCPSTATE_A_FILTER_MIN_AGE_MS, 1ULL << 40);
	mnl_attr_nest_end(nlh, nest);
}

/* The same as an expression that is as long and as deep as one may be */
static void put_ages(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSTATE_A_FLOW_EXPRESSION), *term;

	for (int i = 0; i < 63; i++) {
		term = mnl_attr_nest_start(nlh, TCPSTATE_A_EXPRESSION_TERM);
		mnl_attr_put_u8(nlh, TCPSTATE_A_TERM_OP, i < 32 ? TCPSTATE_OPERATOR_MATCH :
							       TCPSTATE_OPERATOR_OR);
		if (i < 32)
			put_age(nlh, TCPSTATE_A_TERM_FILTER);
		mnl_attr_nest_end(nlh, term);
	}
	mnl_attr_nest_end(nlh, nest);
}

static void all_is_well(void)
{
	int refused = unprivileged ? EPERM : 0;
	struct nlmsghdr *nlh;

	drain(true);
	ask(genl_put(message, family.id, 0, TCPSTATE_CMD_STATS_GET),
	    TCPSTATE_A_STATS_MAX_RECORDS, refused);
	ask(genl_put(message, family.id, 0, TCPSTATE_CMD_FLOW_LIST), TCPSTATE_A_FLOW_COUNT,
	    refused);
	nlh = genl_put(message, family.id, 0, TCPSTATE_CMD_FLOW_GET);
	mnl_attr_put_u64(nlh, TCPSTATE_A_FLOW_ID, 1);
	ask(nlh, TCPSTATE_A_FLOW_ID, refused ?: ENOENT);
	/* No connection is that old. */
	nlh = genl_put(message, family.id, 0, TCPSTATE_CMD_FLUSH);
	put_age(nlh, TCPSTATE_A_FLOW_FILTER);
	ask(nlh, TCPSTATE_A_FLOW_COUNT, refused);
	nlh = genl_put(message, family.id, 0, TCPSTATE_CMD_FLUSH);
	put_ages(nlh);
	ask(nlh, TCPSTATE_A_FLOW_COUNT, refused);
}

int main(int argc, char **argv)
{
	unsigned long count = 100000;
	__u64 seed = 0;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:u")) != -1) {
		if (opt == 'n')
			count = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'u')
			unprivileged = true;
		else
			return 2;
	}
	state = seed ?: (__u64)time(NULL) * 1000003 + getpid();
	printf("SEED=%llu\n", state);
	fflush(stdout);
	reopen();
	family = genl_find(nl);
	while (datagrams < count) {
		size_t len = put_together();

		datagrams++;
		/* A datagram that is no message at all may be refused at once. */
		if (mnl_socket_sendto(nl, message, len) < 0 && errno != EINVAL)
			fail("send", errno);
		drain(false);
		if (datagrams % STRIDE == 0)
			all_is_well();
	}
	all_is_well();
	printf("datagrams %lu\npieces %lu\ndumps %lu\nreopened %lu\n", datagrams, pieces, dumps,
	       reopened);
	for (size_t i = 0; i < ARRAY_SIZE(earned); i++)
		printf("%s %lu\n", earned[i] ? strerrorname_np(earned[i]) : "accepted",
		       errnos[earned[i]]);
	return 0;
}
