#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort bind: what it writes is taken by every linker that is here, says what it
# should, and is a module; what it refuses, it refuses whole.
. ./tests/env.sh
unset GORT_PLUGINS

link="-L$builddir/.libs -lgort $GORT_LDFLAGS"
warn="-Wall -Wextra -Werror"
tool=${CC%% *}
prefix=
case $tool in *-gcc) prefix=${tool%gcc} ;; esac
command -v "${prefix}readelf" >/dev/null || prefix=
targets="linux-amd64 linux-386 linux-arm64 windows-amd64 windows-386"
cd "$work" || exit 99

cat >shape.h <<-EOF
typedef struct { double x, y; } point;
EOF
cat >plain.c <<-EOF
#include "shape.h"
int impl_add(int a, int b) { return a + b; }
int twice(int x) { return 2 * x; }
double area(point p) { return p.x * p.y; }
static int ready;
int start(void) { ready = 1; return 0; }
int is_ready(void) { return ready; }
__attribute__((visibility("hidden"))) int hidden(void) { return 3; }
__attribute__((weak)) int weak(void) { return 4; }
EOF
echo 'int twice(int); int four_times(int x) { return twice(twice(x)); }' >more.c
cat >list <<-EOF
# a comment
int add(int a, int b) = impl_add   # and another
extern int twice(int x);

  double   area(point	p)
is_ready
EOF
for f in plain more; do $CC -O1 -fPIC -c $f.c || exit 99; done

names="--name demo --version 1.2"
bound() { "$gort" bind $names "$@"; }

# ---- the object -----------------------------------------------------------------
for t in $targets; do
	ok "$t: bind writes an object" bound --target $t --init start \
		--need other -o $t.o list
	bound --target $t --init start --need other -o again.o list
	ok "$t: the same again is the same, byte for byte" cmp $t.o again.o
	ok "$t: inspect finds the module note" \
		says 'demo 1.2, ABI 1 to 1' "$gort" inspect $t.o
	ok "$t: inspect finds the module data" \
		says 'module data' "$gort" inspect $t.o
	ok "$t: and the constructor that registers it" \
		says 'gort__module_ctor' "$gort" inspect --constructors $t.o
	ok "$t: and relocations, when asked for them alone" \
		says ' for .text:' "$gort" inspect --relocs $t.o
	ok "$t: list shows prototypes" \
		says 'export  int add(int a, int b)' "$gort" list $t.o
	ok "$t: blanks in them are single" \
		says 'export  double area(point p)' "$gort" list $t.o
	ok "$t: names without a prototype stand alone" \
		says 'export  is_ready' "$gort" list $t.o
	ok "$t: list shows needs" says 'needs   other' "$gort" list $t.o
done
elf_facts() {
	readelf -SW $1 >sections 2>err && readelf -rsnW $1 >>rest 2>>err &&
		! [ -s err ] || { cat err; return 1; }
	grep -qE '\.init_array +INIT_ARRAY .* WA ' sections &&
		grep -qE '\.fini_array +FINI_ARRAY .* WA ' sections &&
		grep -qE '\.note\.gort +NOTE ' sections &&
		grep -qE '\.note\.GNU-stack +PROGBITS +0+ [0-9a-f]+ 0+ 00 +0' \
			sections
}
resident() {
	bound --resident --target $1 --init start -o resident.o list &&
		"$gort" inspect resident.o >/dev/null || return 1
	case $1 in
	linux*) has_cfi resident.o $2 && elf_facts resident.o ;;
	esac
}
init_reloc() {
	readelf -rW $1 | awk -v want=$2 '/init_array/ { in_it = 1; next }
		in_it && /R_/ { ok = $3 == want && $5 == ".text"; exit }
		END { exit !ok }'
}
# that many functions, and each in the range of one FDE
has_cfi() {
	readelf --debug-dump=frames $1 >frames 2>err && ! [ -s err ] &&
		readelf -sW $1 | awk -v want=$2 'function hex(s, i, v) {
			for (i = 1; i <= length(s); i++)
				v = 16 * v + index("123456789abcdef",
				    substr(s, i, 1))
			return v
		}
		FNR == NR { if (match($0, /pc=[0-9a-f]+\.\.[0-9a-f]+/)) {
			split(substr($0, RSTART + 3, RLENGTH - 3), r, "[.][.]")
			lo[++n] = hex(r[1]); hi[n] = hex(r[2])
		} next }
		$4 == "FUNC" && $7 != "UND" { at = hex($2); hits = 0
			for (i = 1; i <= n; i++)
				hits += at >= lo[i] && at + $3 <= hi[i]
			if (hits == 1) good++; else print $0, hits, "FDEs" }
		END { exit good != want }' frames -
}
for t in linux-amd64 linux-386 linux-arm64; do
	ok "$t: readelf finds types, flags and notes as they should be" \
		elf_facts $t.o
