// The pointer goes to C, whose documentation says who releases it.
use std::ffi::{c_char, c_int, c_void, CString};

extern "C" {
    fn queue_push(queue: *mut c_void, item: *mut c_void, free: extern "C" fn(*mut c_void)) -> c_int;
    fn set_name(name: *mut c_char);
    fn register(callback: extern "C" fn(*mut c_void), data: *mut c_void);
}

struct State {
    count: u32,
}

extern "C" fn free_state(data: *mut c_void) {
    drop(unsafe { Box::from_raw(data.cast::<State>()) });
}

extern "C" fn on_event(data: *mut c_void) {
    let state = unsafe { &mut *data.cast::<State>() };
    state.count += 1;
}

pub fn push(queue: *mut c_void) -> c_int {
    let state = Box::into_raw(Box::new(State { count: 0 }));
    unsafe { queue_push(queue, state.cast(), free_state) }
}

pub fn name(text: &str) {
    let c = CString::new(text).unwrap_or_default();
    unsafe { set_name(c.into_raw()) };
}

pub fn listen() -> *mut c_void {
    let state = Box::into_raw(Box::new(State { count: 0 })).cast::<c_void>();
    unsafe { register(on_event, state) };
    state
}

#[no_mangle]
pub extern "C" fn state_new() -> *mut State {
    Box::into_raw(Box::new(State { count: 0 }))
}

/// As a JNI handle.
#[no_mangle]
pub extern "C" fn state_handle() -> i64 {
    Box::into_raw(Box::new(State { count: 0 })) as i64
}

#[no_mangle]
pub unsafe extern "C" fn state_free(state: *mut State) {
    if !state.is_null() {
        drop(Box::from_raw(state));
    }
}
