// SPDX-License-Identifier: GPL-2.0-only
/* A recording for the tests of its reader: messages as the module sends them. */
#include "recording_make.h"

#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/tcpstate.h>

#include "compiler.h"

#define FAMILY		0x1234
#define BEGIN_NS	(MAKE_ID - 2 * MAKE_STEP_NS)
#define WALL_NS		1700000000000000000ull
#define TABLE_NS	2000345

/** struct what - what a message tells of a connection */
struct what {
	uint8_t command;
	uint64_t id;
	bool ipv6;
	uint8_t state[2];
	uint8_t before[2];
	uint8_t phase;
	uint8_t step;
	uint8_t verdict;
	/** @number: of the event; 0 for a connection of the table */
	uint64_t number;
	uint64_t time_ns;
	/** @flags: of the segment; 0 where a timer ran out */
	uint8_t flags;
	uint8_t from;
};

static void put_counts(struct nlmsghdr *message)
{
	mnl_attr_put_u32(message, TCPSTATE_A_END_ISN, 1000);
	mnl_attr_put_u32(message, TCPSTATE_A_END_SEQ, 2000);
	mnl_attr_put_u32(message, TCPSTATE_A_END_ACK, 3000);
	mnl_attr_put_u32(message, TCPSTATE_A_END_WINDOW, 65535);
	mnl_attr_put_u8(message, TCPSTATE_A_END_WSCALE, 7);
	mnl_attr_put(message, TCPSTATE_A_END_TIMESTAMPS, 0, NULL);
	mnl_attr_put_u64(message, TCPSTATE_A_END_BYTES, 999);
	mnl_attr_put_u32(message, TCPSTATE_A_END_OPENING, 2);
	mnl_attr_put_u32(message, TCPSTATE_A_END_DATA, 3);
	mnl_attr_put_u32(message, TCPSTATE_A_END_ACKS, 4);
	mnl_attr_put_u32(message, TCPSTATE_A_END_CLOSING, 1);
	mnl_attr_put_u32(message, TCPSTATE_A_END_REPEATS, 0);
}

static void put_end(struct nlmsghdr *message, const struct what *what, int end, bool whole)
{
	struct nlattr *nest = mnl_attr_nest_start(message, end ? TCPSTATE_A_FLOW_RESPONDER :
								  TCPSTATE_A_FLOW_INITIATOR);
	uint8_t address[16] = { 10, 0, 0, 1 + end };

	mnl_attr_put(message, TCPSTATE_A_END_ADDRESS, what->ipv6 ? 16 : 4, address);
	mnl_attr_put_u16(message, TCPSTATE_A_END_PORT, end ? 80 : 40000);
	mnl_attr_put_u8(message, TCPSTATE_A_END_STATE, what->state[end]);
	if (what->number)
		mnl_attr_put_u8(message, TCPSTATE_A_END_STATE_BEFORE, what->before[end]);
	mnl_attr_put_u32(message, TCPSTATE_A_END_UID, 1000 + end);
	mnl_attr_put_u64(message, TCPSTATE_A_END_CGROUP, 8001 + end);
	if (whole)
		put_counts(message);
	mnl_attr_nest_end(message, nest);
}

static void put_transition(struct nlmsghdr *message, int end, uint8_t from, uint8_t to)
{
	struct nlattr *nest = mnl_attr_nest_start(message, TCPSTATE_A_EVENT_TRANSITION);

	mnl_attr_put_u8(message, TCPSTATE_A_TRANSITION_END, end);
	mnl_attr_put_u8(message, TCPSTATE_A_TRANSITION_TRIGGER, TCPSTATE_RCV_SYN);
	mnl_attr_put_u8(message, TCPSTATE_A_TRANSITION_FROM, from);
	mnl_attr_put_u8(message, TCPSTATE_A_TRANSITION_TO, to);
	mnl_attr_nest_end(message, nest);
}

static void put_segment(struct nlmsghdr *message, const struct what *what)
{
	struct nlattr *nest = mnl_attr_nest_start(message, TCPSTATE_A_EVENT_SEGMENT);

	mnl_attr_put_u8(message, TCPSTATE_A_SEGMENT_FROM, what->from);
	mnl_attr_put_u8(message, TCPSTATE_A_SEGMENT_FLAGS, what->flags);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_SEQ, 1000);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_WINDOW, 65535);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_LEN, 0);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_SEGS, 1);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_RELATIVE_SEQ, 1);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_ACK, 2000);
	mnl_attr_put_u32(message, TCPSTATE_A_SEGMENT_RELATIVE_ACK, 1);
	mnl_attr_nest_end(message, nest);
}

static void put_event(struct nlmsghdr *message, const struct what *what)
{
	struct nlattr *nest = mnl_attr_nest_start(message, TCPSTATE_A_FLOW_EVENT);

	mnl_attr_put_u64(message, TCPSTATE_A_EVENT_NUMBER, what->number);
	mnl_attr_put_u64(message, TCPSTATE_A_EVENT_TIME_NS, what->time_ns);
	for (int end = 0; end < 2; end++)
		if (what->before[end] != what->state[end])
			put_transition(message, end, what->before[end], what->state[end]);
	if (what->flags)
		put_segment(message, what);
	else
		mnl_attr_put_u8(message, TCPSTATE_A_EVENT_TIMER, TCPSTATE_TIMER_TIME_WAIT);
	mnl_attr_nest_end(message, nest);
}

