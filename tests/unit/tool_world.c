// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool's surroundings, in the place of ipc.c, of the C library's interfaces and
 * services (the linker's --wrap), and of the terminal.
 */
#include "tool_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipc_conntrack.h"
#include "ipc_diag.h"
#include "stream_all.h"

struct world world;

int ipc_list(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data)
{
	int ret = 0;

	(void)ipc;
	for (size_t i = 0; i < world.n && !ret; i++) {
		const struct flow *flow = &world.flows[i];
		static struct flow made;

		if (world.make) {
			world.make(&made, i);
			flow = &made;
		}
		if (filter_match_tuple(filter, flow))
			ret = each(flow, data);
		/* The kernel puts about so many connections into a datagram. */
		if (ret || i % 64 != 63)
			continue;
		if (world.between && world.between(world.between_data))
			ret = -ECANCELED;
		else if (world.step)
			world.step(i);
	}
	return ret;
}

int ipc_count(struct ipc *ipc, const struct filter *filter, uint64_t *count)
{
	(void)ipc;
	(void)filter;
	*count = world.n;
	return 0;
}

int ipc_get_id(struct ipc *ipc, uint64_t id, struct flow *flow)
{
	(void)ipc;
	(void)id;
	*flow = *world.flows;
	return 0;
}

int ipc_get_tuple(struct ipc *ipc, const struct tuple *tuple, struct flow *flow)
{
	(void)tuple;
	return ipc_get_id(ipc, 0, flow);
}

int ipc_stats(struct ipc *ipc, struct stats *stats)
{
	(void)ipc;
	for (size_t i = 0; i < ARRAY_SIZE(world.stats.counters.n); i++)
		world.stats.counters.n[i] += world.growth;
	for (size_t i = 0; i < world.stats.n_endings; i++)
		world.stats.ending[i].count += world.growth;
	*stats = world.stats;
	return 0;
}

/* The world has no ipc; the network namespaces stand one after the other instead. */
static size_t netns_now;

bool ipc_is_all(const struct ipc *ipc)
{
	(void)ipc;
	return false;
}

const char *ipc_netns(const struct ipc *ipc)
{
	(void)ipc;
	return world.netns ? world.netns[netns_now] : NULL;
}

int ipc_each_netns(struct ipc *ipc, ipc_each_netns_t *each, void *data)
{
	int ret = 0;

	netns_now = 0;
	do {
		ret = each(ipc, data);
		netns_now++;
	} while (!ret && world.netns && world.netns[netns_now]);
	return ret;
}

int stream_run_all(struct stream *stream, struct ipc *ipc, bool begin_known)
{
	(void)stream;
	(void)ipc;
	(void)begin_known;
	return -EINVAL;
}

int ipc_no_memory(struct ipc *ipc)
{
	(void)ipc;
	return -ENOMEM;
}

int ipc_diag_list(struct ipc *ipc, ipc_diag_each *each, void *data)
{
	int ret = 0;

	(void)ipc;
	world.n_diag_lists++;
	for (size_t i = 0; i < world.n_diags && !ret; i++)
		ret = each(&world.diags[i], data);
	return ret;
}

int ipc_conntrack_list(struct ipc *ipc, ipc_conntrack_each *each, void *data)
{
	int ret = 0;

	(void)ipc;
	world.n_translation_lists++;
	for (size_t i = 0; i < world.n_translations && !ret; i++)
		ret = each(&world.translations[i], data);
	return ret;
}

int ipc_diag_get(struct ipc *ipc, const struct flow *flow, int end, struct diag *diag)
{
	(void)ipc;
	memset(diag, 0, sizeof(*diag));
	for (size_t i = 0; i < world.n_diags; i++)
		if (world.diags[i].tuple.port[0] == flow->end[end].port &&
		    world.diags[i].tuple.port[1] == flow->end[!end].port)
			*diag = world.diags[i];
	return 0;
}

int ipc_subscribe(struct ipc *ipc)
{
	(void)ipc;
	return 0;
}

/* How many events are missing before the one that is delivered */
static uint64_t missing;

/* Delivers all events at once; the commands are told how many to wait for. */
int ipc_receive(struct ipc *ipc, int timeout_ms, ipc_each *each, void *data)
{
	int ret = 0;

	(void)ipc;
	(void)timeout_ms;
	for (size_t i = 0; i < world.n && !ret; i++) {
		missing = i ? world.flows[i].event.number - world.flows[i - 1].event.number - 1 :
			      0;
		ret = each(&world.flows[i], data);
	}
	return ret ? ret : -ECANCELED;
}

uint64_t ipc_missing(const struct ipc *ipc)
{
	(void)ipc;
	return missing;
}

void ipc_set_between(struct ipc *ipc, ipc_between *between, void *data)
{
	(void)ipc;
	world.between = between;
	world.between_data = data;
}

const char *ipc_error(const struct ipc *ipc)
{
	(void)ipc;
	return "an error of the test";
}

char *__wrap_if_indextoname(unsigned int ifindex, char *name)
{
	return ifindex == WORLD_IFINDEX ? memcpy(name, WORLD_INTERFACE, IF_NAMESIZE) : NULL;
}

unsigned int __wrap_if_nametoindex(const char *name)
{
	return strcmp(name, WORLD_INTERFACE) ? 0 : WORLD_IFINDEX;
}

/**
 * world_service() - the name of a service
 * @port: its port
 *
 * Return: as many letters as the number of the port; NULL where there is none.
 */
const char *world_service(unsigned int port)
{
	static char names[WORLD_SERVICES + 1][WORLD_SERVICES + 1];

	if (!port || port > WORLD_SERVICES)
		return NULL;
	for (unsigned int i = 0; i < port; i++)
		names[port][i] = 'a' + i % 26;
	return names[port];
}

static unsigned int next_service;

void __wrap_setservent(int stay)
{
	(void)stay;
	next_service = 0;
}

struct servent *__wrap_getservent(void)
{
	static struct servent service = { .s_proto = (char *)"tcp" };

	service.s_name = (char *)world_service(++next_service);
	service.s_port = htons(next_service);
	return service.s_name ? &service : NULL;
}

struct servent *__wrap_getservbyname(const char *name, const char *protocol)
{
	static struct servent service;
	size_t port = strlen(name);

	(void)protocol;
	if (!port || port > WORLD_SERVICES || strcmp(name, world_service(port)))
		return NULL;
	service.s_port = htons(port);
	return &service;
}

void __wrap_endservent(void)
{
}

int __wrap_isatty(int fd)
{
	if (fd == STDIN_FILENO)
		return world.stdin_terminal;
	return fd == STDOUT_FILENO && world.columns;
}

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	struct winsize *size = argument;

	if (fd != STDOUT_FILENO || request != TIOCGWINSZ)
		return -1;
	*size = (struct winsize){ .ws_row = 24, .ws_col = world.columns };
	return 0;
}

