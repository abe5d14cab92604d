// SPDX-License-Identifier: GPL-2.0-only
/*
 * agree [-n COUNT] [-s SEED]: asks the kernel for random filters, and compares what it lists and
 * counts with what the tool itself makes of the whole table.
 *
 * Times go on meanwhile, so the whole table is read before and after: a connection that then
 * passes in one reading and not in the other may be listed or not. Prints how many filters there
 * were, and the seed. Status 1: the kernel and the tool did not agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"
#include "format.h"
#include "ipc.h"

#define MOST	256
#define TEXT	4096

/** struct table - one reading of it */
struct table {
	struct flow flow[MOST];
	unsigned int n;
};

static struct table before, listed, after;
static struct ipc *ipc;
static uint64_t state;

/* A random number below bound, by xorshift64* */
static uint32_t below(uint32_t bound)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % bound;
}

static void fail(const char *text, const char *what)
{
	printf("'%s': %s\n", text, what);
	exit(1);
}

static int keep(const struct flow *flow, void *data)
{
	struct table *table = data;

	if (table->n < MOST)
		table->flow[table->n++] = *flow;
	return 0;
}

static void read_table(const struct filter *filter, struct table *table)
{
	table->n = 0;
	if (ipc_list(ipc, filter, keep, table))
		fail("a list", ipc_error(ipc));
}

static const struct flow *find(const struct table *table, uint64_t id)
{
	for (unsigned int i = 0; i < table->n; i++)
		if (table->flow[i].id == id)
			return &table->flow[i];
	return NULL;
}

static const struct flow *any_flow(void)
{
	return &before.flow[below(before.n)];
}

static void add_names(char *text, const char *word, enum format_table table)
{
	const struct parse_names *names = format_names(table);

	format_append(text, TEXT, "%s", word);
	for (unsigned int n = 1 + below(3), first = n; n; ) {
		unsigned int i = below(names->n);

		if (!names->names[i])
			continue;
		format_append(text, TEXT, "%s%s", n == first ? " " : ",", names->names[i]);
		n--;
	}
}

static void add_end(char *text, const char *word)
{
	const struct flow *flow = any_flow();
	int end = below(2);
	char host[FORMAT_HOST];
	/* A prefix may not be behind an interface. */
	unsigned int len = below(flow->family == TCPSTATE_FAMILY_IPV4 ? 33 : 129);

	format_host(flow, end, host);
	switch (below(4)) {
	case 0:
		format_append(text, TEXT, "%s :%u,%u", word, flow->end[end].port, below(65536));
		break;
	case 1:
		format_append(text, TEXT, flow->family == TCPSTATE_FAMILY_IPV4 ? "%s %s:%u" :
			      "%s [%s]:%u", word, host, flow->end[end].port);
		break;
	case 2:
		format_append(text, TEXT, "%s %s", word, host);
		break;
	default:
		host[strcspn(host, "%")] = '\0';
		format_append(text, TEXT, "%s %s/%u", word, host, len);
	}
}

static void add_time(char *text, const char *word, uint64_t ms)
{
	ms = ms * (50 + below(100)) / 100;
	format_append(text, TEXT, "%s %llums", word, (unsigned long long)ms);
}

static void add_word(char *text)
{
	const struct flow *flow = any_flow();

	switch (below(19)) {
	case 0:
		add_names(text, "state", FORMAT_STATE);
		break;
	case 1:
		add_names(text, "initiator-state", FORMAT_STATE);
		break;
	case 2:
		add_names(text, "responder-state", FORMAT_STATE);
		break;
	case 3:
		add_names(text, "phase", FORMAT_PHASE);
		break;
	case 4:
		add_names(text, "verdict", FORMAT_VERDICT);
		break;
	case 5:
		add_names(text, "flag", FORMAT_FLAG);
		break;
	case 6:
		add_end(text, "initiator");
		break;
	case 7:
		add_end(text, "responder");
		break;
	case 8:
		add_end(text, "host");
		break;
	case 9:
		format_append(text, TEXT, "port %u,%u-%u", flow->end[1].port, 1000 * below(6),
			      5000 + below(6));
		break;
	case 10:
		add_time(text, "older", flow->age_ms);
		break;
	case 11:
		add_time(text, "younger", flow->age_ms);
		break;
	case 12:
		add_time(text, "idle", flow->idle_ms);
		break;
	case 13:
		add_time(text, "in-state", flow->in_state_ms);
		break;
	case 14:
		format_append(text, TEXT, "slower syn %uus", flow->syn_us);
		break;
	case 15:
		format_append(text, TEXT, "slower ack %uus", flow->ack_us);
		break;
	case 16:
		format_append(text, TEXT, "retransmitted");
		break;
	case 17:
		format_append(text, TEXT, "owner %u,%u", flow->end[below(2)].uid, 1001 + below(2));
		break;
	default:
		format_append(text, TEXT, below(2) ? "ipv4" : "ipv6");
	}
}

static void add_tree(char *text, unsigned int size)
{
	unsigned int left;

	if (size == 1) {
		add_word(text);
		return;
	}
	format_append(text, TEXT, below(4) ? "(" : "not (");
	left = 1 + below(size - 1);
	add_tree(text, left);
	format_append(text, TEXT, below(2) ? " and " : " or ");
	add_tree(text, size - left);
	format_append(text, TEXT, ")");
}

static void compare(const struct filter *filter, const char *text, unsigned int *some)
{
	unsigned int least = 0, most = 0;
	uint64_t count;

	read_table(filter, &listed);
	if (ipc_count(ipc, filter, &count))
		fail(text, ipc_error(ipc));
	read_table(&(struct filter){}, &after);
	for (unsigned int i = 0; i < before.n; i++) {
		const struct flow *flow = &before.flow[i], *later = find(&after, flow->id);
		bool one = filter_match(filter, flow);
		bool two = later ? filter_match(filter, later) : !one;
		bool there = find(&listed, flow->id);

		least += one && two;
		most += one || two;
		if (one == two && there != one)
			fail(text, one ? "a connection is missing" : "one is too many");
		if (one && !filter_match_tuple(filter, flow))
			fail(text, "one passes, but not by its addresses and ports");
	}
	if (count < least || count > most)
		fail(text, "the count is wrong");
	*some += least > 0 && most < before.n;
}

int main(int argc, char **argv)
{
	unsigned int n = 1000, done = 0, some = 0, contrary = 0;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			n = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			state = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	if (!state)
		state = (uint64_t)time(NULL) * 1000003 + getpid();
	printf("SEED=%llu\n", (unsigned long long)state);
	ipc = ipc_open();
	if (!ipc)
		return 1;
	for (; done < n; done++) {
		char text[TEXT] = "", error[PARSE_ERROR] = "";
		char *words = text;
		struct filter filter;

		read_table(&(struct filter){}, &before);
		if (!before.n)
			fail("the table", "it is empty");
		add_tree(text, 1 + below(12));
		if (!filter_parse(&filter, &words, 1, error, sizeof(error)))
			compare(&filter, text, &some);
		else if (strstr(error, "family") || strstr(error, "nothing is both"))
			contrary++;
		else
			fail(text, error);
	}
	ipc_close(ipc);
	printf("filters %u\ncontrary %u\nsome %u\n", done, contrary, some);
	return 0;
}
