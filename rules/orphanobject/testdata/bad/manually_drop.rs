// A ManuallyDrop whose content is dropped never, or on one path only.
use std::mem::ManuallyDrop;

fn longest(words: Vec<String>) -> usize {
    let words = ManuallyDrop::new(words); //~ orphan-object
    words.iter().map(|w| w.len()).max().unwrap_or(0)
}

fn send(text: String, online: bool) -> usize {
    let mut text = ManuallyDrop::new(text); //~ orphan-object
    if !online {
        return 0;
    }
    let n = text.len();
    unsafe { ManuallyDrop::drop(&mut text) };
    n
}

fn main() {
    println!("{}", longest(vec!["one".to_string(), "three".to_string()]));
    println!("{} {}", send("hello".to_string(), true), send("world".to_string(), false));
}
