use std::marker::PhantomData;

#[repr(C)]
pub struct Head {
    pub kind: u32,
    pub len: u32,
}

#[repr(C)]
pub struct Message {
    pub head: Head,
    pub body: u64,
}

pub fn head(m: &Message) -> &Head {
    unsafe { &*(m as *const Message as *const Head) }
}

#[repr(transparent)]
pub struct Meters(pub u64);

pub struct Plain {
    pub a: u32,
    pub b: u32,
}

#[repr(transparent)]
pub struct Wrapper(Plain);

impl Wrapper {
    pub fn wrap(p: &Plain) -> &Wrapper {
        unsafe { &*(p as *const Plain as *const Wrapper) }
    }

    pub fn a(&self) -> u32 {
        self.0.a
    }
}

pub struct Typed<S> {
    pub n: u64,
    pub m: u64,
    pub state: PhantomData<S>,
}

pub struct Open;
pub struct Closed;

pub fn close(t: &Typed<Open>) -> &Typed<Closed> {
    unsafe { &*(t as *const Typed<Open> as *const Typed<Closed>) }
}

/// # Safety
/// The header is that of a `Message`.
pub unsafe fn whole(h: *const Head) -> u64 {
    unsafe { (*(h as *const Message)).body }
}
