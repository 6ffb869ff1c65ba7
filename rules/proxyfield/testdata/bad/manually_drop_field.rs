// A ManuallyDrop field that Drop forgets on the branch of another state.
use std::mem::ManuallyDrop;

pub struct Session {
    log: ManuallyDrop<Vec<String>>, //~ proxy-field
}

impl Session {
    pub fn new() -> Session {
        Session { log: ManuallyDrop::new(vec!["start".to_string()]) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if std::env::var_os("KEEP").is_some() {
            return;
        }
        unsafe { ManuallyDrop::drop(&mut self.log) };
    }
}

pub struct Generic<T> {
    value: *mut T, //~ proxy-field "no Drop"
    len: usize,
}

impl Generic<String> {
    pub fn text(s: &str) -> Self {
        Generic { value: Box::into_raw(Box::new(s.to_string())), len: s.len() }
    }
    pub fn len(&self) -> usize {
        self.len + unsafe { (&*self.value).capacity() }
    }
}
