/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of every network namespace. */
#ifndef TOOLS_STREAM_ALL_H
#define TOOLS_STREAM_ALL_H

#include <stdbool.h>

#include "stream.h"

int stream_run_all(struct stream *stream, struct ipc *ipc, bool begin_known);

#endif
