// The pointer goes into a function whose name promises more than its body does.
struct Connection {
    host: String,
    open: bool,
}

unsafe fn release(c: *mut Connection) {
    (*c).open = false;
    println!("closed {}", (*c).host);
}

unsafe fn finish(c: *mut Connection) {
    if (*c).open {
        release(c);
    }
}

fn visit(host: &str) {
    let c = Box::into_raw(Box::new(Connection { host: host.to_string(), open: true })); //~ orphan-object
    unsafe { release(c) };
}

fn visit_twice(host: &str) {
    let c = Box::into_raw(Box::new(Connection { host: host.to_string(), open: true })); //~ orphan-object
    unsafe {
        finish(c);
        finish(c);
    }
}

fn main() {
    visit("one.test");
    visit_twice("two.test");
}
