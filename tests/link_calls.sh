# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the tests that link objects with gort call: what is said of them,
# and what every compiler's code has, for ELF and for Windows.
cd "$work" || exit 99
call="timeout -k 5 120 $gort call"

# calls WANT FILE...: int run(void) of the files gives WANT
calls() {
	want=$1
	shift
	got=$($call "$@" --symbol run 2>"$work/err") || {
		cat "$work/err"
		return 1
	}
	[ "$got" = "$want" ] || {
		cat "$work/err"
		echo "$got, not $want"
		return 1
	}
}
# refuses TEXT FILE...: exit status 1 and the text on stderr
refuses() {
	text=$1
	shift
	$call "$@" --symbol run >"$work/said" 2>&1
	[ $? = 1 ] && grep -qF -- "$text" "$work/said" || {
		cat "$work/said"
		return 1
	}
}
# needs_coff: skips where Windows' objects are not linked into a Linux process;
# else target is what their compilers call this machine
needs_coff() {
	[ "$have_link_coff" = yes ] && [ $os = linux ] ||
		skip "COFF objects are not linked on $os $arch"
	[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
	[ -z "$EXEC_WRAPPER" ] || skip "slow under ${EXEC_WRAPPER%% *}"
	target=x86_64
	[ $arch = amd64 ] || target=i686
}
# made_by FILE COMPILER [FLAG]...: its object gives 42; what a compiler cannot do
# is left out
made_by() {
	src=$1
	shift
	"$@" -w -c "$src" -o made.o 2>"$work/err" || return 0
	made=$((made + 1))
	what=$(basename "$1")
	shift
	ok "$what $*, $src" calls 42 made.o
}
made=0

# int common(void): 0, or the number of what is wrong
cat >common.h <<'END'
int common_one, big[100000] = {1, 2, 3};
static int table[10], *pointers[3] = {&table[1], &big[2], &common_one};
__attribute__((weak)) int weak_own(void) { return 1; }
static int three(void) { return 3; }
static int (*volatile fp)(void) = three;
int by_switch(int i)
{
	switch (i) {
	case 0: return 4; case 1: return 9; case 2: return 2; case 3: return 7;
	case 4: return 1; case 5: return 8; case 6: return 3; default: return 0;
	}
}
static double half(int n, double d, float f) { return n * d / 2 + f; }
static double (*volatile hp)(int, double, float) = half;
struct s { int a[12]; };
static struct s copy(struct s x) { x.a[11]++; return x; }
static struct s (*volatile sp)(struct s) = copy;
static int sum(int n, ...)
{
	__builtin_va_list ap; int s = 0;
	__builtin_va_start(ap, n);
	while (n--) s += __builtin_va_arg(ap, int);
	__builtin_va_end(ap);
	return s;
}
static int common(void)
{
	volatile char frame[20000];
	struct s x = {{0}};
	int i, s = 0;
	frame[0] = frame[19999] = 1;
	for (i = 0; i < 7; i++) s += by_switch(i);
	if (s != 34) return 110;
	*pointers[0] = 7; *pointers[2] = 8;
	if (table[1] != 7 || common_one != 8 || *pointers[1] != 3) return 111;
	if (weak_own() != 1 || fp() != 3) return 112;
	if (hp(7, 2.0, 0.5f) != 7.5) return 113;
	x.a[11] = 5; x = sp(x);
	if (x.a[11] != 6) return 114;
	if (sum(6, 1, 2, 3, 4, 5, 6) != 21) return 115;
	big[99999] = 1;
	return frame[0] + frame[19999] != 2;
}
END
