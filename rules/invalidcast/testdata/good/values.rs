use std::mem::transmute;

#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum Colour {
    Red,
    Green,
    Blue,
    White,
}

pub fn compared(x: u8) -> Option<Colour> {
    if x > Colour::White as u8 {
        return None;
    }
    Some(unsafe { transmute(x) })
}

pub fn matched(x: u8) -> Option<Colour> {
    match x {
        0 | 1 | 2 | 3 => Some(unsafe { transmute(x) }),
        _ => None,
    }
}

pub fn asserted(x: u8) -> Colour {
    assert!(x <= 3);
    unsafe { transmute(x) }
}

pub fn masked(x: u8) -> Colour {
    unsafe { transmute(x & 3) }
}

/// # Safety
/// `x` is the number of a colour.
pub unsafe fn promised(x: u8) -> Colour {
    unsafe { transmute(x) }
}

pub fn number(c: Colour) -> u8 {
    unsafe { transmute(c) }
}

pub fn text(x: &[u8]) -> Option<&str> {
    if !x.is_ascii() {
        return None;
    }
    Some(unsafe { std::str::from_utf8_unchecked(x) })
}

pub fn digits(n: u8) -> String {
    let out = vec![b'0' + n % 10];
    unsafe { String::from_utf8_unchecked(out) }
}

pub fn round(s: &str) -> &str {
    unsafe { std::str::from_utf8_unchecked(s.as_bytes()) }
}
