// SPDX-License-Identifier: GPL-2.0-only
/* Which processes list and show find; those of this program are real. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool_world.h"

#define MANY	20000

/* Both sockets of a connection on ports @one and @two, whatever its addresses. */
static void make_pair(struct diag pair[2], uint16_t one, uint16_t two, uint32_t inode,
		      uint32_t other_inode)
{
	for (int end = 0; end < 2; end++) {
		memset(&pair[end], 0, sizeof(pair[end]));
		pair[end].tuple.family = TCPSTATE_FAMILY_IPV4;
		pair[end].tuple.port[0] = end ? two : one;
		pair[end].tuple.port[1] = end ? one : two;
		pair[end].inode = end ? other_inode : inode;
		pair[end].uid = 1000 + end;
	}
}

static void make_flow(struct flow *flow, uint16_t one, uint16_t two)
{
	world_fill(flow, 5, TCPSTATE_FAMILY_IPV4);
	flow->ifindex = 0;
	memset(flow->end[0].address, 0, sizeof(flow->end[0].address));
	memset(flow->end[1].address, 0, sizeof(flow->end[1].address));
	flow->end[0].has &= ~(1u << TCPSTATE_A_END_UID);
	flow->end[1].has &= ~(1u << TCPSTATE_A_END_UID);
	flow->end[0].port = one;
	flow->end[1].port = two;
}

static uint32_t inode_of(int fd)
{
	struct stat stat = {};

	fstat(fd, &stat);
	return stat.st_ino;
}

static void make_many(struct flow *flow, size_t i)
{
	make_flow(flow, 1 + i % 60000, 443);
}

static void test_list(void)
{
	struct options options = { .process = true, .numeric = true, .wide = true };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), copy = dup(fd), old_fd;
	struct world_output output;
	struct diag diags[2];
	struct flow flow;
	char expected[160];

	/* The name of a process is anything. */
	prctl(PR_SET_NAME, "a b,c;d\n");
	make_pair(diags, 5, 6, inode_of(fd), UINT32_MAX);
	make_flow(&flow, 5, 6);
	world.diags = diags;
	world.n_diags = 2;
	world.flows = &flow;
	world.n = 1;
	output = world_run(list_run, &options);
	snprintf(expected, sizeof(expected), " a?b?c?d,pid=%d,fd=%d;a?b?c?d,pid=%d,fd=%d ",
		 getpid(), fd, getpid(), copy);
	expect(strstr(output.text, expected), "not '%s' in: %s", expected, output.text);
	expect(strstr(output.text, " uid=1001\n"), "the user is missing in: %s", output.text);
	free(output.text);
	/* Many have it open. */
	for (old_fd = copy; copy < old_fd + 10; copy = dup(fd))
		;
	output = world_run(list_run, &options);
	expect(strstr(output.text, ";+"), "no sum in: %s", output.text);
	free(output.text);
	options.json = true;
	output = world_run(list_run, &options);
	snprintf(expected, sizeof(expected), "\"process\":[{\"name\":\"a b,c;d\",\"pid\":%d,\"fd\":%d}",
		 getpid(), fd);
	expect(strstr(output.text, expected), "not '%s' in: %s", expected, output.text);
	free(output.text);
	for (int i = fd; i <= copy; i++)
		close(i);
	prctl(PR_SET_NAME, "tool");
}

/* One end is here: on 80 columns its process keeps its name and its pid. */
static void test_narrow(void)
{
	struct options options = { .process = true, .numeric = true };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct world_output output;
	struct diag diags[2];
	struct flow flow;
	char expected[64];

	for (int end = 0; end < 2; end++) {
		make_flow(&flow, 42416, 42417);
		memset(flow.end[0].address, 200, 4);
		memset(flow.end[1].address, 201, 4);
		flow.phase = TCPSTATE_PHASE_ESTABLISHED;
		flow.end[0].state = TCPSTATE_ESTABLISHED;
		flow.end[1].state = TCPSTATE_ESTABLISHED;
		make_pair(diags, 42416, 42417, inode_of(fd), inode_of(fd));
		for (int i = 0; i < 2; i++) {
			memcpy(diags[i].tuple.address[0], flow.end[i].address, 16);
			memcpy(diags[i].tuple.address[1], flow.end[!i].address, 16);
		}
		world.diags = diags + end;
		world.n_diags = 1;
		world.flows = &flow;
		world.n = 1;
		snprintf(expected, sizeof(expected), "tool,pid=%d", getpid());
		for (world.columns = 80; world.columns <= 250; world.columns++) {
			output = world_run(list_run, &options);
			expect(strstr(output.text, expected), "%u columns, end %d: %s",
			       world.columns, end, output.text);
			expect(strstr(output.text, " established "), "%s", output.text);
			free(output.text);
		}
	}
	world.columns = 0;
	close(fd);
}

