/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libmicrohttpd, opened when gort serve needs it: with the libraries that it
 * needs in turn it took two thirds of the time that any other command takes to
 * start.
 */
#ifndef GORT_CMD_MHD_H
#define GORT_CMD_MHD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#define MHD_FUNCTIONS(X) \
	X(add_response_header) \
	X(create_response_from_buffer) \
	X(destroy_response) \
	X(get_daemon_info) \
	X(lookup_connection_value) \
	X(lookup_connection_value_n) \
	X(queue_response) \
	X(quiesce_daemon) \
	X(start_daemon) \
	X(stop_daemon)

/* mhd.name is MHD_name. */
extern struct mhd {
#define X(name) __typeof__(&MHD_##name) name;
	MHD_FUNCTIONS(X)
#undef X
} mhd;

/* Fill it. false: why not is in why. It stays open. */
bool mhd_open(char *why, size_t n);

#endif
