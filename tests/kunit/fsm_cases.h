/* SPDX-License-Identifier: GPL-2.0-only */
/* For files of cases: each runs with all of fsm_isns[]. */
#ifndef FSM_CASES_H
#define FSM_CASES_H

#include "fsm_script.h"

KUNIT_ARRAY_PARAM(fsm_isns, fsm_isns, fsm_isns_describe);

#define FSM_CASE(name) KUNIT_CASE_PARAM(name, fsm_isns_gen_params)

#endif
