// Leaked with each call, and nothing keeps the pointer.
pub fn banner(name: &str) -> usize {
    let text: &'static mut str = Box::leak(format!("hello {name}").into_boxed_str()); //~? orphan-object
    text.len()
}