/* A socket in another VRF is not that of the connection. */
static void test_interface(void)
{
	struct options options = { .process = true, .numeric = true, .wide = true };
	struct world_output output;
	struct diag diags[4];
	struct flow flow;

	make_pair(diags, 5, 6, 1, 2);
	make_pair(diags + 2, 5, 6, 3, 4);
	for (int i = 0; i < 4; i++) {
		diags[i].tuple.ifindex = i < 2 ? 8 : WORLD_IFINDEX;
		diags[i].uid = 100 + i;
	}
	make_flow(&flow, 5, 6);
	flow.ifindex = WORLD_IFINDEX;
	flow.has |= 1u << TCPSTATE_A_FLOW_IFINDEX;
	world.diags = diags;
	world.n_diags = 4;
	world.flows = &flow;
	world.n = 1;
	output = world_run(list_run, &options);
	expect(strstr(output.text, " uid=102 ") && strstr(output.text, " uid=103\n"),
	       "not the sockets of its VRF: %s", output.text);
	free(output.text);
	world.n_diags = 2;
	output = world_run(list_run, &options);
	expect(!strstr(output.text, "uid="), "sockets of another VRF: %s", output.text);
	free(output.text);
	/* The record has kept the owner of a socket that is gone. */
	flow.end[1].has |= 1u << TCPSTATE_A_END_UID;
	flow.end[1].uid = 77;
	output = world_run(list_run, &options);
	expect(strstr(output.text, " -                 uid=77\n"), "no owner: %s", output.text);
	free(output.text);
}

static void test_many(void)
{
	struct options options = { .process = true };
	struct world_output output;
	struct diag *diags = calloc(2 * MANY, sizeof(*diags));
	size_t before = __sanitizer_get_current_allocated_bytes();

	for (unsigned int i = 0; i < MANY; i++)
		make_pair(diags + 2 * i, 1 + i, 443, 2 * i + 1, 2 * i + 2);
	world.diags = diags;
	world.n_diags = 2 * MANY;
	world.make = make_many;
	world.n = MANY;
	world.n_diag_lists = 0;
	output = world_run(list_run, &options);
	expect(world.n_diag_lists == 1, "%u lists", world.n_diag_lists);
	expect(strstr(output.text, "uid=1001"), "no user");
	free(output.text);
	expect(__sanitizer_get_current_allocated_bytes() == before, "%zu bytes are left",
	       __sanitizer_get_current_allocated_bytes() - before);
	free(diags);
	world.make = NULL;
}

static void test_show(void)
{
	struct options options = { .process = true, .numeric = true };
	char id[] = "100000", *words[] = { id };
	struct world_output output;
	struct diag diags[2];
	struct flow flow;

	options.words = words;
	options.n_words = 1;
	make_pair(diags, 5, 6, UINT32_MAX, 0);
	diags[0].has_info = true;
	diags[0].info = (struct diag_info){
		.rtt_us = 1234, .cwnd = 10, .ssthresh = UINT32_MAX, .congestion = "cubic",
	};
	make_flow(&flow, 5, 6);
	world.diags = diags;
	world.n_diags = 2;
	world.flows = &flow;
	output = world_run(show_run, &options);
	expect(strstr(output.text, "  initiator       not shown, of user 1000\n"), "%s",
	       output.text);
	expect(strstr(output.text, "  responder       none: it has closed its socket\n"), "%s",
	       output.text);
	expect(strstr(output.text, "  round trip, us            1234              -\n"), "%s",
	       output.text);
	expect(strstr(output.text, "  ssthresh                     -              -\n"), "%s",
	       output.text);
	expect(strstr(output.text, "  congestion               cubic              -\n"), "%s",
	       output.text);
	free(output.text);
	world.n_diags = 0;
	output = world_run(show_run, &options);
	expect(strstr(output.text, "  initiator       none here\n"), "%s", output.text);
	expect(!strstr(output.text, "round trip"), "%s", output.text);
	free(output.text);
}

/**
 * process_tests() - the tests of --process
 */
void process_tests(void)
{
	check_begin("list --process: every process that has a socket open, as one word");
	test_list();
	check_end();
	check_begin("list --process: a terminal of 80 columns has the name and the pid");
	test_narrow();
	check_end();
	check_begin("list --process: sockets of the right VRF");
	test_interface();
	check_end();
	check_begin("list --process: one list of sockets for all connections, and no memory is left");
	test_many();
	check_end();
	check_begin("show --process: who has no socket, and what the others tell");
	test_show();
	check_end();
}
