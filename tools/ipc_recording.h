/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording in the place of the kernel; used by ipc*.c alone. */
#ifndef TOOLS_IPC_RECORDING_H
#define TOOLS_IPC_RECORDING_H

#include "ipc.h"

struct ipc_recording;

void ipc_recording_close(struct ipc_recording *recording);
int ipc_recording_list(struct ipc *ipc, const struct filter *filter, ipc_each *each, void *data);
const char *ipc_recording_unread(struct ipc *ipc);
int ipc_recording_subscribe(struct ipc *ipc);
int ipc_recording_receive(struct ipc *ipc, ipc_each *each, void *data);

#endif
