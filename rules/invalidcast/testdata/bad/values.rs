use std::mem::transmute;

#[repr(u8)]
#[derive(Debug)]
pub enum Colour {
    Red,
    Green,
    Blue,
}

pub fn colour(x: u8) -> Colour {
    unsafe { transmute(x) } //~ invalid-cast "any `u8` is taken for a variant of `Colour`"
}

impl From<u8> for Colour {
    fn from(x: u8) -> Colour {
        unsafe { transmute(x) } //~ invalid-cast "any `u8` is taken for a variant of `Colour`"
    }
}

pub fn flag(x: u8) -> bool {
    unsafe { transmute(x) } //~ invalid-cast "any `u8` is taken for a bool"
}

pub fn letter(x: u32) -> char {
    unsafe { char::from_u32_unchecked(x) } //~ invalid-cast "any `u32` is taken for a char"
}

pub fn text(x: &[u8]) -> &str {
    unsafe { std::str::from_utf8_unchecked(x) } //~ invalid-cast "any `bytes` is taken for UTF-8"
}
