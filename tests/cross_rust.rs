// SPDX-License-Identifier: BSD-3-Clause
// Rust frames for cross_rust.c.
use core::ffi::c_void;
use std::panic::{catch_unwind, panic_any};
use std::sync::atomic::{AtomicI32, Ordering};

#[no_mangle]
pub static DROPS: AtomicI32 = AtomicI32::new(0);

struct Counted(i32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.fetch_add(self.0, Ordering::SeqCst);
    }
}

type Callback = extern "C-unwind" fn(*mut c_void);

/// Calls back with two values to drop.
#[no_mangle]
pub extern "C-unwind" fn rust_through(f: Callback, arg: *mut c_void) {
    let _one = Counted(1);
    let boxed = Box::new(Counted(10));
    f(arg);
    drop(boxed);
}

#[no_mangle]
pub extern "C-unwind" fn rust_panics(_: *mut c_void) {
    let _one = Counted(1);
    panic!("from Rust");
}

/// Nothing may unwind out of this one.
#[no_mangle]
pub extern "C" fn rust_closed(f: Callback, arg: *mut c_void) {
    f(arg);
}

/// Rust's own panics stop here.
#[no_mangle]
pub extern "C-unwind" fn rust_catches(_: *mut c_void) -> i32 {
    let r = catch_unwind(|| {
        let _one = Counted(100);
        panic!("caught in Rust");
    });
    r.is_err() as i32
}

/// What gort_plugin(3) says: gort finds it where this object exports it.
#[no_mangle]
pub extern "C-unwind" fn gort_rust_catch(f: Callback, arg: *mut c_void) {
    let _ = catch_unwind(|| f(arg));
}

#[no_mangle]
pub extern "C" fn rust_is_panicking() -> i32 {
    std::thread::panicking() as i32
}

/// Nothing is printed.
#[no_mangle]
pub extern "C" fn rust_quiet() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Panics end with drops of their own.
#[no_mangle]
pub extern "C-unwind" fn rust_panics_with_drop(_: *mut c_void) {
    panic_any(Counted(1));
}

struct PanicsAgain;

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// The payloads of panics, by number.
#[no_mangle]
pub extern "C-unwind" fn rust_panics_as(n: *mut c_void) {
    let v = [1, 2, 3];
    let at = n as usize;
    match at {
        0 => panic!("literal"),
        1 => panic!("formatted {}", at),
        2 => panic_any("a str"),
        3 => panic_any(String::from("a String")),
        4 => assert!(v[at] == 0),
        5 => panic!("{}", "\u{e9}".repeat(1000)),
        6 => panic!("control \u{1b}[1m {}", at),
        7 => panic_any((1usize, 7usize)),
        8 => panic_any((Box::new(65u64), 1usize)),
        9 => panic_any(vec![1u64]),
        10 => panic_any([at; 3]),
        11 => panic_any((Box::new(1u8), Box::new(2u8), 3usize)),
        12 => panic_any(()),
        13 => panic_any(7u8),
        14 => panic_any(vec![0xffu8; 16]),
        _ => panic_any(PanicsAgain),
    }
}