done
ok "linux-amd64: its init entry is R_X86_64_64 of .text" \
	init_reloc linux-amd64.o R_X86_64_64
ok "linux-386: its init entry is R_386_32 of .text" \
	init_reloc linux-386.o R_386_32
ok "linux-arm64: its init entry is R_AARCH64_ABS64 of .text" \
	init_reloc linux-arm64.o R_AARCH64_ABS64
ok "linux-amd64: each function has unwind data" has_cfi linux-amd64.o 6
ok "linux-386: each function has unwind data" has_cfi linux-386.o 6
ok "linux-arm64: each function has unwind data" has_cfi linux-arm64.o 6
ok "linux-amd64: so does each of a resident module" resident linux-amd64 6
ok "linux-386: so does each of a resident module" resident linux-386 6
ok "linux-arm64: so does each of a resident module" resident linux-arm64 6
ok "windows-amd64: a resident module" resident windows-amd64
ok "windows-386: a resident module" resident windows-386
no_copy_relocs() {
	! readelf -SW linux-386.o | grep -E ' \.text .* WAX' &&
	readelf -rW linux-386.o | awk '/\.rel\.text/ { t = 1; next }
		/^Relocation/ { t = 0 } t && / R_386_32 / { bad = 1 }
		END { exit bad }'
}
ok "linux-386: its code is position-independent" no_copy_relocs

