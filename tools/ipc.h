/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests that the commands make to the kernel, or to a recording of what it told. Only
 * ipc*.c know netlink.
 */
#ifndef TOOLS_IPC_H
#define TOOLS_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "record.h"

struct ipc;

/* Called for each connection or event. A result that is not 0 ends the request and is returned. */
typedef int ipc_each(const struct flow *flow, void *data);

struct ipc *ipc_open(void);
struct ipc *ipc_open_recording(const char *path);
void ipc_go_to_begin(struct ipc *ipc);
void ipc_go_to_time(struct ipc *ipc, uint64_t time_ns);
void ipc_go_to_end(struct ipc *ipc);
void ipc_set_time(struct ipc *ipc, uint64_t time_ns);
struct ipc *ipc_open_all(void);
void ipc_close(struct ipc *ipc);
const char *ipc_error(const struct ipc *ipc);
int ipc_no_memory(struct ipc *ipc);

/* Called between the parts of a long answer; another result than 0 ends it. */
typedef int ipc_between(void *data);

void ipc_set_between(struct ipc *ipc, ipc_between *between, void *data);

bool ipc_is_all(const struct ipc *ipc);
const char *ipc_netns(const struct ipc *ipc);
const char *ipc_unread(struct ipc *ipc);

/*
 * Makes requests in one network namespace. A result that is not 0 ends the round and is returned;
 * but -EAGAIN, and that the caller has no permission there, do not end it.
 */
typedef int ipc_each_netns_t(struct ipc *one, void *data);

int ipc_each_netns(struct ipc *ipc, ipc_each_netns_t *each, void *data);

int ipc_list(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data);
int ipc_count(struct ipc *ipc, const struct filter *filter, uint64_t *count);
int ipc_get_id(struct ipc *ipc, uint64_t id, struct flow *flow);
int ipc_get_tuple(struct ipc *ipc, const struct tuple *tuple, struct flow *flow);
int ipc_stats(struct ipc *ipc, struct stats *stats);
int ipc_flush(struct ipc *ipc, const struct filter *filter, uint64_t *count);

int ipc_subscribe(struct ipc *ipc);
int ipc_wait(struct ipc *const *ipcs, bool *ready, size_t n, int timeout_ms);
int ipc_receive(struct ipc *ipc, int timeout_ms, ipc_each *each, void *data);
uint64_t ipc_missing(const struct ipc *ipc);
const void *ipc_message(const struct ipc *ipc, size_t *len);

#endif
