// What is given up is taken back, in ways that are easily misread.
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

pub fn vec_parts(v: Vec<u32>) -> Vec<i32> {
    let mut v = ManuallyDrop::new(v);
    unsafe { Vec::from_raw_parts(v.as_mut_ptr().cast::<i32>(), v.len(), v.capacity()) }
}

pub fn through_non_null(s: String) -> usize {
    let p = unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(s))) };
    let n = unsafe { p.as_ref() }.len();
    drop(unsafe { Box::from_raw(p.as_ptr()) });
    n
}

pub fn checked(s: String) -> Option<usize> {
    let p = NonNull::new(Box::into_raw(Box::new(s)))?;
    Some(unsafe { Box::from_raw(p.as_ptr()) }.len())
}

pub fn both_branches(s: String, twice: bool) -> usize {
    let p = Box::into_raw(Box::new(s));
    if twice {
        let s = unsafe { Box::from_raw(p) };
        return s.len() * 2;
    }
    unsafe { Box::from_raw(p) }.len()
}

pub fn counted(x: Rc<String>) -> usize {
    let p = Rc::into_raw(x.clone());
    let n = unsafe { &*p }.len();
    unsafe { Rc::decrement_strong_count(p) };
    n
}

pub fn shared(x: Arc<String>) -> Arc<String> {
    let p = Arc::into_raw(x);
    unsafe {
        Arc::increment_strong_count(p);
        drop(Arc::from_raw(p));
        Arc::from_raw(p)
    }
}

pub fn swapped(a: &mut String, b: &mut String) {
    unsafe {
        let old = std::ptr::read(a);
        std::ptr::copy_nonoverlapping(b, a, 1);
        std::ptr::write(b, old);
    }
}

pub fn moved(x: &mut Vec<u8>) -> Vec<u8> {
    let old = unsafe { std::ptr::read(x) };
    unsafe { std::ptr::write(x, Vec::new()) };
    old
}

pub fn array(items: Vec<String>) -> [String; 2] {
    let mut out: [MaybeUninit<String>; 2] = [const { MaybeUninit::uninit() }; 2];
    let mut it = items.into_iter();
    for slot in &mut out {
        slot.write(it.next().unwrap_or_default());
    }
    unsafe { mem::transmute(out) }
}

pub fn plain_data(x: [u8; 16], y: u64) -> u64 {
    mem::forget(x);
    let kept = ManuallyDrop::new(y);
    *kept + 1
}

pub struct Builder {
    parts: ManuallyDrop<Vec<String>>,
}

impl Builder {
    pub fn finish(mut self) -> Vec<String> {
        let parts = unsafe { ManuallyDrop::take(&mut self.parts) };
        mem::forget(self);
        parts
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        unsafe { ManuallyDrop::drop(&mut self.parts) }
    }
}

pub fn looped(words: Vec<String>) -> usize {
    let mut n = 0;
    for w in words {
        let mut kept = ManuallyDrop::new(w);
        match kept.len() {
            0 => unsafe { ManuallyDrop::drop(&mut kept) },
            1 => drop(ManuallyDrop::into_inner(kept)),
            _ => {
                n += kept.len();
                unsafe { ManuallyDrop::drop(&mut kept) };
            }
        }
    }
    n
}

pub fn into_descriptor(f: std::fs::File) -> std::io::Result<u64> {
    use std::os::fd::{FromRawFd, IntoRawFd};
    let fd = f.into_raw_fd();
    let f = unsafe { std::fs::File::from_raw_fd(fd) };
    Ok(f.metadata()?.len())
}
