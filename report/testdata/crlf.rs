fn main() {
    let p = Box::into_raw(Box::new(1));
}
