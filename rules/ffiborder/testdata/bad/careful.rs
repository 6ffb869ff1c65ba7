//! All but one function test their pointers.
pub struct Counter {
    hits: u64,
}

#[no_mangle]
pub unsafe extern "C" fn one(c: *mut Counter) {
    if !c.is_null() {
        (*c).hits = 1;
    }
}

#[no_mangle]
pub unsafe extern "C" fn two(c: *mut Counter) {
    if !c.is_null() {
        (*c).hits = 2;
    }
}

#[no_mangle]
pub unsafe extern "C" fn three(c: *mut Counter) {
    if let Some(c) = c.as_mut() {
        c.hits = 3;
    }
}

#[no_mangle]
pub unsafe extern "C" fn four(c: *mut Counter) {
    (*c).hits = 4; //~? ffi-border "is dereferenced without a test for null"
}
