// One pointer's type releases, the other's Drop is empty; a From keeps a pointer in an enum without Drop.
pub struct Good {
    text: *mut String,
}

impl Good {
    pub fn new(s: String) -> Good {
        Good { text: Box::into_raw(Box::new(s)) }
    }
}

impl Drop for Good {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.text) });
    }
}

pub struct Empty {
    text: *mut String, //~ proxy-field "does not release it"
}

impl Empty {
    pub fn new(s: String) -> Empty {
        Empty { text: Box::into_raw(Box::new(s)) }
    }
    pub fn len(&self) -> usize {
        unsafe { (&*self.text).len() }
    }
}

impl Drop for Empty {
    fn drop(&mut self) {}
}

pub enum Value {
    Small(u8),
    Big(*const u8, usize), //~ proxy-field "no Drop"
}

impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Value {
        if v.len() == 1 {
            return Value::Small(v[0]);
        }
        let out = Value::Big(v.as_ptr(), v.len());
        std::mem::forget(v);
        out
    }
}
