#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What the built files of a target must not hold: instructions that enter the
# kernel (libc does that; int 0x80 is 25 times slower), relocations in code,
# memory that is writable and executable. Only reads them.
. ./tests/env.sh

case $os in
windows) ext=dll lib=$builddir/.libs/libgort.dll ;;
*) ext=so lib=$builddir/.libs/libgort.so ;;
esac
files="$lib $builddir/tests/.libs/basic1.$ext"
[ ! -e "$builddir/.libs/gort" ] || files="$files $builddir/.libs/gort"
archive=$builddir/.libs/libgort.a
[ "$have_archive" != no ] || archive=

# kernel_entries FILE...: instructions that enter it, with their places
kernel_entries() {
	"$OBJDUMP" -d --no-show-raw-insn "$@" |
		grep -E '^ *[0-9a-f]+:[[:space:]]*(int +\$?0x80|int +\$?128|syscall|sysenter|svc)\>'
}
sees_kernel_entries() {
	case $arch in
	arm64) insn='svc #0' ;;
	*) insn='int $0x80' ;;
	esac
	printf 'void f(void) { __asm__("%s"); }\n' "$insn" >"$work/k.c"
	$CC -c -o "$work/k.o" "$work/k.c" && kernel_entries "$work/k.o"
}
no_kernel_entry() {
	for f in $files $archive; do
		"$OBJDUMP" -d "$f" | grep -q gort__entry || {
			[ "$f" != "$lib" ] || return 1
		}
		! kernel_entries "$f" || {
			echo "$f"
			return 1
		}
	done
}
ok "instructions that enter the kernel are seen" sees_kernel_entries
ok "none is in the library, the archive, the command or a plugin" \
	no_kernel_entry

# ---- ELF ----
elf_no_text_relocations() {
	for f in $files; do
		readelf -dW "$f" | grep -q NEEDED || return
		! readelf -dW "$f" | grep TEXTREL || return
	done
}
elf_no_exec_memory() {
	for f in $files; do
		readelf -lW "$f" >"$work/segments"
		grep -q 'GNU_STACK.* RW  ' "$work/segments" || return
		! grep -E '(LOAD|GNU_STACK).* (RWE|WE) ' "$work/segments" ||
			return
	done
}
elf_relro() {
	readelf -lW "$lib" | grep -q GNU_RELRO &&
		readelf -dW "$lib" | grep -q 'FLAGS.*BIND_NOW'
}
# an object that does not say so makes the stack of what it is linked into
# executable
elf_archive_stack() {
	readelf -SW "$archive" >"$work/sections" 2>/dev/null
	members=$(grep -c '^File: ' "$work/sections")
	notes=$(grep -c '\.note\.GNU-stack ' "$work/sections")
	[ "$members" -gt 50 ] && [ "$members" = "$notes" ] || {
		echo "$members objects, $notes notes"
		return 1
	}
	! grep -E '\.note\.GNU-stack .* [A-Z]*X[A-Z]* ' "$work/sections"
}
if [ "$os" != windows ]; then
	ok "no file has text relocations" elf_no_text_relocations
	ok "no file has an executable stack or segment to write" \
		elf_no_exec_memory
	ok "what is constant once relocated is protected" elf_relro
	[ -z "$archive" ] ||
		ok "no object of the archive asks for an executable stack" \
		elf_archive_stack
fi

# ---- PE ----
pe_flags() {
	for f in $files; do
		"$OBJDUMP" -p "$f" >"$work/headers"
		grep -q NX_COMPAT "$work/headers" &&
			grep -q DYNAMIC_BASE "$work/headers" || return
	done
}
# the line below a section's name has its flags
pe_no_exec_memory() {
	for f in $files; do
		"$OBJDUMP" -h "$f" >"$work/sections"
		grep -q 'READONLY, CODE' "$work/sections" || return
		! grep CODE "$work/sections" | grep -v READONLY || return
	done
}
# All lie outside .text, but for the lists of constructors and destructors,
# which GNU ld puts at its end.
pe_no_text_relocations() {
	for f in $files; do
		"$OBJDUMP" -p "$f" >"$work/headers" &&
			"$OBJDUMP" -h "$f" >"$work/sections" || return
		base=$(awk '$1 == "ImageBase" { print $2 }' "$work/headers")
		set -- $(awk '$2 == ".text" { print $4, $3 }' "$work/sections")
		lists=$("$OBJDUMP" -t "$f" |
			sed -n 's/.* 0x\([0-9a-f]*\) __CTOR_LIST__$/\1/p')
		lo=$((0x$1 - 0x$base)) hi=$((0x$lists + lo))
		[ "$hi" -gt "$lo" ] && [ "$hi" -le $((lo + 0x$2)) ] || return
		sed -n 's/^.*reloc .*\[\([0-9a-f]*\)\] DIR64.*/\1/p' \
			"$work/headers" >"$work/relocs"
		[ -s "$work/relocs" ] || return
		while read -r at; do
			[ $((0x$at)) -lt $lo ] || [ $((0x$at)) -ge $hi ] || {
				echo "$f: a relocation at 0x$at"
				return 1
			}
		done <"$work/relocs"
	done
}
if [ "$os" = windows ]; then
	ok "every file may be placed anywhere, its data not executed" pe_flags
	ok "no section is executable and writable" pe_no_exec_memory
	if [ "$arch" = 386 ]; then
		skip_part "PE has base relocations in 386 code: it has no other \
way to address data"
	else
		ok "no base relocation is in code" pe_no_text_relocations
	fi
fi

# ---- 386: stacks that protect themselves ----
# without libc_nonshared.a, where glibc keeps it
protected_links() {
	cat >"$work/smash.c" <<-'EOC'
	#include <string.h>
	__attribute__((visibility("default"))) int
	basic_add(int a, int b)
	{
		char buf[16];

		memset(buf, 7, (size_t)a);
		__asm__ volatile("" : : "r"(buf) : "memory");
		return a + b;
	}
	EOC
	$CC $GORT_LDFLAGS -O1 -fPIC -fstack-protector-all -fno-builtin -c \
		-o "$work/smash.o" "$work/smash.c" &&
		nm "$work/smash.o" | grep -q 'U __stack_chk_fail_local' &&
		$CC -shared -nostdlib -o "$work/smash.so" "$work/smash.o" \
			"$archive" -l:libc.so.6 -lgcc &&
		nm "$work/smash.so" | grep -q ' t __stack_chk_fail_local'
}
smashed() {
	cat >"$work/host.c" <<-'EOC'
	#include <dlfcn.h>
	#include <stdio.h>
	#include <stdlib.h>
	int main(int argc, char **argv)
	{
		void *lib = dlopen(argv[1], RTLD_NOW);
		int (*add)(int, int) = lib ? (int (*)(int, int))dlsym(lib,
		    "basic_add") : NULL;

		if (!add || argc < 3)
			return puts(dlerror()), 1;
		printf("result %d\n", add(atoi(argv[2]), 2));
		return 0;
	}
	EOC
	$CC -o "$work/host" "$work/host.c" -ldl || return
	"$work/host" "$work/smash.so" 8 | grep -q 'result 10' || return
	"$work/host" "$work/smash.so" 64 >"$work/said" 2>&1
	[ $? = 134 ] && grep -q 'stack smashing detected' "$work/said"
}
if [ "$arch-$os-$libc-$have_archive-$sanitizers" = \
	386-linux-glibc-yes-no ]; then
	ok "protected PIC code links without libc_nonshared.a" protected_links
	ok "there, a smashed stack ends the process with its message" smashed
fi
done_testing
