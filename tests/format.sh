#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The code is formatted as .clang-format says.
. ./tests/env.sh

command -v clang-format >/dev/null || skip "no clang-format"
case $(clang-format --version) in
*" 14."*) ;;
*) skip "another clang-format than 14" ;;
esac
cd "$srcdir" || exit 99
formatted() {
	find abi runtime loader cmd include tests examples bench \
		-name '*.[ch]' -print0 |
		xargs -0 clang-format --dry-run -Werror
}
ok "every C file is formatted" formatted
done_testing
