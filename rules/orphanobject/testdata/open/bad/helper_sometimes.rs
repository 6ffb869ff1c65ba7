// The helper takes the pointer back under a condition that its caller does not know.
struct Message {
    body: String,
}

unsafe fn deliver(m: *mut Message, connected: bool) -> usize {
    if !connected {
        return 0;
    }
    let m = Box::from_raw(m);
    m.body.len()
}

fn post(body: &str, connected: bool) -> usize {
    let m = Box::into_raw(Box::new(Message { body: body.to_string() })); //~ orphan-object
    unsafe { deliver(m, connected) }
}

fn main() {
    println!("{} {}", post("hello", true), post("hi", false));
}
