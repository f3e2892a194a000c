# SPDX-License-Identifier: BSD-3-Clause
dist_man_MANS = man/gort.1 man/gort_http.3 man/gort_link.3 \
	man/gort_plugin.3 man/gort_runtime.3
