// Each round makes a node; only the last one is taken back.
struct Node {
    value: String,
}

fn last(values: &[&str]) -> Option<String> {
    let mut node: *mut Node = std::ptr::null_mut();
    for value in values {
        node = Box::into_raw(Box::new(Node { value: value.to_string() })); //~ orphan-object
    }
    if node.is_null() {
        return None;
    }
    Some(unsafe { Box::from_raw(node) }.value)
}

fn main() {
    println!("{:?} {:?}", last(&["a", "b", "c"]), last(&[]));
}
