//! Programs that leave bytes of a secret behind. `secrets CASE` reads the secret
//! from standard input, byte by byte, so that no buffer of std keeps a copy.
use std::hint::black_box;

#[cfg(record)]
#[path = "../../../memory/memorytest/record.rs"]
mod record;

extern "C" {
    fn read(fd: i32, buf: *mut u8, n: usize) -> isize;
}

/// next is the next byte of the secret, coded so that the stack holds no run of it.
fn next() -> Option<u8> {
    let mut b = [0u8; 64];
    let got = unsafe { read(0, b.as_mut_ptr(), 1) };
    (got == 1).then_some(b[0])
}

#[inline(never)]
fn text(room: usize) -> String {
    let mut s = String::with_capacity(room);
    while let Some(b) = next() {
        s.push(b as char);
    }
    s
}

#[inline(never)]
fn freed() {
    drop(black_box(text(200)));
}

/// A buffer that grows leaves its old parts behind.
#[inline(never)]
fn grown() {
    let stand_in_the_way = || {
        for _ in 0..100 {
            std::mem::forget(black_box(Box::new([0u8; 128]))); // so that it cannot grow in place
        }
    };
    stand_in_the_way();
    let mut v: Vec<u8> = Vec::with_capacity(128);
    stand_in_the_way();
    v.extend([b'='; 90]);
    while let Some(b) = next() {
        v.push(b);
    }
    v.fill(0);
    black_box(&v);
}

#[inline(never)]
fn leaked() {
    std::mem::forget(Box::new(text(100)));
}

#[inline(never)]
fn live() -> String {
    text(100)
}

#[inline(never)]
fn wiped() {
    let mut s = text(200);
    for b in unsafe { s.as_bytes_mut() } {
        unsafe { std::ptr::write_volatile(b, 0) };
    }
    drop(black_box(s));
}

#[inline(never)]
fn hex() {
    let mut out = String::with_capacity(400);
    while let Some(b) = next() {
        for n in [b >> 4, b & 15] {
            out.push(char::from_digit(n as u32, 16).unwrap());
        }
    }
    std::mem::forget(out);
}

fn main() {
    let mut kept = String::new();
    match std::env::args().nth(1).as_deref() {
        Some("freed") => freed(),
        Some("grown") => grown(),
        Some("leaked") => leaked(),
        Some("live") => kept = live(),
        Some("wiped") => wiped(),
        Some("hex") => hex(),
        _ => {}
    }
    #[cfg(record)]
    record::dump(true);
    black_box(&kept);
}