/* What a whole record has in addition */
static void put_tail(struct nlmsghdr *message, const struct what *what)
{
	mnl_attr_put_u8(message, TCPSTATE_A_FLOW_TIMER, TCPSTATE_TIMER_CLOSED);
	mnl_attr_put_u32(message, TCPSTATE_A_FLOW_LEFT_MS, 1000);
	mnl_attr_put_u64(message, TCPSTATE_A_FLOW_AGE_MS, (what->time_ns - what->id) / 1000000);
	mnl_attr_put_u32(message, TCPSTATE_A_FLOW_SYN_US, 50);
	mnl_attr_put_u32(message, TCPSTATE_A_FLOW_ACK_US, 60);
	mnl_attr_put_u32(message, TCPSTATE_A_FLOW_FLAGS, 1);
	mnl_attr_put_u8(message, TCPSTATE_A_FLOW_VERDICT, what->verdict);
	if (what->verdict)
		mnl_attr_put_u64(message, TCPSTATE_A_FLOW_CLOSED_AT_NS,
				 MAKE_ID + 6 * MAKE_STEP_NS);
}

static void add(struct recording_buffer *buffer, const struct what *what)
{
	static char space[8192] __aligned(8);
	struct nlmsghdr *message;
	struct genlmsghdr *header;
	bool whole = !what->number || what->verdict;

	memset(space, 0, sizeof(space));
	message = mnl_nlmsg_put_header(space);
	message->nlmsg_type = FAMILY;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = what->command;
	header->version = 1;
	mnl_attr_put_u64(message, TCPSTATE_A_FLOW_ID, what->id);
	mnl_attr_put_u8(message, TCPSTATE_A_FLOW_FAMILY,
			what->ipv6 ? TCPSTATE_FAMILY_IPV6 : TCPSTATE_FAMILY_IPV4);
	if (what->ipv6)
		mnl_attr_put_u32(message, TCPSTATE_A_FLOW_IFINDEX, 4711);
	put_end(message, what, 0, whole);
	put_end(message, what, 1, whole);
	mnl_attr_put_u8(message, TCPSTATE_A_FLOW_PHASE, what->phase);
	if (what->step)
		mnl_attr_put_u8(message, TCPSTATE_A_FLOW_STEP, what->step);
	if (whole)
		put_tail(message, what);
	else
		mnl_attr_put_u32(message, TCPSTATE_A_FLOW_FLAGS, 0);
	if (what->number)
		put_event(message, what);
	recording_add(buffer, what->number ? RECORDING_EVENT : RECORDING_KNOWN, what->time_ns,
		      message, message->nlmsg_len);
}

static void add_number(struct recording_buffer *buffer, enum recording_kind kind,
		       uint64_t time_ns, uint64_t number)
{
	recording_add(buffer, kind, time_ns, &number, sizeof(number));
}

static void add_cgroup(struct recording_buffer *buffer, uint64_t time_ns, uint64_t id,
		       const char *path)
{
	uint64_t payload[8] = { id };

	memcpy(payload + 1, path, strlen(path) + 1);
	recording_add(buffer, RECORDING_CGROUP, time_ns, payload,
		      sizeof(*payload) + strlen(path) + 1);
}

/* A connection of the table */
static void add_known(struct recording_buffer *buffer, uint64_t time_ns, int n)
{
	struct what what = {
		.command = TCPSTATE_CMD_FLOW_LIST, .id = 1000000 + n, .ipv6 = n == 1,
		.state = { TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED },
		.phase = TCPSTATE_PHASE_ESTABLISHED, .time_ns = time_ns,
	};

	add(buffer, &what);
}

