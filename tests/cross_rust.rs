// SPDX-License-Identifier: BSD-3-Clause
// Rust frames for cross_rust.c.
use std::sync::atomic::{AtomicI32, Ordering};

#[no_mangle]
pub static DROPS: AtomicI32 = AtomicI32::new(0);

struct Counted(i32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.fetch_add(self.0, Ordering::SeqCst);
    }
}

type Callback = extern "C-unwind" fn(*mut core::ffi::c_void);

/// Calls back with two values to drop.
#[no_mangle]
pub extern "C-unwind" fn rust_through(f: Callback, arg: *mut core::ffi::c_void) {
    let _one = Counted(1);
    let boxed = Box::new(Counted(10));
    f(arg);
    drop(boxed);
}

#[no_mangle]
pub extern "C-unwind" fn rust_panics(_: *mut core::ffi::c_void) {
    let _one = Counted(1);
    panic!("from Rust");
}

/// Nothing may unwind out of this one.
#[no_mangle]
pub extern "C" fn rust_closed(f: Callback, arg: *mut core::ffi::c_void) {
    f(arg);
}

/// Rust's own panics stop here.
#[no_mangle]
pub extern "C-unwind" fn rust_catches(_: *mut core::ffi::c_void) -> i32 {
    let r = std::panic::catch_unwind(|| {
        let _one = Counted(100);
        panic!("caught in Rust");
    });
    r.is_err() as i32
}
