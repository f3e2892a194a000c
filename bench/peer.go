// SPDX-License-Identifier: BSD-3-Clause

// The same export as Go's -buildmode=c-shared makes it.
package main

import "C"

//export peer_add
func peer_add(a, b C.int) C.int { return a + b }

func main() {}
