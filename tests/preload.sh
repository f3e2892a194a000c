#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The library in programs that know nothing of it: same output, same messages,
# same exit status, nothing of the process changed.
. ./tests/env.sh

[ -z "$EXEC_WRAPPER" ] || skip "this machine's programs are not of the target"
[ "$libc" = glibc ] || skip "this machine's programs have another C library"
[ "$sanitizers" = no ] || skip "a sanitizer's runtime must come first"
lib=$builddir/.libs/libgort.so

# same COMMAND...: with the library as without
same() {
	"$@" >"$work/out1" 2>"$work/err1" </dev/null
	rc1=$?
	LD_PRELOAD=$lib "$@" >"$work/out2" 2>"$work/err2" </dev/null
	rc2=$?
	[ "$rc1" = "$rc2" ] || {
		echo "exit status $rc2, not $rc1"
		return 1
	}
	diff "$work/out1" "$work/out2" && diff "$work/err1" "$work/err2"
}

# the checks can fail, and the library is there
there() {
	LD_PRELOAD=$lib cat /proc/self/maps | grep -q "libgort"
}
differs() {
	! same sh -c 'echo "$LD_PRELOAD"' && ! same sh -c 'exit ${#LD_PRELOAD}'
}
ok "the library is in the program" there
ok "a difference of output or status is seen" differs >/dev/null

ok "ls lists" same ls -la /usr/bin
ok "ls fails with the same message and status" same ls /nowhere
ok "cat copies" same cat "$lib"
ok "a program finds no descriptor more" same ls /proc/self/fd
# 32 and 33 are glibc's own, with its first thread; the digits of 29 to 36 go
ok "handlers, masks and ignored signals are the same" \
	same sed -n '/^Sig[BIC]/s/.........$/-&/;s/-..//;/^Sig[BIC]/p' \
	/proc/self/status
ok "nor is a program without standard descriptors different" \
	same sh -c 'exec ls / <&- >&- 2>&-'

cat >"$work/pipes.bash" <<'EOT'
seq 1000 | sort -rn | head -n 3 | tr '\n' ' '
echo "${PIPESTATUS[@]}"
(exit 3) | (exit 4) | true
echo "${PIPESTATUS[@]}"
echo $(echo a; (exit 5); echo $?; (echo b; (echo c; exit 6); echo $?))
diff <(seq 3) <(seq 2 4)
while read -r x; do echo "<$x>"; done < <(printf 'a\nb\n')
coproc cat; echo hello >&${COPROC[1]}; read -r y <&${COPROC[0]}; echo "$y"
for i in 1 2 3 4 5; do (exit $i) & p[i]=$!; done
for i in 1 2 3 4 5; do wait ${p[i]}; echo $?; done
cat <<E | rev
here
E
trap 'echo leaving' EXIT
(bash -c 'kill -TERM $$'; echo $?) 2>/dev/null
(bash -c 'kill -SEGV $$'; echo $?) 2>/dev/null
no-such-command; echo $?
exec bash -c 'echo replaced; exit 7'
EOT
same_bash() {
	same bash "$work/pipes.bash" && grep -q replaced "$work/out2" &&
		[ "$rc2" = 7 ]
}
command -v bash >/dev/null &&
	ok "bash: pipelines, subshells, jobs, traps, exec" same_bash
ok "sh: forks within forks" \
	same sh -c 'f() { [ $1 = 0 ] || (f $(($1 - 1))); echo $1; }; f 30; exit 9'

archive() {
	same sh -c 'tar cf - -C "$0" . | gzip -n | gzip -d | tar tf - | sort' \
		"$srcdir/include"
}
ok "tar and gzip in a pipeline" archive

cat >"$work/all.py" <<'EOT'
import multiprocessing, os, signal, subprocess, sys, threading, time

def work(n):
    return n * n

print([str(signal.getsignal(s)) for s in sorted(signal.valid_signals())])
done = []
ts = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(done))
with multiprocessing.get_context("fork").Pool(3) as p:
    print(p.map(work, range(10)))
print(subprocess.run(["sh", "-c", "echo out; exit 3"], capture_output=True))
for how in (lambda: os._exit(5), os.abort,
            lambda: os.kill(os.getpid(), signal.SIGSEGV)):
    pid = os.fork()
    if pid == 0:
        how()
    print(os.waitpid(pid, 0)[1] & ~128)
r, w = os.pipe()
if os.fork() == 0:
    threading.Thread(target=lambda: os.write(w, b"thread of a child")).start()
    sys.exit(0)
print(os.read(r, 100), os.wait()[1])
end = time.time() + 20
while len(os.listdir("/proc/self/task")) > 1 and time.time() < end:
    time.sleep(0.001)
print(len(os.listdir("/proc/self/task")), "thread")
sys.exit(11)
EOT
python=/usr/bin/python3
[ -x $python ] || python=$(command -v python3)
same_python() {
	same "$python" -B "$work/all.py" && [ "$rc2" = 11 ] &&
		grep -q '^1 thread$' "$work/out2"
}
if [ -n "$python" ]; then
	ok "python3: threads, fork, exec, signals; one thread at rest" \
		same_python
else
	skip_part "python3 is not installed"
fi

# with stacks of 1 GiB in half of it no thread can start: not their concern
limited='ulimit -s 1048576 2>/dev/null && ulimit -v 524288 && exec "$@"'
no_thread() {
	same sh -c "$limited" sh ls / && [ "$rc2" = 0 ]
}
if sh -c "$limited" sh true 2>/dev/null; then
	ok "ls runs as ever where no thread can be started" no_thread
else
	skip_part "limits cannot be set here"
fi
done_testing
