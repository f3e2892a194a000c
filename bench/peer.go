// SPDX-License-Identifier: BSD-3-Clause

// The same export as Go's -buildmode=c-shared makes it, and Go's own panics.
package main

import "C"

import "time"

//export peer_add
func peer_add(a, b C.int) C.int { return a + b }

var count int

func addOne() { count++ }

type node struct{ a, b int }

//go:noinline
func deep(n int) int {
	if n == 0 {
		panic("bench")
	}
	return deep(n-1) + 1
}

//go:noinline
func deepDeferring(n int) {
	defer addOne()
	if n == 0 {
		panic("bench")
	}
	deepDeferring(n - 1)
}

//go:noinline
func deferOne() {
	defer addOne()
}

//go:noinline
func deferMany(n int) {
	for ; n > 0; n-- {
		defer addOne()
	}
}

//go:noinline
func fault(p *node) int { return p.b }

func recovering(f func()) {
	defer func() { recover() }()
	f()
}

// What one of n takes, in ns: kind 0 panic and recover at a depth, 1 the same
// with a defer in each frame, 2 a defer, 3 one in a loop, 4 a nil dereference.
//
//export peer_panic_ns
func peer_panic_ns(kind, depth, n C.int) C.double {
	d := int(depth)
	var none *node
	start := time.Now()
	for i := 0; i < int(n); i++ {
		switch kind {
		case 0:
			recovering(func() { deep(d) })
		case 1:
			recovering(func() { deepDeferring(d) })
		case 2:
			deferOne()
		case 3:
			deferMany(1000)
			i += 999
		case 4:
			recovering(func() { fault(none) })
		}
	}
	return C.double(float64(time.Since(start).Nanoseconds()) / float64(n))
}

func main() {}