# ---- linkers of Windows -----------------------------------------------------------
cat >gort.def <<-EOF
LIBRARY libgort.dll
EXPORTS
gort__entry
gort__addmoduledata
gort__removemoduledata
EOF
pe_exports() {
	$1objdump -p $2 >dump &&
		sed -n '/Name Pointer\] Table/,/^$/p' dump >names &&
		grep -q '\] add$' names && grep -q '\] twice$' names &&
		! grep -q 'gort__' names || { cat names; return 1; }
}
link_pe() {
	$1gcc -O1 -c plain.c -o plain-pe.o &&
		$1dlltool -d gort.def -l libgort-$2.dll.a &&
		$1gcc -shared -static-libgcc -Wl,--fatal-warnings \
			-o $2.dll plain-pe.o $3 libgort-$2.dll.a &&
		"$gort" list $2.dll &&
		says 'demo 1.2' "$gort" inspect $2.dll
}
# what nothing but the bounds of a section refers to
collected_pe() {
	bound --target $2 --init start --need other -o needs.o list &&
		$1gcc -shared -static-libgcc -Wl,--gc-sections -o gc.dll \
			plain-pe.o needs.o libgort-$2.dll.a &&
		says 'needs   other' "$gort" list gc.dll &&
		$1nm gc.dll | grep -q '\.gortex\$m' &&
		$1nm gc.dll | grep -q '\.gortnd\$m'
}
for row in x86_64:windows-amd64:i386pep i686:windows-386:i386pe; do
	m=${row%%:*} t=${row#*:} e=${row##*:}
	t=${t%:*}
	p=$m-w64-mingw32-
	if ! command -v ${p}gcc >/dev/null; then
		skip_part "no mingw-w64 for $t"
		continue
	fi
	bound --target $t --init start -o $t.o list
	ok "$t: mingw's linker makes a DLL of it" link_pe $p $t $t.o
	ok "$t: the DLL exports thunks by the functions' names" \
		pe_exports $p $t.dll
	ok "$t: nothing is lost where sections are collected" \
		collected_pe $p $t
	ok "$t: objdump reads it" ${p}objdump -xdr $t.o
	if command -v ld.lld >/dev/null; then
		ok "$t: lld makes a DLL of it" ld.lld -m $e -shared \
			-e "$([ $m = i686 ] && echo _)start" -o lld.dll \
			plain-pe.o $t.o libgort-$t.dll.a
		ok "$t: and exports the same" pe_exports $p lld.dll
	else
		skip_part "no lld"
	fi
done

# ---- linkers of this system -------------------------------------------------------
bound --init start -o glue.o list
build_with() {
	$CC -shared $2 -fuse-ld=$1 -Wl,-z,text -Wl,-z,defs -Wl,--fatal-warnings \
		-o $1.so plain.o glue.o $link
}
can_link() {
	echo 'int f(void) { return 0; }' >f.c
	$CC -fPIC -shared -fuse-ld=$1 -o f.so f.c $GORT_LDFLAGS 2>/dev/null
}
no_exec_stack() { readelf -lW $1 | grep GNU_STACK | grep -q 'RW  '; }
plugins=
for ld in bfd gold lld; do
	if ! can_link $ld; then
		skip_part "no ld.$ld for $arch"
		continue
	fi
	ok "ld.$ld takes it" build_with $ld
	ok "ld.$ld: the plugin says what it is" \
		says 'demo 1.2' "$gort" list $ld.so
	ok "ld.$ld: no executable stack" no_exec_stack $ld.so
	plugins="$plugins $ld.so"
	[ "$have_ffi" = no ] || {
		build_with $ld -Wl,--gc-sections
		ok "ld.$ld: gort run calls it where sections are collected" \
			says 42 "$gort" run ./$ld.so add 40 2
		build_with $ld
		ok "ld.$ld: gort run calls it" says 42 "$gort" run ./$ld.so \
			add 40 2
		ok "ld.$ld: also what kept its name" says 42 \
			"$gort" run ./$ld.so twice 21
	}
done
ok "one linker at least was there" test -n "$plugins"
first=${plugins# }
first=${first%% *}

cat >host.c <<-EOF
#include <dlfcn.h>
#include <stdio.h>
#include "demo.h"
int main(int argc, char **argv)
{
	void *lib = dlopen(argv[1], RTLD_NOW);
	add_fn *add = lib ? (add_fn *)dlsym(lib, "add") : 0;
	twice_fn *twice = lib ? (twice_fn *)dlsym(lib, argv[2]) : 0;
	int (*is_ready)(void) = lib ? (int (*)(void))dlsym(lib, argv[3]) : 0;

	if (argc != 4 || !add || !twice || !is_ready)
		return printf("%s\n", dlerror()), 1;
	printf("%s %s: %d %d %d\n", GORT_BIND_DEMO_NAME, GORT_BIND_DEMO_VERSION,
	    add(1, 2), twice(4), is_ready());
	return dlclose(lib);
}
EOF
bound --init start --header demo.h --include shape.h -o glue.o list
build_host() { $CC -I. $warn -Wno-pedantic host.c -o host -ldl $GORT_LDFLAGS; }
run_it() { LD_LIBRARY_PATH=$builddir/.libs:. $EXEC_WRAPPER "$@"; }
ok "the header compiles in a host that knows nothing of gort" build_host
ok "which finds thunks in it, that wait for init" \
	says 'demo 1.2: 3 8 1' run_it ./host ./$first gort__thunk_twice \
	gort__thunk_is_ready
resident_links() {
	bound --resident --init start -o res.o list &&
		$CC -shared -fuse-ld=$1 -Wl,-z,text -Wl,-z,defs \
			-Wl,--fatal-warnings -o res.so plain.o res.o $link &&
		says 'demo 1.2: 3 8 1' run_it ./host ./res.so \
			gort__thunk_twice gort__thunk_is_ready
}
for ld in bfd gold lld; do
	can_link $ld || continue
	ok "ld.$ld: a resident module's thunks do, too" resident_links $ld
done
as_cxx() {
	printf '#include "demo.h"\nint f() { return add(1, 2) + twice(3); }\n' \
		>h.cc
	$CXX -I. $warn -c h.cc -o h.o
}
[ "$have_cxx" = no ] || ok "the header compiles as C++" as_cxx
cat >linked.c <<-EOF
#include <stdio.h>
#include "demo.h"
int main(void)
{
	point p = {3, 4};
	return printf("linked: %d %d %g\n", add(1, 2), twice(4), area(p)) < 0;
}
EOF
linked() {
	$CC -I. $warn linked.c -o linked ./$first $link &&
		says 'linked: 3 8 12' run_it ./linked &&
		"${prefix}nm" linked | grep -q ' U gort__thunk_twice'
}
ok "a program that is linked with it calls thunks by the functions' names" \
	linked

# ---- objects and archives -----------------------------------------------------------
exports_of() { "$gort" list "$1" | sed -n 's/^  export  //p' | tr '\n' ' '; }
ok "objects: their functions are exported" bound -o glue.o plain.o more.o
all='impl_add twice area start is_ready four_times '
same() { [ "$1" = "$2" ] || { echo "$1, not $2"; return 1; }; }
ok "but not what is hidden, weak or static" same "$(exports_of glue.o)" "$all"
bound --init start -o glue.o plain.o more.o
ok "nor hooks" same "$(exports_of glue.o)" "$(echo "$all" | sed 's/start //')"
bound --prefix impl_ -o glue.o plain.o
ok "--prefix exports those that have it, without" \
	same "$(exports_of glue.o)" 'add '
bound --export 'int plus(int, int) = impl_add' --export twice -o glue.o plain.o
ok "--export chooses among them" same "$(exports_of glue.o)" \
	'int plus(int, int) twice '

ok "an archive holds the object and all others" bound --archive --init start \
	--header demo.h -o module.a plain.o more.o list
members() { same "$("${prefix}ar" t module.a | tr '\n' ' ')" \
	'demo-gort.o plain.o more.o '; }
ok "ar reads it" members
index_ok() {
	"${prefix}nm" -s module.a | sed -n '/^Archive index/,/^$/p' >index
	grep -q '^add in demo-gort.o' index &&
		grep -q '^twice in demo-gort.o' index &&
		grep -q '^gort__impl_twice in plain.o' index &&
		grep -q '^four_times in more.o' index || { cat index; return 1; }
}
ok "its index says where symbols are" index_ok
same_index() {
	cp module.a copy.a && "${prefix}ranlib" -D copy.a &&
		"${prefix}nm" -s copy.a | sed -n '/^Archive index/,/^$/p' |
		diff index -
}
ok "as ranlib has it" same_index
whole() {
	$CC -shared -fuse-ld=$1 -Wl,-z,text -Wl,-z,defs -Wl,--fatal-warnings \
		-o whole.so -Wl,--whole-archive module.a \
		-Wl,--no-whole-archive $link
}
for ld in bfd gold lld; do
	can_link $ld || continue
	ok "ld.$ld makes a plugin of the archive" whole $ld
	ok "ld.$ld: whose functions are thunks by their own names" \
		says 'demo 1.2: 3 8 1' run_it ./host ./whole.so twice is_ready
done
cat >prog.c <<-EOF
#include <stdio.h>
int add(int, int), four_times(int), is_ready(void);
int main(void)
{
	return printf("%d %d %d\n", add(20, 22), four_times(2), is_ready()) < 0;
}
EOF
c_archive() {
	$CC prog.c module.a $link -o prog && says '42 8 1' run_it ./prog
}
ok "a program that is linked with the archive holds the module" c_archive
nested() {
	"${prefix}ar" rc in.a plain.o more.o &&
		bound --archive --init start -o nested.a in.a list &&
		cmp module.a nested.a
}
ok "an archive may come in an archive" nested

mixed() {
	cat >mixed.c <<-EOF
	#include <gort.h>
	GORT_EXPORT(int, own, (int x)) { return x + 1; }
	EOF
	$CC -I"$srcdir/include" -fPIC -c mixed.c -o mixed.o &&
		bound --init start -o glue.o list &&
		$CC -shared "$@" -o mixed.so plain.o mixed.o glue.o $link &&
		same "$(exports_of mixed.so | grep -o own)" own || return 1
	[ "$have_ffi" = no ] || says 42 "$gort" run ./mixed.so own 41
}
ok "GORT_EXPORT and bound functions go together" mixed
for ld in bfd gold lld; do
	can_link $ld || continue
	ok "ld.$ld: also where sections are collected" mixed -fuse-ld=$ld \
		-Wl,--gc-sections
done
twice_bound() {
	bound -o one.o --export add=impl_add &&
		bound -o two.o --export plus=impl_add &&
		! $CC -shared -o no.so plain.o one.o two.o $link 2>err &&
		grep -q 'gort__moduledata' err
}
ok "two bound objects in one module: the linker says so" twice_bound

with_mark() {
	printf '\357\273\277' | cat - list >marked
	sed "s/\$/$(printf '\r')/" list >returns
	for l in marked returns; do
		bound -o $l.o --init start --header $l.h $l &&
			bound -o plain_list.o --init start --header plain.h \
				list && cmp $l.o plain_list.o &&
			cmp $l.h plain.h || return 1
	done
}
ok "lists as editors on Windows write them" with_mark

# ---- many -----------------------------------------------------------------------------
many() {
	seq 1 20000 | sed 's/.*/int f&(int a) = g&/' >many
	for t in $targets; do
		bound --target $t -o many.o many && "$gort" inspect many.o \
			>many.txt && [ "$(grep -c '^    exports ' \
			many.txt)" = 20000 ] || { echo $t; return 1; }
	done
	bound --target windows-amd64 -o many.o many &&
		"$gort" inspect --json --relocs many.o | python3 -c '
import json, sys
d = json.load(sys.stdin)[0]
n = {r["section"]: len(r["entries"]) for r in d["relocations"]}
# six an export, those of the module data, one a list; two a thunk, two an init
assert n[".data"] == 6 * 20000 + 6 + 2, n
assert n[".text"] == 2 * 20000 + 4, n
assert n[".gortex$m"] == 20000, n'
}
long_names() {
	python3 - >long <<-EOF
	for i in range(3):
	    print("int " + "n" * 65535 + str(i) + "(void) = i" + str(i))
	EOF
	for t in $targets; do
		bound --target $t -o long.o long && "$gort" inspect long.o |
			grep -q nnnnnnnnnnnnn || return 1
	done
}
if [ -z "$EXEC_WRAPPER" ] && command -v python3 >/dev/null; then
	ok "20,000 exports: more relocations than COFF counts" many
	ok "names of 64 KiB" long_names
fi

# ---- what it refuses ------------------------------------------------------------------
# refuses WHAT TEXT ARGUMENT...: status 1, the text, and no output
refuses() {
	rm -f no.o no.h
	"$gort" bind "$@" -o no.o --header no.h >said.txt 2>&1
	rc=$?
	[ $rc = 1 ] && ! [ -e no.o ] && ! [ -e no.h ] && [ -s said.txt ] ||
		{ echo "status $rc"; cat said.txt; return 1; }
}
bad() {
	what=$1 text=$2
	shift 2
	ok "refuses $what" refuses "$@"
	ok "and says why: $text" grep -qF -- "$text" said.txt
}
bad "a name that is no name of C" '--export: not a name that C can call: 1st' \
	$names --export 1st=f
bad "one with a sign in it" 'not a name that C can call: a-b' \
	$names --export a-b
bad "a function with a blank in it" 'not the name of a function: x y' \
	$names --export 'add=x y'
bad "the runtime's names" 'begin with gort__' $names --export gort__entry
bad "no name" 'there is no name' $names --export ' = f'
bad "no function" 'no function behind the =' $names --export 'f ='
bad "half a prototype" 'parentheses do not match' $names --export 'int f(int'
bad "a prototype without a result" 'not a prototype' $names --export 'f(int)'
for said in static inline _Noreturn '[[nodiscard]]' 'extern "C"' 'extern inline'
do
	bad "a result that no typedef can have: $said" 'not a prototype' $names \
		--export "$said int f(int a)"
done
printf 'int f(void)\n\nint f(int)\n' >dup
bad "a name twice" 'dup:3: f is exported already, by dup:1' $names dup
bad "a thunk's name that is a function" 'is the function of an export, too' \
	$names --export a=b --export b=c
bad "a name that an object defines" 'an object defines a function twice' \
	$names --export twice=impl_add plain.o
bad "a function that no object has" 'no object defines the function none' \
	$names --export f=none plain.o
bad "a hook that no object has" '--init: no object defines the function none' \
	$names --init none plain.o
bad "a hook that is exported" 'start is a hook' $names --init start \
	--export start
bad "nothing" 'nothing to export' $names
: >empty
bad "an empty file" 'nothing to export' $names empty
echo 'static int none(void); int data;' >none.c
$CC -Wno-unused -c none.c
bad "objects without functions" 'the objects define no function' $names none.o
bad "a prefix that none has" 'no function that begins with x_' $names \
	--prefix x_ plain.o
bad "a bad module name" "the module's name is not" --name 'a b' --version 1 \
	--export f
bad "a bad version" "the module's version is not" --name a --version '' \
	--export f
bad "a bad need" 'a need is not a module name: a/b' $names --need a/b \
	--export f
bad "a file that is not there" '/nowhere: No such file' $names /nowhere
bad "a folder" 'not a regular file' $names .
head -c 5000 /dev/zero >zeros
bad "what is no object" 'zeros: ' $names zeros
head -c 300 plain.o >cut.o
bad "a truncated object" 'cut.o: ' $names cut.o
if gcc -flto -fno-fat-lto-objects -c plain.c -o slim.o 2>/dev/null; then
	bad "an object of gcc's -flto" 'slim.o: it has no machine code (-flto)' \
		$names slim.o
fi
if clang -flto -c plain.c -o bitcode.o 2>/dev/null; then
	bad "one of clang's" 'bitcode.o: offset 0x0: not an object file of a known format: LLVM bitcode' \
		$names bitcode.o
fi
bad "a shared object" 'not an object that a linker takes' $names $first
bound -o glue.o list
bad "a module" 'is a module already' $names glue.o
other=linux-arm64
[ "$arch" != arm64 ] || other=linux-amd64
bound --target $other -o other.o --export f
bad "objects of two machines" 'and the module is' $names plain.o other.o
head -c 100000 /dev/urandom | tr -d '\000\n=(#;' >noise
bad "noise" 'noise:1: ' $names noise
printf 'int add(int a\033[7m, int b) = impl_add\n' >painted
bad "a control character in a prototype" 'painted:1: it has a control character' \
	$names painted
seq 1 65536 | sed 's/.*/f&/' >more_than_pe
bad "more exports than a DLL has" 'a DLL exports 65535 functions at most' \
	$names --target windows-amd64 more_than_pe

ok "no --name is wrong use" status 64 "$gort" bind --version 1 -o x
ok "no -o is wrong use" status 64 "$gort" bind $names
ok "a target that is none is wrong use" status 64 "$gort" bind $names \
	--target vax -o x
ok "an option without its value is wrong use" status 64 "$gort" bind --name
ok "an -o without a name is wrong use" status 64 "$gort" bind $names -o '' list
# spoils_nothing FILE ARGUMENT...: wrong use, and FILE is as it was
spoils_nothing() {
	spared=$1
	shift
	cp "$spared" spared && status 64 "$gort" bind $names "$@" &&
		cmp "$spared" spared
}
ln -sf plain.o same.o
ok "an object is not overwritten by its own module" spoils_nothing plain.o \
	-o plain.o plain.o
ok "nor through a link" spoils_nothing plain.o -o same.o plain.o
ok "nor a list by the header" spoils_nothing list -o new.o --header list list
ok "nor the object by the header" spoils_nothing glue.o -o glue.o \
	--header ./glue.o list

# ---- writing ----------------------------------------------------------------------------
# the old file stays, nothing else is left
keeps_old() {
	mkdir -p full && echo old >full/x.o && echo old >full/x.h
	"$@" >said.txt 2>&1
	rc=$?
	[ $rc = 1 ] && [ "$(ls full | tr '\n' ' ')" = 'x.h x.o ' ] &&
		[ "$(cat full/x.o full/x.h)" = "$(printf 'old\nold')" ] ||
		{ echo "status $rc"; cat said.txt; ls full; return 1; }
}
replaces() {
	mkdir -p again && echo old >again/x.o && chmod 600 again/x.o
	bound -o again/x.o list && [ "$(ls again)" = x.o ] &&
		cmp again/x.o glue.o && (umask 022 && bound -o again/x.o list) &&
		[ "$(stat -c %a again/x.o)" = 644 ]
}
ok "a file that is there is replaced, and nothing else is left" replaces
file_too_large() {
	(trap '' XFSZ
	ulimit -f 1 && "$gort" bind $names --header full/x.h -o full/x.o list)
}
ok "a write that fails: the old files stay" keeps_old file_too_large
ok "and the file and the reason are named" \
	grep -q '^gort bind: full/x.o: cannot write it: ' said.txt
header_nowhere() { bound --header nowhere/x.h -o full/x.o list; }
ok "a header that cannot be written: no object either" keeps_old header_nowhere
ok "and the header is named" grep -q 'nowhere/x.h: cannot create it' said.txt
if [ -e /dev/full ]; then
	ok "a full device is an error" status 1 bound -o /dev/full list
	ok "and is named" says '/dev/full: cannot write it: No space left' \
		bound -o /dev/full list
	ok "and stays a device" test -c /dev/full
fi
through_link() {
	echo old >real.o && ln -sf real.o link.o && bound -o link.o list &&
		[ -L link.o ] && cmp real.o glue.o
}
ok "a link stays one" through_link
to_pipe() { bound -o /dev/stdout list | cmp - glue.o; }
[ -n "$EXEC_WRAPPER" ] || ok "a pipe is written to" to_pipe
to_stdout() {
	bound -o - list >out.o && cmp out.o glue.o &&
		bound -o out.o --header - list >out.h && ! [ -e - ] &&
		bound -o out.o --header glue.h list && cmp out.h glue.h
}
ok "- is standard output" to_stdout
done_testing
