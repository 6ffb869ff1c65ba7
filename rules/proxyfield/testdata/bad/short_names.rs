//! A Drop that does nothing for the field, on types with the names of parameters.

struct B {
    text: *mut String, //~ proxy-field "its Drop does not release it"
}

impl B {
    fn new(text: &str) -> B {
        B { text: Box::into_raw(Box::new(text.to_string())) }
    }
}

impl Drop for B {
    fn drop(&mut self) {}
}

struct DB(*mut String); //~ proxy-field "the type has no Drop"

fn open(text: &str) -> DB {
    DB(Box::into_raw(Box::new(text.to_string())))
}

fn main() {
    let b = B::new("a");
    println!("{}", unsafe { (&*b.text).len() });
    println!("{}", unsafe { (&*open("b").0).len() });
}