static FILE *to_memory(void)
{
	int fd = memfd_create("tool", MFD_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");

	if (file)
		return file;
	perror("tool: memfd_create");
	exit(1);
}

/**
 * world_run() - run a command, and keep what it writes to stdout
 * @command: the command
 * @options: what it is asked for
 *
 * Return: its output, to be freed, and its status.
 */
struct world_output world_run(world_command *command, const struct options *options)
{
	FILE *out = stdout, *err = stderr;
	struct world_output output;
	sigset_t signals;
	long len;

	sigprocmask(SIG_SETMASK, NULL, &signals);
	stdout = to_memory();
	stderr = to_memory();
	output.status = command(NULL, options);
	fflush(stdout);
	len = ftell(stdout);
	rewind(stdout);
	output.text = calloc(len + 1, 1);
	if (fread(output.text, 1, len, stdout) != (size_t)len)
		output.status = -1;
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	sigprocmask(SIG_SETMASK, &signals, NULL);
	return output;
}

/**
 * world_value() - a value at which a number's width changes
 * @i: which, below WORLD_VALUES
 *
 * Return: 0; 10^n - 1 and 10^n; the largest of each type, and what follows it.
 */
uint64_t world_value(unsigned int i)
{
	static const uint64_t others[] = {
		0, UINT32_MAX, UINT32_MAX + 1ull, INT64_MAX, INT64_MAX + 1ull, UINT64_MAX,
	};
	uint64_t power = 1;

	if (i < ARRAY_SIZE(others))
		return others[i];
	i -= ARRAY_SIZE(others);
	for (unsigned int n = 1; n <= i / 2 + 1; n++)
		power *= 10;
	return i % 2 ? power : power - 1;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

#define FILL(member) \
	((member) = at_most(value, (__typeof__(member))~0ull))

/**
 * world_fill() - a record all of whose numbers are the same
 * @flow: the record
 * @value: the number, or the largest that fits where that is smaller
 * @family: enum tcpstate_family; all bits of the addresses are set
 */
void world_fill(struct flow *flow, uint64_t value, uint8_t family)
{
	struct segment *segment = &flow->event.segment;

	memset(flow, 0, sizeof(*flow));
	flow->has = ~0u;
	flow->family = family;
	flow->command = TCPSTATE_CMD_FLOW_TRANSITION;
	flow->ifindex = family == TCPSTATE_FAMILY_IPV6 ? WORLD_IFINDEX : 0;
	flow->phase = TCPSTATE_PHASE_CLOSE;
	flow->step = 4;
	flow->timer = TCPSTATE_TIMER_ESTABLISHED;
	flow->verdict = TCPSTATE_VERDICT_RESET_BY_INITIATOR;
	FILL(flow->id);
	FILL(flow->left_ms);
	FILL(flow->age_ms);
	FILL(flow->syn_us);
	FILL(flow->ack_us);
	FILL(flow->closed_at_ns);
	FILL(flow->duration_ms);
	FILL(flow->idle_ms);
	FILL(flow->in_state_ms);
	for (int i = 0; i < 2; i++) {
		struct end *end = &flow->end[i];

		end->has = ~0u;
		memset(end->address, 0xff, family == TCPSTATE_FAMILY_IPV4 ? 4 : 16);
		end->state = TCPSTATE_SYN_RECEIVED;
		FILL(end->port);
		FILL(end->wscale);
		FILL(end->isn);
		FILL(end->seq);
		FILL(end->ack);
		FILL(end->window);
		FILL(end->bytes);
		FILL(end->opening);
		FILL(end->data);
		FILL(end->acks);
		FILL(end->closing);
		FILL(end->repeats);
		FILL(end->retransmits);
		FILL(end->gaps);
		FILL(end->uid);
		FILL(end->cgroup);
	}
	flow->event.has = ~0u;
	FILL(flow->event.number);
	FILL(flow->event.time_ns);
	segment->has = ~0u;
	segment->flags = 0xff;
	FILL(segment->seq);
	FILL(segment->ack);
	FILL(segment->relative_seq);
	FILL(segment->relative_ack);
	FILL(segment->window);
	FILL(segment->len);
	FILL(segment->segs);
	flow->event.n_transitions = RECORD_TRANSITIONS;
	for (unsigned int i = 0; i < RECORD_TRANSITIONS; i++)
		flow->event.transition[i] = (struct transition){
			.has = ~0u, .end = TCPSTATE_RESPONDER, .trigger = TCPSTATE_RCV_ACK_OF_SYN,
			.from = TCPSTATE_SYN_RECEIVED, .to = TCPSTATE_SYN_RECEIVED,
		};
}
