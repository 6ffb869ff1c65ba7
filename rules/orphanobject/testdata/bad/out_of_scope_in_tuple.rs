// The pointer waits in a tuple that never leaves the function.
fn pair(name: &str) -> usize {
    let both = (Box::into_raw(Box::new(name.to_string())), name.len()); //~ orphan-object
    unsafe { (&*both.0).capacity() + both.1 }
}

fn main() {
    println!("{}", pair("abc"));
}
