use std::ffi::{CString, c_char};
struct NoDrop {
    p: *mut u32, //~ proxy-field
}
impl NoDrop { fn new(x: u32) -> Self { NoDrop { p: Box::into_raw(Box::new(x)) } } fn get(&self) -> u32 { unsafe { *self.p } } }
struct Two {
    a: *mut u32,
    b: *mut u32, //~ proxy-field
}
impl Two { fn new() -> Two { Two { a: Box::into_raw(Box::new(1)), b: Box::into_raw(Box::new(2)) } } }
impl Drop for Two { fn drop(&mut self) { unsafe { drop(Box::from_raw(self.a)) } println!("{:?}", self.b) } }
struct Early {
    p: *mut String, //~ proxy-field
}
fn quiet() -> bool { std::env::var("QUIET").is_ok() }
impl Early { fn new() -> Early { let p = Box::into_raw(Box::new(String::new())); Early { p } } }
impl Drop for Early { fn drop(&mut self) { if quiet() { return; } unsafe { drop(Box::from_raw(self.p)) } } }
struct Set { p: *mut u8 }
impl Set {
    fn new() -> Set { Set { p: Box::into_raw(Box::new(1)) } }
    fn set(&mut self, v: u8) {
        self.p = Box::into_raw(Box::new(v)); //~ proxy-field
    }
}
impl Drop for Set { fn drop(&mut self) { unsafe { drop(Box::from_raw(self.p)) } } }
struct Clr { p: *mut u8 }
impl Clr {
    fn new() -> Clr { Clr { p: Box::into_raw(Box::new(1)) } }
    fn clear(&mut self) {
        self.p = std::ptr::null_mut(); //~ proxy-field
    }
}
impl Drop for Clr { fn drop(&mut self) { if !self.p.is_null() { unsafe { drop(Box::from_raw(self.p)) } } } }
enum Text {
    Own(*mut c_char), //~ proxy-field
    Lent(*const c_char),
}
impl Text { fn own(s: &str) -> Text { Text::Own(CString::new(s).unwrap().into_raw()) } fn lent(s: &'static std::ffi::CStr) -> Text { Text::Lent(s.as_ptr()) } }
enum Buf {
    Raw(*const u8, usize), //~ proxy-field
    Empty,
}
impl From<Vec<u8>> for Buf { fn from(v: Vec<u8>) -> Buf { if v.is_empty() { return Buf::Empty; } let p = v.as_ptr(); let n = v.len(); std::mem::forget(v); Buf::Raw(p, n) } }
fn main() { NoDrop::new(1).get(); let t = Two::new(); let _ = t.a; Early::new(); let mut s = Set::new(); s.set(2); let mut c = Clr::new(); c.clear(); let _t = Text::own("a"); let _ = Text::lent(c"x"); if let Buf::Raw(_, _n) = Buf::from(vec![1]) {} }
