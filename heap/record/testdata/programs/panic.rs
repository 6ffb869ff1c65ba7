//! A thread panics, and main does so too.
fn main() {
    let t = std::thread::Builder::new().name("worker".into()).spawn(|| {
        let v: Vec<i32> = Vec::new();
        println!("{}", v[std::hint::black_box(1)]);
    }).unwrap();
    println!("{}", t.join().is_err());
    panic!("at the end");
}
