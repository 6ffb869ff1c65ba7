// A helper makes the object; the caller reads it and lets the pointer go.
struct Point {
    tag: String,
    x: f64,
}

fn build(tag: &str, x: f64) -> *mut Point {
    Box::into_raw(Box::new(Point { tag: tag.to_string(), x }))
}

fn build_checked(tag: &str, x: f64) -> Option<*mut Point> {
    if tag.is_empty() {
        return None;
    }
    Some(build(tag, x))
}

fn distance(tag: &str, x: f64) -> f64 {
    let p = build(tag, x); //~ orphan-object
    unsafe { (*p).x.abs() + (&*p).tag.len() as f64 }
}

fn doubled(tag: &str, x: f64) -> f64 {
    match build_checked(tag, x) { //~ orphan-object
        Some(p) => unsafe { (*p).x * 2.0 },
        None => 0.0,
    }
}

fn ignored(tag: &str) {
    build(tag, 0.0); //~ orphan-object
}

fn main() {
    println!("{} {}", distance("a", -2.0), doubled("b", 4.0));
    ignored("c");
}
