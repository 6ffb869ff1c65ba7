// ptr::read makes a second owner; the first one still drops.
use std::mem;
use std::ptr;

fn both(text: String) -> usize {
    let copy = unsafe { ptr::read(&text) }; //~ double-free
    copy.len()
}

fn generic<T>(value: T, show: fn(&T)) {
    let copy = unsafe { ptr::read(&value) }; //~ double-free
    show(&copy);
}

fn early(slot: &mut String, keep: bool) -> Result<(), ()> {
    let old = unsafe { ptr::read(slot) }; //~ double-free "its owner releases it again"
    if !keep {
        return Err(()); // `old` is dropped, and so is `slot` by its owner
    }
    unsafe { ptr::write(slot, old + "x") };
    Ok(())
}

fn branch(text: String, forget: bool) -> usize {
    let copy = unsafe { ptr::read(&text) }; //~ double-free
    let n = copy.len();
    if forget {
        mem::forget(copy);
    }
    n
}

fn in_place(mut text: String) -> usize {
    let n = text.len();
    unsafe { ptr::drop_in_place(&mut text) };
    n
} //~ double-free

struct Pair {
    left: String,
    right: String,
}

impl Drop for Pair {
    fn drop(&mut self) {
        unsafe { ptr::drop_in_place(&mut self.left) }; //~ double-free "its owner releases it again"
        println!("{}", self.right);
    }
}

fn content(b: Box<String>) -> String {
    let inner = unsafe { ptr::read(&*b) }; //~ double-free
    let n = inner.len();
    drop(inner);
    n.to_string()
}

fn main() {
    println!("{}", both("a".into()));
    generic(1, |v| println!("{v}"));
    println!("{}", early(&mut String::new(), true).is_ok());
    println!("{}", branch("b".into(), true) + in_place("c".into()));
    drop(Pair { left: "d".into(), right: "e".into() });
    println!("{}", content(Box::new("f".into())));
}