/* The states of both ends after each event of the connection that begins and ends */
static const struct {
	uint8_t command;
	uint8_t state[2];
	uint8_t phase;
	uint8_t step;
	uint8_t flags;
	uint8_t from;
} walk[] = {
	{ TCPSTATE_CMD_FLOW_NEW, { TCPSTATE_SYN_SENT, TCPSTATE_LISTEN },
	  TCPSTATE_PHASE_OPEN, 1, TCPSTATE_FLAG_SYN, 0 },
	{ TCPSTATE_CMD_FLOW_TRANSITION, { TCPSTATE_SYN_SENT, TCPSTATE_SYN_RECEIVED },
	  TCPSTATE_PHASE_OPEN, 2, TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK, 1 },
	{ TCPSTATE_CMD_FLOW_TRANSITION, { TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED },
	  TCPSTATE_PHASE_ESTABLISHED, 0, TCPSTATE_FLAG_ACK, 0 },
	{ TCPSTATE_CMD_FLOW_TRANSITION, { TCPSTATE_FIN_WAIT_1, TCPSTATE_ESTABLISHED },
	  TCPSTATE_PHASE_CLOSE, 1, TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK, 0 },
	{ TCPSTATE_CMD_FLOW_TRANSITION, { TCPSTATE_FIN_WAIT_2, TCPSTATE_CLOSE_WAIT },
	  TCPSTATE_PHASE_CLOSE, 2, TCPSTATE_FLAG_ACK, 1 },
	{ TCPSTATE_CMD_FLOW_TRANSITION, { TCPSTATE_FIN_WAIT_2, TCPSTATE_LAST_ACK },
	  TCPSTATE_PHASE_CLOSE, 3, TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK, 1 },
	{ TCPSTATE_CMD_FLOW_TRANSITION, { TCPSTATE_TIME_WAIT, TCPSTATE_CLOSED },
	  TCPSTATE_PHASE_CLOSE, 4, TCPSTATE_FLAG_ACK, 0 },
	{ TCPSTATE_CMD_FLOW_END, { TCPSTATE_CLOSED, TCPSTATE_CLOSED },
	  TCPSTATE_PHASE_CLOSED, 0, 0, 0 },
};

static void add_step(struct recording_buffer *buffer, size_t n)
{
	struct what what = {
		.command = walk[n].command, .id = MAKE_ID,
		.state = { walk[n].state[0], walk[n].state[1] },
		.before = { n ? walk[n - 1].state[0] : TCPSTATE_CLOSED,
			    n ? walk[n - 1].state[1] : TCPSTATE_LISTEN },
		.phase = walk[n].phase, .step = walk[n].step,
		.verdict = n < 6 ? TCPSTATE_VERDICT_NONE : TCPSTATE_VERDICT_CLOSED,
		.number = 100 + n, .time_ns = MAKE_ID + n * MAKE_STEP_NS,
		.flags = walk[n].flags, .from = walk[n].from,
	};

	add(buffer, &what);
}

/**
 * make_recording() - make a recording
 * @buffer: gets it; empty at first
 *
 * Its table has MAKE_KNOWN connections. Then one begins, and ends MAKE_STEP_NS after MAKE_STEP_NS.
 * Then MAKE_LOST events are lost, and a connection of the table with them; another connection
 * sends a FIN; then the wall clock is set back by two steps; and at last some are lost, and nobody
 * knows how many.
 */
void make_recording(struct recording_buffer *buffer)
{
	struct recording_interface interface = { .ifindex = 4711, .name = "uplink" };
	uint64_t time_ns = BEGIN_NS;
	struct recording_header header;
	struct what fin = {
		.command = TCPSTATE_CMD_FLOW_TRANSITION, .id = 1000000,
		.state = { TCPSTATE_FIN_WAIT_1, TCPSTATE_ESTABLISHED },
		.before = { TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED },
		.phase = TCPSTATE_PHASE_CLOSE, .step = 1, .number = 100 + 8 + MAKE_LOST,
		.flags = TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK,
	};

	recording_begin(&header, time_ns, WALL_NS);
	recording_append(buffer, &header, sizeof(header));
	recording_add(buffer, RECORDING_INTERFACE, time_ns, &interface, sizeof(interface));
	add_cgroup(buffer, time_ns, 8001, "/web.slice");
	/* What a newer version writes */
	add_number(buffer, (enum recording_kind)99, time_ns, 1);
	for (int n = 0; n < MAKE_KNOWN; n++)
		add_known(buffer, time_ns, n);
	/* To read the table takes a while. */
	add_number(buffer, RECORDING_SYNCED, time_ns + TABLE_NS, MAKE_KNOWN);
	add_number(buffer, RECORDING_CLOCK, time_ns + TABLE_NS, WALL_NS + TABLE_NS);
	for (size_t n = 0; n < ARRAY_SIZE(walk); n++)
		add_step(buffer, n);
	time_ns = MAKE_ID + 20 * MAKE_STEP_NS;
	add_number(buffer, RECORDING_LOST, time_ns, MAKE_LOST);
	for (int n = 0; n < MAKE_KNOWN - 1; n++)
		add_known(buffer, time_ns, n);
	add_number(buffer, RECORDING_SYNCED, time_ns, MAKE_KNOWN - 1);
	add_cgroup(buffer, time_ns, 8002, "/rude \x1b.slice");
	fin.time_ns = time_ns + MAKE_STEP_NS;
	add(buffer, &fin);
	add_number(buffer, RECORDING_CLOCK, fin.time_ns + MAKE_STEP_NS,
		   WALL_NS + 22 * MAKE_STEP_NS);
	time_ns += 20 * MAKE_STEP_NS;
	add_number(buffer, RECORDING_LOST, time_ns, 0);
	add_known(buffer, time_ns, 1);
	add_number(buffer, RECORDING_SYNCED, time_ns, 1);
	add_number(buffer, RECORDING_CLOCK, time_ns + MAKE_STEP_NS, WALL_NS + 41 * MAKE_STEP_NS);
}
