/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of /proc/tcpstate. */
#ifndef TCPSTATE_PROCFS_ROW_H
#define TCPSTATE_PROCFS_ROW_H

struct seq_file;
struct tcpstate_flow;
struct tcpstate_net;

void tcpstate_procfs_row_show_header(struct seq_file *m);
void tcpstate_procfs_row_show(struct seq_file *m, const struct tcpstate_net *tn,
			      const struct tcpstate_flow *flow);

#endif
